/** When a budget will be gone at the pace of the last minutes. */
export interface RunOut {
  /** What the pace comes to in an hour, picoUSD, rounded down. */
  readonly hourlyPicoUsd: bigint;
  /** Minutes until nothing is left, rounded down; 0 = it is gone, null = nothing is being spent. */
  readonly minutesLeft: number | null;
}

const MINUTES_PER_HOUR = 60n;

/**
 * How long a budget lasts if spend goes on as in the last minutes.
 *
 * @param remainingPicoUsd - amount less what was spent; not above zero when the budget is gone
 * @param spentPicoUsd - of the last minutes, not below zero
 * @param minutes - how many these were, whole and above zero
 */
export function projectRunOut(remainingPicoUsd: bigint, spentPicoUsd: bigint, minutes: number): RunOut {
  const hourlyPicoUsd = (spentPicoUsd * MINUTES_PER_HOUR) / BigInt(minutes);
  if (remainingPicoUsd <= 0n) return { hourlyPicoUsd, minutesLeft: 0 };
  if (spentPicoUsd === 0n) return { hourlyPicoUsd, minutesLeft: null };
  return { hourlyPicoUsd, minutesLeft: Number((remainingPicoUsd * BigInt(minutes)) / spentPicoUsd) };
}

/** A run-out in words: `the budget is gone in 40 minutes`; undefined while nothing is being spent. */
export function describeRunOut({ minutesLeft }: Pick<RunOut, 'minutesLeft'>): string | undefined {
  if (minutesLeft === null) return undefined;
  if (minutesLeft === 0) return 'the budget is gone';
  const hours = Math.floor(minutesLeft / 60);
  if (minutesLeft < 120) return `the budget is gone in ${count(minutesLeft, 'minute')}`;
  return hours < 48 ? `the budget is gone in ${hours} hours` : `the budget is gone in ${Math.floor(hours / 24)} days`;
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
