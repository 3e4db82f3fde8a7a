import { expect, it } from 'vitest';
import { findUnfit, type TargetFacts } from '../../../../lib/domain/what-if/fit-call.ts';

const TEXT: TargetFacts = {
  kind: 'chat',
  contextTokens: 1_000,
  maxOutputTokens: null,
  inputModalities: ['text'],
  outputModalities: ['text'],
};

const unfitFor = (counts: Readonly<Record<string, bigint>>, target: Partial<TargetFacts> = {}) =>
  findUnfit({ ...TEXT, ...target }, { usage: { counts: new Map(Object.entries(counts)), audioSeconds: null } }, 'chat');

it.each(['input_image_tokens', 'input_audio_tokens', 'cache_audio_read_tokens'])(
  'a model that reads text alone does not take %s',
  (unit) => {
    expect(unfitFor({ [unit]: 1n })).toBe('modality');
    expect(unfitFor({ [unit]: 1n }, { inputModalities: null })).toBeUndefined();
    expect(unfitFor({ [unit]: 1n }, { inputModalities: ['text', 'image', 'audio'] })).toBeUndefined();
  },
);

it.each(['output_image_tokens', 'images', 'output_audio_tokens'])(
  'a model that answers in text alone does not make %s',
  (unit) => {
    expect(unfitFor({ [unit]: 1n })).toBe('modality');
    expect(unfitFor({ [unit]: 1n }, { outputModalities: null })).toBeUndefined();
  },
);

it('a window holds the whole prompt, cached and pictured parts too, and the whole answer, reasoning too', () => {
  const parts = { input_tokens: 100n, cache_read_tokens: 300n, cache_write_tokens: 200n, input_image_tokens: 100n };
  const answer = { output_tokens: 100n, reasoning_tokens: 200n };
  const images: Partial<TargetFacts> = { inputModalities: ['text', 'image'] };
  expect(unfitFor({ ...parts, ...answer }, images)).toBeUndefined();
  for (const unit of ['cache_read_tokens', 'cache_write_tokens', 'input_image_tokens', 'reasoning_tokens'] as const) {
    const all: Readonly<Record<string, bigint>> = { ...parts, ...answer };
    expect(unfitFor({ ...all, [unit]: (all[unit] ?? 0n) + 1n }, images)).toBe('context_window');
  }
  expect(unfitFor(answer, { maxOutputTokens: 300 })).toBeUndefined();
  expect(unfitFor(answer, { maxOutputTokens: 299 })).toBe('max_output');
});
