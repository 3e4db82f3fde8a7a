import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lib/adapters/http/routes.ts';
import { nameAnomaly } from '../../../lib/app/anomalies/name-anomaly.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { claimMessage, plainMessage } from '../../helpers/held-alert.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { deliver, good } from '../../helpers/reject-world.ts';

interface Deed {
  /** Action of the record that it leaves. */
  readonly action: string;
  readonly target?: string;
  readonly body?: unknown;
  /** What has to be there before. */
  readonly prepare?: (world: ApiWorld, key: string) => Promise<string | undefined>;
}

const BUDGET = { amount_usd: '5' };
const OVERRIDES = '/v1/catalog/overrides';
const later = { overrides: [{ model: 'm-1', rates: { input_tokens: '9' }, effective_from: '2027-01-01' }] };
const PROFILE = {
  ...{ name: 'own GPUs', target_model: 'llama-3.3-70b', hardware: '2 x H100', replica_monthly_usd: 4657.4 },
  ...{ a: 6.9e-5, b: 7.1e-5, c: 6.8e-8, savings_probability: 0.85 },
};
const CREDIT = { id: 'c-1', amount_usd: '1', from: '2026-01-01', to: '2026-02-01', reason: 'goodwill' };

const RULE = { metric: 'error_ratio', threshold: '0.4' };
const OWN_ROW = {
  kind: 'quality',
  row: { model: 'm-1', score: 7, scale: 'own evaluation /10', source: 'us', as_of: '2026-01-02' },
};
const PLANNED = { date: '2026-03-01', factor: '2' };
const SUBSCRIPTION = { protocol: 'email', endpoint: 'cx@example.com', filter: { team: ['cx'] } };

/** An alert of the tenant; @returns the path of what is done to it. */
const alertFor =
  (deed: string) =>
  async (world: ApiWorld): Promise<string> => {
    const { alertId } = await claimMessage(world.ports.testAlerts, plainMessage('default'));
    return `/v1/alerts/${alertId}/${deed}`;
  };

/** A day that cost something; @returns the path of what is said of it. */
const anomalyFor =
  (deed: string) =>
  async (world: ApiWorld): Promise<string> => {
    await record(world);
    return `/v1/anomalies/${nameAnomaly(new Date(START_MS).toISOString().slice(0, 10), null)}/${deed}`;
  };

const record = async (world: ApiWorld): Promise<undefined> => {
  await deliver(world, good('call-1'));
};

const CAPACITY = {
  kind: 'subscription',
  from: '2026-01-02',
  price_usd: '1',
  per: 'day',
  covers: { deployment: 'own' },
};

const MIGRATION = '/v1/migrations/own%20GPUs';

const putProfile = async (world: ApiWorld, key: string): Promise<undefined> => {
  await world.ask('PUT', MIGRATION, { key, body: PROFILE });
};

const putCapacity = async (world: ApiWorld, key: string): Promise<undefined> => {
  await world.ask('PUT', '/v1/capacities/h100', { key, body: CAPACITY });
};

/** A change by each route of an admin that makes one. */
const DEEDS: Readonly<Record<string, Deed>> = {
  'POST /v1/budgets': { action: 'budget.stored', body: { name: 'all', ...BUDGET } },
  'PUT /v1/budgets/{name}': { action: 'budget.stored', target: '/v1/budgets/all', body: BUDGET },
  'POST /v1/budgets/apply': { action: 'budget.applied', body: { budgets: [{ name: 'all', ...BUDGET }] } },
  'DELETE /v1/budgets/{name}': {
    action: 'budget.removed',
    target: '/v1/budgets/all',
    prepare: async (world, key) => {
      await world.ask('PUT', '/v1/budgets/all', { key, body: BUDGET });
      return undefined;
    },
  },
  'POST /v1/reference-rows': { action: 'reference_row.stored', body: OWN_ROW },
  'DELETE /v1/reference-rows/{id}': {
    action: 'reference_row.removed',
    prepare: async (world, key) => {
      const { json } = await world.ask('POST', '/v1/reference-rows', { key, body: OWN_ROW });
      return `/v1/reference-rows/${json.id}`;
    },
  },
  'POST /v1/planned-changes': { action: 'planned_change.stored', body: PLANNED },
  'DELETE /v1/planned-changes/{id}': {
    action: 'planned_change.removed',
    prepare: async (world, key) => {
      const { json } = await world.ask('POST', '/v1/planned-changes', { key, body: PLANNED });
      return `/v1/planned-changes/${json.id}`;
    },
  },
  'POST /v1/anomalies/{id}/confirm': { action: 'anomaly.confirmed', body: {}, prepare: anomalyFor('confirm') },
  'POST /v1/anomalies/{id}/dismiss': { action: 'anomaly.dismissed', body: {}, prepare: anomalyFor('dismiss') },
  'PUT /v1/anomaly-settings': { action: 'anomaly_settings.changed', body: { drop: { told: true } } },
  'PUT /v1/alert-rules/{name}': { action: 'rule.stored', target: '/v1/alert-rules/errors', body: RULE },
  'DELETE /v1/alert-rules/{name}': {
    action: 'rule.removed',
    prepare: async (world, key) => {
      await world.ask('PUT', '/v1/alert-rules/errors', { key, body: RULE });
      return '/v1/alert-rules/errors';
    },
  },
  'POST /v1/alerts/{id}/acknowledge': { action: 'alert.acknowledged', body: {}, prepare: alertFor('acknowledge') },
  'POST /v1/alerts/{id}/snooze': { action: 'alert.snoozed', body: { hours: 1 }, prepare: alertFor('snooze') },
  'DELETE /v1/alerts/{id}/snooze': {
    action: 'alert.unsnoozed',
    prepare: async (world, key) => {
      const path = await alertFor('snooze')(world);
      await world.ask('POST', path, { key, body: { hours: 1 } });
      return path;
    },
  },
  'POST /v1/alerts/test': { action: 'alert.tested', body: {} },
  'POST /v1/subscriptions': { action: 'alert.subscribed', body: SUBSCRIPTION },
  'DELETE /v1/subscriptions/{id}': {
    action: 'alert.unsubscribed',
    prepare: async (world, key) => {
      // One that waits for its owner cannot be ended, and the queue of a test confirms itself.
      const queue = { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:111111111111:alerts', filter: {} };
      const { json } = await world.ask('POST', '/v1/subscriptions', { key, body: queue });
      return `/v1/subscriptions/${json.id}`;
    },
  },
  'POST /v1/catalog/overrides': { action: 'catalog.overrides.stored', body: PRICES },
  'DELETE /v1/catalog/overrides/{number}': {
    action: 'catalog.overrides.withdrawn',
    target: `${OVERRIDES}/1`,
    prepare: async (world, key) => {
      await world.ask('POST', OVERRIDES, { key, body: later });
      return undefined;
    },
  },
  'PUT /v1/capacities/{name}': { action: 'capacity.stored', target: '/v1/capacities/h100', body: CAPACITY },
  'DELETE /v1/capacities/{name}': {
    action: 'capacity.ended',
    target: '/v1/capacities/h100',
    prepare: (world, key) => putCapacity(world, key),
  },
  'POST /v1/capacities/{name}/accruals': {
    action: 'capacity.accrued_again',
    target: '/v1/capacities/h100/accruals',
    body: { from: '2026-01-27', to: '2026-01-28', reason: 'test', dry_run: false },
    prepare: (world, key) => putCapacity(world, key),
  },
  'POST /v1/corrections': {
    action: 'correction.ordered',
    body: { kind: 'void', id: 'call-1', reason: 'test' },
    prepare: record,
  },
  'POST /v1/credits': { action: 'credit.requested', body: CREDIT },
  'PUT /v1/migrations/{name}': { action: 'migration_profile.stored', target: MIGRATION, body: PROFILE },
  'PATCH /v1/migrations/{name}': {
    action: 'migration_profile.marked',
    target: MIGRATION,
    body: { migrated_on: '2026-01-20' },
    prepare: (world, key) => putProfile(world, key),
  },
  'DELETE /v1/migrations/{name}': {
    action: 'migration_profile.removed',
    target: MIGRATION,
    prepare: (world, key) => putProfile(world, key),
  },
  'POST /v1/rebuilds': {
    action: 'ledger.rebuilt',
    body: { dry_run: false },
    prepare: async (world) => {
      await record(world);
      const row = [...world.table.items()].find(({ pk }) => pk.startsWith('RD#default'));
      if (row) await world.table.delete(row);
      return undefined;
    },
  },
  'POST /v1/rejects/redrive': {
    action: 'rejects.redriven',
    body: { all: true, set: { 'usage.cache_read_tokens': '4' } },
    prepare: async (world) => {
      await deliver(world, good('call-1', { usage: { input_tokens: 5, cache_read_tokens: 9 } }));
      return undefined;
    },
  },
  'POST /v1/dead-letters/redrive': { action: 'dead_letters.redriven' },
  'POST /v1/keys': { action: 'key.created', body: { role: 'reader', label: 'for the wall' } },
  'DELETE /v1/keys/{id}': {
    action: 'key.revoked',
    prepare: async (world, key) => {
      const body = { role: 'reader', label: 'for a day', expires_in_days: 1 };
      return `/v1/keys/${(await world.ask('POST', '/v1/keys', { key, body })).json.key_id}`;
    },
  },
  'POST /v1/tenants': { action: 'tenant.created', body: { name: 'second' } },
  'PATCH /v1/tenants/{tenant}': {
    action: 'tenant.changed',
    target: '/v1/tenants/default',
    body: { track_users: true },
  },
};

/** Routes an admin may call that leave no record, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'POST /v1/events': 'sends usage: every event is an entry or a reject of its own',
  'POST /v1/traces': 'sends usage: every span is an entry or a reject of its own',
  'POST /v1/imports': 'sends usage: every event is an entry or a reject of its own',
  'POST /v1/entries/status': 'reads',
  'POST /v1/corrections/preview': 'reads',
  'POST /v1/corrections/{number}/run': 'carries on an order that left its record when it was given',
  'POST /v1/audits': 'reads',
  'POST /v1/break-even': 'reads',
  'POST /v1/recommendation': 'reads',
  'POST /v1/what-if': 'reads',
  'POST /v1/estimates': 'reads',
};

const CHANGING = ROUTES.filter(
  ({ method, access }) =>
    method !== 'GET' && access !== 'public' && (access.includes('admin') || access.includes('org-admin')),
).map(({ method, path }) => ({ name: `${method} ${path}`, method, path }));

const everyRecord = (world: ApiWorld) =>
  [...world.table.items()]
    .filter(({ pk }) => pk.startsWith('ADMIN#'))
    .map((item) => ({ tenant: item.pk.slice(6), action: item['action'], keyId: item['keyId'] }));

describe('administrative changes', () => {
  it.each(CHANGING)('$name leaves a record of who made it, or is known to change nothing', async (route) => {
    const deed = DEEDS[route.name];
    if (!deed) return expect(WITHOUT[route.name], 'a deed or a reason in this test').toBeTypeOf('string');
    const world = createApiWorld();
    const key = await world.enrol('default', 'org-admin');
    const [own] = await world.ports.apiKeys.list('default');
    const target = (await deed.prepare?.(world, key)) ?? deed.target ?? route.path;
    const before = everyRecord(world).length;
    let cursor: string | undefined;
    do {
      const body = cursor === undefined ? deed.body : { ...(deed.body as object), cursor };
      const { status, json } = await world.ask(route.method, target, { key, body });
      expect([status < 300, status < 300 || json]).toEqual([true, true]);
      cursor = json?.next;
    } while (cursor !== undefined);
    const tenant = deed.action === 'tenant.created' ? 'second' : 'default';
    const records = everyRecord(world);
    expect(records).toContainEqual({ tenant, action: deed.action, keyId: own?.keyId });
    expect(records.length - before).toBe(1);
  });

  it('by a key of another tenant are recorded where they were made, with the tenant of the key', async () => {
    const world = createApiWorld();
    const acme = await world.enrol('acme');
    const org = await world.enrol('group', 'org-admin');
    const headers = { 'tokenledger-tenant': 'acme' };
    await world.ask('POST', '/v1/budgets', { key: org, headers, body: { name: 'all', ...BUDGET } });
    const [own] = await world.ports.apiKeys.list('group');
    const { json } = await world.ask('GET', '/v1/admin-records?action=budget.stored', { key: acme });
    expect(json.records).toMatchObject([{ key_id: own?.keyId, key_tenant: 'group', action: 'budget.stored' }]);
    const elsewhere = await world.ask('GET', '/v1/admin-records?action=budget.stored', { key: org });
    expect(elsewhere.json.records).toEqual([]);
  });

  it('are listed newest first, page by page, those of every tenant apart', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    for (let n = 0; n < 7; n++) {
      const detail = { n };
      await world.ports.adminRecords.append('acme', { atMs: START_MS + n, keyId: 'k', action: `a.${n % 2}`, detail });
    }
    const all = async (query: string) => {
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { json } = await world.ask('GET', `/v1/admin-records?${query}${more}`, { key });
        seen.push(...json.records.map(({ detail }: { detail: { n?: number } }) => detail.n).filter(Number.isInteger));
        cursor = json.next;
      } while (cursor !== undefined);
      return seen;
    };
    expect(await all('limit=3')).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await all('limit=2&action=a.1')).toEqual([5, 3, 1]);
    expect(await all('action=nothing')).toEqual([]);
    await world.ask('POST', `${OVERRIDES}?scope=global`, { key, body: PRICES });
    const global = await world.ask('GET', '/v1/admin-records?scope=global', { key });
    expect(global.json.records).toMatchObject([{ action: 'catalog.overrides.stored' }]);
    await world.enrol('other');
    expect((await world.ask('GET', '/v1/admin-records?scope=global', { key })).status).toBe(403);
  });
});
