import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../../../lib/app/budgets/manage-budgets.ts';
import { addPlannedChange } from '../../../../lib/app/forecasts/plan-changes.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { createAlertWorld, delta } from '../../../helpers/alert-world.ts';
import { createForecastSources } from '../../../helpers/forecast-ports.ts';

/** $10 of one team on each day from the first of October to yesterday, in Berlin on Tuesday 2026-01-20. */
async function withHistory() {
  const world = createAlertWorld();
  const ports = world.start();
  for (let day = '2025-10-01'; day < '2026-01-20'; day = addDays(day, 1)) world.ledger.commit(delta(day, 10, CX));
  const cross = async (json: object = {}) => {
    await putBudget(ports, world.tenant, { name: 'all', amount_usd: '300', thresholds: [50], ...json });
    await evaluateBudgets(ports, world.tenant);
    return world.topic.delivered;
  };
  return { ...world, ports, cross };
}

const CX = { team: 'cx', app: 'bot' };

describe('the forecast in an alert on what was spent', () => {
  it('is made like any other: of all history, with what is planned', async () => {
    const { cross, table, tenant } = await withHistory();
    const planned = { date: '2026-01-26', factor: '3', filter: { team: 'cx' } };
    await addPlannedChange({ ...createForecastSources(table), now: () => 0 }, tenant, planned, 'key_0123456789ab');
    const [message] = await cross();
    // 19 days of $10, six more to the 25th and six of $30: 190 + 60 + 180. $300 are passed on 27 January.
    expect(message?.data['forecast']).toMatchObject({
      point_usd: expect.closeTo(430, 6),
      run_out_day: '2026-01-27',
      // From 1 October to 19 January.
      history_days: 111,
    });
  });

  it('is of the part alone, and what it takes besides the rows is read once for all parts', async () => {
    const world = await withHistory();
    world.ledger.commit(delta('2026-01-19', 155, { team: 'ops' }));
    let reads = 0;
    const { plannedChanges } = world.ports.forecasting;
    const list = (tenant: string) => {
      reads += 1;
      return plannedChanges.list(tenant);
    };
    Object.assign(world.ports, { forecasting: { ...world.ports.forecasting, plannedChanges: { list } } });
    const messages = await world.cross({ each: 'team' });
    expect(messages).toHaveLength(2);
    // 31 days of $10.
    const ofCx = messages.find(({ attributes }) => attributes['team'] === 'cx');
    expect(ofCx?.data['forecast']).toMatchObject({ point_usd: expect.closeTo(310, 6) });
    expect(reads).toBe(1);
  });

  it('never keeps an alert from being sent', async () => {
    const world = await withHistory();
    const failing = { list: () => Promise.reject(new Error('the table is throttled')) };
    Object.assign(world.ports, { forecasting: { ...world.ports.forecasting, plannedChanges: failing } });
    const [message] = await world.cross();
    expect(message?.data).toMatchObject({ forecast: null });
    expect(message?.text).toContain('Forecast: not known, it could not be made');
    expect(message?.text).not.toContain('the period is over');
  });
});
