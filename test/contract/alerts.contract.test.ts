import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { listBudgetStatus, listBudgets, putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { sweep } from '../../lib/app/sweep.ts';
import type { AlertMessage } from '../../lib/domain/alerts/alert.ts';
import { NEW_MIGRATION_SUBJECT } from '../../lib/domain/migrate-now/migration-subject.ts';
import { createAlertWorld, NOON_MS, USD } from '../helpers/alert-world.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';

/** Budgets and alerts over the real ledger: held against the model in memory and the embedded engine alike. */
function alertsOverTheLedger(open: () => Table): void {
  async function withBudget() {
    const table = open();
    const tenant = { ...TENANT, tenant: randomUUID() };
    const surroundings = steadySurroundings(NOON_MS);
    const tenants = new TenantStore(table, surroundings.now);
    await tenants.create(tenant);
    const world = createAlertWorld(tenant);
    const start = () => ({ ...world.start(table), reader: new DynamoLedgerReader(table, tenants) });
    const ledger = new DynamoLedger(table, surroundings);
    let calls = 0;
    const spend = async (usd: bigint, timeMs = NOON_MS) => {
      const call = ratedCall({ id: uuidV7(timeMs, ++calls), timeMs, team: 'cx', app: 'bot' }, usd * USD);
      await ledger.append(tenant, [call], NOON_MS + 50_000);
    };
    await putBudget(start(), tenant, { name: 'B', amount_usd: '100', filter: { team: 'cx' } });
    return { ...world, start, spend, tenant };
  }

  it('claims a crossing once and publishes it once, many evaluations at a time', async () => {
    const { start, spend, tenant, topic } = await withBudget();
    await spend(30n);
    await spend(60n);
    await Promise.all(Array.from({ length: 20 }, () => evaluateBudgets(start(), tenant)));
    expect(topic.delivered).toHaveLength(1);
    expect(topic.delivered[0]?.data).toMatchObject({
      commit: 2,
      budget: { spent_usd: '90', crossed: [50, 80] },
      contributors: { largest: [{ value: 'bot', cost_usd: '90' }] },
    });
    const { alerts } = await start().alerts.list(tenant.tenant);
    expect(alerts).toMatchObject([{ publishedAtMs: NOON_MS, attempts: 1, lastError: null, claimedAtMs: NOON_MS }]);
  });

  it('sends what was refused with the next sweep, and keeps stored totals exact', async () => {
    const { start, spend, tenant, topic } = await withBudget();
    await spend(40n);
    await sweep(start(), Number.MAX_SAFE_INTEGER);
    await spend(20n);
    // A call of December arrives late and stays below every threshold.
    await spend(5n, Date.UTC(2025, 11, 31));
    topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    await evaluateBudgets(start(), tenant);
    await Promise.all([sweep(start(), Number.MAX_SAFE_INTEGER), sweep(start(), Number.MAX_SAFE_INTEGER)]);
    expect(topic.attempts).toBe(2);
    const [stored] = await start().budgets.list(tenant.tenant);
    if (!stored) throw new Error('the budget is gone');
    expect(await start().budgets.totals(tenant.tenant, stored.budget)).toEqual({
      number: 3,
      spent: new Map([
        ['2026-01', new Map([['', 60n * USD]])],
        ['2025-12', new Map([['', 5n * USD]])],
      ]),
    });
    expect(await listBudgetStatus(start(), tenant, await listBudgets(start(), tenant))).toMatchObject([
      { current: { parts: [{ part: '', spent: 60n * USD }] }, commit: 3 },
    ]);
  });

  it('moves a migration subject on from the day that was read, and claims its alert in the same step', async () => {
    const { start, tenant, clock } = await withBudget();
    const { migrations, alerts } = start();
    const subject = { ...NEW_MIGRATION_SUBJECT, lastDay: '2026-01-19' };
    const move = (fromDay: string | null, claim?: string) =>
      migrations.advance(tenant.tenant, 'key', {
        ...{ fromDay, subject, assessment: { day: '2026-01-19' } },
        ...(claim ? { alert: alertOf(claim) } : {}),
      });
    const alertOf = (claim: string) => {
      const alertId = randomUUID();
      const lease = { owner: randomUUID(), untilMs: clock() + 90_000 };
      const message: AlertMessage = {
        alertId,
        kind: 'migrate_now',
        severity: 'warning',
        tenant: tenant.tenant,
        subject: 'Migrate now',
        text: 'It pays.',
        sms: 'It pays.',
        data: {},
        about: ['test'],
        attributes: {},
      };
      return { claim, held: { alertId, tenant: tenant.tenant, claimedAtMs: clock(), attempts: 1, lease, message } };
    };
    expect(await move(null, 'migrate#1')).toBe('advanced');
    expect(await move(null, 'migrate#2')).toBe('behind');
    expect(await move('2026-01-18', 'migrate#3')).toBe('behind');
    expect(await move('2026-01-19', 'migrate#1')).toBe('behind');
    expect(await move('2026-01-19')).toBe('advanced');
    expect(await migrations.standing(tenant.tenant, 'key')).toEqual({ subject, assessment: { day: '2026-01-19' } });
    expect((await alerts.list(tenant.tenant)).alerts).toHaveLength(1);
    const mine = (await alerts.pending()).filter((pending) => pending.tenant === tenant.tenant);
    expect(mine).toHaveLength(1);
  });
}

describe('alerts over the table in memory', () => {
  const table = new MemoryTable();
  alertsOverTheLedger(() => table);
});

describe('alerts over the table on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  alertsOverTheLedger(() => engine.table);
});
