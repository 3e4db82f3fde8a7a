import { type ParsedEvent, parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { type EventJson, smallEvent } from './contract-events.ts';

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** The event a parser must accept; fails the test otherwise. */
export function accepted(json: unknown): ParsedEvent {
  const result = parseUsageEvent(json);
  if ('reason' in result) throw new Error(`rejected: ${JSON.stringify(result)}`);
  return result;
}

/** Reason and field of a refused event, `accepted` for another. */
export function faultOf(json: unknown): readonly [string, string | null] {
  const result = parseUsageEvent(json);
  return 'reason' in result ? [result.reason, result.field] : ['accepted', null];
}

/** Whole counts large enough for a part of any size; cached audio also needs a cached part. */
function roomFor(unit: string): EventJson {
  const cached = unit === 'cache_audio_read_tokens' ? { cache_read_tokens: MAX_COUNT } : {};
  return { input_tokens: MAX_COUNT, output_tokens: MAX_COUNT, ...cached };
}

/** Sets a dotted path in a small event whose prompt is large enough for any count that is tried. */
export function withValue(path: string, value: unknown): EventJson {
  const [field = '', inner] = path.split('.');
  if (inner === undefined) return smallEvent({ [field]: value });
  const around = field === 'usage' ? roomFor(inner) : {};
  const event = smallEvent({ usage: { input_tokens: MAX_COUNT } });
  return { ...event, [field]: { ...around, [inner]: value } };
}
