import { isOfCredits } from '../domain/credit.ts';
import { addCredits, type DailyAmount, type Projection, projectPeriod } from '../domain/forecast.ts';
import { addDays, nextMonth } from '../domain/local-time.ts';
import { formatUsd } from '../domain/money.ts';
import type { LedgerReader, TenantConfig } from './ports.ts';
import { countLackingPrice, type IncompleteReason, listIncompleteReasons } from './query-completeness.ts';
import type { SpendPorts } from './query-spend.ts';
import { findZone } from './zones.ts';

/** What a projection of the month needs. */
export interface ForecastPorts extends Omit<SpendPorts, 'reader'> {
  readonly reader: Pick<LedgerReader, 'rollups'>;
}

/** Where the tenant's running month is going. */
export interface MonthForecast {
  /** The local month, `2026-01`. */
  readonly period: string;
  /** Last local day that is over; its spend and everything before it is what the projection knows. */
  readonly lastCompleteDay: string;
  /** Exact known cost of the month, less its credits; today's included. */
  readonly monthToDatePicoUsd: bigint;
  /** In USD; an estimate, not ledger money. */
  readonly projection: Projection;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** History that a projection looks at, in days before the month. */
const HISTORY_DAYS = 62;
const MONTH_LENGTH = '2026-01'.length;

/** Projects the tenant's total known cost to the end of the running local month. */
export async function forecastMonth(ports: ForecastPorts, tenant: TenantConfig): Promise<MonthForecast> {
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const period = today.slice(0, MONTH_LENGTH);
  const days = { fromDay: addDays(`${period}-01`, -HISTORY_DAYS), toDay: `${nextMonth(period)}-01` };
  const freshness = await ports.readFreshness(tenant, days);
  const { rows } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...days });
  const costs = new Map<string, bigint>();
  let monthToDatePicoUsd = 0n;
  let creditsPicoUsd = 0n;
  for (const row of rows) {
    const { period: day, measures } = row;
    const cost = measures.cost ?? 0n;
    if (day.startsWith(period)) monthToDatePicoUsd += cost;
    // Credits are known to the cent and say nothing of the days to come.
    if (isOfCredits(row)) creditsPicoUsd += day.startsWith(period) ? cost : 0n;
    else costs.set(day, (costs.get(day) ?? 0n) + cost);
  }
  const lastCompleteDay = addDays(today, -1);
  return {
    period,
    lastCompleteDay,
    monthToDatePicoUsd,
    projection: addCredits(
      projectPeriod({
        series: [...costs].map(([day, cost]): DailyAmount => [day, Math.max(0, Number(formatUsd(cost)))]),
        asOf: lastCompleteDay,
        periodStart: `${period}-01`,
        periodEnd: addDays(`${nextMonth(period)}-01`, -1),
      }),
      Number(formatUsd(creditsPicoUsd)),
    ),
    reasons: listIncompleteReasons(freshness, countLackingPrice(rows), true),
    asOfMs: freshness.asOfMs,
  };
}
