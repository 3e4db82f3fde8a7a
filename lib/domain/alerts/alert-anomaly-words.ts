import { type AnomalyKey, type Contributor, compareAmounts, type Finding } from '../anomaly/finding.ts';
import { describeRunOut } from '../anomaly/run-out.ts';
import { displayUsd, toOneLine } from './alert-text.ts';

/** What a message says of a finding, in the words of its detector. */
export interface AnomalyWords {
  /** What happened and where, without an end. */
  readonly headline: string;
  /** The first sentence of the text. */
  readonly opening: string;
  /** Lines of the text between where and the causes: when, how much, the limit, as label and content. */
  readonly facts: readonly (readonly [label: string, content: string])[];
}

/** Local days of a finding, both included. */
export interface FindingDays {
  readonly firstDay: string;
  readonly lastDay: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Puts a finding into words. */
export function describeFinding(finding: Finding, days: FindingDays): AnomalyWords {
  switch (finding.detector) {
    case 'burn_rate':
      return describeSurge(finding);
    case 'budget_pace':
      return describePace(finding, days);
    case 'first_use':
      return describeFirstUse(finding, days);
    case 'price_change':
      return describePriceChange(finding, days);
    case 'call_outlier':
      return describeOutlier(finding);
    case 'daily_spike':
    case 'drop':
    case 'level_shift':
      return describeDays(finding, days);
  }
}

/** A key in words: `app support-bot`, or all calls. */
export function describeKey(key: AnomalyKey): string {
  return key ? describeValue(key) : 'all calls';
}

/** A value of a dimension in words. */
export function describeValue({ dimension, value }: Pick<Contributor, 'dimension' | 'value'>): string {
  return value === null ? `no ${dimension}` : `${dimension} ${toOneLine(value)}`;
}

/** What the pace of the finding comes to in an hour, picoUSD, rounded down. */
export function hourlyPicoUsd({ evidence, period }: Finding): bigint {
  return (evidence.actualPicoUsd * BigInt(HOUR_MS)) / BigInt(period.endMs - period.startMs);
}

/** An estimate down to the cent: more digits would promise too much. */
export function toCents(picoUsd: bigint): bigint {
  return picoUsd - (picoUsd % 10_000_000_000n);
}

function describeSurge(finding: Finding): AnomalyWords {
  const { evidence, period } = finding;
  const minutes = (period.endMs - period.startMs) / MINUTE_MS;
  return {
    headline: `${describeKey(finding.key)}: ${times(finding)} the usual spend in ${minutes} minutes`,
    opening: `The last ${minutes} minutes cost ${times(finding)} what they should have.`,
    facts: [
      ['When', `${toTime(period.startMs)} to ${toTime(period.endMs)}, by the time of the calls`],
      ['Spent', besideExpected(finding)],
      ['Pace', `${displayUsd(toCents(hourlyPicoUsd(finding)))} an hour`],
      ...describeBudget(finding),
      ['Limit', `${evidence.limitRatio ?? '-'} times what the same hours of the last weeks cost`],
    ],
  };
}

function describePace(finding: Finding, { firstDay }: FindingDays): AnomalyWords {
  const { actualPicoUsd, expectedPicoUsd, limitRatio, budget } = finding.evidence;
  const projected = budget?.projectedDayPicoUsd ?? actualPicoUsd;
  const { ratio } = compareAmounts(projected, expectedPicoUsd ?? 0n, { limitRatio, z: null });
  const name = `budget ${toOneLine(budget?.name ?? '')}${budget?.part ? `, ${toOneLine(budget.part)}` : ''}`;
  return {
    headline: `${name}: today is heading for ${(ratio ?? 0).toFixed(1)} times its daily share`,
    opening: `As calls go, ${firstDay} will cost about ${displayUsd(toCents(projected))}, which is ${(ratio ?? 0).toFixed(1)} times what falls on a day of the budget.`,
    facts: [
      [
        'Spent',
        `${displayUsd(actualPicoUsd)} of that until now; ${displayUsd(toCents(expectedPicoUsd ?? 0n))} falls on a day`,
      ],
      ...describeBudget(finding),
      ['Limit', `${limitRatio ?? '-'} times what falls on a day`],
    ],
  };
}

function describeDays(finding: Finding, days: FindingDays): AnomalyWords {
  const { key, detector, evidence } = finding;
  const when = days.firstDay === days.lastDay ? days.firstDay : `${days.firstDay} to ${days.lastDay}`;
  const what = {
    daily_spike: `${times(finding)} the usual spend on ${when}`,
    drop: `spend fell to ${times(finding)} the usual, ${when}`,
    level_shift: `spend moved to ${times(finding)} the usual, ${when}`,
  };
  const opening = {
    daily_spike: `${when} cost ${times(finding)} what it should have.`,
    drop: `Days in a row cost ${times(finding)} what they should have.`,
    level_shift: `Spend moved to another level and stayed there: days cost ${times(finding)} what they should have. They are judged by the new level from now on.`,
  };
  const kind = detector === 'drop' || detector === 'level_shift' ? detector : 'daily_spike';
  const limit = evidence.limitRatio === null ? '-' : evidence.limitRatio.toFixed(2);
  return {
    headline: `${describeKey(key)}: ${what[kind]}`,
    opening: opening[kind],
    facts: [
      ['When', `${when}, local`],
      ['Spent', besideExpected(finding)],
      ['Limit', `${limit} times the usual of the last eight weeks on such a day`],
    ],
  };
}

function describeFirstUse(finding: Finding, { firstDay }: FindingDays): AnomalyWords {
  const { key, evidence } = finding;
  const cost = displayUsd(evidence.actualPicoUsd);
  return {
    headline: `first use of ${describeKey(key)}: ${cost} on ${firstDay}`,
    opening: `Something that was never used before costs a lot at once: ${describeKey(key)}.`,
    facts: [
      ['When', `${firstDay}, local`],
      ['Spent', cost],
    ],
  };
}

function describePriceChange(finding: Finding, { firstDay }: FindingDays): AnomalyWords {
  const { key, evidence } = finding;
  return {
    headline: `${describeKey(key)}: another price since ${firstDay}`,
    opening: 'A unit of a model that is in use does not cost what it did when it was last told of.',
    facts: [
      ['When', `${firstDay}, local, or since the catalog or its overrides changed`],
      ...(evidence.prices ?? []).map(
        ({ unit, beforeUsd, nowUsd }) => ['Price', `${toOneLine(unit)}: $${nowUsd}, was $${beforeUsd}`] as const,
      ),
      ['Spent', `${displayUsd(evidence.actualPicoUsd)} on that day`],
    ],
  };
}

function describeOutlier(finding: Finding): AnomalyWords {
  const { key, evidence, period } = finding;
  const { actualPicoUsd, expectedPicoUsd, calls } = evidence;
  const cost = displayUsd(actualPicoUsd);
  const others = (calls?.count ?? 1) - 1;
  return {
    headline: `${describeKey(key)}: one call cost ${cost}`,
    opening: `A single call cost ${cost}${others > 0 ? `, and ${others} more cost too much` : ''}.`,
    facts: [
      ['When', `${toTime(period.startMs)}, call ${toOneLine(calls?.id ?? '')}`],
      ...(expectedPicoUsd === null
        ? []
        : [['Usual', `99 of 100 calls of this model cost ${displayUsd(expectedPicoUsd)} or less`] as const]),
    ],
  };
}

function describeBudget({ evidence: { budget } }: Finding): AnomalyWords['facts'] {
  if (!budget) return [];
  const name = toOneLine(budget.part === '' ? budget.name : `${budget.name}, ${budget.part}`);
  const runOut = describeRunOut({ minutesLeft: budget.minutesLeft });
  const left = `${displayUsd(budget.remainingPicoUsd)} left of ${name}`;
  return [['Budget', runOut === undefined ? left : `${left}; at this pace ${runOut}`]];
}

function times({ evidence: { ratio } }: Finding): string {
  return `${(ratio ?? 0).toFixed(1)} times`;
}

function besideExpected({ evidence: { actualPicoUsd, expectedPicoUsd } }: Finding): string {
  return `${displayUsd(actualPicoUsd)}, where ${displayUsd(toCents(expectedPicoUsd ?? 0n))} was to be expected`;
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
