import { describe, expect, it } from 'vitest';
import { readUsage } from '../../../lib/client/usage-shapes/read-usage.ts';

function read(shape: string, raw: unknown): unknown {
  const reading = readUsage(shape, raw)?.reading;
  if (reading === undefined) return undefined;
  return reading.ok ? Object.fromEntries(reading.usage.counts) : reading.issues.length;
}

describe('canonical usage', () => {
  it('is disjoint as it is, and takes counts of any size as text', () => {
    expect(read('canonical', { input_tokens: '123456789012345678901234567890', cache_read_tokens: 5 })).toEqual({
      input_tokens: 123456789012345678901234567890n,
      cache_read_tokens: 5n,
    });
  });

  it('trains on a file as often as there are epochs', () => {
    expect(read('canonical', { training_file_tokens: 1000, epochs: 3 })).toEqual({ training_tokens: 3000n });
    expect(read('canonical', { training_file_tokens: 1000 })).toEqual({ training_tokens: 1000n });
  });

  it('inclusive is split', () => {
    expect(read('canonical_inclusive', { input_tokens: 10, cache_read_tokens: 4 })).toEqual({
      input_tokens: 6n,
      cache_read_tokens: 4n,
    });
  });

  it('keeps a unit nobody knows', () => {
    expect(read('canonical', { gizmos: 1 })).toEqual({ gizmos: 1n });
  });
});

describe('usage of OpenAI chat', () => {
  it('has its cached, written and audio tokens inside the prompt and reasoning inside the completion', () => {
    const raw = {
      prompt_tokens: 100,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
      completion_tokens: 50,
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 0, rejected_prediction_tokens: 7 },
      total_tokens: 150,
    };
    expect(read('openai_chat', raw)).toEqual({
      input_tokens: 25n, // 100 - 60 - 10 - 5
      cache_read_tokens: 60n,
      cache_write_tokens: 10n,
      input_audio_tokens: 5n,
      output_tokens: 20n, // 50 - 30
      reasoning_tokens: 30n,
    });
  });

  it('reads without details, as embeddings and older servers send it', () => {
    expect(read('openai_chat', { prompt_tokens: 8, total_tokens: 8 })).toEqual({ input_tokens: 8n });
    expect(read('openai_chat', { prompt_tokens: 8, completion_tokens: 2, prompt_tokens_details: null })).toEqual({
      input_tokens: 8n,
      output_tokens: 2n,
    });
  });

  it("takes DeepSeek's cache hits where no details are", () => {
    const raw = { prompt_tokens: 100, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 };
    expect(read('openai_chat', raw)).toEqual({ input_tokens: 36n, cache_read_tokens: 64n });
  });

  it('counts reasoning beside the completion where the total shows it was', () => {
    const raw = { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 20 } };
    expect(read('openai_chat', { ...raw, total_tokens: 35 })).toEqual({
      input_tokens: 10n,
      output_tokens: 5n,
      reasoning_tokens: 20n,
    });
    expect(read('openai_chat', { ...raw, total_tokens: 15 })).toBe(1);
  });
});

describe('usage of Anthropic messages', () => {
  it('has cache reads and writes beside the input', () => {
    const raw = {
      input_tokens: 7,
      cache_read_input_tokens: 500,
      cache_creation_input_tokens: 150,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 50 },
      output_tokens: 9,
      server_tool_use: { web_search_requests: 2 },
    };
    expect(read('anthropic', raw)).toEqual({
      input_tokens: 7n,
      cache_read_tokens: 500n,
      cache_write_5m_tokens: 100n,
      cache_write_1h_tokens: 50n,
      output_tokens: 9n,
      web_searches: 2n,
    });
  });

  it('writes for five minutes unless it says otherwise', () => {
    expect(read('anthropic', { cache_creation_input_tokens: 150 })).toEqual({ cache_write_5m_tokens: 150n });
    expect(read('anthropic', { cache_creation: { ephemeral_1h_input_tokens: 50 } })).toEqual({
      cache_write_1h_tokens: 50n,
    });
  });

  it('says on which terms the call was served', () => {
    const terms = (raw: object) => {
      const usage = readUsage('anthropic', { input_tokens: 1, ...raw });
      return [usage?.serviceTier, usage?.region];
    };
    expect(terms({ service_tier: 'batch' })).toEqual(['batch', null]);
    expect(terms({ service_tier: 'standard', speed: 'fast' })).toEqual(['fast', null]);
    expect(terms({ inference_geo: 'us' })).toEqual([null, 'us']);
    expect(terms({ inference_geo: 'not_available', speed: 'standard' })).toEqual([null, null]);
  });

  it('cannot have written less than its parts', () => {
    const raw = { cache_creation_input_tokens: 10, cache_creation: { ephemeral_1h_input_tokens: 50 } };
    expect(read('anthropic', raw)).toBe(1);
  });
});

describe('usage of Gemini', () => {
  it('has the cache in the prompt, and thoughts and the prompts of tools beside', () => {
    const raw = {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 30,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 5,
      totalTokenCount: 155,
    };
    expect(read('gemini', raw)).toEqual({
      input_tokens: 70n, // 100 - 60 + 30
      cache_read_tokens: 60n,
      output_tokens: 20n,
      reasoning_tokens: 5n,
    });
  });

  it('has audio among all three, and the cached audio counted once', () => {
    const audio = (tokenCount: number) => [{ modality: 'TEXT' }, { modality: 'AUDIO', tokenCount }];
    const raw = {
      promptTokenCount: 100,
      promptTokensDetails: audio(50),
      cachedContentTokenCount: 40,
      cacheTokensDetails: audio(30),
      toolUsePromptTokenCount: 10,
      toolUsePromptTokensDetails: audio(10),
    };
    expect(read('gemini', raw)).toEqual({
      input_tokens: 40n, // 100 + 10 - 40 - 20 - 10
      cache_read_tokens: 10n,
      cache_audio_read_tokens: 30n,
      input_audio_tokens: 30n, // 50 - 30 + 10
    });
    expect(read('gemini', { ...raw, promptTokensDetails: audio(20) })).toBe(1);
    // Without details of the prompt only the cached audio is known.
    expect(read('gemini', { ...raw, promptTokensDetails: [], toolUsePromptTokensDetails: [] })).toMatchObject({
      cache_audio_read_tokens: 30n,
      input_tokens: 70n,
    });
  });

  it.each([
    [{ trafficType: 'ON_DEMAND' }, null],
    [{ trafficType: 'ON_DEMAND_PRIORITY' }, 'priority'],
    [{ trafficType: 'ON_DEMAND_FLEX' }, 'flex'],
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, 'provisioned_throughput'],
    [{ trafficType: 'TRAFFIC_TYPE_UNSPECIFIED' }, null],
    [{ serviceTier: 'standard' }, null],
    [{ serviceTier: 'FLEX' }, 'flex'],
    [{}, null],
  ])('was served under %j as %s', (terms, tier) => {
    expect(readUsage('gemini', { promptTokenCount: 1, ...terms })?.serviceTier).toBe(tier);
  });
});

describe("Gemini's thoughts", () => {
  const raw = { promptTokenCount: 10, candidatesTokenCount: 10, thoughtsTokenCount: 5 };

  it('are among the candidates where the total says so, and beside them otherwise', () => {
    // BerriAI/litellm, tests of Vertex usage: both ways of counting occur.
    expect(read('gemini', { ...raw, totalTokenCount: 20 })).toEqual({
      input_tokens: 10n,
      output_tokens: 5n, // 10 - 5
      reasoning_tokens: 5n,
    });
    expect(read('gemini', { ...raw, totalTokenCount: 25 })).toMatchObject({ output_tokens: 10n, reasoning_tokens: 5n });
    expect(read('gemini', { ...raw, totalTokenCount: 30, toolUsePromptTokenCount: 10 })).toMatchObject({
      input_tokens: 20n,
      output_tokens: 5n,
    });
  });
});

describe('details above their whole', () => {
  const modality = (name: string, tokenCount: number) => [{ modality: name, tokenCount }];

  it.each([
    ['gemini', { promptTokenCount: 10, promptTokenDetails: modality('VIDEO', 11) }],
    ['gemini', { promptTokenCount: 10, promptTokenDetails: modality('IMAGE', 11) }],
    ['gemini', { promptTokenCount: 99, toolUsePromptTokenCount: 1, toolUsePromptTokensDetails: modality('AUDIO', 2) }],
    ['gemini', { promptTokenCount: 1, promptTokensDetails: modality('AUDIO', 2), toolUsePromptTokenCount: 99 }],
    [
      'openai_responses',
      {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 1, image_tokens: 5, cached_tokens_details: { image_tokens: 2 } },
      },
    ],
  ])('of shape %s, %j, are one issue', (shape, raw) => {
    expect(read(shape, raw)).toBe(1);
  });
});

describe('cached images', () => {
  it('are a unit of their own, because cached text costs another rate', () => {
    const cached = { text_tokens: 10, image_tokens: 30 };
    const details = { text_tokens: 60, image_tokens: 40, cached_tokens: 40, cached_tokens_details: cached };
    expect(read('openai_responses', { input_tokens: 100, input_token_details: details, output_tokens: 1 })).toEqual({
      input_tokens: 50n, // 60 - 10
      input_image_tokens: 10n, // 40 - 30
      cache_read_tokens: 10n,
      cache_image_read_tokens: 30n,
      output_tokens: 1n,
    });
  });
});

describe('usage of Bedrock Converse', () => {
  it('has the cache beside the input, and writes of five minutes unless it says otherwise', () => {
    const raw = {
      inputTokens: 10,
      cacheReadInputTokens: 20,
      cacheWriteInputTokens: 30,
      outputTokens: 4,
      totalTokens: 64,
    };
    expect(read('bedrock_converse', raw)).toEqual({
      input_tokens: 10n,
      cache_read_tokens: 20n,
      cache_write_5m_tokens: 30n,
      output_tokens: 4n,
    });
    expect(read('bedrock_converse', { ...raw, cacheDetails: [{ ttl: '1h', inputTokens: 25 }] })).toMatchObject({
      cache_write_5m_tokens: 5n, // 30 - 25
      cache_write_1h_tokens: 25n,
    });
    const others = { inputTokens: 10, outputTokens: 4, cacheReadInputTokenCount: 20, cacheWriteInputTokenCount: 30 };
    expect(read('bedrock_converse', others)).toEqual(read('bedrock_converse', raw));
    expect(read('bedrock_converse', { ...raw, cacheDetails: [{ ttl: '1h', inputTokens: 31 }] })).toBe(1);
  });
});

describe('impossible usage', () => {
  it.each([
    ['canonical', { input_tokens: -1 }],
    ['canonical', { input_tokens: 0.5 }],
    ['canonical', { input_tokens: '-5' }],
    ['canonical', { input_tokens: '5.0' }],
    ['canonical', { input_tokens: 'five' }],
    ['canonical', { input_tokens: true }],
    ['canonical', { input_tokens: 2 ** 53 }],
    ['canonical', { audio_seconds: -1 }],
    ['canonical_inclusive', { input_tokens: 1, cache_read_tokens: 2 }],
    ['openai_chat', { prompt_tokens: 1, prompt_tokens_details: { cached_tokens: 2 } }],
    ['openai_chat', { prompt_tokens: 1, prompt_tokens_details: 'none' }],
    ['anthropic', { input_tokens: 1.5 }],
    ['anthropic', { input_tokens: 1, output_tokens: 2, output_tokens_details: { thinking_tokens: 3 } }],
    ['anthropic', { input_tokens: 1, iterations: 'two' }],
    ['gemini', { promptTokenCount: 1, cachedContentTokenCount: 2 }],
    ['gemini', { promptTokenCount: 1, promptTokensDetails: 'TEXT' }],
    ['gemini', { promptTokenCount: 1, candidatesTokenCount: -1 }],
    ['bedrock_converse', { inputTokens: 1, cacheDetails: ['5m'] }],
    ['bedrock_converse', { inputTokens: '1.5' }],
    ['openai_responses', { input_tokens: 1, input_tokens_details: { cached_tokens: 2 } }],
    ['openrouter_chat', { prompt_tokens: 1, cost: -1 }],
    ['openrouter_chat', { prompt_tokens: 1, cost: [5] }],
    ['canonical', { audio_seconds: [5] }],
    ['anthropic', null],
    ['anthropic', [1]],
  ])('of shape %s, %j, is one issue', (shape, raw) => {
    expect(read(shape, raw)).toBe(1);
  });

  it('is not said of a shape nobody knows', () => {
    expect(read('morse', {})).toBeUndefined();
  });
});

describe('usage of another shape', () => {
  it.each([
    ['openai_chat', { input_tokens: 10, output_tokens: 5 }],
    ['openai_chat', { total_tokens: 10 }],
    ['anthropic', { prompt_tokens: 10, completion_tokens: 5 }],
    ['anthropic', { inputTokens: 10 }],
    ['gemini', { input_tokens: 10 }],
    ['gemini', { totalTokenCount: 10 }],
    ['bedrock_converse', { input_tokens: 10 }],
    ['openai_responses', { prompt_tokens: 10 }],
    ['openrouter_chat', { input_tokens: 10 }],
  ])('is impossible as %s, never free', (shape, raw) => {
    expect(read(shape, raw)).toBe(1);
  });

  it('is not an empty one, which used nothing', () => {
    expect(read('openai_chat', {})).toEqual({});
    expect(read('anthropic', { output_tokens: 15 })).toEqual({ output_tokens: 15n });
  });
});
