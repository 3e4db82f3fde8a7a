/** When a rise of rejects is told of; every figure is a setting. */
export interface RejectRiseRule {
  /** Fewest rejects of one reason in the window. */
  readonly atLeast: number;
  /** The window holds more than so many times what the week before holds on average. A whole number. */
  readonly factor: number;
  /** Length of the window, milliseconds. */
  readonly windowMs: number;
  /** Length of what comes before it and is compared with, milliseconds. */
  readonly baselineMs: number;
}

/** At least 20 in an hour, and more than three times the hourly mean of the week before. */
export const REJECT_RISE: RejectRiseRule = {
  atLeast: 20,
  factor: 3,
  windowMs: 3_600_000,
  baselineMs: 7 * 86_400_000,
};

/** A reason of which there are suddenly many. */
export interface RejectRise {
  readonly reason: string;
  /** Rejects in the window. */
  readonly count: number;
  /** Rejects in the time before that it is compared with. */
  readonly before: number;
}

/**
 * The reasons that rose, most rejects first. Exact: with b before in a baseline of n windows, c rose when c > factor x b / n.
 *
 * @param recent - rejects of the window by reason
 * @param before - rejects of the baseline by reason
 */
export function findRises(
  rule: RejectRiseRule,
  recent: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): readonly RejectRise[] {
  return [...recent]
    .map(([reason, count]) => ({ reason, count, before: before.get(reason) ?? 0 }))
    .filter(({ count }) => count >= rule.atLeast)
    .filter((rise) => rise.count * rule.baselineMs > rule.factor * rise.before * rule.windowMs)
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}
