import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestIssue } from '../../lib/app/request-errors.ts';
import { type ChangeInput, readChanges } from '../../lib/app/what-if/read-changes.ts';
import { INPUT_PARTS } from '../../lib/contracts/usage-units.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { readEventUsage } from '../../lib/domain/events/usage-shapes.ts';
import { ChangeFold } from '../../lib/domain/what-if/fold.ts';
import { type PlayedCall, playChanges } from '../../lib/domain/what-if/play-changes.ts';
import { layOutPrompt, type PartShares, shrinkPart, textTokens } from '../../lib/domain/what-if/prompt.ts';
import { TokenAuditFold } from '../../lib/domain/what-if/token-audit.ts';
import { TENANT } from '../helpers/ledger-fixtures.ts';
import { recordedCall, WHAT_IF_BOOK } from '../helpers/what-if-world.ts';

/** A night's run takes more: `RUNS=5000`. */
const RUNS = Number(process.env['RUNS'] ?? 300);
const BATCHES = Math.ceil(RUNS / 10);

const MODELS = ['large', 'small', 'plain', 'tiered', 'nobody-knows'];
const FLAT_MODELS = ['large', 'small', 'plain'];

const partSizes = fc.record(Object.fromEntries(INPUT_PARTS.map((part) => [part, fc.nat(800)])));

const callsOf = (models: readonly string[]): fc.Arbitrary<PlayedCall> =>
  fc
    .record({
      model: fc.constantFrom(...models),
      plain: fc.nat(9_000),
      read: fc.oneof(fc.constant(0), fc.nat(3_000)),
      written: fc.oneof(fc.constant(0), fc.nat(500)),
      images: fc.oneof(fc.constant(0), fc.constant(0), fc.nat(200)),
      output: fc.nat(1_500),
      parts: fc.option(partSizes, { nil: undefined, freq: 4 }),
      complexity: fc.constantFrom(undefined, 'simple', 'hard'),
      app: fc.constantFrom(undefined, 'chat', 'code'),
      tier: fc.constantFrom(undefined, undefined, undefined, undefined, 'batch'),
      isHit: fc.constantFrom(false, false, false, false, false, false, true),
      paid: fc.option(fc.bigInt({ min: 0n, max: 10n ** 12n }), { nil: undefined, freq: 4 }),
    })
    .map(({ model, plain, output, parts, complexity, app, tier, isHit, paid, ...some }) => {
      const isLarge = model === 'large' && tier === undefined;
      const [read, written, images] = [
        tier === undefined && model !== 'plain' ? some.read : 0,
        isLarge ? some.written : 0,
        isLarge ? some.images : 0,
      ];
      const input = plain + read + written + images;
      const sum = Object.values(parts ?? {}).reduce((total, tokens) => total + tokens, 0);
      const fields: Partial<UsageEvent> = {
        model,
        usage: {
          input_tokens: Math.max(input, sum),
          ...{
            cache_read_tokens: read,
            cache_write_tokens: written,
            input_image_tokens: images,
            output_tokens: output,
          },
        },
        ...(parts === undefined ? {} : { input_parts: parts }),
        ...(complexity === undefined ? {} : { route: { complexity } }),
        ...(app === undefined ? {} : { app }),
        ...(tier === undefined ? {} : { service_tier: tier }),
        ...(isHit ? { response_cache_hit: true } : {}),
      };
      return recordedCall(fields, isHit ? undefined : paid);
    });

const share = fc.constantFrom('0', '0.1', '0.333333', '0.5', '1');
const scope = fc.constantFrom({}, {}, { filter: ['app=chat'] }, { filter: ['app=code', 'app='] });
const taken = fc.oneof(
  fc.record({ share }),
  fc.record({ complexity: fc.constantFrom('simple', 'hard') }),
  fc.constant({ share: 'rest' }),
  fc.record({ complexity: fc.constant('simple'), share }),
);

const responseCache = fc
  .tuple(scope, share)
  .map(([where, it]) => ({ ...where, kind: 'response_cache', share: it }) as const);
const trim = fc
  .tuple(scope, share, fc.constantFrom(...INPUT_PARTS))
  .map(([where, reduction, part]) => ({ ...where, kind: 'trim', part, reduction }) as const);
const lazyTools = fc
  .tuple(scope, share)
  .map(([where, it]) => ({ ...where, kind: 'lazy_tools', needed_share: it }) as const);
const compress = fc
  .tuple(scope, share, fc.constantFrom('1', '3', '10'), fc.subarray([...INPUT_PARTS], { minLength: 1 }))
  .map(([where, it, ratio, parts]) => ({ ...where, kind: 'compress', compressed_share: it, ratio, parts }) as const);
const promptCache = fc
  .tuple(scope, share, fc.constantFrom('0.5', '2', '10'))
  .map(
    ([where, it, reads]) =>
      ({ ...where, kind: 'prompt_cache', share: it, reads_per_write: reads, min_input_tokens: 0 }) as const,
  );
const model = fc
  .tuple(scope, taken, fc.constantFrom(...MODELS, 'vectors'))
  .map(([where, it, name]) => ({ ...where, ...it, kind: 'model', model: name, provider: 'acme' }) as const);
const tier = fc
  .tuple(scope, taken)
  .map(([where, it]) => ({ ...where, ...it, kind: 'tier', service_tier: 'batch' }) as const);
const selfHost = fc
  .tuple(scope, taken)
  .map(
    ([where, it]) => ({ ...where, ...it, kind: 'self_host', monthly_cost_usd: '100', context_tokens: 8_000 }) as const,
  );

const REDUCTIONS = [responseCache, trim, lazyTools, compress];
const anyChange: fc.Arbitrary<ChangeInput> = fc.oneof(...REDUCTIONS, promptCache, model, tier, selfHost);
const changeLists = fc.array(anyChange, { minLength: 1, maxLength: 5 });
const assumptions: fc.Arbitrary<PartShares> = fc.constantFrom(
  new Map(),
  new Map([
    ['system', 100_000n],
    ['tools', 200_000n],
    ['history', 600_000n],
  ] as const),
);

/** The changes in order, or none where they would take more than all of some calls. */
function read(inputs: readonly ChangeInput[]) {
  const issues: RequestIssue[] = [];
  const changes = readChanges(TENANT, inputs, { models: [], capacities: new Map() }, issues);
  return issues.length === 0 ? changes : undefined;
}

function outcomeOf(inputs: readonly ChangeInput[], call: PlayedCall, assumedParts: PartShares) {
  const changes = read(inputs);
  fc.pre(changes !== undefined);
  return { changes, ...playChanges({ book: WHAT_IF_BOOK, changes, assumedParts }, call) };
}

const met = { saved: 0, dearer: 0, left: 0, rerated: 0, overlapping: 0 };

describe('changes of recorded calls', () => {
  it('come to the same in whatever order they are listed', () => {
    fc.assert(
      fc.property(
        changeLists.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        callsOf(MODELS),
        assumptions,
        ([listed, shuffled], call, assumed) => {
          const [one, other] = [outcomeOf(listed, call, assumed), outcomeOf(shuffled, call, assumed)];
          expect(other.afterPicoUsd).toBe(one.afterPicoUsd);
          expect(other.reratedPicoUsd).toBe(one.reratedPicoUsd);
          expect(other.steps).toEqual(one.steps);
          expect(other.changes.map(({ text }) => text)).toEqual(one.changes.map(({ text }) => text));
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('differ by their steps, which sum to the difference to the picodollar, and never cost less than nothing', () => {
    fc.assert(
      fc.property(changeLists, callsOf(MODELS), assumptions, (list, call, assumed) => {
        const { beforePicoUsd, afterPicoUsd, steps, reratedPicoUsd } = outcomeOf(list, call, assumed);
        const sum = steps.reduce((total, step) => total + (step?.differencePicoUsd ?? 0n), reratedPicoUsd);
        expect(beforePicoUsd + sum).toBe(afterPicoUsd);
        expect(afterPicoUsd >= 0n).toBe(true);
        expect(beforePicoUsd).toBe(call.rating.costPicoUsd ?? 0n);
        if (!steps.some((step) => step?.isTouched)) expect(sum).toBe(0n);
        met.saved += sum < 0n ? 1 : 0;
        met.dearer += sum > 0n ? 1 : 0;
        met.rerated += reratedPicoUsd === 0n ? 0 : 1;
        met.left += steps.some((step) => step && step.left.length > 0) ? 1 : 0;
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(met.saved, met.dearer, met.rerated, met.left)).toBeGreaterThan(0);
  });

  it('save together at most what they save one by one, where they make prompts shorter or calls fewer at flat rates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...REDUCTIONS), { minLength: 2, maxLength: 4 }),
        callsOf(FLAT_MODELS),
        assumptions,
        (list, recorded, assumed) => {
          // Paid at today's prices: what comes of older ones is no saving of anybody's.
          const call = recordedCall(recorded.event);
          const together = outcomeOf(list, call, assumed);
          const alone = list.map((one) => outcomeOf([one], call, assumed));
          const savedTogether = together.beforePicoUsd - together.afterPicoUsd;
          const savedAlone = alone.reduce(
            (sum, { beforePicoUsd, afterPicoUsd }) => sum + beforePicoUsd - afterPicoUsd,
            0n,
          );
          expect(savedTogether >= 0n).toBe(true);
          // Each amount is rounded to a picodollar.
          expect(savedTogether <= savedAlone + BigInt(list.length)).toBe(true);
          met.overlapping += savedTogether < savedAlone - BigInt(list.length) ? 1 : 0;
        },
      ),
      { numRuns: RUNS },
    );
    expect(met.overlapping).toBeGreaterThan(0);
  });

  it('make of the calls that no hit answers what they would have made of all of them', () => {
    const others = fc.array(fc.oneof(trim, lazyTools, compress, promptCache, model, tier, selfHost), { maxLength: 3 });
    fc.assert(
      fc.property(others, callsOf(MODELS), assumptions, (list, call, assumed) => {
        const without = outcomeOf(list, call, assumed);
        const half = outcomeOf([...list, { kind: 'response_cache', share: '0.5' }], call, assumed);
        fc.pre(half.steps[0]?.isTouched === true);
        // Each of the two is rounded to a picodollar.
        const beyond = half.afterPicoUsd * 2n - without.afterPicoUsd;
        expect(beyond >= -2n && beyond <= 2n).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('leave the recorded cost to the picodollar where they change nothing', () => {
    const nothing: readonly ChangeInput[] = [
      { kind: 'response_cache', share: '0' },
      { kind: 'trim', reduction: '0' },
      { kind: 'lazy_tools', needed_share: '1' },
      { kind: 'compress', compressed_share: '1', ratio: '1' },
      { kind: 'compress', compressed_share: '0', ratio: '10' },
      { kind: 'prompt_cache', share: '0' },
      { kind: 'model', provider: 'acme', share: '0' },
      { kind: 'tier', service_tier: 'batch', filter: ['app=nobody'] },
    ];
    fc.assert(
      fc.property(fc.subarray([...nothing], { minLength: 1 }), callsOf(MODELS), assumptions, (list, call, assumed) => {
        const same: ChangeInput = { kind: 'model', model: call.event.model, provider: 'acme' };
        const sameTier: ChangeInput = { kind: 'tier', service_tier: call.event.service_tier ?? 'Standard' };
        const isMoving = list.some(({ kind }) => kind === 'model' || kind === 'tier');
        const { afterPicoUsd, steps } = outcomeOf(isMoving ? list : [...list, same, sameTier], call, assumed);
        expect(afterPicoUsd).toBe(call.rating.costPicoUsd ?? 0n);
        expect(steps.filter((step) => step?.isTouched || step?.differencePicoUsd)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('never leave less than no tokens of anything, nor take more than a part has', () => {
    fc.assert(
      fc.property(
        callsOf(FLAT_MODELS),
        fc.constantFrom(...INPUT_PARTS),
        fc.bigInt(0n, 10n),
        ({ event }, part, left) => {
          const reading = readEventUsage(event.usage);
          if (!reading.ok) throw new Error('impossible usage');
          const before = layOutPrompt(reading.usage, event.input_parts, new Map([[part, 300_000n]]));
          const after = shrinkPart(before, part, left, 10n);
          for (const count of after.usage.counts.values()) expect(count > 0n).toBe(true);
          const cut = textTokens(before.usage) - textTokens(after.usage);
          const size = before.parts?.get(part) ?? 0n;
          expect(cut * 10n <= size * (10n - left)).toBe(true);
          expect(size - (after.parts?.get(part) ?? 0n)).toBe(cut);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('add up over parts of the calls as over all of them', () => {
    fc.assert(
      fc.property(
        changeLists,
        fc.array(callsOf(MODELS), { minLength: 1, maxLength: 20 }),
        fc.nat(20),
        (list, calls, cut) => {
          const changes = read(list);
          fc.pre(changes !== undefined);
          const [all, front, back] = [0, 1, 2].map(() => new ChangeFold(changes, [0, 5]));
          for (const [index, call] of calls.entries()) {
            const outcome = playChanges({ book: WHAT_IF_BOOK, changes, assumedParts: new Map() }, call);
            all?.add(call.leaf, outcome);
            (index < cut ? front : back)?.add(call.leaf, outcome);
          }
          const [whole, ...halves] = [all, front, back].map((fold) => fold?.totals());
          const sum = (read: (totals: NonNullable<typeof whole>) => bigint): bigint =>
            halves.reduce((total, half) => total + (half ? read(half) : 0n), 0n);
          if (whole === undefined) throw new Error('no totals');
          expect(sum(({ total }) => total.afterPicoUsd)).toBe(whole.total.afterPicoUsd);
          expect(sum(({ rows }) => rows.reduce((cost, row) => cost + row.afterPicoUsd, 0n))).toBe(
            whole.total.afterPicoUsd,
          );
          expect(sum(({ reratedPicoUsd }) => reratedPicoUsd)).toBe(whole.reratedPicoUsd);
          for (const [index, step] of whole.steps.entries()) {
            expect(sum(({ steps }) => steps[index]?.differencePicoUsd ?? 0n)).toBe(step.differencePicoUsd);
          }
        },
      ),
      { numRuns: BATCHES },
    );
  });
});

describe('the cost of parts of prompts', () => {
  it('is that of the calls to the picodollar, whatever they used and however they were priced', () => {
    fc.assert(
      fc.property(fc.array(callsOf(MODELS), { maxLength: 10 }), (calls) => {
        const fold = new TokenAuditFold();
        for (const call of calls) fold.add(call);
        const sums = [...fold.sums().parts.values()];
        const cost = calls.reduce((sum, { rating }) => sum + (rating.costPicoUsd ?? 0n), 0n);
        expect(sums.reduce((sum, part) => sum + part.costPicoUsd, 0n)).toBe(cost);
        const tokens = calls.reduce(
          (sum, { event: { usage } }) => sum + (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0),
          0,
        );
        expect(sums.reduce((sum, part) => sum + part.tokens, 0n)).toBe(BigInt(tokens));
        expect(sums.every((part) => part.tokens >= 0n)).toBe(true);
      }),
      { numRuns: BATCHES },
    );
  });
});
