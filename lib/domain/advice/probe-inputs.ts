import { type Approach, type Decision, decide } from './decide.ts';
import type { Market } from './market.ts';
import {
  type AdviceProfile,
  DECIDING_FIELDS,
  type NumberField,
  PROFILE_FIELDS,
  type ProfileField,
  type ProfileFieldName,
  type ValueOrigin,
} from './profile-fields.ts';

/** What is advised, as far as inputs are judged by it. */
export interface Answer {
  readonly approach: Approach;
  readonly isFineTuned: boolean;
}

/** A value of an input. */
export type InputValue = number | boolean | string;

/** A value with which the answer is another one. */
export interface OtherSide {
  /** On the other side of the threshold, as near to it as the input can be told. */
  readonly value: InputValue;
  /** Where the answer turns, for numbers; the values beyond it, away from the input's own, are the other side. */
  readonly threshold: number | null;
  readonly leadsTo: Answer;
}

/** An input without which the answer would not be what it is. */
export interface DecidingInput {
  readonly input: ProfileFieldName;
  readonly value: InputValue;
  readonly origin: Exclude<ValueOrigin, 'unknown'>;
  /** At least one; of a number those nearest to it, above and below. */
  readonly otherSides: readonly OtherSide[];
}

/** An input that nobody knows and that would matter. */
export interface UnknownInput {
  readonly input: ProfileFieldName;
  readonly unit: string;
  /** Other unknown inputs that must be known with it; empty = it decides by itself. */
  readonly togetherWith: readonly ProfileFieldName[];
  /** What the answer would be, by value; of numbers from each value on. With others: with favourable ones. */
  readonly answers: readonly { readonly value: InputValue; readonly leadsTo: Answer }[];
}

/** What an answer depends on. */
export interface Dependence {
  readonly decidedBy: readonly DecidingInput[];
  readonly unknown: readonly UnknownInput[];
}

/** Numbers are looked at over all their allowed values: each so much above the one before, or in so many even steps. */
const STEP_RATIO = 1.05;
const EVEN_STEPS = 200;
/** Values of numbers that may be 0 begin here otherwise. */
const LEAST_RATIO_VALUE = 0.01;
const COARSE_STEP = 8;

/** Unknown inputs that can decide only together, and values with which others of the group do not stand in the way. */
const GROUPS: readonly Partial<AdviceProfile>[] = [
  {
    requests_per_month: 1e9,
    input_tokens_per_request: 1_000,
    output_tokens_per_request: 300,
    team_expertise: 'strong',
    timeline_months: 36,
    stage: 'production',
  },
  { users: 1e6, queries_per_user_per_day: 1_000 },
  { latency_critical: true, local_ttft_ms: 100, api_ttft_ms: 500 },
  {
    requests_per_month: 1e9,
    input_tokens_per_request: 1_000,
    output_tokens_per_request: 300,
    quality_need: 'best',
    simple_share_ratio: 0.8,
  },
  { is_domain_task: true, base_accuracy_ratio: 0.7 },
  { needs_consistent_format: true, format_compliance_ratio: 0.9 },
];

/**
 * Finds what an answer depends on by deciding anew with each input at its other values: words and flags at all of them,
 * numbers over their whole range in small steps, the turning point narrowed down. An answer that turns and turns back within
 * one step would be missed; the rules are made so that each number turns it at few places.
 */
export function probeInputs(
  profile: AdviceProfile,
  origins: Readonly<Record<ProfileFieldName, ValueOrigin>>,
  market: Market,
  decision: Decision,
): Dependence {
  const ask = (values: Partial<AdviceProfile>): Answer => toAnswer(decide({ ...profile, ...values }, market));
  const answer = toAnswer(decision);
  const decidedBy = DECIDING_FIELDS.flatMap((input): readonly DecidingInput[] => {
    const [value, origin] = [profile[input] as InputValue | null, origins[input]];
    if (value === null || origin === 'unknown') return [];
    const otherSides = findOtherSides(PROFILE_FIELDS[input], value, answer, (other) => ask({ [input]: other }));
    return otherSides.length === 0 ? [] : [{ input, value, origin, otherSides }];
  });
  const unknown = DECIDING_FIELDS.filter((input) => profile[input] === null && isAskedFor(profile, input)).flatMap(
    (input) => findUnknown(profile, input, ask),
  );
  return { decidedBy: decidedBy.sort(compareNearness), unknown: unknown.sort(compareTogether) };
}

/** Whether two answers advise the same. */
export function isSameAnswer(a: Answer, b: Answer): boolean {
  return a.approach === b.approach && a.isFineTuned === b.isFineTuned;
}

/** What of a decision counts as the answer. */
export function toAnswer({ approach, isFineTuned }: Decision): Answer {
  return { approach, isFineTuned };
}

type Ask = (value: InputValue) => Answer;

function findOtherSides(field: ProfileField, value: InputValue, answer: Answer, ask: Ask): readonly OtherSide[] {
  if (field.kind === 'number') {
    const own = Number(value);
    const steps = listSteps(field);
    const above = steps.filter((step) => step > own);
    const below = steps.filter((step) => step < own).reverse();
    return [above, below].flatMap((values) => findTurn(field, own, values, answer, ask) ?? []);
  }
  const others = listWords(field).filter((word) => word !== value);
  return others.flatMap((word): readonly OtherSide[] => {
    const leadsTo = ask(word);
    return isSameAnswer(leadsTo, answer) ? [] : [{ value: word, threshold: null, leadsTo }];
  });
}

/** The first of the values with another answer, brought as near to the last with the same as numbers go. */
function findTurn(
  { isWhole }: NumberField,
  start: number,
  values: readonly number[],
  answer: Answer,
  ask: Ask,
): OtherSide | null {
  let same = start;
  for (const value of values) {
    const leadsTo = ask(value);
    if (isSameAnswer(leadsTo, answer)) {
      same = value;
      continue;
    }
    let turn: OtherSide = { value, threshold: value, leadsTo };
    for (let round = 0; round < 60; round++) {
      const middle = isWhole ? Math.round((same + Number(turn.value)) / 2) : (same + Number(turn.value)) / 2;
      if (middle === same || middle === turn.value) break;
      const found = ask(middle);
      if (isSameAnswer(found, answer)) same = middle;
      else turn = { value: middle, threshold: middle, leadsTo: found };
    }
    return turn;
  }
  return null;
}

function findUnknown(
  profile: AdviceProfile,
  input: ProfileFieldName,
  ask: (values: Partial<AdviceProfile>) => Answer,
): readonly UnknownInput[] {
  const { unit } = PROFILE_FIELDS[input];
  const contexts = [{}, ...GROUPS.filter((group) => input in group)].map((group) => pickUnknown(profile, group, input));
  for (const context of contexts) {
    const answers = listAnswers(PROFILE_FIELDS[input], (value) => ask({ ...context, [input]: value }));
    if (answers.length < 2) continue;
    return [{ input, unit, togetherWith: Object.keys(context) as ProfileFieldName[], answers }];
  }
  return [];
}

/** The values of a group for those of its inputs that are unknown, the one that is looked at apart. */
function pickUnknown(
  profile: AdviceProfile,
  group: Partial<AdviceProfile>,
  input: ProfileFieldName,
): Partial<AdviceProfile> {
  const names = (Object.keys(group) as ProfileFieldName[]).filter((name) => {
    const isVolumeKnown = name === 'requests_per_month' && profile.users !== null;
    return name !== input && profile[name] === null && !isVolumeKnown;
  });
  return Object.fromEntries(names.map((name) => [name, group[name]]));
}

/** Answers by value, each with the first value of a stretch of them; of words one for each. One alone: nothing depends. */
function listAnswers(field: ProfileField, ask: Ask): UnknownInput['answers'] {
  if (field.kind !== 'number') {
    const answers = listWords(field).map((value) => ({ value, leadsTo: ask(value) }));
    return answers.some(({ leadsTo }) => !isSameAnswer(leadsTo, answers[0]?.leadsTo ?? leadsTo)) ? answers : [];
  }
  const steps = listSteps(field).filter((_, index) => index % COARSE_STEP === 0);
  const first = steps[0] ?? field.min;
  const stretches: { value: number; leadsTo: Answer }[] = [{ value: first, leadsTo: ask(first) }];
  for (const [index, step] of steps.entries()) {
    const last = stretches.at(-1);
    if (last === undefined || isSameAnswer(ask(step), last.leadsTo)) continue;
    const turn = findTurn(field, steps[index - 1] ?? first, [step], last.leadsTo, ask);
    if (turn !== null) stretches.push({ value: Number(turn.value), leadsTo: turn.leadsTo });
  }
  return stretches;
}

/** Calls are asked for as a number, or as users where some of that is known. */
function isAskedFor(profile: AdviceProfile, input: ProfileFieldName): boolean {
  const isByUsers = profile.users !== null || profile.queries_per_user_per_day !== null;
  if (input === 'users' || input === 'queries_per_user_per_day') return isByUsers;
  if (input === 'requests_per_month') return !isByUsers;
  return !input.startsWith('self_host_');
}

function listWords(field: ProfileField): readonly InputValue[] {
  if (field.kind === 'flag') return [true, false];
  return field.kind === 'choice' ? field.words : [];
}

function listSteps({ min, max, isWhole, steps }: NumberField): readonly number[] {
  if (steps === 'even') {
    const count = isWhole ? Math.min(EVEN_STEPS, max - min) : EVEN_STEPS;
    const values = Array.from({ length: count + 1 }, (_, index) => min + ((max - min) * index) / count);
    return isWhole ? [...new Set(values.map(Math.round))] : values;
  }
  const values = [min];
  for (let value = Math.max(min, isWhole ? 1 : LEAST_RATIO_VALUE); value < max; value *= STEP_RATIO) {
    const rounded = isWhole ? Math.round(value) : value;
    if (rounded > (values.at(-1) ?? min)) values.push(rounded);
  }
  return [...values, max];
}

/** Words and flags first, then numbers by how near they are to turning the answer. */
function compareNearness(a: DecidingInput, b: DecidingInput): number {
  return measureDistance(a) - measureDistance(b);
}

function measureDistance({ input, value, otherSides }: DecidingInput): number {
  const field = PROFILE_FIELDS[input];
  if (field.kind !== 'number' || typeof value !== 'number') return 0;
  const distances = otherSides.map((side) =>
    field.steps === 'even'
      ? Math.abs(Number(side.value) - value) / (field.max - field.min)
      : Math.abs(Math.log((Number(side.value) + LEAST_RATIO_VALUE) / (value + LEAST_RATIO_VALUE))),
  );
  return Math.min(...distances);
}

function compareTogether(a: UnknownInput, b: UnknownInput): number {
  return a.togetherWith.length - b.togetherWith.length;
}
