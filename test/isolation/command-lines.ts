import type { PERMISSIONS } from './permissions.ts';
import type { Things } from './two-tenants.ts';

/** A command line, and the first route that it cannot do without; `none` where it asks no ledger. */
export interface CommandLine {
  readonly route: keyof typeof PERMISSIONS | 'none';
  readonly args: (things: Things, files: Files) => readonly string[];
}

/** Files that some commands take. */
export interface Files {
  readonly events: string;
  readonly overrides: string;
  readonly ownRow: string;
  readonly profile: string;
  readonly budgets: string;
  readonly capacities: string;
}

const JANUARY = ['--from', '2026-01', '--to', '2026-02'];
const line = (
  route: CommandLine['route'],
  ...args: readonly string[] | [(things: Things, files: Files) => readonly string[]]
): CommandLine => {
  const [first] = args;
  return { route, args: typeof first === 'function' ? first : () => args as readonly string[] };
};

/**
 * Every form of every command, as its usage writes it. A form that is not here fails the test that reads the usages.
 */
export const COMMAND_LINES: Readonly<Record<string, CommandLine>> = {
  import: line('POST /v1/imports', (_, { events }) => ['import', events]),
  spend: line('GET /v1/spend', 'spend', ...JANUARY),
  performance: line('GET /v1/performance', 'performance', ...JANUARY),
  forecast: line('GET /v1/forecast', 'forecast'),
  'break-even': line('GET /v1/break-even', 'break-even', '--limit', '1'),
  recommend: line('POST /v1/recommendation', 'recommend', '--set', 'quality_need=best'),
  'what-if': line('POST /v1/what-if', 'what-if', ...JANUARY, '--response-cache', '0.5', '--audit'),
  'plan add': line('POST /v1/planned-changes', 'plan', 'add', '--date', '2026-03-01', '--factor', '2'),
  'plan list': line('GET /v1/planned-changes', 'plan', 'list'),
  'plan remove': line('DELETE /v1/planned-changes/{id}', ({ plannedChangeId }) => ['plan', 'remove', plannedChangeId]),
  anomalies: line('GET /v1/anomalies', 'anomalies'),
  'anomalies confirm': line('POST /v1/anomalies/{id}/confirm', ({ anomalyId }) => ['anomalies', 'confirm', anomalyId]),
  'anomalies dismiss': line('POST /v1/anomalies/{id}/dismiss', ({ anomalyId }) => ['anomalies', 'dismiss', anomalyId]),
  'anomalies settings': line('GET /v1/anomaly-settings', 'anomalies', 'settings'),
  'anomalies set': line('PUT /v1/anomaly-settings', 'anomalies', 'set', 'drop.told=true'),
  entries: line('GET /v1/entries/{id}', ({ entryId }) => ['entries', entryId]),
  explain: line('GET /v1/entries/{id}/explain', ({ entryId }) => ['explain', entryId]),
  rejects: line('GET /v1/rejects', 'rejects'),
  'rejects show': line('GET /v1/rejects/{id}', ({ rejectId }) => ['rejects', 'show', rejectId]),
  redrive: line('POST /v1/rejects/redrive', ({ rejectId }) => ['redrive', rejectId]),
  'dead-letters': line('GET /v1/dead-letters', 'dead-letters'),
  'dead-letters redrive': line('POST /v1/dead-letters/redrive', 'dead-letters', 'redrive'),
  status: line('GET /v1/status', 'status'),
  audit: line('POST /v1/audits', 'audit'),
  rebuild: line('POST /v1/rebuilds', 'rebuild', '--yes'),
  'budgets set': line('POST /v1/budgets', ({ budgetName }) => ['budgets', 'set', budgetName, '--amount', '7']),
  'budgets list': line('GET /v1/budgets', 'budgets', 'list'),
  'budgets apply': line('POST /v1/budgets/apply', (_, { budgets }) => ['budgets', 'apply', budgets]),
  'budgets report': line('GET /v1/budgets/report', 'budgets', 'report'),
  'budgets check': line('GET /v1/budgets/check', 'budgets', 'check', '--team', 'acme'),
  'budgets remove': line('DELETE /v1/budgets/{name}', ({ budgetName }) => ['budgets', 'remove', budgetName]),
  'rules list': line('GET /v1/alert-rules', 'rules', 'list'),
  'rules set': line('PUT /v1/alert-rules/{name}', ({ ruleName }) => ['rules', 'set', ruleName, '--threshold', '0.4']),
  'rules remove': line('DELETE /v1/alert-rules/{name}', ({ ruleName }) => ['rules', 'remove', ruleName]),
  'rules check': line('GET /v1/alert-rule-checks', ({ ruleName }) => ['rules', 'check', ruleName]),
  alerts: line('GET /v1/alerts', 'alerts'),
  'alerts show': line('GET /v1/alerts/{id}', ({ alertId }) => ['alerts', 'show', alertId]),
  'alerts acknowledge': line('POST /v1/alerts/{id}/acknowledge', ({ alertId }) => ['alerts', 'acknowledge', alertId]),
  'alerts snooze': line('POST /v1/alerts/{id}/snooze', ({ alertId }) => ['alerts', 'snooze', alertId, '--hours', '1']),
  'alerts unsnooze': line('DELETE /v1/alerts/{id}/snooze', ({ alertId }) => ['alerts', 'unsnooze', alertId]),
  'alerts test': line('POST /v1/alerts/test', 'alerts', 'test'),
  'alerts subscribe': line('POST /v1/subscriptions', 'alerts', 'subscribe', '--email', 'new@acme.example'),
  'alerts subscriptions': line('GET /v1/subscriptions', 'alerts', 'subscriptions'),
  'alerts unsubscribe': line('DELETE /v1/subscriptions/{id}', ({ subscriptionId }) => [
    'alerts',
    'unsubscribe',
    subscriptionId,
  ]),
  'migrate set': line('PUT /v1/migrations/{name}', (_, { profile }) => ['migrate', 'set', profile]),
  'migrate list': line('GET /v1/migrations', 'migrate', 'list'),
  'migrate show': line('GET /v1/migrations', ({ profileName }) => ['migrate', 'show', profileName]),
  'migrate mark': line('PATCH /v1/migrations/{name}', ({ profileName }) => [
    'migrate',
    'mark',
    profileName,
    '--on',
    '2026-01-20',
  ]),
  'migrate remove': line('DELETE /v1/migrations/{name}', ({ profileName }) => ['migrate', 'remove', profileName]),
  'catalog show': line('none', 'catalog', 'show', 'gpt-4o-mini'),
  'catalog list': line('none', 'catalog', 'list', 'hardware'),
  'catalog rows': line('GET /v1/reference-rows', 'catalog', 'rows', 'quality'),
  'catalog add': line('POST /v1/reference-rows', (_, { ownRow }) => ['catalog', 'add', 'quality', ownRow]),
  'catalog remove': line('DELETE /v1/reference-rows/{id}', ({ ownRowId }) => ['catalog', 'remove', ownRowId]),
  'catalog override': line('POST /v1/catalog/overrides', (_, { overrides }) => [
    'catalog',
    'override',
    overrides,
    '--no-wait',
  ]),
  'catalog overrides': line('GET /v1/catalog/overrides', 'catalog', 'overrides'),
  'catalog withdraw': line('DELETE /v1/catalog/overrides/{number}', ({ overrideNumber }) => [
    'catalog',
    'withdraw',
    String(overrideNumber),
    '--no-wait',
  ]),
  'capacities apply': line('PUT /v1/capacities/{name}', (_, { capacities }) => ['capacities', 'apply', capacities]),
  'capacities list': line('GET /v1/capacities', 'capacities', 'list'),
  'capacities show': line('GET /v1/capacities/{name}', ({ capacityName }) => ['capacities', 'show', capacityName]),
  'capacities remove': line('DELETE /v1/capacities/{name}', ({ capacityName }) => [
    ...['capacities', 'remove', capacityName, '--no-wait'],
  ]),
  'capacities report': line('GET /v1/capacities/{name}/use', ({ capacityName }) => [
    ...['capacities', 'report', capacityName],
  ]),
  'capacities reaccrue': line('POST /v1/capacities/{name}/accruals', ({ capacityName }) => [
    ...['capacities', 'reaccrue', capacityName, '--from', '2026-01-02', '--to', '2026-01-03', '--reason', 'why'],
  ]),
  reprice: line('POST /v1/corrections/preview', 'reprice', ...JANUARY, '--dry-run'),
  void: line('POST /v1/corrections', ({ voidableId }) => ['void', voidableId, '--reason', 'why']),
  credit: line(
    'POST /v1/credits',
    'credit',
    '--amount',
    '1',
    '--from',
    '2026-01-01',
    '--to',
    '2026-01-02',
    '--reason',
    'why',
  ),
  corrections: line('GET /v1/corrections', 'corrections'),
  'keys create': line('POST /v1/keys', 'keys', 'create', '--role', 'emitter', '--label', 'test'),
  'keys list': line('GET /v1/keys', 'keys', 'list'),
  'keys revoke': line('DELETE /v1/keys/{id}', ({ keyId }) => ['keys', 'revoke', keyId]),
  'tenants create': line('POST /v1/tenants', ({ tenant }) => ['tenants', 'create', `${tenant}-branch`]),
  'tenants list': line('GET /v1/tenants', 'tenants', 'list'),
  'tenants show': line('GET /v1/tenants', ({ tenant }) => ['tenants', 'show', tenant]),
  'tenants set': line('PATCH /v1/tenants/{tenant}', ({ tenant }) => ['tenants', 'set', tenant, '--users', 'on']),
  records: line('GET /v1/admin-records', 'records'),
  rate: line('none', 'rate'),
  calc: line('none', 'calc'),
  project: line('none', 'project'),
  measure: line('none', 'measure'),
};
