import type { MeasureOutcome } from './measure-answer.ts';

/** What an outcome is worth: 1 where it lacks something, 3 where the ledger took not all of it. */
export interface Judgement {
  readonly code: 0 | 1 | 3;
  /** What stands on standard error. */
  readonly notes: readonly string[];
}

/** Judges what a run came to. Failed calls are measurements; a target of which no call went well is not measured. */
export function judgeOutcome({ isInterrupted, measured, recorded, saved }: MeasureOutcome): Judgement {
  const notes: string[] = [];
  const { refused = 0, undelivered = 0, refusedByReason = {} } = recorded ?? {};
  if (refused > 0) notes.push(`the ledger refused ${refused} calls: ${Object.keys(refusedByReason).join(', ')}`);
  if (undelivered > 0) notes.push(`${undelivered} calls were not delivered to the ledger`);
  const isLacking = measured.some(({ levels }) => levels.every(({ ok }) => ok === 0));
  const isRowMissing = (saved ?? []).some((row) => 'reason' in row);
  if (undelivered > 0) return { code: 3, notes };
  return { code: isInterrupted || isLacking || refused > 0 || isRowMissing ? 1 : 0, notes };
}
