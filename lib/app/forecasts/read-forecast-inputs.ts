import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { createConditions } from '../../domain/forecast-conditions/conditions.ts';
import { findMissingDays } from '../../domain/forecast-conditions/missing-days.ts';
import { createPriceTimeline } from '../../domain/forecast-conditions/price-timeline.ts';
import { addDays } from '../../domain/local-time.ts';
import type { AnomalyStore } from '../anomalies/anomaly-ports.ts';
import { readOneOffs } from '../anomalies/one-offs.ts';
import type { Clock, LedgerReader, PriceBooks, RollupRow, TenantConfig } from '../ports.ts';
import type { MissingCalls } from '../sources/source-ports.ts';
import { findZone } from '../zones.ts';
import type { PlannedChangeStore } from './planned-change-ports.ts';
import type { ForecastInputs } from './project-scope.ts';

/** What is read of a tenant before anything of it is forecast. */
export interface ForecastInputPorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly priceBooks: PriceBooks;
  readonly plannedChanges: Pick<PlannedChangeStore, 'list'>;
  readonly missingCalls: MissingCalls;
  readonly anomalies: Pick<AnomalyStore, 'decisions'>;
  readonly now: Clock;
}

/** Complete days before today that a forecast looks back on. */
export const HISTORY_DAYS = 182;

/**
 * Reads what every forecast of a tenant needs, once.
 *
 * @param days - from the first day to behind the last day of all periods that will be asked about
 * @returns with `head`, the last commit that is in the rows
 */
export async function readForecastInputs(
  ports: ForecastInputPorts,
  tenant: TenantConfig,
  days: DayRange,
): Promise<ForecastInputs & { readonly head: number }> {
  const zone = findZone(tenant.timeZone);
  const today = zone.localDay(ports.now());
  const oldest = addDays(today, -HISTORY_DAYS);
  const read = { fromDay: days.fromDay < oldest ? days.fromDay : oldest, toDay: days.toDay };
  const [{ rows, head }, book, planned, spans] = await Promise.all([
    ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read }),
    ports.priceBooks.current(tenant.tenant),
    ports.plannedChanges.list(tenant.tenant),
    ports.missingCalls.listMissing(tenant.tenant),
  ]);
  const { regular, oneOffs } = await readOneOffs(ports.anomalies, tenant, rows);
  const changes = planned.changes.map(({ change }) => change);
  return {
    rows: regular,
    oneOffs,
    head,
    today,
    conditions: createConditions(createPriceTimeline(book, zone), changes, tenant.tagDimensions),
    missingDays: findMissingDays(spans, countCalls(rows), { fromDay: read.fromDay, toDay: today }),
  };
}

function countCalls(rows: readonly RollupRow[]): ReadonlyMap<string, bigint> {
  const calls = new Map<string, bigint>();
  for (const { period, measures } of rows) calls.set(period, (calls.get(period) ?? 0n) + (measures.calls ?? 0n));
  return calls;
}
