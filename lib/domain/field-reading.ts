import { MAX_TEXT_BYTES, MAX_UNKNOWN_FIELD_NAMES } from '../contracts/limits.ts';
import type { Rejection, RejectReason } from '../contracts/reject-reasons.ts';

/** An object from outside whose fields are not known to be anything yet. */
export type RawObject = Readonly<Record<string, unknown>>;

/** The name under which unknown fields are counted whose own name is too long, unprintable or one too many. */
export const OTHER_FIELDS = '(other)';

/**
 * One pass over an object from outside. It keeps the first thing that is wrong and the names of fields nobody knows;
 * reading on after a fault is harmless, and the caller asks for the fault once, at the end.
 */
export class FieldReading {
  rejection: Rejection | undefined;
  readonly unknownFields: string[] = [];

  /** Notes a fault unless there was one before. */
  fail(reason: RejectReason, field: string | null, message: string): undefined {
    this.rejection ??= { reason, field, message };
  }

  /**
   * Notes the fields of an object that are not among the known ones.
   *
   * @param prefix - what stands before a name in the report, `''` or such as `route.`
   */
  noteUnknown(raw: RawObject, known: ReadonlySet<string>, prefix: string): void {
    for (const name in raw) if (!known.has(name)) this.#noteName(prefix, name);
  }

  #noteName(prefix: string, name: string): void {
    const bytes = textBytes(name);
    const isUsable = bytes > 0 && bytes <= MAX_TEXT_BYTES && this.unknownFields.length < MAX_UNKNOWN_FIELD_NAMES;
    const shown = isUsable ? prefix + name : OTHER_FIELDS;
    if (!this.unknownFields.includes(shown)) this.unknownFields.push(shown);
  }

  /** The object at a field; undefined when absent, null, or (then a fault) of another type. */
  readObject(value: unknown, field: string): RawObject | undefined {
    if (value === undefined || value === null) return undefined;
    return isRawObject(value) ? value : this.fail('wrong_type', field, `${field} must be an object`);
  }

  /**
   * The text at a field; undefined when absent, null or empty, or (then a fault) not a text of the contract.
   *
   * @param maxBytes - largest length in UTF-8 bytes, included
   */
  readText(value: unknown, field: string, maxBytes: number): string | undefined {
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') return this.fail('wrong_type', field, `${field} must be a string`);
    return this.checkText(value, field, maxBytes) ? value : undefined;
  }

  /** Whether a text may be kept; a fault when not. */
  checkText(text: string, field: string, maxBytes: number): boolean {
    const bytes = textBytes(text);
    if (bytes > 0 && bytes <= maxBytes) return true;
    if (bytes > maxBytes) this.fail('too_long', field, `${field} has ${bytes} bytes, at most ${maxBytes} are allowed`);
    else this.fail('bad_text', field, `${field} is empty or holds control characters or unpaired surrogates`);
    return false;
  }

  /** The number at a field, between the bounds (both included); undefined when absent, null, or (then a fault) not so. */
  readNumber(value: unknown, field: string, minimum: number, maximum: number): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number') return this.fail('wrong_type', field, `${field} must be a number`);
    if (value >= minimum && value <= maximum && !Object.is(value, -0)) return value;
    return this.fail('out_of_range', field, `${field} must be from ${minimum} to ${maximum}`);
  }

  /** As `readNumber`, for whole numbers. */
  readWhole(value: unknown, field: string, minimum: number, maximum: number): number | undefined {
    const number = this.readNumber(value, field, minimum, maximum);
    if (number === undefined || Number.isInteger(number)) return number;
    return this.fail('out_of_range', field, `${field} must be a whole number`);
  }
}

/** An object read field by field, or undefined when none of its fields was there. */
export function orAbsent<Value extends object>(value: Value): Value | undefined {
  for (const _field in value) return value;
  return undefined;
}

/** Whether a value is an object that is not an array. */
export function isRawObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a text may stand as a dimension or label of an event. */
export function isLabel(text: string): boolean {
  const bytes = textBytes(text);
  return bytes > 0 && bytes <= MAX_TEXT_BYTES;
}

/**
 * Length of a text in UTF-8 bytes.
 *
 * @returns -1 when it holds a control character (U+0000 to U+001F) or an unpaired surrogate, which cannot be kept
 */
export function textBytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) {
      if (code < 0x20) return -1;
    } else if (code < 0x800) {
      bytes += 1;
    } else if (code < 0xd800 || code > 0xdfff) {
      bytes += 2;
    } else {
      // A pair is two UTF-16 units and four bytes.
      const low = text.charCodeAt(++at);
      if (code > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return -1;
      bytes += 2;
    }
  }
  return bytes;
}
