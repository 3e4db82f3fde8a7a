import { DEFAULT_BREAK_EVEN_POLICY as POLICY } from '../break-even/break-even-policy.ts';
import { DECISION_WORDS } from '../calculators/decision-tree.ts';
import { SCENARIOS } from '../calculators/scenario.ts';
import { USE_CASES } from '../calculators/use-case.ts';
import { SCORING_FACTORS, TRADE_OFF_CRITERIA } from './guide-scores.ts';

/** A number between bounds, both included. */
export interface NumberField {
  readonly kind: 'number';
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
  /** Other values are looked at in even steps, or each a few percent above the one before. */
  readonly steps: 'even' | 'ratio';
}

/** A number that stands in when nobody says it; what is answered lists it as assumed. */
export interface AssumedField extends NumberField {
  readonly assumed: number;
}

/** Yes or no. */
export interface FlagField {
  readonly kind: 'flag';
  readonly unit: string;
}

/** One of some words. */
export interface ChoiceField<Word extends string = string> {
  readonly kind: 'choice';
  readonly unit: string;
  readonly words: readonly Word[];
}

/** A name; other names are not looked at. */
export interface TextField {
  readonly kind: 'text';
  readonly unit: string;
}

/** Some of some words. */
export interface ListField<Word extends string = string> {
  readonly kind: 'list';
  readonly unit: string;
  readonly words: readonly Word[];
}

/** A weight for each of some words. */
export interface WeightsField<Word extends string = string> {
  readonly kind: 'weights';
  readonly unit: string;
  readonly words: readonly Word[];
}

/** What a field of a profile may hold. */
export type ProfileField = NumberField | FlagField | ChoiceField | TextField | ListField | WeightsField;

/** Longest name in a profile, in characters. */
export const MAX_PROFILE_TEXT = 128;

const months = (unit: string): NumberField => even(unit, 0, 120);
const ratio = (unit: string): NumberField => even(unit, 0, 1);
const usd = (unit: string): NumberField => scaled(unit, 0, 1e9);

/**
 * Everything that a profile of a workload may say. All of it may be left out: what is unknown stays unknown, unless it is
 * one of those that something is assumed for. The first group decides; the second is for what guides ask.
 */
export const PROFILE_FIELDS = {
  requests_per_month: scaled('calls a month', 0, 1e10),
  users: scaled('users, whose calls are `queries_per_user_per_day` on 30 days', 0, 1e8, true),
  queries_per_user_per_day: scaled('calls', 0, 1e4),
  input_tokens_per_request: scaled('tokens, cached ones included', 0, 2e6),
  output_tokens_per_request: scaled('tokens', 0, 2e5),
  cached_input_ratio: assume(ratio('part of the input that is read from a prompt cache'), 0),
  peak_factor: assume(scaled('busiest minutes over the mean', 1, 10_000), POLICY.peakFactor),
  quality_need: choice('how good answers must be', DECISION_WORDS.quality),
  privacy_required: flag('the data must not leave own machines'),
  offline_required: flag('it must work without a network, on a device'),
  latency_critical: flag('the time to the first token decides'),
  local_ttft_ms: scaled('milliseconds to the first token on own machines, measured', 0, 1e6),
  api_ttft_ms: scaled('milliseconds to the first token of the API, measured', 0, 1e6),
  stage: choice('what it is for now', ['development', 'production'] as const),
  timeline_months: months('months that it is planned to run'),
  team_expertise: choice('what the team can run by itself', DECISION_WORDS.expertise),
  budget_usd_per_month: usd('USD a month'),
  upfront_budget_usd: usd('USD once'),
  simple_share_ratio: ratio('part of the calls that a lesser model answers well enough'),
  api_model: text('a model of an API to reckon with beside those with a score: `gpt-4o-mini`'),
  self_host_monthly_usd: usd('USD a month for one own machine, everything included'),
  self_host_requests_per_month: scaled('calls a month that one own machine serves, with their peaks', 1, 1e10),
  utilisation_ratio: assume(even('load of own machines that is aimed at', 0.01, 1), POLICY.utilisationRatio),
  min_replicas: assume(even('least own replicas', 1, 100, true), POLICY.minReplicas),
  ops_base_usd: assume(usd('USD a month for operations'), POLICY.opsBaseUsd),
  ops_per_replica_usd: assume(usd('USD a month and replica for operations'), POLICY.opsPerReplicaUsd),
  other_usd: assume(usd('USD a month for storage, load balancer, monitoring'), POLICY.otherUsd),
  one_time_usd: assume(usd('USD once to set own machines up'), POLICY.oneTimeUsd),
  min_savings_ratio: assume(ratio('part of the bill that a change must save'), POLICY.minSavingsRatio),
  min_savings_usd: assume(usd('USD a month that a change must save'), POLICY.minSavingsUsd),
  is_domain_task: flag('it is about a domain of its own, such as law'),
  base_accuracy_ratio: ratio('accuracy of the base model on it'),
  needs_consistent_format: flag('answers must keep a format'),
  format_compliance_ratio: ratio('part of answers of the base model that keep it'),

  name: text('what the profile is called'),
  current_monthly_usd: usd('USD a month that is paid today'),
  budget_kind: choice('what may be spent before anything is saved', DECISION_WORDS.budget),
  scenario: choice('situation of the scenario table', SCENARIOS),
  use_case: choice('use case of the comparison report', USE_CASES),
  priorities: list('criteria that count twice in the trade-off matrix', TRADE_OFF_CRITERIA),
  weights: weights('weights of the scoring matrix, from 0', SCORING_FACTORS),
  training_tokens: scaled('tokens of a training file', 0, 1e12),
  training_epochs: assume(even('passes over the training file', 1, 100, true), 3),
  data_preparation_usd: assume(usd('USD once to gather and check examples'), 0),
  distillation_usd: usd('USD once to distil a lesser model'),
  error_cost_usd: usd('USD that a wrong answer costs'),
  drift_ratio_per_month: ratio('part of the answers that turn wrong each month without training anew'),
  gpu_utilisation_ratio: ratio('mean load of own machines today'),
} as const satisfies Readonly<Record<string, ProfileField>>;

/** Name of a field of a profile. */
export type ProfileFieldName = keyof typeof PROFILE_FIELDS;

type ValueOf<Field> = Field extends AssumedField
  ? number
  : Field extends NumberField
    ? number | null
    : Field extends FlagField
      ? boolean | null
      : Field extends ChoiceField<infer Word>
        ? Word | null
        : Field extends TextField
          ? string | null
          : Field extends ListField<infer Word>
            ? readonly Word[] | null
            : Field extends WeightsField<infer Word>
              ? Readonly<Partial<Record<Word, number>>> | null
              : never;

/** A workload as far as it is known; null = unknown. */
export type AdviceProfile = { readonly [Name in ProfileFieldName]: ValueOf<(typeof PROFILE_FIELDS)[Name]> };

/** Where a value of a profile is from; what is `unknown` is null. */
export type ValueOrigin = 'given' | 'recorded' | 'assumed' | 'unknown';

/** Every field, in the order of the page. */
export const PROFILE_FIELD_NAMES = Object.keys(PROFILE_FIELDS) as readonly ProfileFieldName[];

/** The fields that the answer depends on; the others are for what the guides ask. */
export const DECIDING_FIELDS = PROFILE_FIELD_NAMES.slice(0, PROFILE_FIELD_NAMES.indexOf('name')).filter(
  (name) => PROFILE_FIELDS[name].kind !== 'text',
);

function scaled(unit: string, min: number, max: number, isWhole = false): NumberField {
  return { kind: 'number', unit, min, max, isWhole, steps: 'ratio' };
}

function even(unit: string, min: number, max: number, isWhole = false): NumberField {
  return { kind: 'number', unit, min, max, isWhole, steps: 'even' };
}

function assume(field: NumberField, assumed: number): AssumedField {
  return { ...field, assumed };
}

function flag(unit: string): FlagField {
  return { kind: 'flag', unit };
}

function choice<Word extends string>(unit: string, words: readonly Word[]): ChoiceField<Word> {
  return { kind: 'choice', unit, words };
}

function text(unit: string): TextField {
  return { kind: 'text', unit };
}

function list<Word extends string>(unit: string, words: readonly Word[]): ListField<Word> {
  return { kind: 'list', unit, words };
}

function weights<Word extends string>(unit: string, words: readonly Word[]): WeightsField<Word> {
  return { kind: 'weights', unit, words };
}
