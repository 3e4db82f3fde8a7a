import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import schema from '../../lib/contracts/usage-event.schema.json' with { type: 'json' };
import { INPUT_PARTS } from '../../lib/contracts/usage-units.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: false });
addFormats.default(ajv);
ajv.addKeyword({
  keyword: 'maxUtf8Bytes',
  type: 'string',
  schemaType: 'number',
  validate: (limit: number, text: string) => new TextEncoder().encode(text).length <= limit,
});
ajv.addSchema(schema);

const keepsEventSchema = ajv.getSchema(schema.$id);
const keepsSampleSchema = ajv.getSchema(`${schema.$id}#/$defs/gpuSample`);

/** Whether JSON is an event by the published schema and the laws its description states, nothing of the parser used. */
export function isEventBySchema(json: unknown): boolean {
  if (keepsEventSchema?.(json) !== true) return false;
  const { usage, input_parts: parts, route, emitter, ...event } = asObject(json);
  const numbers = [...Object.values(asObject(usage)), ...INPUT_PARTS.map((part) => asObject(parts)[part])];
  numbers.push(event['latency_ms'], event['ttft_ms'], event['quality'], event['quota_used_ratio']);
  numbers.push(asObject(route)['confidence'], asObject(route)['attempt'], asObject(emitter)['seq']);
  return !numbers.some((value) => Object.is(value, -0)) && isPossible(asObject(usage), asObject(parts));
}

/** Whether JSON is a GPU sample by the published schema. */
export function isSampleBySchema(json: unknown): boolean {
  return keepsSampleSchema?.(json) === true;
}

function isPossible(usage: Record<string, unknown>, parts: Record<string, unknown>): boolean {
  const count = (unit: string) => BigInt(Number(usage[unit] ?? 0));
  const inputSum =
    count('cache_read_tokens') +
    count('cache_write_tokens') +
    count('cache_write_5m_tokens') +
    count('cache_write_1h_tokens') +
    count('input_audio_tokens') +
    count('input_image_tokens');
  const outputSum = count('reasoning_tokens') + count('output_audio_tokens') + count('output_image_tokens');
  let partSum = 0n;
  for (const part of INPUT_PARTS) partSum += BigInt(Number(parts[part] ?? 0));
  return (
    inputSum <= count('input_tokens') &&
    count('cache_audio_read_tokens') <= count('cache_read_tokens') &&
    outputSum <= count('output_tokens') &&
    partSum <= count('input_tokens')
  );
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
