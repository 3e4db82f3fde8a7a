import { describe, expect, it } from 'vitest';
import { judgeRule } from '../../../../lib/domain/rules/judge-rule.ts';
import { type RuleFiring, stepFiring } from '../../../../lib/domain/rules/rule-firing.ts';
import { NOON_MS } from '../../../helpers/alert-world.ts';
import { factsOf, HOUR_MS, rowOf, ruleOf } from '../../../helpers/rule-fixtures.ts';

/** Steps a rule through hours of so many failed calls of 1,000 each (null: no calls), and marks what is to be told as told. */
function walk(
  errorsByHour: readonly (number | null)[],
  rule = ruleOf(),
  latenessMs: (index: number) => number = () => 300_000,
): readonly string[] {
  const rows = errorsByHour.flatMap((errors, index) =>
    errors === null ? [] : [rowOf({ calls: 1_000n, errors: BigInt(errors) }, {}, { hoursBack: -index })],
  );
  let firing: RuleFiring | undefined;
  const told: string[] = [];
  for (const index of errorsByHour.keys()) {
    const endMs = NOON_MS + (index + 1) * HOUR_MS;
    const [look] = judgeRule(rule, factsOf(rows), endMs).looks;
    if (!look) throw new Error('there is no look');
    firing = stepFiring(rule, firing, look, endMs, endMs + latenessMs(index));
    if (firing && !firing.isTold) told.push(`${firing.state} ${index}`);
    firing &&= { ...firing, isTold: true };
  }
  return told;
}

const hours = (count: number, errors: number | null) => Array.from({ length: count }, () => errors);

describe('a rule that is broken', () => {
  it('is told of once while it stays so', () => {
    expect(walk([0, 20, 20, 30, ...hours(100, 20)])).toEqual(['firing 1']);
  });

  it('is told to be all right when a whole window is, by a tenth', () => {
    // 10 of 1,000 is the threshold, 9 is a tenth below it.
    expect(walk([20, 10, 11, 9, 9])).toEqual(['firing 0', 'resolved 3']);
  });

  it('is not all right because nobody calls', () => {
    expect(walk([20, null, null, null])).toEqual(['firing 0']);
  });

  it('is told of again 24 hours after it was told of first, not before, whatever it does between', () => {
    // It comes and goes every hour; 24 hours after hour 0 it is broken again.
    const comingAndGoing = Array.from({ length: 26 }, (_, hour) => (hour % 2 === 0 ? 20 : 0));
    expect(walk(comingAndGoing)).toEqual(['firing 0', 'resolved 1', 'firing 24', 'resolved 25']);
  });

  it('is told of at once when it had been all right for a day', () => {
    expect(walk([20, 0, ...hours(24, 0), 20])).toEqual(['firing 0', 'resolved 1', 'firing 26']);
  });

  it('over a longer window is all right when a window without an hour of the one that fired is', () => {
    // The window of three hours fires at hour 2; windows that end at hours 3 and 4 share hours with it.
    const rule = ruleOf({ windowHours: 3 });
    expect(walk([40, 40, 40, 0, 0, 0], rule)).toEqual(['firing 0', 'resolved 5']);
    // 20 + 0 + 11 of 3,000 = 1.03 % at hour 4. At hour 5 it is 0.37 %, of hours that broke it: that comes to be at hour 7.
    expect(walk([0, 0, 20, 0, 11, 0, 0, 0], rule)).toEqual(['firing 4', 'resolved 7']);
  });

  it('is forgotten without a word when it is without data 30 days later', () => {
    expect(walk([20, ...hours(719, null), 20])).toEqual(['firing 0']);
    expect(walk([20, ...hours(720, null), 20])).toEqual(['firing 0', 'firing 721']);
  });

  it('is not forgotten while it has data, however long ago it was told of', () => {
    // Broken for 40 days with an hour without calls in it, and then once more: nothing was all right in between.
    expect(walk([...hours(960, 20), null, 20, ...hours(690, null), 20])).toEqual(['firing 0']);
    expect(walk([...hours(960, 20), ...hours(720, null), 20])).toEqual(['firing 0', 'firing 1680']);
  });

  it('is told of every day when it is broken at the same hour of every day, at whatever second of it one looks', () => {
    const day = [20, ...hours(23, 0)];
    const told = ['firing 0', 'resolved 1', 'firing 24', 'resolved 25', 'firing 48', 'resolved 49'];
    const lateness = (index: number) => (index === 0 ? 359_000 : index === 24 ? 301_000 : 300_000);
    expect(walk([...day, ...day, ...day], ruleOf(), lateness)).toEqual(told);
  });
});

describe('a firing that nobody was told of yet', () => {
  it('is told first, whatever is measured by then', () => {
    const rule = ruleOf();
    const look = (errors: bigint, hoursBack: number) => {
      const facts = factsOf([rowOf({ calls: 1_000n, errors }, {}, { hoursBack })]);
      const [only] = judgeRule(rule, facts, NOON_MS - (hoursBack - 1) * HOUR_MS).looks;
      if (!only) throw new Error('there is no look');
      return only;
    };
    const fired = stepFiring(rule, undefined, look(20n, 1), NOON_MS, NOON_MS);
    expect(fired).toMatchObject({ state: 'firing', isTold: false, firedEndMs: NOON_MS });
    expect(stepFiring(rule, fired, look(0n, 0), NOON_MS + HOUR_MS, NOON_MS + HOUR_MS)).toBe(fired);
    const told = fired && { ...fired, isTold: true };
    const resolved = stepFiring(rule, told, look(0n, 0), NOON_MS + HOUR_MS, NOON_MS + HOUR_MS);
    expect(resolved).toMatchObject({ state: 'resolved', isTold: false });
    // So it is with what is all right, however long ago that came to be.
    const laterMs = NOON_MS + 48 * HOUR_MS;
    expect(stepFiring(rule, resolved, look(20n, -47), laterMs, laterMs)).toBe(resolved);
  });
});
