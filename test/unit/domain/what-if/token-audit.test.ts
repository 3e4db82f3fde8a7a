import { expect, it } from 'vitest';
import type { UsageEvent } from '../../../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../../lib/domain/rating/rating.ts';
import { TokenAuditFold } from '../../../../lib/domain/what-if/token-audit.ts';
import { START_MS } from '../../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../../helpers/pricing.ts';
import { recordedCall } from '../../../helpers/what-if-world.ts';

const MICRO = 1_000_000n;

it('tells parts of a prompt, pictures, reasoning and cost that no rate explains apart', () => {
  const fold = new TokenAuditFold();
  const usage = {
    input_tokens: 1_000,
    cache_read_tokens: 400,
    input_image_tokens: 100,
    output_tokens: 60,
    reasoning_tokens: 50,
  };
  const call = recordedCall({ usage, input_parts: { system: 300, tools: 200 } });
  fold.add(call);
  // The provider charged a micro-dollar more than its rates say: nobody can tell what for, of all of it.
  const { costPicoUsd } = call.rating;
  fold.add({ event: call.event, rating: { ...call.rating, costPicoUsd: (costPicoUsd ?? 0n) + MICRO } });
  const { calls, callsWithParts, parts } = fold.sums();
  expect([calls, callsWithParts]).toEqual([2, 2]);
  // The first: system 300 x $1/M from the cache; tools 100 x $1/M and 100 x $10/M; 400 of no part and 100 of pictures at
  // $10/M; 60 of output, 50 of them reasoning, at $30/M.
  const sums = Object.fromEntries([...parts].map(([part, sum]) => [part, [sum.tokens, sum.costPicoUsd / MICRO]]));
  expect(sums).toEqual({
    system: [600n, 300n],
    tools: [400n, 1_100n],
    other_input: [1_000n, 5_000n],
    output: [120n, 1_800n],
    not_split: [0n, 8_201n],
  });
});

it('shares what does not come out even without losing or making a picodollar', () => {
  // Three tokens of three parts at half a picodollar each: 1.5, rounded to 2.
  const book = createPriceBook({ catalog: catalogOf([{ unit: 'input_tokens', rate: '0.0000005' }]) });
  const event: UsageEvent = {
    ...{ id: 'tiny', timeMs: START_MS, provider: 'acme', model: 'widget', usage: { input_tokens: 3 } },
    input_parts: { system: 1, tools: 1, user: 1 },
  };
  const fold = new TokenAuditFold();
  fold.add({ event, rating: rateEvent(book, event) });
  const sums = [...fold.sums().parts].map(([part, sum]) => [part, sum.costPicoUsd]);
  expect(sums).toEqual([
    ['system', 1n],
    ['tools', 1n],
    ['user', 0n],
  ]);
});
