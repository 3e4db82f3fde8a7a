import { type AlertRule, describeEssence } from './alert-rule.ts';
import type { RuleEvidence, RuleLook } from './judge-rule.ts';

/**
 * That a rule was found broken for one value of its `each`, and whether it is all right again. What is all right and
 * was not told of lately has no such record.
 */
export interface RuleFiring {
  readonly rule: string;
  /** See {@link RuleLook.key}. */
  readonly key: string | null;
  /** What decided, see {@link describeEssence}: a rule that has changed since is armed anew. */
  readonly essence: string;
  readonly state: 'firing' | 'resolved';
  /** When it was found broken, epoch milliseconds. */
  readonly firedAtMs: number;
  /** End of the window that was found broken first, epoch milliseconds. */
  readonly firedEndMs: number;
  /** End of the last window known to hold calls or samples of it, up to a day before the true one; epoch milliseconds. */
  readonly seenEndMs: number;
  /** Whether the alert of this state is known to be claimed. */
  readonly isTold: boolean;
  /** What this state was found by. */
  readonly evidence: RuleEvidence;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Of a key nobody is told again for windows that end so soon after the one that fired, whatever it does meanwhile. It is
 * counted by windows and not by when one looked, or what breaks at the same hour of every day would be missed.
 */
const QUIET_AFTER_FIRING_MS = DAY_MS;

/** A key that has been without calls or samples for so long is forgotten: it is gone. */
const FORGET_AFTER_MS = 30 * DAY_MS;

/** That a key is still there is noted so often: every hour would be a write for nothing. */
const NOTE_SEEN_EVERY_MS = DAY_MS;

/**
 * What becomes of a firing by what a new window says.
 *
 * @param before - the firing as it stands, of the rule as it stands; undefined = there is none
 * @param endMs - end of the window that was looked at, epoch milliseconds
 * @returns the firing as it should stand: undefined = none. The same object where nothing changes
 */
export function stepFiring(
  rule: AlertRule,
  before: RuleFiring | undefined,
  look: RuleLook,
  endMs: number,
  nowMs: number,
): RuleFiring | undefined {
  const isOver = before?.state === 'resolved' && before.isTold && endMs - before.firedEndMs >= QUIET_AFTER_FIRING_MS;
  const { key, verdict, evidence } = look;
  if (!before || isOver) {
    if (verdict !== 'breach' || !evidence) return undefined;
    const essence = describeEssence(rule);
    const firing = { rule: rule.name, key, essence, state: 'firing', isTold: false, evidence } as const;
    return { ...firing, firedAtMs: nowMs, firedEndMs: endMs, seenEndMs: endMs };
  }
  // What nobody was told of yet is told first.
  if (before.state === 'resolved' || !before.isTold) return before;
  if (verdict === 'clear' && evidence && evidence.window.startMs >= before.firedEndMs)
    return { ...before, state: 'resolved', isTold: false, evidence };
  const unseenMs = endMs - before.seenEndMs;
  if (verdict === 'no_data') return unseenMs >= FORGET_AFTER_MS ? undefined : before;
  return unseenMs >= NOTE_SEEN_EVERY_MS ? { ...before, seenEndMs: endMs } : before;
}
