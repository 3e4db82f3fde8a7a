import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ComparedTarget,
  type CRITERIA,
  compareTargets,
  type Limits,
  type Weights,
} from '../../../../lib/client/measure/compare-targets.ts';

const EQUAL: Weights = { cost: 1, latency: 1, quality: 1, throughput: 0 };
const LIMITS: Limits = { minOkRatio: 0.95, maxLatencyMs: null, minQuality: null };
const target = (
  name: string,
  [cost, latency, quality, throughput]: readonly (number | null)[],
  okRatio: number | null = 1,
): ComparedTarget => ({
  ...{ name, okRatio },
  figures: { cost: cost ?? null, latency: latency ?? null, quality: quality ?? null, throughput: throughput ?? null },
});

describe('a recommendation', () => {
  it('weighs ratios: half the cost makes up for less than twice the time', () => {
    const [dear, cheap] = [target('dear', [2, 100, 80]), target('cheap', [1, 190, 80])];
    expect(compareTargets([dear, cheap], EQUAL, LIMITS)).toMatchObject({ target: 'cheap', runnerUp: 'dear' });
    expect(compareTargets([dear, target('slow', [1, 210, 80])], EQUAL, LIMITS).target).toBe('dear');
  });

  it('tells where each figure turns it', () => {
    // cheap leads by (2 / 1) x (100 / 160) = 1.25: its cost may rise to 1.25, its time to 200, its quality fall to 64.
    const all = [target('dear', [2, 100, 80]), target('cheap', [1, 160, 80])];
    const { decidedBy } = compareTargets(all, EQUAL, LIMITS);
    const found = decidedBy.map(({ input, changesAbove, changesBelow, then }) => [
      input,
      changesAbove,
      changesBelow,
      then,
    ]);
    expect(found).toEqual([
      ['ok_ratio', null, 0.95, 'dear'],
      ['cost', expect.closeTo(1.25, 9), null, 'dear'],
      ['latency', expect.closeTo(200, 7), null, 'dear'],
      ['quality', null, expect.closeTo(64, 8), 'dear'],
    ]);
  });

  it('leaves out what is not known of all candidates, and says of which', () => {
    const all = [target('a', [null, 100, 80]), target('b', [1, 200, null])];
    const { target: best, comparedBy, leftOut } = compareTargets(all, EQUAL, LIMITS);
    expect(best).toBe('a');
    expect(comparedBy).toEqual(['latency']);
    expect(leftOut).toEqual([
      { criterion: 'cost', unknownOf: ['a'] },
      { criterion: 'quality', unknownOf: ['b'] },
    ]);
  });

  it('excludes what does not keep to a limit, which then decides', () => {
    const all = [target('good', [2, 100, 80]), target('shaky', [1, 100, 80], 0.9)];
    const { target: best, excluded, decidedBy } = compareTargets(all, EQUAL, LIMITS);
    expect(best).toBe('good');
    expect(excluded).toEqual([{ target: 'shaky', reasons: ['90 % of its calls went well, 95 % are asked for'] }]);
    const own = decidedBy.filter((it) => it.target === 'shaky');
    expect(own.map(({ input, changesAbove, then }) => [input, changesAbove, then])).toEqual([
      ['ok_ratio', 0.95, 'shaky'],
    ]);
  });

  it('excludes what is too slow, too poor, or not known to be neither', () => {
    const all = [
      target('slow', [1, 300, 80]),
      target('poor', [1, 100, 10]),
      target('dark', [1, 100, null]),
      target('ok', [9, 250, 70]),
    ];
    const limits = { ...LIMITS, maxLatencyMs: 250, minQuality: 70 };
    const { target: best, excluded } = compareTargets(all, EQUAL, limits);
    expect(best).toBe('ok');
    expect(excluded.map(({ reasons }) => reasons[0])).toEqual([
      'its latency is 300 ms, at most 250 ms are asked for',
      'its quality is 10, at least 70 is asked for',
      'its quality is unknown, at least 70 is asked for',
    ]);
  });

  it('is none where no call of any target went well', () => {
    const all = [target('a', [1, null, 80], 0), target('b', [1, null, 80], null)];
    expect(compareTargets(all, EQUAL, LIMITS)).toMatchObject({ target: null, runnerUp: null, comparedBy: [] });
  });

  it('of one target depends on the limits alone', () => {
    const { target: best, decidedBy } = compareTargets([target('a', [1, 100, 80])], EQUAL, {
      ...LIMITS,
      maxLatencyMs: 150,
    });
    expect(best).toBe('a');
    expect(
      decidedBy.map(({ input, changesAbove, changesBelow, then }) => [input, changesAbove, changesBelow, then]),
    ).toEqual([
      ['ok_ratio', null, 0.95, null],
      ['latency', 150, null, null],
    ]);
  });

  it('names the first of equals', () => {
    expect(compareTargets([target('a', [1, 1, 1]), target('b', [1, 1, 1])], EQUAL, LIMITS).target).toBe('a');
  });

  const amounts = fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }), { nil: null, freq: 8 });
  const anyTarget = fc.tuple(
    fc.tuple(amounts, amounts, amounts, amounts),
    fc.constantFrom(null, 0, 0.5, 0.94, 0.95, 1),
  );
  const weights = fc.record({
    ...{ cost: fc.integer({ min: 0, max: 3 }), latency: fc.integer({ min: 0, max: 3 }) },
    ...{ quality: fc.integer({ min: 0, max: 3 }), throughput: fc.integer({ min: 0, max: 3 }) },
  });
  const anyLimits = fc.record({
    minOkRatio: fc.constant(0.95),
    maxLatencyMs: fc.option(fc.double({ min: 1, max: 1e4, noNaN: true })),
    minQuality: fc.option(fc.double({ min: 1, max: 1e4, noNaN: true })),
  });

  it('changes when any figure that decided it is put to its other side', () => {
    let decided = 0;
    fc.assert(
      fc.property(fc.array(anyTarget, { minLength: 1, maxLength: 4 }), weights, anyLimits, (drawn, weigh, limits) => {
        const all = drawn.map(([figures, okRatio], index) => target(`t${index}`, figures, okRatio));
        const answer = compareTargets(all, weigh, limits);
        for (const { target: name, input, changesAbove, changesBelow, then } of answer.decidedBy) {
          decided += 1;
          const value = (changesAbove ?? changesBelow ?? 0) * (changesAbove === null ? 0.999 : 1.001);
          const changed = all.map((it) => {
            if (it.name !== name) return it;
            return input === 'ok_ratio'
              ? { ...it, okRatio: value }
              : { ...it, figures: { ...it.figures, [input]: value } };
          });
          const other = compareTargets(changed, weigh, limits).target;
          expect(other).not.toBe(answer.target);
          expect(other).toBe(then);
        }
      }),
    );
    expect(decided).toBeGreaterThan(50);
  });

  it('goes to none that another is better than in everything compared', () => {
    fc.assert(
      fc.property(fc.array(anyTarget, { minLength: 2, maxLength: 4 }), (drawn) => {
        const all = drawn.map(([figures, okRatio], index) => target(`t${index}`, figures, okRatio));
        const answer = compareTargets(all, { ...EQUAL, throughput: 1 }, LIMITS);
        const best = all.find(({ name }) => name === answer.target);
        const excluded = new Set(answer.excluded.map(({ target: name }) => name));
        const isBetter = (a: number, b: number, criterion: (typeof CRITERIA)[number]): boolean =>
          criterion === 'cost' || criterion === 'latency' ? a < b - 1e-6 : a > b + 1e-6;
        for (const other of all.filter(({ name }) => !excluded.has(name) && name !== answer.target)) {
          const beats = answer.comparedBy.every((it) => isBetter(other.figures[it] ?? 0, best?.figures[it] ?? 0, it));
          expect(beats && answer.comparedBy.length > 0).toBe(false);
        }
      }),
    );
  });
});
