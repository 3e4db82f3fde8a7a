import { isRawObject } from '../field-reading.ts';
import { showName, showValue } from '../shown-value.ts';

/** What is wrong with one field, and what was expected there. */
export interface InputIssue {
  /** Way to the field: `inputs.days[3].prob`. */
  readonly field: string;
  /** What it should have been, and what arrived. */
  readonly expected: string;
}

/** What a reading of inputs finds besides their values. */
export interface Reading {
  readonly issues: InputIssue[];
  /** Fields that were sent and that nothing reads: a misspelt optional input shows here. */
  readonly ignored: string[];
}

/** One input: what it may be, in words and as a reader. */
export interface Input<Value> {
  /** What a value must be: `a number of 0 to 1`. */
  readonly expected: string;
  /** What it counts or means, and its bounds, as pages say it. */
  readonly unit: string;
  /** The value of an absent input; without it the input is required. */
  readonly fallback?: Value;
  /** The value, or undefined with at least one issue noted. */
  readonly read: (value: unknown, field: string, reading: Reading) => Value | undefined;
}

/** Inputs by the name under which they are sent. */
export type Inputs = Readonly<Record<string, Input<unknown>>>;

/** The values of inputs that were read without an issue. */
export type ValuesOf<Fields extends Inputs> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Input<infer Value> ? Value : never;
};

/** Bounds of a number; `min` (0 unless given) and `max` are included, `above` is not. */
export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly whole?: boolean;
}

/** Most elements of a list, included. */
export const MAX_INPUT_LIST = 100_000;

/** Most faults, and most unknown fields, that are named of one request: a list may hold as many as it has elements. */
const MAX_NAMED = 100;

/** A finite JSON number within the bounds. */
export function takeNumber(unit: string, bounds: NumberBounds = {}): Input<number> {
  const { above, max = Number.POSITIVE_INFINITY, whole = false } = bounds;
  const min = bounds.min ?? above ?? 0;
  const fits = (value: number): boolean =>
    value >= min && value <= max && value !== above && (!whole || Number.isSafeInteger(value));
  return takeWhere(
    `${unit}${shortenBounds(bounds)}`,
    describeBounds(bounds),
    (value): value is number => typeof value === 'number' && Number.isFinite(value) && fits(value),
  );
}

/** A number of either sign. */
export function takeSigned(unit: string): Input<number> {
  return takeNumber(unit, { min: Number.NEGATIVE_INFINITY });
}

/** A part of a whole, 0 to 1: 0.25 is a quarter. */
export function takeShare(unit: string): Input<number> {
  return takeNumber(unit, { max: 1 });
}

/** `true` or `false`. */
export function takeFlag(unit: string): Input<boolean> {
  return takeWhere(unit, 'true or false', (value): value is boolean => typeof value === 'boolean');
}

/** Any text. */
export function takeText(unit: string): Input<string> {
  return takeWhere(unit, 'text', (value): value is string => typeof value === 'string');
}

/** One of some words. */
export function takeChoice<Word extends string>(unit: string, words: readonly Word[]): Input<Word> {
  return takeWhere(unit, `one of ${words.join(', ')}`, (value): value is Word => words.some((word) => word === value));
}

/** A list of at most {@link MAX_INPUT_LIST} elements. */
export function takeList<Value>(item: Input<Value>, minLength = 0): Input<readonly Value[]> {
  const expected = `a list of ${minLength} to ${MAX_INPUT_LIST} elements, each ${item.expected}`;
  return {
    expected,
    unit: `list${minLength === 0 ? '' : ` of at least ${minLength}`}: ${item.unit}`,
    read: (value, field, reading) => {
      if (Array.isArray(value) && value.length >= minLength && value.length <= MAX_INPUT_LIST) {
        return readEach(
          value.map((part) => [item, part]),
          field,
          reading,
        );
      }
      return noteIssue(reading, field, expected, value);
    },
  };
}

/** A list with one element for each of the inputs, in their order. */
export function takeTuple<Value>(items: readonly Input<Value>[]): Input<readonly Value[]> {
  const expected = `a list of ${items.length}: ${items.map((item) => item.unit).join(', ')}`;
  return {
    expected,
    unit: `[${items.map((item) => item.unit).join(', ')}]`,
    read: (value, field, reading) => {
      if (!Array.isArray(value) || value.length !== items.length) return noteIssue(reading, field, expected, value);
      return readEach(
        items.map((item, index) => [item, value[index]]),
        field,
        reading,
      );
    },
  };
}

/** An object with inputs of its own. */
export function takeFields<Fields extends Inputs>(fields: Fields): Input<ValuesOf<Fields>> {
  return {
    expected: `an object with ${Object.keys(fields).join(', ')}`,
    unit: `{${describeInputs(fields)}}`,
    read: (value, field, reading) => readInputs(fields, value, field, reading),
  };
}

/** An object that maps names, which the sender chooses, to values; in the order sent. */
export function takeMap<Value>(item: Input<Value>): Input<ReadonlyMap<string, Value>> {
  const expected = `an object of names, each with ${item.expected}`;
  return {
    expected,
    unit: `by name: ${item.unit}`,
    read: (value, field, reading) => {
      if (!isRawObject(value)) return noteIssue(reading, field, expected, value);
      const entries = Object.entries(value).map(
        ([name, part]) => [name, item.read(part, joinWay(field, showName(name)), reading)] as const,
      );
      const read = entries.flatMap(([name, part]) => (part === undefined ? [] : [[name, part] as const]));
      return read.length === entries.length ? new Map(read) : undefined;
    },
  };
}

/** The input or `null`; `says` is what null means. */
export function allowNull<Value>(item: Input<Value>, says: string): Input<Value | null> {
  return {
    expected: `${item.expected}, or null`,
    unit: `${item.unit}; null: ${says}`,
    read: (value, field, reading) => (value === null ? null : item.read(value, field, reading)),
  };
}

/** The input made optional. */
export function withDefault<Value, Fallback>(item: Input<Value>, fallback: Fallback): Input<Value | Fallback> {
  return { ...item, fallback };
}

/**
 * Reads an object's inputs and notes all that is wrong, not only the first.
 *
 * @param field - way to the object, for the issues; empty for the object itself
 * @returns undefined when an issue was noted
 */
export function readInputs<Fields extends Inputs>(
  fields: Fields,
  value: unknown,
  field: string,
  reading: Reading,
): ValuesOf<Fields> | undefined {
  if (!isRawObject(value)) return noteIssue(reading, field, 'an object', value);
  const read: Record<string, unknown> = {};
  let isWhole = true;
  for (const [name, input] of Object.entries(fields)) {
    const sent = Object.hasOwn(value, name) ? value[name] : undefined;
    const isAbsent = sent === undefined && 'fallback' in input;
    read[name] = isAbsent ? input.fallback : input.read(sent, joinWay(field, name), reading);
    isWhole &&= read[name] !== undefined;
  }
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name));
  const free = Math.max(0, MAX_NAMED - reading.ignored.length);
  reading.ignored.push(...unknown.slice(0, free).map((name) => joinWay(field, showName(name))));
  return isWhole ? (read as ValuesOf<Fields>) : undefined;
}

/** Inputs as pages list them: `requests (calls a month), share (of the calls, 0 to 1; else 0)`. */
export function describeInputs(fields: Inputs): string {
  return Object.entries(fields)
    .map(
      ([name, input]) =>
        `\`${name}\` (${input.unit}${'fallback' in input ? `; else ${describeFallback(input.fallback)}` : ''})`,
    )
    .join(', ');
}

function joinWay(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`;
}

function describeFallback(fallback: unknown): string {
  return fallback === null ? 'none' : String(fallback);
}

function readEach<Value>(
  parts: readonly (readonly [Input<Value>, unknown])[],
  field: string,
  reading: Reading,
): readonly Value[] | undefined {
  const values = parts.map(([item, part], index) => item.read(part, `${field}[${index}]`, reading));
  const read = values.filter((value) => value !== undefined);
  return read.length === values.length ? read : undefined;
}

/** A value that a predicate tells; `expected` says it in words. */
export function takeWhere<Value>(unit: string, expected: string, is: (value: unknown) => value is Value): Input<Value> {
  return {
    expected,
    unit,
    read: (value, field, reading) => (is(value) ? value : noteIssue(reading, field, expected, value)),
  };
}

function noteIssue(reading: Reading, field: string, expected: string, value: unknown): undefined {
  const got = value === undefined ? 'but it is missing' : `not ${showValue(value)}`;
  if (reading.issues.length < MAX_NAMED) reading.issues.push({ field, expected: `${expected}, ${got}` });
  return undefined;
}

function describeBounds({ min, max, above, whole = false }: NumberBounds): string {
  const kind = whole ? 'a whole number' : 'a number';
  if (above !== undefined) return `${kind} above ${above}${max === undefined ? '' : ` and at most ${max}`}`;
  if (min === Number.NEGATIVE_INFINITY) return max === undefined ? kind : `${kind} of at most ${max}`;
  return max === undefined ? `${kind} of at least ${min ?? 0}` : `${kind} of ${min ?? 0} to ${max}`;
}

/** Bounds as a page gives them after the unit; nothing for a number of at least 0, which most are. */
function shortenBounds({ min = 0, max, above, whole = false }: NumberBounds): string {
  const range =
    above !== undefined
      ? [`above ${above}`, ...(max === undefined ? [] : [`at most ${max}`])]
      : min === Number.NEGATIVE_INFINITY
        ? [max === undefined ? 'of either sign' : `at most ${max}`]
        : max !== undefined
          ? [`${min} to ${max}`]
          : min === 0
            ? []
            : [`at least ${min}`];
  return [...(whole ? ['whole'] : []), ...range].map((part) => `, ${part}`).join('');
}
