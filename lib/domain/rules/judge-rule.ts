import { createLeafMatcher, findPosition } from '../budgets/budget-scope.ts';
import { isOfNoCalls } from '../corrections/credit.ts';
import type { Bounds } from '../local-time.ts';
import { type Fraction, formatUsd, toPicoUsd } from '../money.ts';
import { type AlertRule, isOfGpus, isShare, MAX_RULE_KEYS } from './alert-rule.ts';
import { type ContributionUnit, type Measured, measureMean, measureMetric, type RuleRow } from './measure-metric.ts';

/** Samples of one deployment in one UTC hour. */
export interface GpuHour {
  readonly deployment: string;
  /** Start of the hour, epoch milliseconds. */
  readonly hourMs: number;
  readonly ratios: readonly number[];
}

/** Everything that rules are judged by: sums and samples of at least their windows. */
export interface RuleFacts {
  readonly rows: readonly RuleRow[];
  readonly gpuHours: readonly GpuHour[];
  /** Tags that the tenant keeps, in the order of `tag1` to `tag3`. */
  readonly tagDimensions: readonly string[];
}

/** What a verdict rests on. It is kept and sent as it is, so all of it is plain JSON. */
export interface RuleEvidence {
  /** The window: complete hours, epoch milliseconds. */
  readonly window: Bounds;
  /** Decimal text in the metric's unit; equal where the value is exact, else it is at least `low` and below `high`. */
  readonly low: string;
  /** Null = without an upper bound. */
  readonly high: string | null;
  /** Calls or samples that the value is of. */
  readonly count: string;
  /** Calls that the cost leaves out in whole or part; empty where the value is none of cost. */
  readonly lackingPrice: readonly { readonly reason: (typeof LACKS)[number]; readonly count: string }[];
  /** The dimension that says most about where it comes from; null for GPU samples. */
  readonly dimension: string | null;
  readonly by: ContributionUnit;
  /** At most three, the largest first. */
  readonly contributors: readonly { readonly value: string | null; readonly amount: string }[];
}

/**
 * `breach`: certainly on the wrong side of the threshold; `clear`: on the right side of it by a tenth at least (a share: or half way to 1);
 * `between`: neither, or not certain; `too_few`: not enough calls or samples; `no_data`: nothing to measure.
 */
export type RuleVerdict = 'breach' | 'clear' | 'between' | 'too_few' | 'no_data';

/** What one window says of one value of a rule's `each`, or of all that is meant together. */
export interface RuleLook {
  /** The value; null where there is no `each`, and for what has no value in it. */
  readonly key: string | null;
  readonly verdict: RuleVerdict;
  /** Null where there is nothing to measure. */
  readonly evidence: RuleEvidence | null;
}

/** What one window says of a rule. */
export interface RuleLooks {
  /** Those with the most calls first; behind them the watched ones of which there is nothing. */
  readonly looks: readonly RuleLook[];
  /** Values of the `each` that had calls and were not judged, because there are too many. */
  readonly keysLeftOut: number;
}

/** States of calls without a whole price. */
const LACKS = ['unpriced', 'unpriced_unit', 'partially_priced'] as const;

const HOUR_MS = 3_600_000;
const MAX_CONTRIBUTORS = 3;
const BREAKDOWNS = ['app', 'model', 'feature', 'team', 'provider'] as const;

const PICO = 1_000_000_000_000n;

/**
 * Judges a rule over the complete hours that end at a time.
 *
 * @param endMs - end of the window, a whole UTC hour
 * @param watched - values of `each` that are judged however few calls they have and named although they have none, because they
 *   are told of as firing
 */
export function judgeRule(
  rule: AlertRule,
  facts: RuleFacts,
  endMs: number,
  watched: ReadonlySet<string | null> = new Set(),
): RuleLooks {
  const window = { startMs: endMs - rule.windowHours * HOUR_MS, endMs };
  const groups = isOfGpus(rule.metric) ? groupGpus(rule, facts, window) : groupRows(rule, facts, window);
  const rank = ({ key, size }: Group): bigint => (watched.has(key) ? size + HIGHEST : size);
  // Of those with as many calls the first by name, so that whoever looks again finds the same ones.
  const sorted = groups.sort((a, b) => compareBigints(rank(b), rank(a)) || ((a.key ?? '') < (b.key ?? '') ? -1 : 1));
  const chosen = sorted.filter(({ key }, index) => index < MAX_RULE_KEYS || watched.has(key));
  const found = new Set(chosen.map(({ key }) => key));
  const gone = [...watched].filter((key) => !found.has(key));
  return {
    looks: [
      ...chosen.map(({ key, rows, measured }): RuleLook => {
        if (!measured) return { key, verdict: 'no_data', evidence: null };
        const evidence = describeMeasured(rule, facts, window, rows, measured);
        const isEnough = measured.count >= BigInt(rule.minimumCount);
        return { key, verdict: isEnough ? compare(rule, measured) : 'too_few', evidence };
      }),
      ...gone.map((key): RuleLook => ({ key, verdict: 'no_data', evidence: null })),
    ],
    keysLeftOut: groups.length - chosen.length,
  };
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** More than any group's calls. */
const HIGHEST = 1n << 64n;

interface Group {
  readonly key: string | null;
  readonly rows: readonly RuleRow[];
  readonly size: bigint;
  readonly measured: Measured | undefined;
}

function groupRows(rule: AlertRule, { rows, tagDimensions }: RuleFacts, window: Bounds): Group[] {
  const hours = new Set<string>();
  for (let hourMs = window.startMs; hourMs < window.endMs; hourMs += HOUR_MS) hours.add(nameHour(hourMs));
  const matches = createLeafMatcher(rule.filter, tagDimensions);
  const meant = rows.filter((row) => hours.has(row.period) && matches(row.leaf) && !isOfNoCalls(row));
  const position = rule.each === null ? undefined : findPosition(rule.each, tagDimensions);
  // A tag that the tenant keeps no more has no values left to go through.
  if (rule.each !== null && position === undefined) return [];
  const byKey = new Map<string | null, RuleRow[]>(rule.each === null ? [[null, []]] : []);
  for (const row of meant) {
    const key = position === undefined ? null : (row.leaf[position] ?? null);
    const group = byKey.get(key) ?? [];
    byKey.set(key, group);
    group.push(row);
  }
  return [...byKey].map(([key, group]) => ({
    key,
    rows: group,
    size: group.reduce((calls, { measures }) => calls + (measures.calls ?? 0n), 0n),
    measured: measureMetric(rule.metric, group),
  }));
}

/** An hour without a sample may have been anything: a window that has one in it says nothing. */
function groupGpus(rule: AlertRule, { gpuHours }: RuleFacts, window: Bounds): Group[] {
  const wanted = rule.filter['deployment'];
  const byKey = new Map<string | null, GpuHour[]>(rule.each === null ? [[null, []]] : []);
  for (const hour of gpuHours) {
    if (hour.hourMs < window.startMs || hour.hourMs >= window.endMs || hour.ratios.length === 0) continue;
    if (wanted !== undefined && hour.deployment !== wanted) continue;
    const key = rule.each === null ? null : hour.deployment;
    byKey.set(key, [...(byKey.get(key) ?? []), hour]);
  }
  return [...byKey].map(([key, hours]) => {
    const ratios = hours.flatMap((hour) => hour.ratios);
    const isWhole = new Set(hours.map(({ hourMs }) => hourMs)).size === rule.windowHours;
    return { key, rows: [], size: BigInt(ratios.length), measured: isWhole ? measureMean(ratios) : undefined };
  });
}

function compare(rule: AlertRule, { low, high }: Measured): RuleVerdict {
  const { comparison, thresholdPico } = rule;
  const isExact = low === high;
  const clearAt = { numerator: findClearTenths(rule), denominator: 10n };
  const threshold = { numerator: thresholdPico, denominator: 1n };
  if (comparison === 'above') {
    if (order(low, threshold) > 0) return 'breach';
    return high && order(high, clearAt) <= 0 ? 'clear' : 'between';
  }
  // A value that is below its upper bound is below a threshold that is equal to the bound; an exact one is not.
  if (high && order(high, threshold) < (isExact ? 0 : 1)) return 'breach';
  return order(low, clearAt) >= 0 ? 'clear' : 'between';
}

/**
 * A value is all right again when it is a tenth better than the threshold: at the threshold it would come and go. A share
 * cannot be better than 1, so it is half way there at most.
 *
 * @returns in tenths of 1e-12 of the metric's unit
 */
function findClearTenths({ metric, comparison, thresholdPico }: AlertRule): bigint {
  if (comparison === 'above') return thresholdPico * 9n;
  const tenthBetter = thresholdPico * 11n;
  const halfWay = (thresholdPico + PICO) * 5n;
  return isShare(metric) && halfWay < tenthBetter ? halfWay : tenthBetter;
}

function order(a: Fraction, b: Fraction): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function describeMeasured(
  rule: AlertRule,
  { tagDimensions }: RuleFacts,
  window: Bounds,
  rows: readonly RuleRow[],
  { low, high, count, weigh, by }: Measured,
): RuleEvidence {
  const { dimension, sums } = breakDown(rule, rows, tagDimensions, weigh);
  return {
    window,
    low: toText(low),
    high: high && toText(high),
    count: count.toString(),
    lackingPrice: by === 'cost_usd' ? countLacking(rows) : [],
    dimension: rows.length > 0 ? dimension : null,
    by,
    contributors: [...sums]
      .filter(([, amount]) => amount > 0n)
      .sort(([, a], [, b]) => compareBigints(b, a))
      .slice(0, MAX_CONTRIBUTORS)
      .map(([value, amount]) => ({ value, amount: by === 'cost_usd' ? formatUsd(amount) : amount.toString() })),
  };
}

/** The first dimension that tells values apart, else the first that has one at all. */
function breakDown(
  { each, filter }: AlertRule,
  rows: readonly RuleRow[],
  tagDimensions: readonly string[],
  weigh: Measured['weigh'],
): { readonly dimension: string; readonly sums: ReadonlyMap<string | null, bigint> } {
  const open = BREAKDOWNS.filter((name) => name !== each && filter[name] === undefined);
  const spread = open.map((dimension) => ({ dimension, sums: sumByValue(rows, dimension, tagDimensions, weigh) }));
  const telling = spread.find(({ sums }) => sums.size > 1) ?? spread.find(({ sums }) => !sums.has(null));
  return telling ?? { dimension: 'model', sums: sumByValue(rows, 'model', tagDimensions, weigh) };
}

function countLacking(rows: readonly RuleRow[]): RuleEvidence['lackingPrice'] {
  return LACKS.flatMap((reason) => {
    const count = rows.reduce((sum, { measures }) => sum + (measures[reason] ?? 0n), 0n);
    return count > 0n ? [{ reason, count: count.toString() }] : [];
  });
}

function sumByValue(
  rows: readonly RuleRow[],
  dimension: string,
  tagDimensions: readonly string[],
  weigh: Measured['weigh'],
): Map<string | null, bigint> {
  const position = findPosition(dimension, tagDimensions) ?? 0;
  const sums = new Map<string | null, bigint>();
  for (const row of rows) {
    const value = row.leaf[position] ?? null;
    sums.set(value, (sums.get(value) ?? 0n) + weigh(row));
  }
  return sums;
}

/** Values are kept to 1e-12 of their unit; what decides is the fraction itself. */
function toText(value: Fraction): string {
  return formatUsd(toPicoUsd(value));
}

function nameHour(hourMs: number): string {
  return new Date(hourMs).toISOString().slice(0, 13);
}
