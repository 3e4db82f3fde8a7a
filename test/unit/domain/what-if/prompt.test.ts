import { expect, it } from 'vitest';
import { asPlainInput } from '../../../../lib/domain/what-if/prompt.ts';

it('what a cache held becomes plain input of its own sort, unit by unit as asked for, and nothing else is touched', () => {
  const counts = new Map([
    ['input_tokens', 1n],
    ['cache_read_tokens', 10n],
    ['cache_write_1h_tokens', 100n],
    ['input_audio_tokens', 1_000n],
    ['cache_audio_read_tokens', 10_000n],
    ['output_tokens', 5n],
  ]);
  const units = ['cache_write_1h_tokens', 'cache_audio_read_tokens', 'output_tokens', 'requests'];
  const plain = asPlainInput({ counts, audioSeconds: null }, units);
  expect(Object.fromEntries(plain.counts)).toEqual({
    ...{ input_tokens: 101n, cache_read_tokens: 10n, input_audio_tokens: 11_000n, output_tokens: 5n },
  });
});
