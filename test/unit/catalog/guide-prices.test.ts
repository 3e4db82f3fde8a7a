import { describe, expect, it } from 'vitest';
import { usdOf } from '../../helpers/catalog-prices.ts';

const MILLION = 1_000_000;
const MID_2024 = '2024-07-01';
const END_2025 = '2025-11-30';

// Prices that the source guides print, each on a day on which it was the vendor's. Left out: what the guides get wrong,
// or nobody's list shows (Gemini 2.5 Flash at 0.10/0.30, Llama 3.1 70B at 0.50/0.50, GPT-4 with 128K context).
describe('the catalog has the prices of the guides', () => {
  it.each([
    // provider, model, day, input and output in USD per 1M tokens
    ['openai', 'gpt-3.5-turbo', '2023-05-01', '2', '2'], // 0.002 per 1K
    ['openai', 'gpt-3.5-turbo', MID_2024, '0.5', '1.5'],
    ['openai', 'gpt-4', '2023-05-01', '30', '60'], // 0.03 and 0.06 per 1K
    ['openai', 'gpt-4-turbo', MID_2024, '10', '30'],
    ['openai', 'gpt-4o', MID_2024, '5', '15'],
    ['openai', 'gpt-4o', END_2025, '2.5', '10'],
    ['openai', 'gpt-4o-mini', END_2025, '0.15', '0.6'],
    ['openai', 'gpt-5', END_2025, '1.25', '10'],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org:model-id', END_2025, '0.3', '1.2'],
    ['openai', 'ft:gpt-4o-2024-08-06:org:model-id', END_2025, '3.75', '15'],
    ['anthropic', 'claude-3-5-sonnet-20240620', MID_2024, '3', '15'],
    ['anthropic', 'claude-3-haiku-20240307', MID_2024, '0.25', '1.25'],
    ['google', 'gemini-2.5-flash', END_2025, '0.3', '2.5'],
    ['google', 'gemini-2.5-flash-lite', END_2025, '0.1', '0.4'],
  ])('%s %s on %s: %s in, %s out', (provider, model, on, input, output) => {
    expect(usdOf(provider, model, { input_tokens: MILLION }, { on })).toBe(input);
    expect(usdOf(provider, model, { output_tokens: MILLION }, { on })).toBe(output);
  });

  it.each([
    // 200,000 x input + 1M x output, and the same with one token more, which moves the whole request
    ['anthropic', 'claude-sonnet-4-5', '15.6', '23.700006'], // 0.6 + 15; 200,001 x 6 + 22.5
    ['google', 'gemini-3-pro-preview', '12.4', '18.800004'], // 0.4 + 12; 200,001 x 4 + 18
    ['google', 'gemini-2.5-pro', '10.25', '15.5000025'], // 0.25 + 10; 200,001 x 2.5 + 15
  ])('%s %s costs more above 200,000 tokens', (provider, model, below, above) => {
    const call = (input: number) =>
      usdOf(provider, model, { input_tokens: input, output_tokens: MILLION }, { on: END_2025 });
    expect([call(200_000), call(200_001)]).toEqual([below, above]);
  });

  it('prices characters of Gemini Pro, fine-tuning and embeddings', () => {
    expect(usdOf('google', 'gemini-pro', { output_characters: 1000 }, { on: '2024-01-15' })).toBe('0.0005');
    expect(usdOf('openai', 'gpt-4o-mini-2024-07-18', { training_tokens: 15 * MILLION })).toBe('45'); // 5M x 3 epochs x 3
    expect(usdOf('openai', 'text-embedding-3-small', { input_tokens: MILLION })).toBe('0.02');
  });
});
