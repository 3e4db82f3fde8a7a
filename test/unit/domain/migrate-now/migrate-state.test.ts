import { describe, expect, it } from 'vitest';
import {
  DEFAULT_MIGRATE_POLICY,
  foldMigrateStates,
  INITIAL_MIGRATE_STATE,
  type MigrateDay,
  nextMigrateState,
} from '../../../../lib/domain/migrate-now/migrate-state.ts';

const good: MigrateDay = {
  historyDays: 40,
  savingsRatio: 0.3,
  savingsUsd: 3000,
  probability: 0.9,
  paybackMonths: 5,
  gates: 'pass',
  complete: true,
};
const between: MigrateDay = { ...good, savingsRatio: 0.15, savingsUsd: 400, probability: 0.6 };
const failing: MigrateDay = { ...good, savingsRatio: 0.05 };
const missing: MigrateDay = { ...good, complete: false };

const repeat = (count: number, day: MigrateDay) => Array<MigrateDay>(count).fill(day);
const verdicts = (...days: readonly MigrateDay[]) =>
  foldMigrateStates(INITIAL_MIGRATE_STATE, days, DEFAULT_MIGRATE_POLICY).map((state) => state.verdict);
const last = (...days: readonly MigrateDay[]) => verdicts(...days).at(-1);

describe('nextMigrateState', () => {
  it('watches from the first qualifying day and migrates on the seventh in a row', () => {
    expect(verdicts(...repeat(8, good))).toEqual([...Array(6).fill('watch'), 'migrate_now', 'migrate_now']);
  });

  it('starts again after a day in watch that does not qualify', () => {
    expect(verdicts(...repeat(6, good), between, ...repeat(6, good)).slice(6)).toEqual([
      'stay',
      ...Array(6).fill('watch'),
    ]);
  });

  it.each([
    ['history', { historyDays: 27 }],
    ['share saved', { savingsRatio: 0.199 }],
    ['saving', { savingsUsd: 499 }],
    ['probability', { probability: 0.79 }],
    ['payback', { paybackMonths: 12.1 }],
    ['a payback at all', { paybackMonths: null }],
    ['gates known', { gates: 'unknown' }],
  ] as const)('does not watch without enough %s', (_what, change) => {
    expect(last({ ...good, ...change })).toBe('stay');
  });

  it('qualifies exactly on every threshold', () => {
    const edge = { ...good, historyDays: 28, savingsRatio: 0.2, savingsUsd: 500, probability: 0.8, paybackMonths: 12 };
    expect(last(edge)).toBe('watch');
  });

  it('holds between the two bands for ever, also where a gate is no longer known', () => {
    const unsure: MigrateDay = { ...between, gates: 'unknown' };
    expect(last(...repeat(7, good), ...repeat(30, between), ...repeat(30, unsure))).toBe('migrate_now');
  });

  it('ends after seven failing days in a row, not after six and a pause', () => {
    const entered = repeat(7, good);
    expect(last(...entered, ...repeat(6, failing))).toBe('migrate_now');
    expect(last(...entered, ...repeat(6, failing), between, ...repeat(6, failing))).toBe('migrate_now');
    expect(last(...entered, ...repeat(7, failing))).toBe('stay');
  });

  it('fails below 10 %, below $250 or below even odds', () => {
    for (const change of [{ savingsRatio: 0.099 }, { savingsUsd: 249 }, { probability: 0.49 }]) {
      expect(last(...repeat(7, good), ...repeat(7, { ...good, ...change }))).toBe('stay');
    }
    const edge = { ...good, savingsRatio: 0.1, savingsUsd: 250, probability: 0.5 };
    expect(last(...repeat(7, good), ...repeat(7, edge))).toBe('migrate_now');
  });

  it('ends at once when a gate fails', () => {
    expect(last(...repeat(7, good), { ...good, gates: 'fail' })).toBe('stay');
  });

  it('starts both counts at 0 after it ended', () => {
    const ended = [...repeat(7, good), ...repeat(7, failing)];
    expect(verdicts(...ended, ...repeat(7, good)).slice(14)).toEqual([...Array(6).fill('watch'), 'migrate_now']);
  });

  it('bridges three incomplete days and forgets the count on the fourth', () => {
    expect(last(...repeat(6, good), ...repeat(3, missing), good)).toBe('migrate_now');
    expect(verdicts(...repeat(6, good), ...repeat(4, missing), good).slice(6)).toEqual([
      'watch',
      'watch',
      'watch',
      'stay',
      'watch',
    ]);
  });

  it('keeps migrate_now through any number of incomplete days, with the count of failing days cleared', () => {
    const days = [...repeat(7, good), ...repeat(6, failing), ...repeat(10, missing)];
    expect(last(...days, ...repeat(6, failing))).toBe('migrate_now');
    expect(last(...days, ...repeat(7, failing))).toBe('stay');
  });

  it('goes on from a stored state as if it had never stopped', () => {
    const days = [...repeat(3, good), missing, ...repeat(5, good), ...repeat(9, failing)];
    let stored = INITIAL_MIGRATE_STATE;
    for (const day of days) {
      const read = JSON.parse(JSON.stringify(stored));
      stored = nextMigrateState(read, day, DEFAULT_MIGRATE_POLICY);
    }
    expect(stored).toEqual(foldMigrateStates(INITIAL_MIGRATE_STATE, days, DEFAULT_MIGRATE_POLICY).at(-1));
  });
});
