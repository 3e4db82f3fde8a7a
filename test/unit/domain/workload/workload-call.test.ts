import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../../../lib/domain/events/usage-event.ts';
import type { ModelKind } from '../../../../lib/domain/prices/price-catalog.ts';
import { DayDigest } from '../../../../lib/domain/workload/day-digest.ts';
import { toWorkloadCall } from '../../../../lib/domain/workload/workload-call.ts';
import { ratedCall } from '../../../helpers/ledger-fixtures.ts';
import { digestDay, SATURDAY, workloadCall } from '../../../helpers/workload-calls.ts';

const TOKENS = { input_tokens: 10, output_tokens: 5 };
const read = (event: Partial<UsageEvent>, modelKind: ModelKind | null = null) =>
  toWorkloadCall(ratedCall({ id: 'a', usage: TOKENS, ...event }), modelKind);

describe('the kind of a call', () => {
  it.each([
    ['chat', 'chat'],
    ['text_completion', 'chat'],
    ['generate_content', 'chat'],
    ['Embeddings', 'embedding'],
    ['rerank', 'rerank'],
    ['image_generation', 'image'],
    ['transcription', 'audio'],
    ['fine_tuning', 'other'],
  ])('is told by the operation %s, whatever its model is: %s', (operation, kind) => {
    expect(read({ operation }, 'moderation')?.kind).toBe(kind);
  });

  it('is that of its model where the operation says nothing', () => {
    expect(read({}, 'embedding')?.kind).toBe('embedding');
    expect(read({ operation: 'invoke_agent' }, 'completion')?.kind).toBe('chat');
    expect(read({ operation: 'constructor' }, 'rerank')?.kind).toBe('rerank');
    expect(read({}, 'moderation')?.kind).toBe('other');
  });

  it('is that of what it used where nothing else is known, and a chat where that is text', () => {
    expect(read({})?.kind).toBe('chat');
    expect(read({ usage: { images: 2 } })?.kind).toBe('image');
    expect(read({ usage: { audio_seconds: 3.5 } })?.kind).toBe('audio');
    expect(read({ usage: { input_tokens: 7, input_audio_tokens: 7 } })?.kind).toBe('audio');
    expect(read({ usage: { training_tokens: 7 } })?.kind).toBe('other');
    expect(read({ usage: { input_tokens: 700, input_image_tokens: 600 } })?.kind).toBe('chat');
    expect(read({ usage: { requests: 1 } })?.kind).toBe('chat');
  });

  it('is a measurement where `tokenledger measure` made it, whatever it asked', () => {
    expect(read({ app: 'tokenledger-measure', operation: 'chat' }, 'chat')?.kind).toBe('measurement');
    expect(read({ app: 'measure', operation: 'chat' })?.kind).toBe('chat');
  });
});

describe('a call as load', () => {
  it('is none when it failed without usage or was answered from a cache', () => {
    expect(read({ status: 'error', usage: { requests: 1 } })).toBeNull();
    expect(read({ status: 'aborted', usage: { input_tokens: 0 } })).toBeNull();
    expect(read({ response_cache_hit: true })).toBeNull();
    expect(read({ usage: { requests: 1 } })).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  });

  it('is one when it failed after it was worked on, as every retry of it is', () => {
    expect(read({ status: 'error' })).toMatchObject({ inputTokens: 10, outputTokens: 5 });
    expect(read({ status: 'aborted', route: { attempt: 2 } })).toMatchObject({ inputTokens: 10 });
  });

  it('says where it holds images or sound', () => {
    expect(read({})?.isMultimodal).toBe(false);
    expect(read({ usage: { ...TOKENS, input_image_tokens: 1 } })?.isMultimodal).toBe(true);
    expect(read({ usage: { ...TOKENS, web_searches: 1 } })?.isMultimodal).toBe(false);
  });

  it('has the cost that counts now, and says when it lacks a price', () => {
    const { event, rating } = ratedCall({ id: 'a', usage: TOKENS }, 7n);
    expect(toWorkloadCall({ event, rating }, null)).toMatchObject({ costPicoUsd: 7n, isUnpriced: false });
    for (const status of ['unpriced', 'unpriced_unit'] as const)
      expect(toWorkloadCall({ event, rating: { ...rating, status, costPicoUsd: null } }, null)).toMatchObject({
        costPicoUsd: 0n,
        isUnpriced: true,
      });
    const partial = { ...rating, status: 'partially_priced' } as const;
    expect(toWorkloadCall({ event, rating: partial }, null)).toMatchObject({ costPicoUsd: 7n, isUnpriced: true });
    expect(toWorkloadCall({ event, rating: { ...rating, status: 'reported' } }, null)?.isUnpriced).toBe(false);
  });

  it('is known to be covered by a capacity with a fixed price', () => {
    const { event, rating } = ratedCall({ id: 'a' });
    const price = rating.price && { ...rating.price, capacity: { name: 'own-gpu' } };
    expect(toWorkloadCall({ event, rating: { ...rating, price } }, null)?.isCovered).toBe(true);
    expect(toWorkloadCall({ event, rating }, null)?.isCovered).toBe(false);
  });

  it('is under its resolved provider, else under the one that was sent', () => {
    const { event, rating } = ratedCall({ id: 'a', provider: 'sent' });
    expect(toWorkloadCall({ event, rating }, null)?.provider).toBe('test');
    expect(toWorkloadCall({ event, rating: { ...rating, price: null } }, null)?.provider).toBe('sent');
  });
});

describe('a day', () => {
  it('takes no call of another one', () => {
    const digest = new DayDigest(SATURDAY);
    const early = workloadCall({ timeMs: SATURDAY.firstMinute * 60_000 - 1 });
    expect(() => digest.add(early)).toThrow('is not of 2026-03-28');
    expect(() => digest.add({ ...early, timeMs: (SATURDAY.firstMinute + 1_440) * 60_000 })).toThrow('is not of');
  });

  it('adds no digest of another day or of other sizes', () => {
    const digest = new DayDigest(SATURDAY);
    expect(() => digest.addDigest({ ...digestDay(SATURDAY, []), day: '2026-03-27' })).toThrow('is none of');
    const other = digestDay({ ...SATURDAY, boundsTokens: [100] }, []);
    expect(() => digest.addDigest(other)).toThrow('cut at different sizes');
    expect(() => new DayDigest({ ...SATURDAY, boundsTokens: [5, 5] })).toThrow('must ascend');
  });

  it('keeps sums by minute and size', () => {
    const timeMs = SATURDAY.firstMinute * 60_000 + 61_000;
    const { classes } = digestDay(SATURDAY, [
      workloadCall({ timeMs, inputTokens: 3, outputTokens: 4 }),
      workloadCall({ timeMs, inputTokens: 5, outputTokens: 6 }),
      workloadCall({ timeMs, inputTokens: 200_000 }),
    ]);
    expect(classes).toMatchObject([
      {
        upToTokens: 100,
        // 3 x 4 + 5 x 6 and 4 x 4 + 6 x 6.
        minutes: [{ minute: SATURDAY.firstMinute + 1, calls: 2, inputOutputTokens: 42, outputSquaredTokens: 52 }],
      },
      { upToTokens: Number.POSITIVE_INFINITY, minutes: [{ calls: 1 }] },
    ]);
  });
});
