import { describe, expect, it } from 'vitest';
import { MemoryTable } from '../../../../lib/adapters/memory/table.ts';
import { createPartForecaster } from '../../../../lib/app/forecasts/forecast-part.ts';
import { addPlannedChange } from '../../../../lib/app/forecasts/plan-changes.ts';
import { createForecastSources } from '../../../helpers/forecast-ports.ts';
import { dayRow, listDays, TODAY } from '../../../helpers/forecast-rows.ts';
import { TENANT } from '../../../helpers/ledger-fixtures.ts';

const USD = 1_000_000_000_000n;

/** $10 of app chat and $2 of app code on each day since May. */
const LINES = listDays('2026-05-01', TODAY).flatMap((day) => [
  { ...dayRow(day, { app: 'chat' }, { cost: 10n * USD }), day },
  { ...dayRow(day, { app: 'code' }, { cost: 2n * USD }), day },
]);

const JUNE = { fromDay: '2026-06-01', toDay: '2026-07-01' };

describe('the forecast of one total of a budget', () => {
  it('is that of its part, with the odds and the day of its amount, and with what is planned', async () => {
    const sources = createForecastSources(new MemoryTable());
    const forecast = () => createPartForecaster(sources, TENANT, TODAY);
    const amount = { unit: 'pico_usd', amounts: [50n * USD] } as const;
    const budget = { scope: {}, each: 'app', amount };
    const of = { budget, part: 'code', period: JUNE, amount: 50n * USD };
    const plain = await forecast()(of, LINES);
    // 14 days of $2 are $28 and the month $60; $50 are reached with the 25th day.
    expect(plain.projection.point).toBeCloseTo(60, 9);
    expect(plain.projection.pExceed).toBeGreaterThan(0.5);
    expect(plain.runOutDay).toBe('2026-06-26');
    const planned = { date: '2026-06-21', factor: '3', filter: { app: 'code' } };
    await addPlannedChange({ ...sources, now: () => 0 }, TENANT, planned, 'key_0123456789ab');
    const grown = await forecast()(of, LINES);
    // $40 by the 20th, then $6 a day.
    expect(grown.projection.point).toBeCloseTo(100, 9);
    expect(grown.runOutDay).toBe('2026-06-22');
    const whole = { ...of, budget: { ...budget, each: null }, part: '' };
    expect((await forecast()(whole, LINES)).projection.point).toBeCloseTo(400, 9);
  });
});
