import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { TableRuleStore } from '../../lib/adapters/dynamodb/rule-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { RuleFiring } from '../../lib/domain/rules/rule-firing.ts';
import { NOON_MS } from '../helpers/alert-world.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { HOUR_MS, ruleOf } from '../helpers/rule-fixtures.ts';

const FIRING: RuleFiring = {
  ...{ rule: 'error-rate', key: null, essence: 'essence', state: 'firing', isTold: false },
  ...{ firedAtMs: NOON_MS + 300_000, firedEndMs: NOON_MS, seenEndMs: NOON_MS },
  evidence: {
    ...{ window: { startMs: NOON_MS - HOUR_MS, endMs: NOON_MS }, low: '0.02', high: null, count: '300' },
    ...{ lackingPrice: [], dimension: 'app', by: 'failed_calls', contributors: [{ value: null, amount: '6' }] },
  },
};

/** What callers of the port may rely on: held against the model in memory and the embedded engine alike. */
function storesOfRules(open: () => Table): void {
  it('keep the rules of a tenant whole, and refuse a change over what was not read', async () => {
    const [store, tenant] = [new TableRuleStore(open()), randomUUID()];
    expect(await store.rules(tenant)).toEqual({ rules: [], revision: 0 });
    const rule = ruleOf({ filter: { team: 'cx' }, each: 'app' });
    expect(await store.saveRules(tenant, [rule], 0)).toBe('written');
    expect(await store.rules(tenant)).toEqual({ rules: [rule], revision: 1 });
    expect(await store.saveRules(tenant, [], 0)).toBe('behind');
    expect(await store.saveRules(tenant, [], 1)).toBe('written');
    expect(await store.rules(tenant)).toEqual({ rules: [], revision: 2 });
    expect(await store.rules(randomUUID())).toEqual({ rules: [], revision: 0 });
  });

  it('keep firings by rule and key, each over what was read of it', async () => {
    const [store, tenant] = [new TableRuleStore(open()), randomUUID()];
    const first = await store.saveFiring(tenant, FIRING, undefined);
    expect(first?.firing).toEqual(FIRING);
    expect(await store.saveFiring(tenant, FIRING, undefined)).toBeUndefined();
    expect(await store.saveFiring(tenant, { ...FIRING, key: '' }, undefined)).toBeDefined();
    expect(await store.firings(tenant)).toHaveLength(2);
    if (!first) throw new Error('it was not written');
    const told = await store.saveFiring(tenant, { ...FIRING, isTold: true }, first);
    expect(await store.saveFiring(tenant, FIRING, first)).toBeUndefined();
    expect(await store.removeFiring(tenant, first)).toBe('behind');
    if (!told) throw new Error('it was not written');
    expect(await store.firings(tenant)).toContainEqual(told);
    expect(await store.removeFiring(tenant, told)).toBe('removed');
    expect(await store.removeFiring(tenant, told)).toBe('behind');
  });

  it('do not take a firing that came again for the one that was forgotten', async () => {
    const [store, tenant] = [new TableRuleStore(open()), randomUUID()];
    const first = await store.saveFiring(tenant, FIRING, undefined);
    if (!first) throw new Error('it was not written');
    await store.removeFiring(tenant, first);
    await store.saveFiring(tenant, { ...FIRING, firedAtMs: NOON_MS + HOUR_MS }, undefined);
    expect(await store.removeFiring(tenant, first)).toBe('behind');
  });

  it('read the GPU samples of whole hours, the first sample of a moment standing', async () => {
    const [store, tenant] = [new GpuSampleStore(open()), randomUUID()];
    const sample = (deployment: string, timeMs: number, ratio: number) => ({
      ...{ deployment, timeMs, gpu_utilisation_ratio: ratio },
    });
    await store.keep(tenant, [sample('b', NOON_MS - 1, 0.1), sample('b', NOON_MS, 0.2), sample('a', NOON_MS, 0.3)]);
    await store.keep(tenant, [sample('b', NOON_MS, 0.9), sample('b', NOON_MS + HOUR_MS - 1, 0.4)]);
    await store.keep(tenant, [sample('b', NOON_MS + HOUR_MS, 0.5)]);
    const { hours, isCut } = await store.readHours(tenant, NOON_MS, NOON_MS + HOUR_MS);
    expect([...hours].sort((one, other) => (one.deployment < other.deployment ? -1 : 1))).toEqual([
      { deployment: 'a', hourMs: NOON_MS, ratios: [0.3] },
      { deployment: 'b', hourMs: NOON_MS, ratios: [0.2, 0.4] },
    ]);
    expect(isCut).toBe(false);
  });
}

describe('rules in memory', () => {
  const table = new MemoryTable();
  storesOfRules(() => table);
});

describe('rules in the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  storesOfRules(() => engine.table);
});
