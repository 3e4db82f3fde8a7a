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
  /** Whether the alert of this state is known to be claimed. */
  readonly isTold: boolean;
  /** What this state was found by. */
  readonly evidence: RuleEvidence;
}

/** Of a key nobody is told again for so long after it fired, whatever it does meanwhile. */
export const QUIET_AFTER_FIRING_MS = 24 * 3_600_000;

/** A key that has been without a verdict since it fired is forgotten after this time: it is gone. */
const FORGET_AFTER_MS = 30 * 24 * 3_600_000;

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
  const isOver = before?.state === 'resolved' && before.isTold && nowMs - before.firedAtMs >= QUIET_AFTER_FIRING_MS;
  const { key, verdict, evidence } = look;
  if (!before || isOver) {
    if (verdict !== 'breach' || !evidence) return undefined;
    const essence = describeEssence(rule);
    const firing = { rule: rule.name, key, essence, state: 'firing', isTold: false, evidence } as const;
    return { ...firing, firedAtMs: nowMs, firedEndMs: endMs };
  }
  // What nobody was told of yet is told first.
  if (before.state === 'resolved' || !before.isTold) return before;
  if (verdict === 'clear' && evidence && evidence.window.startMs >= before.firedEndMs)
    return { ...before, state: 'resolved', isTold: false, evidence };
  const isGone = verdict === 'no_data' && endMs - before.firedEndMs >= FORGET_AFTER_MS;
  return isGone ? undefined : before;
}
