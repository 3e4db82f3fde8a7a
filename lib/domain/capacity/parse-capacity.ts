import { MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { isCalendarDate } from '../budgets/periods/calendar-date.ts';
import { textBytes } from '../field-reading.ts';
import { parseUsd } from '../money.ts';
import { toProviderId } from '../prices/model-name.ts';
import { COVER_DIMENSIONS, type ListModel } from '../prices/price-book-capacities.ts';
import { CAPACITY_KINDS, type Capacity, type FixedPrice, PRICE_PERIODS, type ServedTokens } from './capacity.ts';

/** Something wrong with a capacity: where, and what would have been right. */
export interface CapacityIssue {
  readonly field: string;
  readonly expected: string;
}

/** Earliest day of a capacity, as of the ledger itself. */
const FIRST_DAY = '2015-01-01';

/** Most tokens a second or a month, and most GPUs. */
const MAX_NUMBER = 1e15;

const NAME_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const FIELDS: ReadonlySet<string> = new Set([
  ...[
    'name',
    'kind',
    'from',
    'to',
    'price_usd',
    'per',
    'covers',
    'list_price_of',
    'serves_tokens',
    'serves_per',
    'gpus',
  ],
]);

/**
 * Reads a capacity from JSON, in the fields in which answers show it. Optional fields that are left out or null are not
 * known; without `list_price_of` the list price of covered calls is that of their own model.
 *
 * @param lastDay - latest day on which a version may begin
 * @param issues - takes in every fault, by field; the answer is undefined when there is one
 */
export function parseCapacity(
  name: string,
  json: Readonly<Record<string, unknown>>,
  lastDay: string,
  issues: CapacityIssue[],
): Capacity | undefined {
  const before = issues.length;
  const complain = (field: string, expected: string): void => void issues.push({ field, expected });
  for (const field of Object.keys(json)) if (!FIELDS.has(field)) complain(field, 'no such field');
  if (!NAME_PATTERN.test(name)) {
    complain('name', 'up to 64 of a-z, 0-9, ".", "_" and "-", the first one a letter or digit');
  } else if (json['name'] !== undefined && json['name'] !== name) complain('name', 'the name in the path');
  const capacity: Capacity = {
    name,
    kind: readOneOf(CAPACITY_KINDS, json['kind'], 'kind', complain),
    ...readDays(json, lastDay, complain),
    price: readPrice(json, complain),
    covers: readCovers(json['covers'], complain),
    list: readListModel(json['list_price_of'], complain),
    serves: readServed(json, complain),
    gpus: readNumber(json['gpus'], 'gpus', true, complain),
  };
  return issues.length > before ? undefined : capacity;
}

type Complain = (field: string, expected: string) => void;

function readOneOf<const Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  value: unknown,
  field: string,
  complain: Complain,
): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) complain(field, `one of ${choices.join(', ')}`);
  return found ?? choices[0];
}

function readDays(
  { from, to = null }: Readonly<Record<string, unknown>>,
  lastDay: string,
  complain: Complain,
): Pick<Capacity, 'from' | 'to'> {
  const isDay = (value: unknown): value is string => typeof value === 'string' && isCalendarDate(value);
  const isFrom = isDay(from) && from >= FIRST_DAY && from <= lastDay;
  if (!isFrom) complain('from', `a local day such as 2026-01-29, from ${FIRST_DAY} to ${lastDay}`);
  const isTo = to === null || (isDay(to) && (!isFrom || to > from));
  if (!isTo) complain('to', 'the local day after the last one, or null where it is open');
  return { from: isFrom ? from : FIRST_DAY, to: isTo ? to : null };
}

function readPrice(json: Readonly<Record<string, unknown>>, complain: Complain): FixedPrice {
  const per = readOneOf(PRICE_PERIODS, json['per'], 'per', complain);
  const text = json['price_usd'];
  const isPrice = typeof text === 'string' && /^\d{1,9}(\.\d{1,12})?$/.test(text);
  if (!isPrice) complain('price_usd', 'decimal text below 1000000000 with at most 12 decimals, such as "2.50"');
  return { picoUsd: (isPrice ? parseUsd(text) : undefined) ?? 0n, per };
}

function readCovers(value: unknown, complain: Complain): Capacity['covers'] {
  const given = isRecord(value) ? Object.entries(value) : [];
  if (given.length === 0)
    complain('covers', 'the deployment that it is, such as {"deployment":"h100"}, or other values');
  const known: ReadonlySet<string> = new Set(COVER_DIMENSIONS);
  for (const [name, text] of given) {
    if (!known.has(name)) complain(`covers.${name}`, `one of ${COVER_DIMENSIONS.join(', ')}`);
    else if (!isText(text)) complain(`covers.${name}`, `text of 1 to ${MAX_TEXT_BYTES} bytes`);
  }
  // In one order, so that equal coverage is equal text.
  const order = COVER_DIMENSIONS.flatMap((name) => given.filter(([given]) => given === name));
  return Object.fromEntries(order.filter(([, text]) => isText(text)).map(([name, text]) => [name, String(text)]));
}

function readListModel(value: unknown, complain: Complain): ListModel | null {
  if (value === undefined || value === null) return null;
  const { provider, model, ...more } = isRecord(value) ? value : {};
  if (!isText(provider) || !isText(model) || Object.keys(more).length > 0) {
    complain('list_price_of', '{"provider": ..., "model": ...} of the model whose price is their list price');
    return null;
  }
  return { provider: toProviderId(provider) ?? '', model };
}

function readServed(json: Readonly<Record<string, unknown>>, complain: Complain): ServedTokens | null {
  const tokens = readNumber(json['serves_tokens'], 'serves_tokens', false, complain);
  if (tokens === null) {
    if ((json['serves_per'] ?? null) !== null) complain('serves_per', 'serves_tokens beside it');
    return null;
  }
  return { tokens, per: readOneOf(['second', 'month'], json['serves_per'], 'serves_per', complain) };
}

function readNumber(value: unknown, field: string, isWhole: boolean, complain: Complain): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && value > 0 && value <= MAX_NUMBER && (!isWhole || Number.isInteger(value))) {
    return value;
  }
  complain(field, `${isWhole ? 'a whole number' : 'a number'} above zero, at most ${MAX_NUMBER}`);
  return null;
}

function isText(value: unknown): value is string {
  if (typeof value !== 'string' || value.trim() === '') return false;
  const bytes = textBytes(value);
  return bytes > 0 && bytes <= MAX_TEXT_BYTES;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
