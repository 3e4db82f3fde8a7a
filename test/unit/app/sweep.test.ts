import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import type { TenantConfig } from '../../../lib/app/ports.ts';
import { SweepIncompleteError, sweep } from '../../../lib/app/sweep.ts';
import { createAlertWorld, delta, NOON_MS } from '../../helpers/alert-world.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;

const NOTHING_TO_SETTLE = { followedTo: 0, corrected: 0, openOrders: 0 };

async function withSpend(usd: number) {
  const world = createAlertWorld();
  const ports = world.start();
  await putBudget(ports, world.tenant, { name: 'B', amount_usd: '100' });
  world.ledger.commit(delta('2026-01-19', usd));
  return { ...world, ports };
}

describe('the sweep', () => {
  it('claims and publishes a crossing that no invocation evaluated', async () => {
    const { ports, topic } = await withSpend(60);
    expect(await sweep(ports, FAR_MS)).toMatchObject({ evaluated: 1, claimed: 1, expired: { due: 0 } });
    expect(topic.delivered).toHaveLength(1);
  });

  it('stores totals as soon as they moved, and not again while nothing moves', async () => {
    const { ports, tenant, table } = await withSpend(10);
    await sweep(ports, FAR_MS);
    const stored = await ports.budgets.list(tenant.tenant);
    const budget = stored[0]?.budget;
    if (!budget) throw new Error('no budget');
    expect((await ports.budgets.totals(tenant.tenant, budget))?.number).toBe(1);
    let puts = 0;
    const put = table.put.bind(table);
    table.put = (item, condition) => {
      puts += 1;
      return put(item, condition);
    };
    await sweep(ports, FAR_MS);
    expect(puts).toBe(0);
  });

  it('goes on with the other tenants when one fails, and then says which', async () => {
    const { ports, topic } = await withSpend(60);
    const broken: TenantConfig = { ...TENANT, tenant: 'broken', timeZone: 'Nowhere/At_All' };
    await putBudget(ports, { ...broken, timeZone: 'UTC' }, { name: 'B', amount_usd: '100' });
    const tenants = { ...ports.tenants, list: async () => [broken, TENANT] };
    const failure = await sweep({ ...ports, tenants }, FAR_MS).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SweepIncompleteError);
    expect(failure).toMatchObject({ retryable: true, report: { evaluated: 1, claimed: 1 } });
    expect((failure as Error).message).toContain('tenant broken');
    expect(topic.delivered).toHaveLength(1);
  });

  it('begins nothing behind its deadline and reports what it left', async () => {
    const { ports, topic, tenant, wait } = await withSpend(60);
    topic.behave = () => 'refuse';
    await evaluateBudgets(ports, tenant);
    topic.behave = () => 'accept';
    wait(60_000);
    const report = await sweep(ports, NOON_MS);
    expect(report).toMatchObject({ evaluated: 0, postponed: 1, expired: { due: 1, outcomes: { late: 1 } } });
    expect(topic.delivered).toHaveLength(0);
    await sweep(ports, FAR_MS);
    expect(topic.delivered).toHaveLength(1);
  });

  it('leaves half of its time to everything else while the topic hangs', async () => {
    const world = await withSpend(10);
    const { ports, topic, tenant, ledger, wait } = world;
    for (let index = 0; index < 8; index++) await putBudget(ports, tenant, { name: `B${index}`, amount_usd: '11' });
    topic.behave = () => 'refuse';
    ledger.commit(delta('2026-01-19', 5));
    await evaluateBudgets(ports, tenant);
    // Every publish takes the ten seconds that it may take, and nobody knows how it ended.
    let begun = 0;
    const publisher = {
      maxPublishMs: 10_000,
      publish: async () => {
        begun += 1;
        wait(10_000);
        throw new Error('hangs');
      },
    };
    const failure = await sweep({ ...ports, publisher }, ports.clock() + 50_000).catch((error: unknown) => error);
    // Of 25 seconds two fit; the tenant is evaluated in the others.
    expect(begun).toBe(2);
    expect(failure).toMatchObject({ report: { evaluated: 1, postponed: 0, expired: { outcomes: { unknown: 2 } } } });
  });

  it('settles the prices of every tenant, each within its share of the time that is left', async () => {
    const { ports } = await withSpend(10);
    const others = ['b', 'c', 'd'].map((tenant) => ({ ...TENANT, tenant }));
    const tenants = { ...ports.tenants, list: async () => others };
    const shares: number[] = [];
    const settle = async (_tenant: TenantConfig, deadlineMs: number) => {
      shares.push(deadlineMs - NOON_MS);
      return { followedTo: 1, corrected: 2, openOrders: 1 };
    };
    const report = await sweep({ ...ports, tenants, settle }, NOON_MS + 30_000);
    expect(report).toMatchObject({ settled: 3, corrected: 6, openOrders: 3 });
    // The clock stands still: a third of 30 s, then half of them, then all.
    expect(shares).toEqual([10_000, 15_000, 30_000]);
  });

  it('settles the other tenants when one cannot be, and then says which', async () => {
    const { ports } = await withSpend(10);
    const others = ['b', 'c'].map((tenant) => ({ ...TENANT, tenant }));
    const tenants = { ...ports.tenants, list: async () => others };
    const settle = async ({ tenant }: TenantConfig) => {
      if (tenant === 'b') throw new Error('no answer');
      return NOTHING_TO_SETTLE;
    };
    const failure = await sweep({ ...ports, tenants, settle }, FAR_MS).catch((error: unknown) => error);
    const [{ report, message }] = [failure as SweepIncompleteError];
    expect(report).toMatchObject({ evaluated: 2, settled: 1 });
    expect(message).toContain('prices of tenant');
    expect(message).toContain('no answer');
  });

  it('does nothing for a ledger without tenants', async () => {
    const { ports } = await withSpend(60);
    const tenants = { ...ports.tenants, list: async () => [] };
    expect(await sweep({ ...ports, tenants }, FAR_MS)).toMatchObject({ evaluated: 0, postponed: 0, claimed: 0 });
  });
});

describe('the list of alerts', () => {
  it('pages through them, newest first, each once', async () => {
    const { ports, ledger, tenant, wait } = await withSpend(0);
    for (let index = 0; index < 120; index++)
      await putBudget(ports, tenant, { name: `B${index}`, amount_usd: '100', thresholds: [50] });
    ledger.commit(delta('2026-01-19', 60));
    wait(1);
    await evaluateBudgets(ports, tenant);
    const seen: string[] = [];
    let next: string | undefined;
    let pages = 0;
    do {
      const page = await ports.alerts.list(tenant.tenant, next);
      seen.push(...page.alerts.map(({ alertId }) => alertId));
      next = page.next;
      pages += 1;
    } while (next !== undefined);
    // 120 budgets and the one that was there; 50 a page.
    expect(new Set(seen).size).toBe(121);
    expect(seen).toHaveLength(121);
    expect(pages).toBe(3);
  });

  it('shows another tenant nothing, and answers a made-up cursor with a page of one’s own', async () => {
    const { ports, tenant } = await withSpend(60);
    await evaluateBudgets(ports, tenant);
    expect((await ports.alerts.list('other')).alerts).toEqual([]);
    expect((await ports.alerts.list(tenant.tenant, '~/../OUTBOX')).alerts.length).toBeLessThanOrEqual(1);
  });
});
