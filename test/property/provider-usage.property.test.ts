import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage } from '../../lib/client/usage-shapes/read-usage.ts';
import type { UsageReading } from '../../lib/domain/events/usage-shapes.ts';

type Raw = Readonly<Record<string, unknown>>;

function read(shape: string, raw: unknown): UsageReading {
  const reading = readUsage(shape, raw)?.reading;
  if (reading === undefined) throw new Error(`${shape} is not known`);
  return reading;
}

/** Everything that was counted, each token once; undefined where the usage is an issue. */
function sizeOf(reading: UsageReading): bigint | undefined {
  return reading.ok ? [...reading.usage.counts.values()].reduce((sum, tokens) => sum + tokens, 0n) : undefined;
}

/** A whole of at most a million tokens, cut into that many disjoint parts. */
const wholeOf = (parts: number) => fc.array(fc.nat({ max: 1_000_000 }), { minLength: parts, maxLength: parts });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Usage as each provider reports it, with the total that it gives or would give. */
const CONSISTENT: Readonly<Record<string, fc.Arbitrary<readonly [raw: Raw, total: number]>>> = {
  openai_chat: fc
    .tuple(wholeOf(4), wholeOf(4), fc.boolean())
    .map(
      ([
        [text = 0, cached = 0, written = 0, audio = 0],
        [answer = 0, reasoning = 0, spoken = 0, rejected = 0],
        beside,
      ]) => {
        const prompt = text + cached + written + audio;
        // Rejected predictions are a part of the completion like any other.
        const completion = answer + spoken + rejected + (beside ? 0 : reasoning);
        const total = prompt + answer + spoken + rejected + reasoning;
        const raw = {
          prompt_tokens: prompt,
          prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written, audio_tokens: audio },
          completion_tokens: completion,
          completion_tokens_details: {
            reasoning_tokens: reasoning,
            audio_tokens: spoken,
            rejected_prediction_tokens: rejected,
          },
          total_tokens: total,
        };
        return [raw, total] as const;
      },
    ),
  openai_responses: fc
    .tuple(wholeOf(6), wholeOf(3))
    .map(([[text = 0, cachedText = 0, cachedAudio = 0, cachedImages = 0, audio = 0, images = 0], output]) => {
      const cached = cachedText + cachedAudio + cachedImages;
      const raw = {
        input_tokens: text + cached + audio + images,
        input_token_details: {
          cached_tokens: cached,
          audio_tokens: audio + cachedAudio,
          image_tokens: images + cachedImages,
          cached_tokens_details: { text_tokens: cachedText, audio_tokens: cachedAudio, image_tokens: cachedImages },
        },
        output_tokens: sum(output),
        output_tokens_details: { reasoning_tokens: output[0], audio_tokens: output[1] },
      };
      const total = raw.input_tokens + raw.output_tokens;
      return [{ ...raw, total_tokens: total }, total] as const;
    }),
  anthropic: fc
    .tuple(wholeOf(5), fc.nat({ max: 9 }))
    .map(([[input = 0, read = 0, short = 0, long = 0, rest = 0], thinking]) => {
      const raw = {
        input_tokens: input,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: short + long + rest,
        cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
        output_tokens: thinking * 2,
        output_tokens_details: { thinking_tokens: thinking },
        server_tool_use: { web_fetch_requests: 7, web_search_requests: 0 },
      };
      return [raw, input + read + short + long + rest + thinking * 2] as const;
    }),
  gemini: fc
    .tuple(wholeOf(4), wholeOf(2), wholeOf(3), fc.boolean())
    .map(
      ([[text = 0, cached = 0, cachedAudio = 0, audio = 0], tool, [answer = 0, thoughts = 0, spoken = 0], inside]) => {
        const prompt = text + cached + cachedAudio + audio;
        const total = prompt + sum(tool) + answer + thoughts + spoken;
        const raw = {
          promptTokenCount: prompt,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: text + cached },
            { modality: 'AUDIO', tokenCount: audio + cachedAudio },
          ],
          cachedContentTokenCount: cached + cachedAudio,
          cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: cachedAudio }],
          toolUsePromptTokenCount: sum(tool),
          toolUsePromptTokensDetails: [{ modality: 'AUDIO', tokenCount: tool[0] }],
          candidatesTokenCount: answer + spoken + (inside ? thoughts : 0),
          candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: spoken }],
          thoughtsTokenCount: thoughts,
          totalTokenCount: total,
        };
        return [raw, total] as const;
      },
    ),
  bedrock_converse: wholeOf(5).map(([input = 0, output = 0, read = 0, short = 0, long = 0]) => {
    const total = input + output + read + short + long;
    const raw = {
      inputTokens: input,
      outputTokens: output,
      cacheReadInputTokens: read,
      cacheWriteInputTokens: short + long,
      cacheDetails: [{ ttl: '1h', inputTokens: long }],
      totalTokens: total,
    };
    return [raw, total] as const;
  }),
};

/** The same with every number as decimal text, at any depth. */
function asText(value: unknown): unknown {
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, asText(inner)]));
}

describe.each(Object.entries(CONSISTENT))('usage of shape %s', (shape, usages) => {
  it('counts every token of the total once', () => {
    fc.assert(
      fc.property(usages, ([raw, total]) => {
        expect(sizeOf(read(shape, raw))).toBe(BigInt(total));
      }),
    );
  });

  it('reads the same with numbers as text, with fields that nobody knows and with null for zero', () => {
    fc.assert(
      fc.property(usages, ([raw]) => {
        const reading = read(shape, raw);
        expect(read(shape, asText(raw))).toEqual(reading);
        expect(read(shape, { ...raw, some_new_tokens: 9, more_details: { deep: [1] }, total: 'x' })).toEqual(reading);
        const withoutZeros = Object.entries(raw).map(([field, value]) => [field, value === 0 ? null : value]);
        // Usage without any count is none; zeros that were told are zero.
        if (sizeOf(reading) !== 0n && withoutZeros.some(([, value]) => typeof value === 'number')) {
          const sparse = read(shape, Object.fromEntries(withoutZeros));
          if (sparse.ok) expect(sparse).toEqual(reading);
          else expect(sparse.issues.join()).toContain('got none of them');
        }
      }),
    );
  });
});

describe('parts of a whole', () => {
  it('are never above it uncaught, where the whole is a count of its own', () => {
    const tokens = fc.nat({ max: 30 });
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, (whole, part, other, spare) => {
        const audio = [{ modality: 'AUDIO', tokenCount: part }];
        const readings = [
          read('openai_chat', {
            prompt_tokens: whole,
            prompt_tokens_details: { cached_tokens: part },
            completion_tokens: spare,
          }),
          read('openai_responses', {
            input_tokens: spare,
            output_tokens: whole,
            output_tokens_details: { reasoning_tokens: part },
          }),
          read('anthropic', {
            input_tokens: spare,
            cache_creation_input_tokens: whole,
            cache_creation: { ephemeral_1h_input_tokens: part },
          }),
          read('anthropic', {
            input_tokens: spare,
            output_tokens: whole,
            output_tokens_details: { thinking_tokens: part },
          }),
          read('bedrock_converse', {
            inputTokens: spare,
            cacheWriteInputTokens: whole,
            cacheDetails: [{ ttl: '1h', inputTokens: part }],
          }),
          read('gemini', { promptTokenCount: whole, promptTokensDetails: audio, toolUsePromptTokenCount: spare }),
          read('gemini', {
            promptTokenCount: spare,
            toolUsePromptTokenCount: whole,
            toolUsePromptTokensDetails: audio,
          }),
          read('gemini', {
            promptTokenCount: spare,
            candidatesTokenCount: whole,
            candidatesTokensDetails: audio,
            thoughtsTokenCount: other,
          }),
        ];
        expect(readings.map(({ ok }) => ok)).toEqual(readings.map(() => part <= whole));
      }),
    );
  });
});
