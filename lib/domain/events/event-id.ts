import { ID_SLOT_MS, TIMED_ID_FROM_MS, TIMED_ID_UNTIL_MS } from '../../contracts/limits.ts';

/**
 * How an id is kept apart from others: a timed id lives in the slot of its own embedded time (whole minutes since
 * 1970), any other is looked up by itself.
 */
export type IdClass =
  | { readonly timed: true; readonly timeMs: number; readonly slot: number }
  | { readonly timed: false };

const UNTIMED: IdClass = { timed: false };
const UUID_LENGTH = 36;
const ULID_LENGTH = 26;
const NO_DIGIT = 255;
const HEX_DIGITS = digitValues('0123456789abcdef');
const CROCKFORD_DIGITS = digitValues('0123456789abcdefghjkmnpqrstvwxyz');

/**
 * Tells whether an id carries a plausible time: a UUIDv7 (RFC 9562 section 5.7, with dashes) or a ULID, in either
 * letter case, whose time lies from 2023-01-01 (included) to 2100-01-01 (excluded). A function of the id's bytes alone,
 * never of the clock: all writers of all times must agree.
 */
export function classifyId(id: string): IdClass {
  let timeMs = Number.NaN;
  if (id.length === UUID_LENGTH) timeMs = readUuid7Time(id);
  else if (id.length === ULID_LENGTH) timeMs = readUlidTime(id);
  if (!(timeMs >= TIMED_ID_FROM_MS && timeMs < TIMED_ID_UNTIL_MS)) return UNTIMED;
  return { timed: true, timeMs, slot: Math.floor(timeMs / ID_SLOT_MS) };
}

function readUuid7Time(id: string): number {
  let timeMs = 0;
  for (let at = 0; at < UUID_LENGTH; at++) {
    const code = id.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== 0x2d) return Number.NaN;
      continue;
    }
    const digit = HEX_DIGITS[code] ?? NO_DIGIT;
    // Version 7, then the variant whose two high bits are 10.
    if (digit === NO_DIGIT || (at === 14 && digit !== 7) || (at === 19 && digit >> 2 !== 2)) return Number.NaN;
    // The first 48 bits, twelve digits around the first dash, are the time.
    if (at < 13) timeMs = timeMs * 16 + digit;
  }
  return timeMs;
}

function readUlidTime(id: string): number {
  let timeMs = 0;
  for (let at = 0; at < ULID_LENGTH; at++) {
    const digit = CROCKFORD_DIGITS[id.charCodeAt(at)] ?? NO_DIGIT;
    // 26 digits are 130 bits; the first may only use three of its five.
    if (digit === NO_DIGIT || (at === 0 && digit > 7)) return Number.NaN;
    if (at < 10) timeMs = timeMs * 32 + digit;
  }
  return timeMs;
}

function digitValues(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NO_DIGIT);
  for (let value = 0; value < alphabet.length; value++) {
    values[alphabet.charCodeAt(value)] = value;
    values[alphabet.toUpperCase().charCodeAt(value)] = value;
  }
  return values;
}
