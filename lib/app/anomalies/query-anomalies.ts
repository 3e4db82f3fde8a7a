import { DEFAULT_ANOMALY_SETTINGS, toAnomalySettings } from '../../domain/anomaly/anomaly-settings.ts';
import { type Anomaly, mergeFindings } from '../../domain/anomaly/merge-findings.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { addDays } from '../../domain/local-time.ts';
import type { ForecastPorts } from '../forecasts/query-forecast.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import type { SourceStates } from '../sources/source-ports.ts';
import { countLackingPrice, type IncompleteReason, listIncompleteReasons } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import { AnomalyDays } from './anomaly-days.ts';
import type { AnomalyDecision, AnomalyStore } from './anomaly-ports.ts';
import { type DayDoubt, listDayDoubts } from './day-doubts.ts';
import { type FoundDays, findDayAnomalies } from './find-day-anomalies.ts';
import { nameAnomaly } from './name-anomaly.ts';
import { listConfirmedDays } from './one-offs.ts';

/** What looking for anomalies needs. */
export interface AnomalyPorts extends Pick<ForecastPorts, 'reader' | 'readFreshness' | 'now'> {
  readonly anomalies: Pick<AnomalyStore, 'settings' | 'decisions'>;
  readonly sourceStates: Pick<SourceStates, 'find'>;
}

/** Local days to look at, from included, to excluded; as asked for, not yet checked. */
export interface AnomalyRequest {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** An anomaly with its name, and what was decided about it. */
export interface NamedAnomaly extends Anomaly {
  readonly id: string;
  /** Null: nobody has decided yet. */
  readonly decision: AnomalyDecision | null;
  /** What a confirmed anomaly cost beyond what it should have, exactly; zero for others. */
  readonly oneOffPicoUsd: bigint;
}

/** What was found on complete local days. */
export interface AnomalyAnswer extends Omit<FoundDays, 'findings'> {
  readonly fromDay: string;
  /** Excluded; never behind the running day. */
  readonly toDay: string;
  /** Those that begin last first. Each finding has its contributors. */
  readonly anomalies: readonly NamedAnomaly[];
  /** Days that calls are missing of, or may be: what is low on them is no drop, and they are no measure for others. */
  readonly doubts: readonly DayDoubt[];
  /** What confirmed anomalies of these days cost beyond what they should have, each call once. */
  readonly oneOffPicoUsd: bigint;
  /** Complete days with spend, or between such days, that were there to judge the last one by. */
  readonly historyDays: number;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** Most days that one answer looks at, and those that it looks at where nothing is said. */
export const MAX_ANOMALY_DAYS = 92;
const DEFAULT_DAYS = 30;

/** Days before them that they are judged by. */
export const HISTORY_DAYS = 92;

/** Days before year 1 have no name. */
const FIRST_DAY = '0002-01-01';

/**
 * Looks for days on which a tenant spent far more or less than it should have: all of it, and each value of a dimension
 * by itself. What is found of all spend is not told again of the values that made it so, which are its contributors.
 *
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function queryAnomalies(
  ports: AnomalyPorts,
  tenant: TenantConfig,
  request: AnomalyRequest,
): Promise<AnomalyAnswer> {
  const zone = findZone(tenant.timeZone);
  const { fromDay, toDay } = readDays(request, zone.localDay(ports.now()));
  const [freshness, written, decisions, { state: sources }] = await Promise.all([
    ports.readFreshness(tenant, { fromDay, toDay }),
    ports.anomalies.settings(tenant.tenant),
    ports.anomalies.decisions(tenant.tenant),
    ports.sourceStates.find(tenant.tenant),
  ]);
  const read = { fromDay: addDays(fromDay, -HISTORY_DAYS), toDay };
  const { rows } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read });
  const days = new AnomalyDays(tenant, rows, listConfirmedDays(decisions));
  const doubts = listDayDoubts({ zone, rows, sources, asOfMs: freshness.asOfMs, ...read });
  const settings = written ? toAnomalySettings(written) : DEFAULT_ANOMALY_SETTINGS;
  const { findings, ...counts } = findDayAnomalies({ zone, days, doubts, settings, fromDay, toDay });
  const byId = new Map(decisions.map((decision) => [decision.id, decision]));
  const anomalies = mergeFindings(zone, findings).map((anomaly): NamedAnomaly => {
    const id = nameAnomaly(zone.localDay(anomaly.period.startMs), anomaly.key);
    const decision = byId.get(id) ?? null;
    return { ...anomaly, id, decision, oneOffPicoUsd: sumOneOffs(days, decision) };
  });
  const inRange = rows.filter(({ period }) => period >= fromDay);
  return {
    fromDay,
    toDay,
    anomalies: anomalies.toReversed(),
    doubts: doubts.filter(({ day }) => day >= fromDay),
    oneOffPicoUsd: days.oneOffs
      .filter(({ period }) => period >= fromDay)
      .reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n),
    historyDays: days.series(null, toDay).length,
    ...counts,
    reasons: listIncompleteReasons(freshness, countLackingPrice(inRange), false),
    asOfMs: freshness.asOfMs,
  };
}

function readDays({ from, to }: AnomalyRequest, today: string): { readonly fromDay: string; readonly toDay: string } {
  const issues: RequestIssue[] = [];
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (day !== undefined && (parseDayNumber(day) === undefined || day < FIRST_DAY))
      issues.push({ field, expected: 'a day of the calendar, such as 2026-01-29' });
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  // A day that is not over has not cost yet what it will.
  const toDay = to === undefined || to > today ? today : to;
  const fromDay = from ?? addDays(toDay, -DEFAULT_DAYS);
  if (fromDay >= toDay)
    issues.push({ field: 'from', expected: `a day before ${toDay}, where the complete days asked for end` });
  else if (addDays(fromDay, MAX_ANOMALY_DAYS) < toDay)
    issues.push({ field: 'to', expected: `at most ${MAX_ANOMALY_DAYS} days after from` });
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return { fromDay, toDay };
}

/** Exactly what is above what each of the days should have cost, as it was decided; a day below it takes nothing back. */
function sumOneOffs(days: AnomalyDays, decision: AnomalyDecision | null): bigint {
  if (decision?.state !== 'confirmed') return 0n;
  const { key } = decision;
  return decision.days.reduce((sum, { day, expectedPicoUsd }) => {
    const excess = days.sumOfBoth(key, key, day, addDays(day, 1)) - expectedPicoUsd;
    return excess > 0n ? sum + excess : sum;
  }, 0n);
}
