import { createRandom } from '../../lib/sample/random.ts';
import { PRICES } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { spansOf } from '../shapes/malformed-spans.ts';
import { profile, type Things } from './two-tenants.ts';

/** A request that nothing is wrong with, about the things of one tenant. */
export interface SoundRequest {
  /** What it answers to whoever may ask, for things that are there. */
  readonly status: number;
  /** Values of the path's parameters. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly body?: unknown;
  /** Besides who asks. */
  readonly headers?: Readonly<Record<string, string>>;
}

const JANUARY = { from: '2026-01-01', to: '2026-02-01' };

/** One sound request for each route. A route that is not here fails the test that needs it, by name. */
export const SOUND_REQUESTS: Readonly<Record<string, (things: Things) => SoundRequest>> = {
  'POST /v1/events': ({ tenant }) => ({ status: 202, body: event(`${tenant}-new`) }),
  'POST /v1/imports': ({ tenant }) => ({ status: 202, body: event(`${tenant}-old`, '2025-01-29T18:30:00Z') }),
  'POST /v1/traces': () => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: spansOf(createRandom('isolation')),
  }),
  'POST /v1/entries/status': ({ entryId, creditId }) => ({ status: 200, body: { ids: [entryId, creditId] } }),
  'GET /v1/spend': ({ tenant }) => ({
    status: 200,
    query: `from=2026-01&to=2026-02&group_by=app,model&filter=team=${tenant}`,
  }),
  'GET /v1/performance': ({ tenant }) => ({
    status: 200,
    query: `from=2026-01&to=2026-02&group_by=app,model&filter=team=${tenant}`,
  }),
  'GET /v1/forecast': ({ tenant }) => ({ status: 200, query: `filter=team=${tenant}&group_by=model&period=year` }),
  'GET /v1/break-even': ({ tenant }) => ({ status: 200, query: `filter=team=${tenant}&limit=1` }),
  'GET /v1/recommendation': ({ tenant }) => ({ status: 200, query: `filter=team=${tenant}&quality_need=best` }),
  'POST /v1/recommendation': ({ tenant }) => ({
    status: 200,
    body: { profile: { name: tenant, quality_need: 'best' }, filter: [`team=${tenant}`] },
  }),
  'POST /v1/break-even': () => ({
    status: 200,
    body: { requests_per_month: 1e6, input_tokens: 500, output_tokens: 300, api_monthly_usd: 4250, limit: 1 },
  }),
  'POST /v1/what-if': ({ tenant }) => ({
    status: 200,
    body: {
      ...JANUARY,
      filter: [`team=${tenant}`],
      group_by: ['app', 'model'],
      changes: [{ kind: 'response_cache', share: '0.5' }],
      audit: true,
    },
  }),
  'POST /v1/estimates': () => ({ status: 200, body: [{ fn: 'ratio', inputs: { a: 1, b: 2 } }] }),
  'GET /v1/reference-rows': () => ({ status: 200, query: 'kind=quality' }),
  'POST /v1/reference-rows': () => ({
    status: 201,
    body: {
      kind: 'quality',
      row: { model: 'm-1', score: 7, scale: 'own evaluation /10', source: 'us', as_of: '2026-01-02' },
    },
  }),
  'DELETE /v1/reference-rows/{id}': ({ ownRowId }) => ({ status: 204, params: { id: ownRowId } }),
  'GET /v1/planned-changes': () => ({ status: 200 }),
  'POST /v1/planned-changes': () => ({ status: 201, body: { date: '2026-03-01', factor: '2' } }),
  'DELETE /v1/planned-changes/{id}': ({ plannedChangeId }) => ({ status: 204, params: { id: plannedChangeId } }),
  'GET /v1/anomalies': () => ({ status: 200 }),
  'POST /v1/anomalies/{id}/confirm': ({ anomalyId }) => ({ status: 200, params: { id: anomalyId }, body: {} }),
  'POST /v1/anomalies/{id}/dismiss': ({ anomalyId }) => ({ status: 200, params: { id: anomalyId }, body: {} }),
  'GET /v1/anomaly-settings': () => ({ status: 200 }),
  'PUT /v1/anomaly-settings': () => ({ status: 200, body: { drop: { told: true } } }),
  'GET /v1/entries': () => ({ status: 200, query: 'day=2026-01-29' }),
  'GET /v1/entries/{id}': ({ entryId }) => ({ status: 200, params: { id: entryId } }),
  'GET /v1/entries/{id}/explain': ({ entryId }) => ({ status: 200, params: { id: entryId } }),
  'GET /v1/budgets': () => ({ status: 200 }),
  'POST /v1/budgets': ({ budgetName }) => ({ status: 200, body: { name: budgetName, amount_usd: '7' } }),
  'PUT /v1/budgets/{name}': ({ budgetName }) => ({
    status: 200,
    params: { name: budgetName },
    body: { amount_usd: '7' },
  }),
  'POST /v1/budgets/apply': ({ budgetName }) => ({
    status: 200,
    body: { budgets: [{ name: budgetName, amount_usd: '7' }] },
  }),
  'GET /v1/budgets/report': ({ tenant }) => ({ status: 200, query: `owner=${tenant}` }),
  'GET /v1/budgets/check': ({ tenant }) => ({ status: 200, query: `team=${tenant}` }),
  'DELETE /v1/budgets/{name}': ({ budgetName }) => ({ status: 204, params: { name: budgetName } }),
  'GET /v1/alert-rules': () => ({ status: 200 }),
  'GET /v1/alert-rules/{name}': ({ ruleName }) => ({ status: 200, params: { name: ruleName } }),
  'PUT /v1/alert-rules/{name}': ({ ruleName }) => ({
    status: 200,
    params: { name: ruleName },
    body: { threshold: '0.4' },
  }),
  'DELETE /v1/alert-rules/{name}': ({ ruleName }) => ({ status: 204, params: { name: ruleName } }),
  'GET /v1/alert-rule-checks': ({ ruleName }) => ({ status: 200, query: `name=${ruleName}` }),
  'GET /v1/alerts': () => ({ status: 200 }),
  'GET /v1/alerts/{id}': ({ alertId }) => ({ status: 200, params: { id: alertId } }),
  'POST /v1/alerts/{id}/acknowledge': ({ alertId }) => ({ status: 200, params: { id: alertId }, body: {} }),
  'POST /v1/alerts/{id}/snooze': ({ alertId }) => ({ status: 200, params: { id: alertId }, body: { hours: 1 } }),
  'DELETE /v1/alerts/{id}/snooze': ({ alertId }) => ({ status: 200, params: { id: alertId } }),
  'POST /v1/alerts/test': ({ tenant }) => ({ status: 200, body: { attributes: { team: tenant } } }),
  'GET /v1/subscriptions': () => ({ status: 200 }),
  'POST /v1/subscriptions': ({ tenant }) => ({
    status: 201,
    body: { protocol: 'email', endpoint: 'new@example.com', filter: { team: [tenant] } },
  }),
  'DELETE /v1/subscriptions/{id}': ({ subscriptionId }) => ({ status: 204, params: { id: subscriptionId } }),
  'GET /v1/schemas/alert': () => ({ status: 200 }),
  'GET /v1/capacities': () => ({ status: 200 }),
  'GET /v1/capacities/{name}': ({ capacityName }) => ({ status: 200, params: { name: capacityName } }),
  'PUT /v1/capacities/{name}': ({ capacityName }) => ({
    status: 200,
    params: { name: capacityName },
    body: { kind: 'commitment', from: '2026-01-03', price_usd: '2', per: 'month', covers: { deployment: 'own' } },
  }),
  'DELETE /v1/capacities/{name}': ({ capacityName }) => ({ status: 200, params: { name: capacityName } }),
  'GET /v1/capacities/{name}/use': ({ capacityName }) => ({ status: 200, params: { name: capacityName } }),
  'POST /v1/capacities/{name}/accruals': ({ capacityName }) => ({
    status: 200,
    params: { name: capacityName },
    body: { from: '2026-01-02', to: '2026-01-03', reason: 'why', dry_run: false },
  }),
  'GET /v1/catalog/overrides': () => ({ status: 200 }),
  'POST /v1/catalog/overrides': () => ({ status: 200, query: 'scope=tenant', body: PRICES }),
  'DELETE /v1/catalog/overrides/{number}': ({ overrideNumber }) => ({
    status: 200,
    params: { number: overrideNumber },
  }),
  'GET /v1/catalog/models/{provider}/{model}': () => ({ status: 200, params: { provider: 'openai', model: 'm-1' } }),
  'POST /v1/corrections': ({ voidableId }) => ({ status: 200, body: { kind: 'void', id: voidableId, reason: 'why' } }),
  'POST /v1/corrections/preview': () => ({ status: 200, body: JANUARY }),
  'GET /v1/corrections': () => ({ status: 200 }),
  'GET /v1/corrections/{number}': ({ orderNumber }) => ({ status: 200, params: { number: orderNumber } }),
  'POST /v1/corrections/{number}/run': ({ orderNumber }) => ({ status: 200, params: { number: orderNumber } }),
  'POST /v1/credits': ({ tenant }) => ({
    status: 201,
    body: { id: `${tenant}-more`, amount_usd: '2', from: '2026-01-01', to: '2026-01-02', reason: 'why' },
  }),
  'GET /v1/migrations': () => ({ status: 200 }),
  'PUT /v1/migrations/{name}': ({ tenant, profileName }) => ({
    status: 200,
    params: { name: profileName },
    body: profile(tenant),
  }),
  'PATCH /v1/migrations/{name}': ({ profileName }) => ({
    status: 200,
    params: { name: profileName },
    body: { migrated_on: '2026-01-20' },
  }),
  'DELETE /v1/migrations/{name}': ({ profileName }) => ({ status: 204, params: { name: profileName } }),
  'POST /v1/audits': () => ({ status: 200, body: {} }),
  'POST /v1/rebuilds': () => ({ status: 200, body: { dry_run: false } }),
  'GET /v1/rejects': () => ({ status: 200, query: 'state=all' }),
  'GET /v1/rejects/histogram': () => ({ status: 200 }),
  'GET /v1/rejects/{id}': ({ rejectId }) => ({ status: 200, params: { id: rejectId } }),
  'GET /v1/rejects/{id}/raw': ({ rawRejectId }) => ({ status: 200, params: { id: rawRejectId } }),
  'POST /v1/rejects/redrive': ({ rejectId }) => ({
    status: 200,
    body: { ids: [rejectId], set: { time: '2026-01-29T18:30:00Z' } },
  }),
  'GET /v1/dead-letters': () => ({ status: 200 }),
  'POST /v1/dead-letters/redrive': () => ({ status: 200 }),
  'GET /v1/status': () => ({ status: 200 }),
  'GET /v1/keys': () => ({ status: 200 }),
  'POST /v1/keys': () => ({ status: 201, body: { role: 'emitter', label: 'test' } }),
  'DELETE /v1/keys/{id}': ({ keyId }) => ({ status: 200, params: { id: keyId } }),
  'GET /v1/tenants': () => ({ status: 200 }),
  'POST /v1/tenants': ({ tenant }) => ({ status: 201, body: { name: `${tenant}-branch` } }),
  'PATCH /v1/tenants/{tenant}': ({ tenant }) => ({ status: 200, params: { tenant }, body: { track_users: true } }),
  'GET /v1/admin-records': () => ({ status: 200 }),
  'GET /v1/health': () => ({ status: 200 }),
  'GET /v1/openapi.json': () => ({ status: 200 }),
};

/** Path and query of a request, each value percent-encoded. */
export function writeTarget(path: string, { params = {}, query }: SoundRequest, ...more: readonly string[]): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? `no ${name}`));
  const text = [query, ...more].filter(Boolean).join('&');
  return text === '' ? filled : `${filled}?${text}`;
}

function event(id: string, time = '2026-01-29T18:30:00Z'): Readonly<Record<string, unknown>> {
  return smallEvent({ id, time });
}
