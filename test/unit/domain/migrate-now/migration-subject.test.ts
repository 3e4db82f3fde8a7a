import { describe, expect, it } from 'vitest';
import { DEFAULT_MIGRATE_POLICY, type MigrateDay } from '../../../../lib/domain/migrate-now/migrate-state.ts';
import {
  advanceMigration,
  type MigrationSubject,
  NEW_MIGRATION_SUBJECT,
} from '../../../../lib/domain/migrate-now/migration-subject.ts';

const good: MigrateDay = {
  historyDays: 40,
  savingsRatio: 0.3,
  savingsUsd: 3000,
  probability: 0.9,
  paybackMonths: 5,
  gates: 'pass',
  complete: true,
};
const closed: MigrateDay = { ...good, gates: 'fail' };
const failing: MigrateDay = { ...good, savingsRatio: 0.05 };
const dayText = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10);

/** Takes in days by their distance from 2026-01-01 and lists the messages as `kind@day`. */
function follow(days: readonly (readonly [number, MigrateDay])[]): { subject: MigrationSubject; messages: string[] } {
  let subject = NEW_MIGRATION_SUBJECT;
  const messages: string[] = [];
  for (const [offset, day] of days) {
    const step = advanceMigration(subject, dayText(offset), day, DEFAULT_MIGRATE_POLICY);
    subject = step.subject;
    if (step.message !== null) messages.push(`${step.message}@${offset}`);
  }
  return { subject, messages };
}

const run = (from: number, count: number, day: MigrateDay) =>
  Array.from({ length: count }, (_, index) => [from + index, day] as const);

describe('advanceMigration', () => {
  it('alerts once on entering and gives one notice on leaving', () => {
    const days = [...run(0, 20, good), ...run(20, 1, closed), ...run(21, 5, failing)];
    expect(follow(days).messages).toEqual(['alert@6', 'notice@20']);
  });

  it('changes nothing for a day that it has taken in', () => {
    const { subject } = follow(run(0, 7, good));
    for (const offset of [6, 3]) {
      expect(advanceMigration(subject, dayText(offset), closed, DEFAULT_MIGRATE_POLICY)).toEqual({
        subject,
        message: null,
      });
    }
  });

  it('holds a second alert back until 30 days after the first', () => {
    // Alert on day 6, withdrawn on day 10, standing again from day 17: told on day 36 = 6 + 30.
    const days = [...run(0, 10, good), ...run(10, 1, closed), ...run(11, 40, good)];
    expect(follow(days).messages).toEqual(['alert@6', 'notice@10', 'alert@36']);
  });

  it('says nothing of a second case that ended before it could be told', () => {
    const days = [...run(0, 10, good), ...run(10, 1, closed), ...run(11, 10, good), ...run(21, 30, closed)];
    expect(follow(days).messages).toEqual(['alert@6', 'notice@10']);
  });

  it('does not send a waiting alert on a day that fails', () => {
    // Day 36 would be free, but days 34 to 38 fail; day 39 supports it again.
    const days = [
      ...run(0, 10, good),
      ...run(10, 1, closed),
      ...run(11, 23, good),
      ...run(34, 5, failing),
      ...run(39, 3, good),
    ];
    expect(follow(days).messages).toEqual(['alert@6', 'notice@10', 'alert@39']);
  });

  it('counts days left out as incomplete', () => {
    // Six days, three left out (bridged), the seventh; with four left out the count starts again.
    expect(follow([...run(0, 6, good), ...run(9, 1, good)]).messages).toEqual(['alert@9']);
    expect(follow([...run(0, 6, good), ...run(10, 6, good)]).messages).toEqual([]);
    expect(follow([...run(0, 6, good), ...run(400, 7, good)]).messages).toEqual(['alert@406']);
  });

  it('refuses a day that is none', () => {
    expect(() => advanceMigration(NEW_MIGRATION_SUBJECT, '2026-02-30', good, DEFAULT_MIGRATE_POLICY)).toThrow(
      '2026-02-30',
    );
  });
});
