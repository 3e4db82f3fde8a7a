import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { readUsage } from '../../../lib/client/usage-shapes/read-usage.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';

const book = createPriceBook({ catalog: bundledCatalog() });

/** USD of a call as its vendor reports it, or the status where there is no amount. */
function usd(provider: string | null, model: string, shape: string, usage: object, on = '2026-11-21'): string {
  const reading = readUsage(shape, usage)?.reading;
  if (reading?.ok !== true) return 'invalid_usage';
  const rating = rateUsage(book, { provider, model, timeMs: Date.parse(on), usage: reading.usage });
  return rating.status === 'priced' && rating.costPicoUsd !== null ? formatUsd(rating.costPicoUsd) : rating.status;
}

describe('calls as vendors bill them', () => {
  it.each([
    // 93 x 2.5 + 1,024 x 1.25 + 46 x 10 = 1,972.5
    [
      'openai',
      'gpt-4o-2024-08-06',
      { prompt_tokens: 1117, prompt_tokens_details: { cached_tokens: 1024 }, completion_tokens: 46 },
      '0.0019725',
    ],
    // 86 x 0.15 + 1,920 x 0.075 + 300 x 0.6 = 336.9
    [
      'azure',
      'gpt-4o-mini',
      { prompt_tokens: 2006, prompt_tokens_details: { cached_tokens: 1920 }, completion_tokens: 300 },
      '0.0003369',
    ],
    // 100 x 1.1 + 1,000 x 4.4 = 4,510; the 900 are among the 1,000
    [
      'azure',
      'o4-mini',
      { prompt_tokens: 100, completion_tokens: 1000, completion_tokens_details: { reasoning_tokens: 900 } },
      '0.00451',
    ],
    // 8 x 0.13
    ['openai', 'text-embedding-3-large', { prompt_tokens: 8, total_tokens: 8 }, '0.00000104'],
    // 36 x 0.59 + 12 x 0.79 = 30.72
    [
      'groq',
      'llama-3.3-70b-versatile',
      { queue_time: 0.1, prompt_tokens: 36, completion_tokens: 12, total_tokens: 48 },
      '0.00003072',
    ],
    // 80 x 0.15 + 256 x 0.075 + 96 x 0.6 = 88.8
    [
      'groq',
      'openai/gpt-oss-120b',
      { prompt_tokens: 336, prompt_tokens_details: { cached_tokens: 256 }, completion_tokens: 96 },
      '0.0000888',
    ],
    // 10 x 0.3 + (5 + 300) x 0.5 = 155.5; xAI counts reasoning beside the completion
    [
      'x-ai',
      'grok-3-mini',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 300 },
        total_tokens: 315,
      },
      '0.0001555',
    ],
    // 100 x 0.5 + 20 x 1.5
    ['mistral', 'mistral-large-latest', { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 }, '0.00008'],
    // 100 x 3 + 10 x 15
    ['openrouter', 'anthropic/claude-sonnet-4.5', { prompt_tokens: 100, completion_tokens: 10 }, '0.00045'],
    // 1 x 4 + 0.4 x 1 + 1 x 20 = 24.4, and the tier of 272,000 is not reached
    [
      null,
      'openai/gpt-5.6-sol',
      { prompt_tokens: 2, prompt_tokens_details: { cached_tokens: 1 }, completion_tokens: 1 },
      '0.0000244',
    ],
  ])('OpenAI chat: %s %s %j is %s', (provider, model, usage, expected) => {
    expect(usd(provider, model, 'openai_chat', usage)).toBe(expected);
  });

  it('DeepSeek by its own field for cache hits', () => {
    const usage = {
      prompt_tokens: 1000,
      prompt_cache_hit_tokens: 640,
      prompt_cache_miss_tokens: 360,
      completion_tokens: 500,
    };
    // 360 x 0.28 + 640 x 0.028 + 500 x 0.42 = 328.72
    expect(usd('deepseek', 'deepseek-chat', 'openai_chat', usage, '2025-12-15')).toBe('0.00032872');
  });

  it.each([
    // 3 x 3 + 12,304 x 3.75 + 550 x 15 = 54,399
    [
      'anthropic',
      'claude-sonnet-4-20250514',
      { input_tokens: 3, cache_creation_input_tokens: 12_304, output_tokens: 550 },
      '0.054399',
    ],
    // 10 x 1 + 100 x 1.25 + 200 x 2 + 1,000 x 0.1 + 20 x 5 = 735
    [
      'anthropic',
      'claude-haiku-4-5',
      {
        input_tokens: 10,
        cache_creation_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
        cache_read_input_tokens: 1000,
        output_tokens: 20,
      },
      '0.000735',
    ],
    // 10 x 5 + 10 x 25 = 300, and 3 searches at 10 a thousand
    [
      'anthropic',
      'claude-opus-4-5',
      { input_tokens: 10, output_tokens: 10, server_tool_use: { web_search_requests: 3 } },
      '0.0303',
    ],
    // 7 x 3.3 + 1,069 x 4.125 + 60 x 16.5 = 5,422.725
    [
      'aws',
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { input_tokens: 7, cache_creation_input_tokens: 1069, output_tokens: 60 },
      '0.005422725',
    ],
    // 10 x 1.1 + 1,000 x 2.2 + 1 x 5.5 = 2,216.5
    [
      'aws',
      'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
      { input_tokens: 10, cache_creation: { ephemeral_1h_input_tokens: 1000 }, output_tokens: 1 },
      '0.0022165',
    ],
  ])('Anthropic: %s %s %j is %s', (provider, model, usage, expected) => {
    expect(usd(provider, model, 'anthropic', usage)).toBe(expected);
  });

  it.each([
    // 200,001 tokens, all but one of them cached: 1 x 2.5 + 200,000 x 0.25 + 10 x 15 = 50,152.5
    ['google', 'gemini-2.5-pro', { input_tokens: 200_001, cache_read_tokens: 200_000, output_tokens: 10 }, '0.0501525'],
    // 200,000 tokens: 199,999 x 1.25 + 1 x 0.125 + 10 x 10 = 250,098.875
    [
      'google',
      'gemini-2.5-pro',
      { input_tokens: 200_000, cache_read_tokens: 1, output_tokens: 10, reasoning_tokens: 4 },
      '0.250098875',
    ],
    ['x-ai', 'grok-4.3', { input_tokens: 199_999 }, '0.24999875'], // x 1.25
    ['x-ai', 'grok-4.3', { input_tokens: 200_000 }, '0.5'], // "from": x 2.5
    ['aws', 'amazon.nova-micro-v1:0', { input_tokens: 1, cache_read_tokens: 1 }, '0.00000000875'],
    ['cohere', 'embed-english-v3.0', { input_tokens: 1000 }, '0.0001'],
    ['aws', 'amazon.titan-embed-text-v2:0', { input_tokens: 7 }, '0.00000014'],
    // The shortest billed recording is ten seconds: 10 x 0.111 / 3,600 = 0.000308333333...
    ['groq', 'whisper-large-v3', { audio_seconds: 3 }, '0.000308333333'],
    ['groq', 'whisper-large-v3-turbo', { audio_seconds: '3600' }, '0.04'],
    ['google', 'gemini-pro', { input_characters: 4000, output_characters: 2000 }, '0.002'], // 4 x 0.00025 + 2 x 0.0005
    // 10^40 x 0.15 / 10^6
    ['openai', 'gpt-4o-mini', { input_tokens: `1${'0'.repeat(40)}` }, `15${'0'.repeat(32)}`],
  ])('an event: %s %s %j is %s', (provider, model, usage, expected) => {
    expect(usd(provider, model, 'canonical_inclusive', usage)).toBe(expected);
  });

  it.each([
    ['openai', 'gpt-6'],
    ['openai', 'gpt-4o-minimal'],
    ['openai', 'gpt-4o-mini-2025'],
    ['openai', 'my-gpt-4o'],
    ['azure', 'gpt-4o-custom'],
    ['anthropic', 'claude-5'],
    ['google', 'gemini-2.5-flashy'],
    ['x-ai', 'grok-9'],
    ['self-hosted', 'gpt-4o'],
    ['ollama', 'llama3.1:8b'],
    [null, 'deepseek-r1'],
    [null, 'qwen2.5-7b-instruct'],
  ])('has no price for %s %s', (provider, model) => {
    expect(usd(provider, model, 'canonical', { input_tokens: 10 })).toBe('unpriced');
  });
});
