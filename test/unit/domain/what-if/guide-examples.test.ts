import { describe, expect, it } from 'vitest';
import type { ChangeInput } from '../../../../lib/app/what-if/read-changes.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../../lib/domain/rating/rating.ts';
import { leafOf } from '../../../../lib/domain/spend.ts';
import { playChanges } from '../../../../lib/domain/what-if/play-changes.ts';
import { START_MS, TENANT } from '../../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../../helpers/pricing.ts';
import { changesOf } from '../../../helpers/what-if-world.ts';

/** GPT-4o as the guide has it: 2.50 in, 10 out; what is cached at a discount of so many percent. */
const bookOf = (cachedRate: string) =>
  createPriceBook({
    catalog: catalogOf([
      { unit: 'input_tokens', rate: '2.5' },
      { unit: 'cache_read_tokens', rate: cachedRate },
      { unit: 'output_tokens', rate: '10' },
    ]),
  });

const chatbot = { system: 800, tools: 1_500, history: 8_000, memory: 200, user: 50 };

function playGuide(
  usage: { input_tokens: number; output_tokens: number },
  parts: Readonly<Record<string, number>>,
  inputs: readonly ChangeInput[],
  book = bookOf('0.25'),
) {
  const event = { id: 'guide', timeMs: START_MS, provider: 'acme', model: 'widget', usage, input_parts: parts };
  const rating = rateEvent(book, event);
  const call = { event, rating, leaf: leafOf(TENANT, event, rating) };
  return playChanges({ book, changes: changesOf(...inputs), assumedParts: new Map() }, call);
}

/** What is left of the cost of input alone, in percent. */
const leftOfInput = (inputs: readonly ChangeInput[], parts: Readonly<Record<string, number>>): number => {
  const input = Object.values(parts).reduce((sum, tokens) => sum + tokens, 0);
  const { beforePicoUsd, afterPicoUsd } = playGuide({ input_tokens: input, output_tokens: 0 }, parts, inputs);
  return Number((afterPicoUsd * 1_000_000n) / beforePicoUsd) / 10_000;
};

const compressed: ChangeInput = { kind: 'compress', compressed_share: '0.7', ratio: '10', parts: ['history'] };

describe("the guides' savings, by rating the calls again", () => {
  it('of 70 % compressed ten times are 63 %, not the 70 % of the guide', () => {
    // 1 - 0.7 + 0.7 / 10 = 0.37
    expect(leftOfInput([compressed], { history: 8_000 })).toBe(37);
  });

  it('of a history of 8,000 tokens leave 2,960, not the 2,000 of the guide', () => {
    const { beforePicoUsd, afterPicoUsd } = playGuide({ input_tokens: 8_000, output_tokens: 0 }, { history: 8_000 }, [
      compressed,
    ]);
    // 2,960 x $2.50/M = $0.0074
    expect([beforePicoUsd, afterPicoUsd]).toEqual([20_000_000_000n, 7_400_000_000n]);
  });

  it('of the chatbot as a whole are 1 - 4,010 / 10,550 of its input with the rule as it stands', () => {
    // System 800 -> 500 (0.375 of it left out), tools 1,500 with one call in five, history 8,000 -> 2,960:
    // 500 + 300 + 2,960 + 250 = 4,010 tokens expected; the guide's 3,050 has a history of 2,000.
    const changes: readonly ChangeInput[] = [
      compressed,
      { kind: 'lazy_tools', needed_share: '0.2' },
      { kind: 'trim', reduction: '0.375' },
    ];
    const { beforePicoUsd, afterPicoUsd, steps } = playGuide(
      { input_tokens: 10_550, output_tokens: 500 },
      chatbot,
      changes,
    );
    // Before: 10,550 x 2.5/M + 500 x 10/M = $0.031375 (100,000 of them: $3,137.50, not 3,100).
    expect(beforePicoUsd).toBe(31_375_000_000n);
    // After: 4,010 x 2.5/M + 0.005 = $0.015025
    expect(afterPicoUsd).toBe(15_025_000_000n);
    // trim 300, tools 0.8 x 1,500 = 1,200, history 5,040 tokens at 2.5/M
    expect(steps.map((step) => step?.differencePicoUsd)).toEqual([-750_000_000n, -3_000_000_000n, -12_600_000_000n]);
  });

  it("of the chatbot with the guide's own history of 2,000 are its $1,262.50 for 100,000 calls", () => {
    const changes: readonly ChangeInput[] = [
      { kind: 'compress', compressed_share: '1', ratio: '4', parts: ['history'] },
      { kind: 'lazy_tools', needed_share: '0.2' },
      { kind: 'trim', reduction: '0.375' },
    ];
    const { afterPicoUsd } = playGuide({ input_tokens: 10_550, output_tokens: 500 }, chatbot, changes);
    // 3,050 x 2.5/M + 0.005 = $0.012625
    expect(afterPicoUsd).toBe(12_625_000_000n);
  });

  it('of loading content when it is needed, 2,000 -> 100 tokens, are 95 %, not 87 %', () => {
    expect(leftOfInput([{ kind: 'trim', part: 'retrieved', reduction: '0.95' }], { retrieved: 2_000 })).toBe(5);
    // 87.5 % is for 250 tokens left of 2,000.
    expect(leftOfInput([{ kind: 'trim', part: 'retrieved', reduction: '0.875' }], { retrieved: 2_000 })).toBe(12.5);
  });

  it.each([
    [2, '0.25', '44.1'],
    [2, '1.25', '24.5'],
    [1_000, '0.25', '88.1'],
  ])('of a prompt cache over %i calls at $%s/M are %s %%', (calls, cachedRate, saved) => {
    // A prompt of 2,550 tokens, 2,500 of them the same every time: the first call writes them, the others read them.
    // n = 2: (1/2) x (2,500 / 2,550) x 0.9 = 44.1 %; at half price 24.5 %; n = 1,000: 0.999 x 0.98 x 0.9 = 88.1 %
    const share = (((calls - 1) / calls) * 2_500) / 2_550;
    const inputs: readonly ChangeInput[] = [{ kind: 'prompt_cache', share: share.toFixed(6) }];
    const usage = { input_tokens: 2_550_000, output_tokens: 0 };
    const { beforePicoUsd, afterPicoUsd } = playGuide(usage, {}, inputs, bookOf(cachedRate));
    expect((100 - Number((afterPicoUsd * 1_000_000n) / beforePicoUsd) / 10_000).toFixed(1)).toBe(saved);
  });

  it('of three reductions of the same 10,000 tokens leave 960 of them, as the guide says', () => {
    // (1 - 0.7)(1 - 0.6)(1 - 0.2) = 0.096
    const changes: readonly ChangeInput[] = ['0.7', '0.6', '0.2'].map((reduction) => ({ kind: 'trim', reduction }));
    expect(leftOfInput(changes, { system: 10_000 })).toBe(9.6);
  });
});
