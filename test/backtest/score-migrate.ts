import { DEFAULT_BREAK_EVEN_POLICY } from '../../lib/domain/break-even/break-even-policy.ts';
import type { FleetCase } from '../../lib/domain/break-even/fleet-bill.ts';
import { HOURS_PER_MONTH } from '../../lib/domain/break-even/self-host-fleet.ts';
import { computeProbability, type VolumeOutlook } from '../../lib/domain/break-even/volume-outlook.ts';
import type { DailyAmount } from '../../lib/domain/forecast/forecast.ts';
import { DEFAULT_MIGRATE_POLICY, type MigratePolicy } from '../../lib/domain/migrate-now/migrate-state.ts';
import { advanceMigration, NEW_MIGRATION_SUBJECT } from '../../lib/domain/migrate-now/migration-subject.ts';
import { projectOutlook } from '../../lib/domain/migrate-now/project-outlook.ts';
import type { BillSeries } from './migrate-series.ts';

/** A rule to be tried: the policy of the state machine, and whether it hears of the forecast. */
export interface MigrateRule {
  readonly name: string;
  readonly policy: MigratePolicy;
  readonly usesForecast: boolean;
}

/** How a rule did over pairs of a series and a self-hosting bill. */
export interface MigrateScore {
  readonly pairs: number;
  readonly alerts: number;
  readonly withdrawn: number;
  /** Alerts with 30 known days behind them, and those of them in which the API cost less than self-hosting. */
  readonly judged: number;
  readonly losing: number;
  readonly repeatedPairs: number;
  /** Lasting gains: moments at which the rule without a forecast alerts and the API costs more over the next 90 days. */
  readonly gains: number;
  /** Those that an alert stands for by then or within 45 days. */
  readonly toldGains: number;
}

const P = DEFAULT_MIGRATE_POLICY;
const NO_BAND = { offSavingsRatio: P.onSavingsRatio, offSavingsUsd: P.onSavingsUsd };

/** The rules of METHODS 6, in its order. */
export const MIGRATE_RULES: readonly MigrateRule[] = [
  { name: 'at once, no band', policy: { ...P, ...NO_BAND, onDays: 1, offDays: 1 }, usesForecast: false },
  { name: '7 days, no band', policy: { ...P, ...NO_BAND }, usesForecast: false },
  { name: '7 days, leave at 10 %', policy: P, usesForecast: false },
  { name: '7 days, leave at 10 %, p >= 0.8', policy: P, usesForecast: true },
  { name: '14 days, same', policy: { ...P, onDays: 14, offDays: 14 }, usesForecast: true },
];

/** Place of the product's rule among {@link MIGRATE_RULES}. */
export const CHOSEN_RULE = 3;
/** The same without the forecast: what it alerts of is looked for among the alerts of the others. */
const PLAIN_RULE: MigrateRule = { name: 'plain', policy: P, usesForecast: false };

/** Self-hosting bills, as multiples of the mean bill of the series. */
const LEVELS = [0.5, 0.75, 1, 1.25, 1.5];
/** Every series is scaled to this mean bill a month, so that the least saving in dollars has the same meaning in all. */
const MEAN_BILL_USD = 10_000;
const WINDOW_DAYS = 28;
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const JUDGED_DAYS = 30;
/** A gain that goes on for so long is a lasting one. */
const LASTING_DAYS = 90;
const MAX_WAIT_DAYS = 45;
/** As much past as the product reads. */
const HISTORY_DAYS = 420;
const NO_SCORE: MigrateScore = {
  ...{ pairs: 0, alerts: 0, withdrawn: 0, judged: 0, losing: 0, repeatedPairs: 0, gains: 0, toldGains: 0 },
};

/** Follows every series beside each of five self-hosting bills under every rule. */
export function scoreRules(series: readonly BillSeries[], rules: readonly MigrateRule[]): MigrateScore[] {
  const scores = rules.map(() => NO_SCORE);
  for (const each of series) {
    const days = layOut(each);
    for (const level of LEVELS) {
      const selfUsd = level * MEAN_BILL_USD;
      const gains = findLastingGains(days, selfUsd);
      for (const [index, rule] of rules.entries()) {
        scores[index] = addScores(scores[index] ?? NO_SCORE, scorePair(days, selfUsd, rule, gains));
      }
    }
  }
  return scores;
}

/** One score of two disjoint sets of pairs. */
export function addScores(a: MigrateScore, b: MigrateScore): MigrateScore {
  return {
    pairs: a.pairs + b.pairs,
    alerts: a.alerts + b.alerts,
    withdrawn: a.withdrawn + b.withdrawn,
    judged: a.judged + b.judged,
    losing: a.losing + b.losing,
    repeatedPairs: a.repeatedPairs + b.repeatedPairs,
    gains: a.gains + b.gains,
    toldGains: a.toldGains + b.toldGains,
  };
}

interface BilledDay {
  readonly day: string;
  readonly usd: number;
  readonly historyDays: number;
  /** Of the trailing window, as a month. */
  readonly apiUsd: number;
  readonly outlook: VolumeOutlook | null;
}

/** The days of a series with what was known at the end of each: its outlook is the same for every bill beside it. */
function layOut({ days }: BillSeries): BilledDay[] {
  const mean = days.reduce((sum, { amount }) => sum + amount, 0) / days.length;
  const scale = mean > 0 ? MEAN_BILL_USD / DAYS_PER_MONTH / mean : 0;
  const amounts = days.map(({ number, amount }): DailyAmount => [toDate(number), amount * scale]);
  return days.map(({ number, amount }, index) => {
    const window = days.filter((other, at) => at <= index && other.number > number - WINDOW_DAYS);
    const meanUsd = (scale * window.reduce((sum, other) => sum + other.amount, 0)) / window.length;
    const known = amounts.slice(Math.max(0, index + 1 - HISTORY_DAYS), index + 1);
    const isAssessed = index + 1 >= P.minHistoryDays;
    return {
      day: toDate(number),
      usd: amount * scale,
      historyDays: index + 1,
      apiUsd: meanUsd * DAYS_PER_MONTH,
      outlook: isAssessed ? projectOutlook(known, toDate(number), meanUsd) : null,
    };
  });
}

/** An alert, by the index of its day, and that of its notice; infinite where it stands to the end. */
interface StandingAlert {
  readonly from: number;
  readonly to: number;
}

function followPair(
  days: readonly BilledDay[],
  selfUsd: number,
  { policy, usesForecast }: MigrateRule,
): readonly StandingAlert[] {
  let subject = NEW_MIGRATION_SUBJECT;
  const alerts: StandingAlert[] = [];
  for (const [index, { day, apiUsd, historyDays, outlook }] of days.entries()) {
    const savingsUsd = apiUsd - selfUsd;
    const measured = {
      ...({
        historyDays,
        savingsUsd,
        gates: 'pass',
        complete: true,
        paybackMonths: savingsUsd > 0 ? 0 : null,
      } as const),
      savingsRatio: apiUsd > 0 ? savingsUsd / apiUsd : 0,
      probability: usesForecast ? findProbability(apiUsd, selfUsd, outlook, policy) : 1,
    };
    const step = advanceMigration(subject, day, measured, policy);
    subject = step.subject;
    if (step.message === 'alert') alerts.push({ from: index, to: Number.POSITIVE_INFINITY });
    if (step.message === 'notice') alerts.push({ from: alerts.pop()?.from ?? index, to: index });
  }
  return alerts;
}

function scorePair(
  days: readonly BilledDay[],
  selfUsd: number,
  rule: MigrateRule,
  gains: readonly number[],
): MigrateScore {
  const alerts = followPair(days, selfUsd, rule);
  const months = alerts.flatMap(({ from }) => averageNext(days, from, JUDGED_DAYS) ?? []);
  const isTold = (gain: number) => alerts.some(({ from, to }) => from <= gain + MAX_WAIT_DAYS && to > gain);
  return {
    pairs: 1,
    alerts: alerts.length,
    withdrawn: alerts.filter(({ to }) => Number.isFinite(to)).length,
    judged: months.length,
    losing: months.filter((meanUsd) => meanUsd * DAYS_PER_MONTH < selfUsd).length,
    repeatedPairs: alerts.length > 1 ? 1 : 0,
    gains: gains.length,
    toldGains: gains.filter(isTold).length,
  };
}

function findLastingGains(days: readonly BilledDay[], selfUsd: number): readonly number[] {
  const moments = followPair(days, selfUsd, PLAIN_RULE).map(({ from }) => from);
  return moments.filter((from) => (averageNext(days, from, LASTING_DAYS) ?? 0) * DAYS_PER_MONTH >= selfUsd);
}

/** Mean bill of the days after one; null where so many are not known. */
function averageNext(days: readonly BilledDay[], index: number, count: number): number | null {
  const next = days.slice(index + 1, index + 1 + count);
  return next.length < count ? null : next.reduce((sum, { usd }) => sum + usd, 0) / count;
}

function findProbability(
  apiUsd: number,
  selfUsd: number,
  outlook: VolumeOutlook | null,
  { offSavingsRatio, offSavingsUsd }: MigratePolicy,
): number {
  if (outlook === null) return 0;
  const fleet = {
    ...{ replicaMonthlyUsd: selfUsd, opsPerReplicaUsd: 0, opsBaseUsd: 0, otherUsd: 0 },
    ...{ minReplicas: 1, replicasPerMachine: 1, spareReplicas: 0 },
  };
  // One replica that never fills up: the bill beside the API is the level, whatever the volume.
  const fleetCase: FleetCase = { fleet, capacityRequests: Number.MAX_VALUE, requestsPerMonth: 1, apiUsd };
  const asked = { minSavingsRatio: offSavingsRatio, minSavingsUsd: offSavingsUsd };
  return computeProbability(fleetCase, { ...DEFAULT_BREAK_EVEN_POLICY, ...asked }, outlook);
}

function toDate(dayNumber: number): string {
  return new Date(dayNumber * 86_400_000).toISOString().slice(0, 10);
}
