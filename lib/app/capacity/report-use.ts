import { DIMENSIONS } from '../../contracts/dimensions.ts';
import type { AccruedDay } from '../../domain/capacity/accrued-day.ts';
import { type Capacity, findVersion } from '../../domain/capacity/capacity.ts';
import { CAPACITY_OPERATIONS, nameCapacityModel } from '../../domain/capacity/capacity-leaf.ts';
import { selectCovered } from '../../domain/capacity/day-demand.ts';
import { summariseUse, type UseFigures } from '../../domain/capacity/use-figures.ts';
import { BILLION, type Utilisation } from '../../domain/capacity/utilisation.ts';
import { invariant } from '../../domain/errors.ts';
import { addDays } from '../../domain/local-time.ts';
import { toPicoUsd } from '../../domain/money.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { countLackingPrice, type IncompleteReason, listIncompleteReasons } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import { lastCompleteDay } from './accrue-capacities.ts';
import type { CapacityReportPorts } from './capacity-ports.ts';
import { readCapacities, type StoredVersion, type TenantCapacities, versionsOf } from './read-capacities.ts';

/** Days that one report is about at the most. */
export const MAX_REPORT_DAYS = 366;

/** One day of a capacity. */
export interface UseOfDay extends UseFigures {
  readonly day: string;
  /** As judged when the day was split; null = it is not split yet, and what it costs is not booked. */
  readonly utilisation: Utilisation | null;
  /** Whether it was split by another version than the one in force on it now. */
  readonly isOutdated: boolean;
}

/** How a capacity was used: cost as the ledger holds it, and what its calls used. */
export interface UseReport {
  /** As defined on the last day asked for on which it is there, else as last stored. */
  readonly capacity: Capacity;
  /** Of the days that are split: calls of others have no cost beside them yet. */
  readonly total: UseFigures;
  /** Used over all cost of the days of which that is known, 0 to 1; null where there is none. */
  readonly utilisationRatio: number | null;
  /**
   * Who used it on those days, by app; those with the highest cost first. What was unused is nobody's cost; where all cost
   * is set against an app's tokens, each app bears of it in proportion to what it used.
   */
  readonly apps: readonly (UseFigures & { readonly app: string | null })[];
  /** The days on which the capacity is there or was, ascending. */
  readonly days: readonly UseOfDay[];
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
  readonly commit: number;
}

/**
 * Tells what a capacity cost and what it did. Cost is that of the ledger's entries, without those taken back; calls are all
 * that it covers on days that were split, as the ledger stands, also those that came after the split.
 *
 * @param asked - local days, from included, to excluded
 * @throws {@link NotFoundError} when there is no capacity of this name
 * @throws {@link InvalidRequestError} when there are no such days, or too many
 */
export async function reportUse(
  ports: CapacityReportPorts,
  tenant: TenantConfig,
  name: string,
  asked: { readonly from: string; readonly to: string },
): Promise<UseReport> {
  const days = listDays(asked);
  const capacities = await readCapacities(ports, tenant);
  const versions = versionsOf(capacities, name);
  const period = { fromDay: asked.from, toDay: asked.to };
  const freshness = await ports.readFreshness(tenant, period);
  const splits = await ports.capacities.list(tenant.tenant, name, asked);
  const { rows, head } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...period });
  const sums = chooseSums(tenant, capacities, name, rows);
  const daily = days.flatMap((day) => describeDay(day, sums, versions, splits) ?? []);
  const accrued = ofSplitDays(sums, splits);
  const isOpen =
    asked.to > addDays(lastCompleteDay(ports, tenant), 1) || daily.some(({ utilisation }) => utilisation === null);
  const present = days.findLast((day) => findVersion(versions, day) !== undefined);
  const shown = (present === undefined ? undefined : findVersion(versions, present)) ?? versions.at(-1);
  invariant(shown, `capacity ${name} has no version`);
  return {
    capacity: shown.capacity,
    total: figuresOf(accrued),
    utilisationRatio: sumUtilisation(daily),
    apps: groupByApp(accrued),
    days: daily,
    reasons: listIncompleteReasons(freshness, countLackingPrice(sums.calls), isOpen),
    asOfMs: freshness.asOfMs,
    commit: head,
  };
}

/** Sums of the ledger that are about one capacity. */
interface CapacitySums {
  readonly used: readonly RollupRow[];
  readonly unused: readonly RollupRow[];
  readonly calls: readonly RollupRow[];
}

const [APP = 0, MODEL = 0, OPERATION = 0] = (['app', 'model', 'operation'] as const).map((name) =>
  DIMENSIONS.indexOf(name),
);

function listDays({ from, to }: { readonly from: string; readonly to: string }): readonly string[] {
  if (from >= to) throw new InvalidRequestError([{ field: 'to', expected: 'a day after "from"; it is excluded' }]);
  if (addDays(from, MAX_REPORT_DAYS) < to) {
    throw new InvalidRequestError([{ field: 'to', expected: `at most ${MAX_REPORT_DAYS} days after "from"` }]);
  }
  const days: string[] = [];
  for (let day = from; day < to; day = addDays(day, 1)) days.push(day);
  return days;
}

function chooseSums(
  tenant: TenantConfig,
  { covers }: TenantCapacities,
  name: string,
  rows: readonly RollupRow[],
): CapacitySums {
  const zone = findZone(tenant.timeZone);
  // A call that somebody sends under these names falls into the same sums, and has no cost of its own.
  const booked = rows.filter(({ leaf }) => leaf[MODEL] === nameCapacityModel(name));
  const ofOperation = (operation: string) => booked.filter(({ leaf }) => leaf[OPERATION] === operation);
  const byDay = Map.groupBy(rows, ({ period }) => period);
  return {
    used: ofOperation(CAPACITY_OPERATIONS.used),
    unused: ofOperation(CAPACITY_OPERATIONS.unused),
    calls: [...byDay].flatMap(([day, own]) => selectCovered(own, covers, name, zone.dayStartMs(day))),
  };
}

function describeDay(
  day: string,
  sums: CapacitySums,
  versions: readonly StoredVersion[],
  splits: readonly AccruedDay[],
): UseOfDay | undefined {
  const split = splits.find((each) => each.day === day);
  const version = findVersion(versions, day);
  if (split === undefined && version === undefined) return undefined;
  const figures = figuresOf(sums, (row) => row.period === day);
  const isOutdated = split !== undefined && split.version !== (version?.number ?? null);
  return { day, ...figures, utilisation: split?.utilisation ?? null, isOutdated };
}

function ofSplitDays(sums: CapacitySums, splits: readonly AccruedDay[]): CapacitySums {
  const days = new Set(splits.map(({ day }) => day));
  return { ...sums, calls: sums.calls.filter(({ period }) => days.has(period)) };
}

function groupByApp(sums: CapacitySums): UseReport['apps'] {
  const whole = figuresOf(sums);
  const apps = new Set([...sums.used, ...sums.calls].map(({ leaf }) => leaf[APP] ?? null));
  const ofApps = [...apps].map((app) => {
    // What is unused is nobody's, also where an app has no name.
    const figures = figuresOf({ ...sums, unused: [] }, ({ leaf }) => (leaf[APP] ?? null) === app);
    return { app, ...figures, allocatedPerMillionPicoUsd: allocatePerMillion(figures, whole) };
  });
  return ofApps
    .sort((a, b) => ((a.app ?? '') < (b.app ?? '') ? -1 : 1))
    .sort((a, b) => (a.usedPicoUsd === b.usedPicoUsd ? 0 : a.usedPicoUsd < b.usedPicoUsd ? 1 : -1));
}

/** All cost in proportion to what an app used of it, over its tokens; null where nothing was used at all. */
function allocatePerMillion({ usedPicoUsd, demand: { tokens } }: UseFigures, whole: UseFigures): bigint | null {
  if (tokens === 0n || whole.usedPicoUsd === 0n) return null;
  const costPicoUsd = whole.usedPicoUsd + whole.unusedPicoUsd;
  return toPicoUsd({ numerator: usedPicoUsd * costPicoUsd * 1_000_000n, denominator: whole.usedPicoUsd * tokens });
}

function figuresOf(sums: CapacitySums, isMeant: (row: RollupRow) => boolean = () => true): UseFigures {
  return summariseUse(sums.used.filter(isMeant), sums.unused.filter(isMeant), sums.calls.filter(isMeant));
}

function sumUtilisation(days: readonly UseOfDay[]): number | null {
  const known = days.filter(({ utilisation }) => typeof utilisation?.billionths === 'number');
  const [used, unused] = [sumOf(known, 'usedPicoUsd'), sumOf(known, 'unusedPicoUsd')];
  return used + unused === 0n ? null : Number((used * BigInt(BILLION)) / (used + unused)) / BILLION;
}

function sumOf(days: readonly UseOfDay[], amount: 'usedPicoUsd' | 'unusedPicoUsd'): bigint {
  return days.reduce((sum, day) => sum + day[amount], 0n);
}
