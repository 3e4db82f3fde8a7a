import type { InputIssue } from '../inputs/inputs.ts';
import {
  allowNull,
  type Input,
  type Inputs,
  type Reading,
  readInputs,
  takeChoice,
  takeFlag,
  takeList,
  takeMap,
  takeNumber,
  takeWhere,
  withDefault,
} from '../inputs/inputs.ts';
import {
  type AdviceProfile,
  MAX_PROFILE_TEXT,
  PROFILE_FIELD_NAMES,
  PROFILE_FIELDS,
  type ProfileField,
  type ProfileFieldName,
  type ValueOrigin,
} from './profile-fields.ts';

/** A profile and where each of its values is from. */
export interface SourcedProfile {
  readonly profile: AdviceProfile;
  readonly origins: Readonly<Record<ProfileFieldName, ValueOrigin>>;
}

/** What was read of a profile: the values that were sent, or everything that is wrong. */
export type ParsedProfile =
  | { readonly given: Partial<AdviceProfile>; readonly issues: readonly [] }
  | { readonly given: undefined; readonly issues: readonly InputIssue[] };

const INPUTS: Inputs = Object.fromEntries(
  PROFILE_FIELD_NAMES.map((name) => [name, withDefault(allowNull(toInput(PROFILE_FIELDS[name]), 'unknown'), null)]),
);

/**
 * Reads a profile from JSON: an object with fields of {@link PROFILE_FIELDS}, each optional; null reads like absent.
 * Unknown fields are refused, and so are calls stated both as a number and by users.
 */
export function parseProfile(json: unknown): ParsedProfile {
  const reading: Reading = { issues: [], ignored: [] };
  const values = readInputs(INPUTS, json, '', reading);
  const unknown = reading.ignored.map((field) => ({ field, expected: 'no such field' }));
  const issues = [...reading.issues, ...unknown];
  if (values === undefined || issues.length > 0) return { given: undefined, issues };
  const sent = Object.entries(values).filter(([, value]) => value !== null);
  const given = Object.fromEntries(sent) as Partial<AdviceProfile>;
  const contradictions = findContradictions(given);
  return contradictions.length > 0 ? { given: undefined, issues: contradictions } : { given, issues: [] };
}

/**
 * Joins what was typed in with what was recorded, the former before the latter, and with what is assumed where neither
 * knows. Calls that were typed in as users are not joined by recorded calls, nor tokens of typed-in calls.
 */
export function completeProfile(given: Partial<AdviceProfile>, recorded: Partial<AdviceProfile> = {}): SourcedProfile {
  const values: Record<string, unknown> = {};
  const origins: Partial<Record<ProfileFieldName, ValueOrigin>> = {};
  for (const name of PROFILE_FIELD_NAMES) {
    const field: ProfileField & { readonly assumed?: number } = PROFILE_FIELDS[name];
    const isTyped = given[name] !== undefined;
    const isRecorded = !isTyped && recorded[name] !== undefined && !(name === 'requests_per_month' && 'users' in given);
    values[name] = isTyped ? given[name] : isRecorded ? recorded[name] : (field.assumed ?? null);
    origins[name] = isTyped ? 'given' : isRecorded ? 'recorded' : field.assumed === undefined ? 'unknown' : 'assumed';
  }
  return {
    profile: values as unknown as AdviceProfile,
    origins: origins as Readonly<Record<ProfileFieldName, ValueOrigin>>,
  };
}

/**
 * A value of a profile from text, as a parameter or flag has it: lists are separated by commas, weights are `factor:weight`
 * with commas. Text that does not say such a value stays text, for {@link parseProfile} to refuse.
 */
export function toProfileValue(name: string, text: string): unknown {
  const fields: Readonly<Record<string, ProfileField>> = PROFILE_FIELDS;
  const kind = Object.hasOwn(fields, name) ? fields[name]?.kind : undefined;
  if (kind === 'number') return toNumber(text);
  if (kind === 'flag') return text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'list') return text.split(',');
  if (kind !== 'weights') return text;
  return Object.fromEntries(
    text.split(',').map((part) => {
      const at = part.indexOf(':');
      return [part.slice(0, Math.max(0, at)), toNumber(part.slice(at + 1))];
    }),
  );
}

function toNumber(text: string): unknown {
  return /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

function findContradictions(given: Partial<AdviceProfile>): readonly InputIssue[] {
  const isByUsers = given.users !== undefined || given.queries_per_user_per_day !== undefined;
  const isTwice = given.requests_per_month !== undefined && isByUsers;
  const isMachine = (given.self_host_monthly_usd === undefined) === (given.self_host_requests_per_month === undefined);
  return [
    ...(isTwice
      ? [{ field: 'users', expected: 'either requests_per_month or users with queries_per_user_per_day' }]
      : []),
    ...(isMachine
      ? []
      : [
          {
            field: 'self_host_monthly_usd',
            expected: 'both self_host_monthly_usd and self_host_requests_per_month, or neither',
          },
        ]),
  ];
}

function toInput(field: ProfileField): Input<unknown> {
  const { unit } = field;
  if (field.kind === 'number') return takeNumber(unit, { min: field.min, max: field.max, whole: field.isWhole });
  if (field.kind === 'flag') return takeFlag(unit);
  if (field.kind === 'choice') return takeChoice(unit, field.words);
  if (field.kind === 'list') return takeList(takeChoice(unit, field.words));
  if (field.kind === 'weights') return takeWeights(unit, field.words);
  const expected = `text of 1 to ${MAX_PROFILE_TEXT} characters`;
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && value.trim() !== '' && value.length <= MAX_PROFILE_TEXT;
  return takeWhere(unit, expected, isName);
}

function takeWeights(unit: string, words: readonly string[]): Input<Readonly<Record<string, number>>> {
  const { expected, read } = takeMap(takeNumber(unit, { max: 1e6 }));
  return {
    expected,
    unit,
    read: (value, field, reading) => {
      const weights = read(value, field, reading);
      const strangers = [...(weights?.keys() ?? [])].filter((word) => !words.includes(word));
      for (const word of strangers) {
        reading.issues.push({ field: `${field}.${word}`, expected: `one of ${words.join(', ')}` });
      }
      return weights === undefined || strangers.length > 0 ? undefined : Object.fromEntries(weights);
    },
  };
}
