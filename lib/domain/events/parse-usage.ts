import { MAX_COUNT, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { INPUT_PARTS, type InputPart, USAGE_UNITS } from '../../contracts/usage-units.ts';
import { type FieldReading, orAbsent, type RawObject } from '../field-reading.ts';
import type { Usage } from './usage-event.ts';

type InputParts = Readonly<Partial<Record<InputPart, number>>>;

const UNIT_FIELDS = new Map<string, string>(USAGE_UNITS.map((unit) => [unit, `usage.${unit}`]));
const KNOWN_PARTS: ReadonlySet<string> = new Set(INPUT_PARTS);

/**
 * Reads the counts of an event and checks that they can be true together. Units the contract does not know are kept.
 *
 * @returns undefined when there is none (then a fault is noted)
 */
export function readUsage(reading: FieldReading, value: unknown): Usage | undefined {
  const raw = reading.readObject(value, 'usage');
  const usage: Record<string, number> = {};
  let units = 0;
  for (const unit in raw) {
    const field = UNIT_FIELDS.get(unit) ?? checkUnknownUnit(reading, unit);
    if (field === undefined) return undefined;
    const count = raw[unit];
    if (count === null || count === undefined) continue;
    const checked = readCount(reading, count, field, unit === 'audio_seconds');
    if (checked === undefined) return undefined;
    usage[unit] = checked;
    units++;
  }
  if (units === 0) return reading.fail('missing_field', 'usage', 'usage must report one unit at least');
  checkInput(reading, usage);
  checkOutput(reading, usage);
  return usage;
}

function checkUnknownUnit(reading: FieldReading, unit: string): string | undefined {
  // A name that cannot be kept is not repeated in the report either.
  if (!reading.checkText(unit, 'usage', MAX_TEXT_BYTES)) return undefined;
  if (unit === '__proto__') return reading.fail('bad_text', 'usage', 'usage holds a name that is not allowed');
  return `usage.${unit}`;
}

function readCount(reading: FieldReading, value: unknown, field: string, mayBeFraction: boolean): number | undefined {
  if (typeof value !== 'number') return reading.fail('wrong_type', field, `${field} must be a number`);
  const isCount = value >= 0 && value <= MAX_COUNT && !Object.is(value, -0);
  if (isCount && (mayBeFraction || Number.isInteger(value))) return value;
  const expected = mayBeFraction ? 'a number' : 'a whole number';
  return reading.fail('impossible_usage', field, `${field} must be ${expected} from 0 to ${MAX_COUNT}`);
}

function checkInput(reading: FieldReading, usage: Usage): void {
  const input = usage.input_tokens ?? 0;
  const cacheRead = usage.cache_read_tokens ?? 0;
  const cacheWrite =
    (usage.cache_write_tokens ?? 0) + (usage.cache_write_5m_tokens ?? 0) + (usage.cache_write_1h_tokens ?? 0);
  if (cacheRead > input) {
    reading.fail('impossible_usage', 'usage.cache_read_tokens', 'cache_read_tokens exceeds input_tokens');
  }
  if ((usage.cache_audio_read_tokens ?? 0) > cacheRead) {
    const message = 'cache_audio_read_tokens exceeds cache_read_tokens';
    reading.fail('impossible_usage', 'usage.cache_audio_read_tokens', message);
  }
  // Audio and images in the cache are among the cached tokens, so these parts never overlap.
  const parts = cacheRead + cacheWrite + (usage.input_audio_tokens ?? 0) + (usage.input_image_tokens ?? 0);
  if (parts > input) {
    const message = 'cache reads, cache writes, audio and images together exceed input_tokens';
    reading.fail('impossible_usage', 'usage.input_tokens', message);
  }
}

function checkOutput(reading: FieldReading, usage: Usage): void {
  const parts = (usage.reasoning_tokens ?? 0) + (usage.output_audio_tokens ?? 0) + (usage.output_image_tokens ?? 0);
  if (parts <= (usage.output_tokens ?? 0)) return;
  const message = 'reasoning, audio and images together exceed output_tokens';
  reading.fail('impossible_usage', 'usage.output_tokens', message);
}

/** Reads the parts that a prompt is made of; together they are at most `inputTokens`. */
export function readInputParts(reading: FieldReading, value: unknown, inputTokens: number): InputParts | undefined {
  const raw = reading.readObject(value, 'input_parts');
  if (raw === undefined) return undefined;
  reading.noteUnknown(raw, KNOWN_PARTS, 'input_parts.');
  return readParts(reading, raw, inputTokens);
}

function readParts(reading: FieldReading, raw: RawObject, inputTokens: number): InputParts | undefined {
  const parts: Partial<Record<InputPart, number>> = {};
  let sum = 0;
  for (const part of INPUT_PARTS) {
    const value = raw[part];
    if (value === undefined || value === null) continue;
    const count = readCount(reading, value, `input_parts.${part}`, false);
    if (count === undefined) return undefined;
    parts[part] = count;
    sum += count;
  }
  if (sum > inputTokens) reading.fail('impossible_usage', 'input_parts', 'input_parts together exceed input_tokens');
  return orAbsent(parts);
}
