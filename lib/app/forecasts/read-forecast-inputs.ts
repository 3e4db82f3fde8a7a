import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { createFixedCosts } from '../../domain/capacity/fixed-costs.ts';
import { createConditions } from '../../domain/forecast-conditions/conditions.ts';
import { findMissingDays } from '../../domain/forecast-conditions/missing-days.ts';
import { createPriceTimeline } from '../../domain/forecast-conditions/price-timeline.ts';
import { addDays } from '../../domain/local-time.ts';
import type { AnomalyStore } from '../anomalies/anomaly-ports.ts';
import { readOneOffs } from '../anomalies/one-offs.ts';
import { readCapacities } from '../capacity/read-capacities.ts';
import type { Clock, LedgerReader, PriceBooks, TenantConfig } from '../ports.ts';
import type { OverrideChanges } from '../prices/override-ports.ts';
import type { MissingCalls } from '../sources/source-ports.ts';
import { findZone } from '../zones.ts';
import type { PlannedChangeStore } from './planned-change-ports.ts';
import type { ForecastInputs } from './project-scope.ts';

/** What forecasts read beside the rows of the ledger. */
export interface ForecastSourcePorts {
  readonly priceBooks: PriceBooks;
  readonly plannedChanges: Pick<PlannedChangeStore, 'list'>;
  readonly overrideChanges: Pick<OverrideChanges, 'list'>;
  readonly missingCalls: MissingCalls;
  readonly anomalies: Pick<AnomalyStore, 'decisions'>;
}

/** What is read of a tenant before anything of it is forecast. */
export interface ForecastInputPorts extends ForecastSourcePorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly now: Clock;
}

/** Complete days before today that a forecast looks back on: a year, and what it takes to compare it with this one. */
export const HISTORY_DAYS = 420;

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
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const read = { granularity: 'day', ...findDaysToRead(days, today) } as const;
  const { rows, head } = await ports.reader.rollups(tenant.tenant, read);
  return { ...(await completeInputs(ports, tenant, rows, today)), head };
}

/** The days whose rows a forecast wants: those of the periods asked about, and the history before today. */
export function findDaysToRead(
  { fromDay, toDay }: DayRange,
  today: string,
  historyDays: number = HISTORY_DAYS,
): DayRange {
  const oldest = addDays(today, -historyDays);
  return { fromDay: fromDay < oldest ? fromDay : oldest, toDay };
}

/**
 * Adds to rows what else a forecast needs.
 *
 * @param rows - of the days of {@link findDaysToRead}, of the whole tenant
 */
export async function completeInputs(
  sources: ForecastSourcePorts,
  tenant: TenantConfig,
  rows: readonly LeafDay[],
  today: string,
): Promise<ForecastInputs> {
  const [book, capacities, planned, spans, { regular, oneOffs }] = await Promise.all([
    sources.priceBooks.current(tenant.tenant),
    readCapacities(sources, tenant),
    sources.plannedChanges.list(tenant.tenant),
    sources.missingCalls.listMissing(tenant.tenant),
    readOneOffs(sources.anomalies, tenant, rows),
  ]);
  const zone = findZone(tenant.timeZone);
  const prices = createPriceTimeline(book, zone);
  const changes = planned.changes.map(({ change }) => change);
  const { fromDay } = findDaysToRead({ fromDay: today, toDay: today }, today);
  return {
    rows: regular,
    oneOffs,
    today,
    conditions: createConditions(prices, changes, tenant.tagDimensions),
    fixedCosts: createFixedCosts(capacities.versions, zone),
    missingDays: findMissingDays(spans, countCalls(rows), { fromDay, toDay: today }),
  };
}

function countCalls(rows: readonly LeafDay[]): ReadonlyMap<string, bigint> {
  const calls = new Map<string, bigint>();
  for (const { period, measures } of rows) calls.set(period, (calls.get(period) ?? 0n) + (measures.calls ?? 0n));
  return calls;
}
