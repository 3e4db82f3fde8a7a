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
/** Numbers so near to each other are not searched for an answer between them. */
const NEAR_RATIO = 1e-9;

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
 * numbers over their whole range in small steps, the turning point narrowed down. Where an answer is the same at both ends of
 * a step but rests on something else, such as another model, the step is searched for an answer between them.
 */
export function probeInputs(
  profile: AdviceProfile,
  origins: Readonly<Record<ProfileFieldName, ValueOrigin>>,
  market: Market,
  decision: Decision,
): Dependence {
  const ask = (values: Partial<AdviceProfile>): Found => toFound(decide({ ...profile, ...values }, market));
  const own = toFound(decision);
  const decidedBy = DECIDING_FIELDS.flatMap((input): readonly DecidingInput[] => {
    const [value, origin] = [profile[input] as InputValue | null, origins[input]];
    if (value === null || origin === 'unknown') return [];
    const otherSides = findOtherSides(PROFILE_FIELDS[input], value, own, (other) => ask({ [input]: other }));
    return otherSides.length === 0 ? [] : [{ input, value, origin, otherSides }];
  });
  const unknown = DECIDING_FIELDS.filter((input) => profile[input] === null && isAskedFor(profile, input)).flatMap(
    (input) => findUnknown(profile, input, own.answer, ask),
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

/** An answer, and what it rests on: where that changes, the answer may have changed and changed back. */
interface Found {
  readonly answer: Answer;
  readonly basis: string;
}

type Ask = (value: InputValue) => Found;

/** A number and what is found there. */
interface Point extends Found {
  readonly value: number;
}

function toFound(decision: Decision): Found {
  const { perCall, simple, doesRoutingPay, fleet, paysFromRequests, gates, mandate } = decision;
  const names = [perCall?.offer.id, simple?.offer.id, fleet?.id, mandate, ...gates.map(({ outcome }) => outcome)];
  return { answer: toAnswer(decision), basis: [...names, doesRoutingPay, paysFromRequests === null].join('|') };
}

function findOtherSides(field: ProfileField, value: InputValue, own: Found, ask: Ask): readonly OtherSide[] {
  if (field.kind === 'number') {
    const start = { ...own, value: Number(value) };
    const steps = listSteps(field);
    const above = steps.filter((step) => step > start.value);
    const below = steps.filter((step) => step < start.value).reverse();
    return [above, below].flatMap((values) => {
      const turn = findTurn(field, start, values, ask);
      return turn === null ? [] : { value: turn.value, threshold: turn.value, leadsTo: turn.answer };
    });
  }
  const others = listWords(field).filter((word) => word !== value);
  return others.flatMap((word): readonly OtherSide[] => {
    const leadsTo = ask(word).answer;
    return isSameAnswer(leadsTo, own.answer) ? [] : [{ value: word, threshold: null, leadsTo }];
  });
}

/** The first point on the way with another answer than the start's, brought as near to the last with the same as numbers go. */
function findTurn(field: NumberField, start: Point, values: readonly number[], ask: Ask): Point | null {
  let same = start;
  for (const value of values) {
    const point = { ...ask(value), value };
    const other = isSameAnswer(point.answer, start.answer) ? findBetween(field, same, point, ask) : point;
    if (other !== null) return narrow(field, same, other, ask);
    same = point;
  }
  return null;
}

/** A point with another answer between two with the same; null where what they rest on tells of none. */
function findBetween(field: NumberField, from: Point, to: Point, ask: Ask): Point | null {
  const isNear = Math.abs(to.value - from.value) <= NEAR_RATIO * Math.max(from.value, to.value);
  if (isNear || from.basis === to.basis) return null;
  const value = findMiddle(field, from.value, to.value);
  if (value === null) return null;
  const middle = { ...ask(value), value };
  if (!isSameAnswer(middle.answer, from.answer)) return middle;
  return findBetween(field, from, middle, ask) ?? findBetween(field, middle, to, ask);
}

function narrow(field: NumberField, from: Point, to: Point, ask: Ask): Point {
  let [same, turn] = [from.value, to];
  for (;;) {
    const value = findMiddle(field, same, turn.value);
    if (value === null) return turn;
    const middle = { ...ask(value), value };
    if (isSameAnswer(middle.answer, from.answer)) same = value;
    else turn = middle;
  }
}

/** Half way between two numbers; null where there is none between them. */
function findMiddle({ isWhole }: NumberField, from: number, to: number): number | null {
  const half = (from + to) / 2;
  const middle = isWhole ? Math.round(half) : half;
  return middle === from || middle === to ? null : middle;
}

function findUnknown(
  profile: AdviceProfile,
  input: ProfileFieldName,
  answer: Answer,
  ask: (values: Partial<AdviceProfile>) => Found,
): readonly UnknownInput[] {
  const { unit } = PROFILE_FIELDS[input];
  const contexts = [{}, ...GROUPS.filter((group) => input in group)].map((group) => pickUnknown(profile, group, input));
  for (const context of contexts) {
    const answers = listAnswers(PROFILE_FIELDS[input], (value) => ask({ ...context, [input]: value }));
    const togetherWith = Object.keys(context) as ProfileFieldName[];
    // By itself it matters also when all its values lead to one answer, but to another than not knowing it.
    const [first] = answers;
    const usual = togetherWith.length === 0 || first === undefined ? answer : first.leadsTo;
    if (answers.some(({ leadsTo }) => !isSameAnswer(leadsTo, usual))) return [{ input, unit, togetherWith, answers }];
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

/** Answers by value, each with the first value of a stretch of them; of words one for each. */
function listAnswers(field: ProfileField, ask: Ask): UnknownInput['answers'] {
  if (field.kind !== 'number') return listWords(field).map((value) => ({ value, leadsTo: ask(value).answer }));
  const steps = listSteps(field).filter((step, index) => index % COARSE_STEP === 0 || step === field.max);
  let last: Point = { ...ask(field.min), value: field.min };
  const stretches = [last];
  for (const step of steps) {
    const end = { ...ask(step), value: step };
    // What lies between two answers may be a third one.
    for (let turn = findTurn(field, last, [step], ask); turn !== null; turn = findTurn(field, turn, [step], ask)) {
      stretches.push(turn);
    }
    last = end;
  }
  return stretches.map(({ value, answer }) => ({ value, leadsTo: answer }));
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
