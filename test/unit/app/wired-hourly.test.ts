import { expect, it } from 'vitest';
import { wireHourly } from '../../../functions/shared/hourly.ts';
import type { Outside } from '../../../functions/shared/outside.ts';
import { TableBudgetStore } from '../../../lib/adapters/dynamodb/budget-store.ts';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableProjectionStore } from '../../../lib/adapters/dynamodb/projection-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { putBudget } from '../../../lib/app/budgets/manage-budgets.ts';
import { runHourly } from '../../../lib/app/hourly/run-hourly.ts';
import { createCatalog } from '../../../lib/domain/prices/price-catalog.ts';
import { FakeTopic, NOON_MS, USD } from '../../helpers/alert-world.ts';
import { ratedCall, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

it('project-spend as it is wired keeps projections and publishes what two hours running find likely', async () => {
  const table = new MemoryTable();
  const topic = new FakeTopic();
  let nowMs = NOON_MS;
  let owners = 0;
  const outside: Outside = {
    now: () => nowMs,
    sleep: async () => {},
    random: () => 0.5,
    table,
    publisher: topic,
    drawOwner: () => `owner-${++owners}`,
    leaseMs: 90_000,
    apiUrl: 'https://ledger.example',
  };
  const tenants = new TenantStore(table, outside.now);
  await tenants.create(TENANT);
  const calls = Array.from({ length: 50 }, (_, index) => NOON_MS - (index + 1) * DAY_MS).map((timeMs, index) =>
    ratedCall({ id: uuidV7(timeMs, index), timeMs, team: 'cx' }, 10n * USD),
  );
  await new DynamoLedger(table, outside).append(TENANT, calls, NOON_MS + 50_000);
  const budgetPorts = {
    reader: new DynamoLedgerReader(table, tenants),
    budgets: new TableBudgetStore(table),
    clock: outside.now,
  };
  await putBudget(budgetPorts, TENANT, { name: 'B', amount_usd: '200', thresholds: [1000] });
  const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
  const reports: unknown[] = [];
  for (let hour = 0; hour < 2; hour++) {
    // A cold start each hour.
    reports.push(await runHourly(wireHourly(outside, catalog), nowMs + 55_000));
    nowMs += HOUR_MS;
  }
  expect(reports).toMatchObject([
    { budgets: { tenants: 1, projected: 1, claimed: 0 } },
    { budgets: { tenants: 1, projected: 1, claimed: 1 } },
  ]);
  const forecasts = topic.delivered.filter(({ kind }) => kind === 'budget_forecast');
  expect(forecasts.map(({ data }) => data['budget'])).toMatchObject([{ name: 'B', crossed: [100], spent_usd: '190' }]);
  const stored = await new TableProjectionStore(table).list(TENANT.tenant);
  expect(stored.map(({ budget }) => budget?.name)).toEqual([undefined, 'B']);
});
