import { describe, expect, it } from 'vitest';
import type { ChangeInput } from '../../../../lib/app/what-if/read-changes.ts';
import { readCatalogRows } from '../../../../lib/catalog/rows.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../../lib/domain/rating/rating.ts';
import { leafOf } from '../../../../lib/domain/spend.ts';
import { playChanges } from '../../../../lib/domain/what-if/play-changes.ts';
import { START_MS, TENANT } from '../../../helpers/ledger-fixtures.ts';
import { changesOf, play, recordedCall } from '../../../helpers/what-if-world.ts';

const USD = 1_000_000_000_000n;
const micro = (microUsd: number) => (USD / 1_000_000n) * BigInt(microUsd);
const small = { kind: 'model', model: 'small', provider: 'acme' } as const;
const left = (outcome: ReturnType<typeof play>) => outcome.steps.map((step) => step?.left ?? null);

describe('a change of one recorded call', () => {
  it('moves it to another model at that model’s price', () => {
    // 1,000 x $10/M + 100 x $30/M = $0.013; 1,000 x $1/M + 100 x $4/M = $0.0014
    const { beforePicoUsd, afterPicoUsd, steps } = play(recordedCall(), [small]);
    expect([beforePicoUsd, afterPicoUsd]).toEqual([micro(13_000), micro(1_400)]);
    expect(steps).toEqual([{ differencePicoUsd: micro(-11_600), isTouched: true, left: [] }]);
  });

  it('keeps what a cache served where the other model has a price for it, and makes it plain input where it has none', () => {
    const usage = { input_tokens: 1_000, cache_read_tokens: 600, cache_write_tokens: 100, output_tokens: 0 };
    // small has a price for reading and none for writing: 600 x $0.5/M + (300 + 100) x $1/M; plain 1,000 x $2/M
    expect(play(recordedCall({ usage }), [small]).afterPicoUsd).toBe(micro(700));
    const readOnly = { input_tokens: 1_000, cache_read_tokens: 600, output_tokens: 0 };
    // 400 x $1/M + 600 x $0.5/M
    expect(play(recordedCall({ usage: readOnly }), [small]).afterPicoUsd).toBe(micro(700));
    expect(play(recordedCall({ usage }), [{ ...small, model: 'plain' }]).afterPicoUsd).toBe(micro(2_000));
  });

  it('rates it at the size that its prompt has then', () => {
    const call = recordedCall({
      model: 'tiered',
      usage: { input_tokens: 1_500, output_tokens: 0 },
      input_parts: { system: 600 },
    });
    // 1,500 x $6/M above 1,000 tokens; 900 x $3/M below
    expect(play(call, [{ kind: 'trim', reduction: '1' }]).afterPicoUsd).toBe(micro(2_700));
    // 1,200 are still above: 1,200 x $6/M
    expect(play(call, [{ kind: 'trim', reduction: '0.5' }]).afterPicoUsd).toBe(micro(7_200));
  });

  it('rates it in another service tier, whatever the tier is called', () => {
    // 1,000 x $5/M + 100 x $15/M
    expect(play(recordedCall(), [{ kind: 'tier', service_tier: 'Batch API' }]).afterPicoUsd).toBe(micro(6_500));
    expect(left(play(recordedCall(), [{ kind: 'tier', service_tier: 'priority' }]))).toEqual([['unpriced']]);
  });

  it('takes tokens of a part that a cache serves at what cached tokens cost', () => {
    const usage = { input_tokens: 1_000, cache_read_tokens: 400, output_tokens: 0 };
    const call = recordedCall({ usage, input_parts: { system: 300, tools: 200, history: 500 } });
    // The cache holds the system part whole: 150 x $1/M less.
    expect(play(call, [{ kind: 'trim', reduction: '0.5' }]).steps[0]?.differencePicoUsd).toBe(micro(-150));
    // Of the tools 100 are cached and 100 are not: 100 x $1/M + 100 x $10/M
    expect(play(call, [{ kind: 'lazy_tools', needed_share: '0' }]).steps[0]?.differencePicoUsd).toBe(micro(-1_100));
    expect(play(call, [{ kind: 'lazy_tools', needed_share: '0.5' }]).steps[0]?.differencePicoUsd).toBe(micro(-550));
  });

  it('serves a share of the prompt from the cache and pays for what is written to it', () => {
    const usage = { input_tokens: 10_000, output_tokens: 0 };
    // small: 6,000 x $0.5/M + 4,000 x $1/M; nothing is charged for writing
    expect(play(recordedCall({ model: 'small', usage }), [{ kind: 'prompt_cache', share: '0.6' }]).afterPicoUsd).toBe(
      micro(7_000),
    );
    // large: 6,000 x $1/M + 600 written x $12.5/M + 3,400 x $10/M
    expect(play(recordedCall({ usage }), [{ kind: 'prompt_cache', share: '0.6' }]).afterPicoUsd).toBe(micro(47_500));
    // for an hour: 600 x $20/M
    const hour = { kind: 'prompt_cache', share: '0.6', time_to_live: '1h' } as const;
    expect(play(recordedCall({ usage }), [hour]).afterPicoUsd).toBe(micro(52_000));
    // read once only it costs more than it saves: 5,000 + 62,500
    const dear = { kind: 'prompt_cache', share: '0.5', reads_per_write: '1' } as const;
    expect(play(recordedCall({ usage }), [dear]).afterPicoUsd).toBe(micro(67_500));
  });

  it('leaves a prompt that is cached better, too short, or of a model without a cache', () => {
    const cache = { kind: 'prompt_cache', share: '0.5' } as const;
    const better = recordedCall({ usage: { input_tokens: 4_000, cache_read_tokens: 2_000, output_tokens: 0 } });
    expect(play(better, [cache]).steps).toEqual([{ differencePicoUsd: 0n, isTouched: false, left: [] }]);
    const short = (tokens: number) => recordedCall({ usage: { input_tokens: tokens, output_tokens: 0 } });
    expect(left(play(short(1_023), [cache]))).toEqual([['prompt_too_short']]);
    expect(left(play(short(1_024), [cache]))).toEqual([[]]);
    // Half of 1,025 tokens is 512 whole ones read, and a tenth of those, 52, written: 512 + 52 x 12.5 + 461 x 10
    expect(play(short(1_025), [cache]).afterPicoUsd).toBe(micro(512 + 650 + 4_610));
    const none = recordedCall({ model: 'plain', usage: { input_tokens: 4_000, output_tokens: 0 } });
    expect(left(play(none, [cache]))).toEqual([['no_cache_price']]);
  });

  it('leaves what the other model cannot serve, by reason', () => {
    const of = (fields: Parameters<typeof recordedCall>[0]) => left(play(recordedCall(fields), [small]))[0];
    const tokens = (input: number, output: number) => ({ usage: { input_tokens: input, output_tokens: output } });
    expect(of(tokens(9_000, 1_000))).toEqual([]);
    expect(of(tokens(9_001, 1_000))).toEqual(['context_window']);
    expect(of(tokens(1_000, 1_001))).toEqual(['max_output']);
    expect(of({ usage: { input_tokens: 900, input_image_tokens: 100, output_tokens: 10 } })).toEqual(['modality']);
    expect(of({ operation: 'embeddings' })).toEqual(['kind']);
    expect(left(play(recordedCall(), [{ ...small, model: 'vectors' }]))).toEqual([['kind']]);
  });

  it('leaves calls without a price, hits of a response cache and calls of a fixed price', () => {
    expect(left(play(recordedCall({ model: 'nobody-knows' }), [small]))).toEqual([['unpriced_before']]);
    const hit = play(recordedCall({ response_cache_hit: true }), [small]);
    expect([hit.beforePicoUsd, hit.afterPicoUsd, left(hit)]).toEqual([0n, 0n, [['answered_from_cache']]]);
    // Pictures made have no rate: $0.013 of it is known, and stays what is known.
    const partly = play(recordedCall({ usage: { input_tokens: 1_000, output_tokens: 100, images: 1 } }), [small]);
    expect([partly.beforePicoUsd, partly.afterPicoUsd]).toEqual([micro(13_000), micro(13_000)]);
    expect([left(partly), partly.isUnpriced]).toEqual([[['unpriced_before']], false]);
    const call = recordedCall();
    // Part of its price was known when it was recorded, and all of it is by now: what it cost is as little known as before.
    const later = {
      ...call,
      rating: { ...call.rating, status: 'partially_priced', costPicoUsd: micro(10_000) },
    } as const;
    expect(left(play(later, [small]))).toEqual([['unpriced_before']]);
    const price = call.rating.price && { ...call.rating.price, capacity: { name: 'own' } };
    expect(left(play({ ...call, rating: { ...call.rating, price, costPicoUsd: 0n } }, [small]))).toEqual([
      ['fixed_price'],
    ]);
  });

  it('leaves prompts whose parts nobody told, unless their shares are assumed', () => {
    const trim = { kind: 'trim', reduction: '0.5' } as const;
    expect(left(play(recordedCall(), [trim]))).toEqual([['parts_not_sent']]);
    // 40 % of 1,000 tokens are system: 200 x $10/M less
    const assumed = play(recordedCall(), [trim], new Map([['system', 400_000n]]));
    expect(assumed.steps[0]?.differencePicoUsd).toBe(micro(-2_000));
    // Of the whole text, cached or not: 800 of 1,000 tokens come from the cache, and 200 of 400 system tokens at $1/M go.
    const usage = { input_tokens: 1_000, cache_read_tokens: 800, output_tokens: 0 };
    const cached = play(recordedCall({ usage }), [trim], new Map([['system', 400_000n]]));
    expect(cached.steps[0]?.differencePicoUsd).toBe(micro(-200));
    // Told parts are believed, whatever is assumed.
    const told = recordedCall({ input_parts: { system: 10 } });
    expect(play(told, [trim], new Map([['system', 400_000n]])).steps[0]?.differencePicoUsd).toBe(micro(-50));
  });

  it('takes the calls of a complexity whole, and a stated share of those that told none', () => {
    const simple = { ...small, complexity: 'simple' } as const;
    expect(play(recordedCall({ route: { complexity: 'simple' } }), [simple]).afterPicoUsd).toBe(micro(1_400));
    expect(play(recordedCall({ route: { complexity: 'hard' } }), [simple]).afterPicoUsd).toBe(micro(13_000));
    expect(left(play(recordedCall(), [simple]))).toEqual([['complexity_not_sent']]);
    // 0.25 x 0.0014 + 0.75 x 0.013
    expect(play(recordedCall(), [{ ...simple, share: '0.25' }]).afterPicoUsd).toBe(micro(10_100));
  });
});

describe('changes together', () => {
  it('count nothing twice: hits first, then own machines, then routes, then shorter prompts, then the cache', () => {
    const call = recordedCall({ usage: { input_tokens: 4_000, output_tokens: 0 }, input_parts: { history: 2_000 } });
    const { beforePicoUsd, afterPicoUsd, steps } = play(call, [
      { kind: 'prompt_cache', share: '0.5' },
      { kind: 'compress', compressed_share: '1', ratio: '2' },
      { ...small, share: '0.5' },
      { kind: 'self_host', monthly_cost_usd: '0', share: '0.2' },
      { kind: 'response_cache', share: '0.5' },
    ]);
    // $0.04 recorded. Hits leave 0.5; own machines 0.8 of those: 0.4 of the call.
    // Half of it is small: 0.2 x 4,000 x $1/M + 0.2 x $0.04 = $0.0088
    // Compressed to 3,000: 0.2 x 0.003 + 0.2 x 0.03 = $0.0066
    // Half cached: small 0.2 x (1,500 x 0.5 + 1,500 x 1)/M = 0.00045;
    // large 0.2 x (1,500 x 1 + 150 x 12.5 + 1,350 x 10)/M = 0.003375
    expect(beforePicoUsd).toBe(micro(40_000));
    expect(steps.map((step) => step?.differencePicoUsd)).toEqual(
      [-20_000, -4_000, 8_800 - 16_000, 6_600 - 8_800, 3_825 - 6_600].map(micro),
    );
    expect(afterPicoUsd).toBe(micro(3_825));
  });

  it('share the calls of one kind among them, none twice', () => {
    const { afterPicoUsd } = play(recordedCall(), [
      { ...small, share: '0.5' },
      { ...small, model: 'plain', share: '0.3' },
    ]);
    // 0.5 x 0.0014 + 0.3 x (0.002 + 0.0008) + 0.2 x 0.013
    expect(afterPicoUsd).toBe(micro(700 + 840 + 2_600));
  });

  it('give the rest to one of them: what the others did not ask for, could not serve, or nobody told them', () => {
    const routes = [
      { ...small, complexity: 'simple' },
      { ...small, model: 'plain', share: 'rest' },
    ] as const;
    // small takes the simple call: $0.0014; the others and those that told nothing are plain: 0.002 + 0.0008
    expect(play(recordedCall({ route: { complexity: 'simple' } }), routes).afterPicoUsd).toBe(micro(1_400));
    expect(play(recordedCall({ route: { complexity: 'hard' } }), routes).afterPicoUsd).toBe(micro(2_800));
    expect(play(recordedCall(), routes).afterPicoUsd).toBe(micro(2_800));
    // Too long for small: 11,000 x $2/M
    const long = { usage: { input_tokens: 11_000, output_tokens: 0 }, route: { complexity: 'simple' } };
    expect(play(recordedCall(long), routes).afterPicoUsd).toBe(micro(22_000));
    // What is small already is where its route wants it.
    const there = play(recordedCall({ model: 'small', route: { complexity: 'simple' } }), routes);
    expect(there.afterPicoUsd).toBe(there.beforePicoUsd);
    // 0.5 small as it is, 0.3 plain, and the rest of 0.2 is large: 0.5 x 0.0014 + 0.3 x 0.0028 + 0.2 x 0.013
    const three = play(recordedCall({ model: 'small' }), [
      { ...small, model: 'large', share: 'rest' },
      { ...small, share: '0.5' },
      { ...small, model: 'plain', share: '0.3' },
    ]);
    expect(three.afterPicoUsd).toBe(micro(700 + 840 + 2_600));
  });

  it('move to a model before prompts are shortened: what does not fit as recorded stays', () => {
    const call = recordedCall({ usage: { input_tokens: 11_000, output_tokens: 0 }, input_parts: { history: 10_000 } });
    const outcome = play(call, [small, { kind: 'compress', compressed_share: '1', ratio: '10' }]);
    expect(left(outcome)).toEqual([['context_window'], []]);
    // 2,000 x $10/M
    expect(outcome.afterPicoUsd).toBe(micro(20_000));
  });

  it('keep what prices have done since apart from what they do themselves', () => {
    // Recorded at half of today's price.
    const call = recordedCall({}, micro(6_500));
    const { steps, reratedPicoUsd, afterPicoUsd } = play(call, [{ ...small, share: '0.5' }]);
    // Half of it is rated anew: 0.5 x (0.013 - 0.0065); then 0.5 x (0.0014 - 0.013)
    expect([reratedPicoUsd, steps[0]?.differencePicoUsd]).toEqual([micro(3_250), micro(-5_800)]);
    expect(afterPicoUsd).toBe(micro(3_250 + 700));
    // Nobody rates what a hit saves: it is what the call cost.
    const hit = play(call, [{ kind: 'response_cache', share: '0.5' }]);
    expect([hit.reratedPicoUsd, hit.afterPicoUsd]).toEqual([0n, micro(3_250)]);
  });
});

describe('the region of a call that moves', () => {
  const of = (provider: string, model: string, rate: string, more: Record<string, unknown> = {}) => ({
    ...{ provider, model, unit: 'input_tokens', rate },
    ...more,
  });
  const book = createPriceBook({
    catalog: readCatalogRows(
      {
        rows: [
          of('acme', 'large', '10', { surcharges: [{ regions: ['eu'], factor: '1.1' }] }),
          of('acme', 'small', '1', { surcharges: [{ regions: ['eu'], factor: '1.1' }] }),
          of('bolt', 'small', '2', { surcharges: [{ regions: ['eu'], factor: '3' }] }),
        ],
      },
      'regions',
    ),
  });
  const move = (change: ChangeInput): bigint => {
    const usage = { input_tokens: 1_000 };
    const event = { id: 'call', timeMs: START_MS, provider: 'acme', model: 'large', region: 'eu', usage };
    const rating = rateEvent(book, event);
    const call = { event, rating, leaf: leafOf(TENANT, event, rating) };
    return playChanges({ book, changes: changesOf(change), assumedParts: new Map() }, call).afterPicoUsd;
  };

  it('stays with the same provider, and is a name of its own with another one', () => {
    // 1,000 x $1/M x 1.1
    expect(move({ kind: 'model', model: 'small', provider: 'acme' })).toBe(micro(1_100));
    // 1,000 x $2/M: what acme calls eu says nothing of bolt's regions, unless the change names one of them: x 3
    expect(move({ kind: 'model', model: 'small', provider: 'bolt' })).toBe(micro(2_000));
    expect(move({ kind: 'model', model: 'small', provider: 'bolt', region: 'eu' })).toBe(micro(6_000));
  });
});
