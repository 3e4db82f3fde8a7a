import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { publishExpired } from '../../lib/app/alerts/publish-alerts.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { projectBudgets } from '../../lib/app/forecasts/project-budgets.ts';
import { createAlertWorld, NOON_MS, USD } from '../helpers/alert-world.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { createForecastSources } from '../helpers/forecast-ports.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HISTORY_DAYS = 50;

/** Forecasts told of over the real ledger and stores, hour by hour. */
function forecastsOverTheLedger(open: () => Table): void {
  /** Two teams, cx with $10 and ops with $1 a day for fifty days. */
  async function withHistory() {
    const table = open();
    const tenant = { ...TENANT, tenant: randomUUID() };
    const surroundings = steadySurroundings(NOON_MS);
    const tenants = new TenantStore(table, surroundings.now);
    await tenants.create(tenant);
    const world = createAlertWorld(tenant);
    const start = () => ({
      ...world.start(table),
      ...createForecastSources(table),
      reader: new DynamoLedgerReader(table, tenants),
      projections: new TableProjectionStore(table),
    });
    const calls = Array.from({ length: HISTORY_DAYS }, (_, index) => NOON_MS - (index + 1) * DAY_MS).flatMap(
      (timeMs, index) => [
        ratedCall({ id: uuidV7(timeMs, 2 * index), timeMs, team: 'cx', app: 'bot' }, 10n * USD),
        ratedCall({ id: uuidV7(timeMs, 2 * index + 1), timeMs, team: 'ops', app: 'bot' }, USD),
      ],
    );
    await new DynamoLedger(table, surroundings).append(tenant, calls, NOON_MS + 50_000);
    const run = () => projectBudgets(start(), tenant, FAR_MS);
    return { ...world, start, tenant, run };
  }

  it('tell of a threshold after two hours running, once, whatever the number of runs in an hour', async () => {
    const { start, tenant, run, topic, wait } = await withHistory();
    await putBudget(start(), tenant, { name: 'B', amount_usd: '200', thresholds: [1000], filter: { team: 'cx' } });
    const deliveries: number[] = [];
    for (let hour = 0; hour < 6; hour++) {
      // The runs of the second hour come at the same time, those of the others one after the other.
      if (hour === 1) await Promise.all(Array.from({ length: 8 }, run));
      else for (let again = 0; again < 2; again++) await run();
      deliveries.push(topic.delivered.length);
      wait(HOUR_MS);
    }
    expect(deliveries).toEqual([0, 1, 1, 1, 1, 1]);
    expect(topic.delivered[0]?.data).toMatchObject({
      kind: 'budget_forecast',
      status: 'firing',
      commit: await start().reader.head(tenant.tenant),
      // 19 days of $10 in January.
      budget: { spent_usd: '190', crossed: [100], percent: '95.0' },
      contributors: { dimension: 'app', largest: [{ value: 'bot', cost_usd: '190' }] },
      forecast: { state: 'ready', thresholds: [{ percent: 100 }] },
    });
    const { alerts } = await start().alerts.list(tenant.tenant);
    expect(alerts).toMatchObject([{ kind: 'budget_forecast', attempts: 1, lastError: null }]);
  });

  it('begin anew after an hour without a run, and with a new version', async () => {
    const { start, tenant, run, topic, wait } = await withHistory();
    const put = (amount_usd: string) => putBudget(start(), tenant, { name: 'B', amount_usd, thresholds: [1000] });
    const hours = async (...waits: readonly number[]) => {
      for (const each of waits) {
        wait(each * HOUR_MS);
        await run();
      }
      return topic.delivered.length;
    };
    await put('220');
    expect(await hours(0, 2, 2)).toBe(0);
    await put('221');
    expect(await hours(1)).toBe(0);
    expect(await hours(1, 1)).toBe(1);
    await put('222');
    expect(await hours(1)).toBe(1);
    expect(await hours(1, 1)).toBe(2);
    expect(new Set(topic.delivered.map(({ alertId }) => alertId)).size).toBe(2);
  });

  it('tell of the part that it is about, and of no other', async () => {
    const { start, tenant, run, topic, wait } = await withHistory();
    await putBudget(start(), tenant, { name: 'Teams', amount_usd: '200', each: 'team', thresholds: [1000] });
    await run();
    wait(HOUR_MS);
    await run();
    expect(topic.delivered.map(({ attributes }) => attributes['team'])).toEqual(['cx']);
    const parts = (await start().projections.list(tenant.tenant)).map(({ budget, part }) => [budget?.name, part]);
    expect(parts.sort()).toEqual(
      [
        [undefined, ''],
        ['Teams', 'cx'],
        ['Teams', 'ops'],
      ].sort(),
    );
  });

  it('are sent by the sweep where the topic refused them', async () => {
    const { start, tenant, run, topic, wait } = await withHistory();
    await putBudget(start(), tenant, { name: 'B', amount_usd: '200', thresholds: [1000], filter: { team: 'cx' } });
    topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    await run();
    wait(HOUR_MS);
    await run();
    expect(topic.delivered).toHaveLength(0);
    await publishExpired(start(), FAR_MS);
    expect(topic.delivered).toHaveLength(1);
    wait(HOUR_MS);
    await run();
    expect(topic.delivered).toHaveLength(1);
  });
}

describe('forecast thresholds over the table in memory', () => forecastsOverTheLedger(() => new MemoryTable()));

describe('forecast thresholds over the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  forecastsOverTheLedger(() => engine.table);
});
