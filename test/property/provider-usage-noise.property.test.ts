import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage, USAGE_SHAPES } from '../../lib/client/usage-shapes/read-usage.ts';
import type { UsageReading } from '../../lib/domain/events/usage-shapes.ts';
import { joinInclusive, splitInclusive } from '../../lib/domain/events/usage-shapes.ts';

type Raw = Readonly<Record<string, unknown>>;

const count = fc.oneof(fc.nat({ max: 20 }), fc.nat(), fc.maxSafeInteger().map(Math.abs));
const modalities = ['TEXT', 'AUDIO', 'IMAGE', 'VIDEO', 'DOCUMENT'];

function read(shape: string, raw: unknown): UsageReading {
  const reading = readUsage(shape, raw)?.reading;
  if (reading === undefined) throw new Error(`${shape} is not known`);
  return reading;
}

/** What may stand where a count should, most of it wrong. */
const anything = fc.oneof(
  { weight: 12, arbitrary: count },
  { weight: 2, arbitrary: fc.bigInt(0n, 10n ** 40n).map(String) },
  fc.constantFrom(null, undefined, -1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, -0),
  fc.constantFrom('NaN', '-1', '1e3', ' 5', '', '0x10', true, 'toString'),
  fc.constantFrom({}, [], [5], { constructor: 5 }),
);
const fieldsOf = (names: readonly string[], values: fc.Arbitrary<unknown> = anything) =>
  fc.record(Object.fromEntries(names.map((name) => [name, values])), { requiredKeys: [] });
const orAnything = (values: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 8, arbitrary: values }, { weight: 1, arbitrary: anything });
const joined = (...parts: ReadonlyArray<fc.Arbitrary<object>>) =>
  fc.tuple(...parts).map((records): Raw => Object.assign({}, ...records));
const details = orAnything(
  fc.array(orAnything(fc.record({ modality: fc.constantFrom(...modalities), tokenCount: anything })), { maxLength: 4 }),
);
const openaiDetails = orAnything(
  joined(
    fieldsOf(['cached_tokens', 'cache_write_tokens', 'audio_tokens', 'image_tokens', 'reasoning_tokens']),
    fieldsOf(['cached_tokens_details'], orAnything(fieldsOf(['audio_tokens', 'image_tokens']))),
  ),
);
const chat = joined(
  fieldsOf(['prompt_tokens', 'completion_tokens', 'total_tokens', 'prompt_cache_hit_tokens', 'cached_tokens', 'cost']),
  fieldsOf(['prompt_tokens_details', 'completion_tokens_details', 'cost_details'], openaiDetails),
);

/** Usage of each shape's own fields with anything in them. */
const MESSY: Readonly<Record<string, fc.Arbitrary<Raw>>> = {
  canonical: fieldsOf([
    'input_tokens',
    'output_tokens',
    'audio_seconds',
    'training_file_tokens',
    'epochs',
    '__proto__',
  ]),
  canonical_inclusive: fieldsOf(['input_tokens', 'cache_read_tokens', 'cache_audio_read_tokens', 'input_audio_tokens']),
  openai_chat: chat,
  openrouter_chat: chat,
  openai_responses: joined(
    fieldsOf(['input_tokens', 'output_tokens', 'total_tokens']),
    fieldsOf(['input_tokens_details', 'input_token_details', 'output_tokens_details'], openaiDetails),
  ),
  anthropic: joined(
    fieldsOf(['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens']),
    fieldsOf(
      ['cache_creation', 'output_tokens_details', 'server_tool_use'],
      orAnything(fieldsOf(['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens', 'thinking_tokens'])),
    ),
    fieldsOf(
      ['iterations'],
      orAnything(
        fc.array(joined(fieldsOf(['input_tokens', 'output_tokens']), fc.record({ type: fc.constant('compaction') }))),
      ),
    ),
  ),
  gemini: joined(
    fieldsOf(['promptTokenCount', 'cachedContentTokenCount', 'toolUsePromptTokenCount', 'candidatesTokenCount']),
    fieldsOf(['thoughtsTokenCount', 'totalTokenCount', 'responseTokenCount']),
    fieldsOf(['promptTokensDetails', 'cacheTokensDetails', 'toolUsePromptTokensDetails'], details),
    fieldsOf(['candidatesTokensDetails', 'promptTokenDetails', 'responseTokensDetails'], details),
  ),
  bedrock_converse: joined(
    fieldsOf([
      'inputTokens',
      'outputTokens',
      'cacheReadInputTokens',
      'cacheWriteInputTokens',
      'cacheReadInputTokenCount',
    ]),
    fieldsOf(
      ['cacheDetails'],
      orAnything(fc.array(fc.record({ ttl: fc.constantFrom('5m', '1h'), inputTokens: anything }))),
    ),
  ),
};

describe.each(USAGE_SHAPES)('anything in the fields of shape %s', (shape) => {
  const messy = MESSY[shape] ?? fc.constant({});

  it('is an issue, or counts above zero whose parts fit into their wholes', () => {
    fc.assert(
      fc.property(messy, (raw) => {
        const reading = read(shape, raw);
        if (!reading.ok) {
          expect(reading.issues.length).toBeGreaterThan(0);
          return;
        }
        for (const tokens of reading.usage.counts.values()) expect(tokens).toBeGreaterThan(0n);
        const inclusive = { counts: new Map(joinInclusive(reading.usage)), audioSeconds: reading.usage.audioSeconds };
        expect(splitInclusive(inclusive)).toEqual(reading);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same when it is read from text', () => {
    fc.assert(
      fc.property(messy, (raw) => {
        const parsed: unknown = JSON.parse(JSON.stringify(raw));
        const frozen: unknown = JSON.parse(JSON.stringify(raw), (_, value) => Object.freeze(value));
        expect(read(shape, frozen)).toEqual(read(shape, parsed));
      }),
    );
  });
});
