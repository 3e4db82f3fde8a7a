import { describe, expect, it } from 'vitest';
import { TableAnomalyStore } from '../../../../lib/adapters/dynamodb/anomaly-store.ts';
import { decideAnomaly, MAX_DECISIONS } from '../../../../lib/app/anomalies/decide-anomaly.ts';
import { nameAnomaly } from '../../../../lib/app/anomalies/name-anomaly.ts';
import { readOneOffs } from '../../../../lib/app/anomalies/one-offs.ts';
import type { RollupRow } from '../../../../lib/app/ports.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { createAlertWorld, leaf, NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

const ADMIN = { keyId: 'key_0123456789ab', tenant: 'acme', role: 'admin' } as const;

/** Forty days to 2026-01-19 at $100 each, the last one at $400. */
const ROWS: readonly RollupRow[] = Array.from({ length: 40 }, (_, index) => {
  const measures = { cost: (index === 39 ? 400n : 100n) * USD, calls: 10n };
  return { period: addDays('2025-12-11', index), day: null, leaf: leaf({ app: 'bot' }), measures, histograms: {} };
});
const BOT = { dimension: 'app', value: 'bot' };
const ID = nameAnomaly('2026-01-19', BOT);

function createWorld(decided = 0) {
  const store = new TableAnomalyStore(createAlertWorld().table);
  const decisions = Array.from({ length: decided }, (_, index) => ({
    id: nameAnomaly(addDays('2020-01-01', index), null),
    state: 'dismissed' as const,
    key: null,
    days: [],
    note: null,
    by: 'test',
    atMs: 0,
  }));
  if (decided > 0) store.decisions = async () => decisions;
  const reader = {
    rollups: async (_tenant: string, { fromDay, toDay }: { readonly fromDay: string; readonly toDay: string }) => ({
      head: 0,
      rows: ROWS.filter(({ period }) => period >= fromDay && period < toDay),
    }),
  };
  const ports = { reader, anomalies: store, now: () => NOON_MS };
  const verdict = { state: 'confirmed', note: null, isOneOff: true } as const;
  return { store, confirm: (id = ID) => decideAnomaly(ports, TENANT, id, verdict, ADMIN) };
}

describe('a decision about an anomaly', () => {
  it('parts what it cost too much from what is to be expected of days to come, to the picodollar', async () => {
    const { store, confirm } = createWorld();
    const { days } = await confirm();
    const [{ day, expectedPicoUsd } = { day: '', expectedPicoUsd: 0n }] = days;
    expect(day).toBe('2026-01-19');
    expect(Number(expectedPicoUsd) / 1e12).toBeCloseTo(100, 0);
    const { regular, oneOffs } = await readOneOffs(store, TENANT, ROWS);
    expect(regular).toHaveLength(ROWS.length);
    expect(regular.at(-1)?.measures.cost).toBe(expectedPicoUsd);
    expect(oneOffs.map(({ measures }) => measures.cost)).toEqual([400n * USD - expectedPicoUsd]);
    expect(regular.slice(0, -1)).toEqual(ROWS.slice(0, -1));
  });

  it('about all spend takes off what those about values have left, so that others keep what they cost', async () => {
    // The bot costs 400 instead of 100 and mails 100 as always: with 200 in all nothing is left to take off.
    const ofApp = (app: string, usd: bigint): RollupRow => {
      return { period: '2026-01-19', day: null, leaf: leaf({ app }), measures: { cost: usd * USD }, histograms: {} };
    };
    const decided = (key: typeof BOT | null, usd: bigint) => ({
      id: nameAnomaly('2026-01-19', key),
      state: 'confirmed' as const,
      key,
      days: [{ day: '2026-01-19', expectedPicoUsd: usd * USD }],
      note: null,
      by: 'test',
      atMs: 0,
    });
    const store = { decisions: async () => [decided(null, 200n), decided(BOT, 100n)] };
    const { regular } = await readOneOffs(store, TENANT, [ofApp('bot', 400n), ofApp('mail', 100n)]);
    expect(regular.map(({ measures }) => measures.cost)).toEqual([100n * USD, 100n * USD]);
  });

  it('shares what is kept out among leaves so that nothing of the whole is lost in rounding', async () => {
    // Three leaves of one call each and $400 in all, of which $200 were to be expected: half of 3 calls is 1, not 0.
    const rows = [133n, 133n, 134n].map((usd, index): RollupRow => {
      const measures = { cost: usd * USD + (index === 0 ? 1n : 0n), calls: 1n };
      return {
        period: '2026-01-19',
        day: null,
        leaf: leaf({ app: 'bot', model: `m-${index}` }),
        measures,
        histograms: {},
      };
    });
    const days = [{ day: '2026-01-19', expectedPicoUsd: 200n * USD }];
    const of = { id: ID, state: 'confirmed' as const, key: BOT, days, note: null, by: 'test', atMs: 0 };
    const { regular, oneOffs } = await readOneOffs({ decisions: async () => [of] }, TENANT, rows);
    const sum = (of: readonly RollupRow[], name: 'cost' | 'calls') =>
      of.reduce((total, { measures }) => total + (measures[name] ?? 0n), 0n);
    expect([sum(regular, 'cost'), sum(oneOffs, 'cost')]).toEqual([200n * USD, 200n * USD + 1n]);
    expect([sum(regular, 'calls'), sum(oneOffs, 'calls')]).toEqual([1n, 2n]);
  });

  it('is one of 1,000 at the most, and may be changed when there are as many', async () => {
    expect(MAX_DECISIONS).toBe(1_000);
    await expect(createWorld(1_000).confirm()).rejects.toThrow('There are 1000 decisions about anomalies.');
    expect((await createWorld(999).confirm()).state).toBe('confirmed');
  });

  it.each(['2026-02-30', '2025-13-01', '0000-00-00', '0000-01-01', '0001-01-01', '9999-12-31'])(
    'is about no anomaly where the id begins with %s',
    async (day) => {
      const { confirm } = createWorld();
      await expect(confirm(nameAnomaly(day, BOT))).rejects.toThrow('There is no such anomaly.');
    },
  );
});
