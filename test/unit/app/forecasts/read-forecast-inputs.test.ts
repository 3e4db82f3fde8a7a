import { describe, expect, it } from 'vitest';
import { MemoryTable } from '../../../../lib/adapters/memory/table.ts';
import type { AnomalyDecision } from '../../../../lib/app/anomalies/anomaly-ports.ts';
import { HISTORY_DAYS, readForecastInputs } from '../../../../lib/app/forecasts/read-forecast-inputs.ts';
import type { RollupQuery } from '../../../../lib/app/ports.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { createForecastSources } from '../../../helpers/forecast-ports.ts';
import { dayRow, TODAY } from '../../../helpers/forecast-rows.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

/** Reads for a tenant in Auckland, where it is TODAY from noon UTC of the day before on. */
async function read(fromDay: string, toDay: string, decisions: readonly AnomalyDecision[] = []) {
  const queries: RollupQuery[] = [];
  const rows = [dayRow('2026-06-10', {}, { calls: 99n }), dayRow('2026-06-11', {}, { calls: 99n, cost: 300n })];
  const ports = {
    ...createForecastSources(new MemoryTable()),
    reader: {
      rollups: async (_tenant: string, query: RollupQuery) => {
        queries.push(query);
        return { head: 7, rows };
      },
    },
    missingCalls: {
      listMissing: async () => [
        { firstDay: '2026-06-10', lastDay: '2026-06-10', app: null, count: 1 },
        { firstDay: '2026-06-11', lastDay: '2026-06-11', app: null, count: 50 },
      ],
    },
    anomalies: { decisions: async () => decisions },
    now: () => Date.parse(`${addDays(TODAY, -1)}T12:00:00Z`),
  };
  const inputs = await readForecastInputs(ports, { ...TENANT, timeZone: 'Pacific/Auckland' }, { fromDay, toDay });
  return { inputs, queries };
}

describe('the days that are read for forecasts', () => {
  it('are the period and more than a year before today, read once', async () => {
    const { inputs, queries } = await read('2026-06-01', '2026-07-01');
    expect(inputs).toMatchObject({ today: TODAY, head: 7 });
    expect(queries).toEqual([{ granularity: 'day', fromDay: addDays(TODAY, -HISTORY_DAYS), toDay: '2026-07-01' }]);
    const year = await read('2025-02-01', '2026-07-01');
    expect(year.queries).toMatchObject([{ fromDay: '2025-02-01', toDay: '2026-07-01' }]);
  });

  it('miss calls where a good part of them never arrived', async () => {
    const { inputs } = await read('2026-06-01', '2026-07-01');
    expect([...inputs.missingDays]).toEqual(['2026-06-11']);
  });

  it('are parted into what is usual and what a confirmed anomaly brought beyond it', async () => {
    const confirmed: AnomalyDecision = {
      id: 'anomaly-1',
      state: 'confirmed',
      key: null,
      days: [{ day: '2026-06-11', expectedPicoUsd: 100n }],
      note: null,
      by: 'key_0123456789ab',
      atMs: 0,
    };
    const { inputs } = await read('2026-06-01', '2026-07-01', [confirmed]);
    // A third of the cost was expected, and so a third of all that was used.
    expect(inputs.rows.map(({ measures }) => [measures.calls, measures.cost])).toEqual([
      [99n, undefined],
      [33n, 100n],
    ]);
    expect(inputs.oneOffs.map(({ measures }) => [measures.calls, measures.cost])).toEqual([[66n, 200n]]);
    // Whether calls are missing is judged by all that came: 50 of 149, and 1 of 100.
    expect([...inputs.missingDays]).toEqual(['2026-06-11']);
  });
});
