/**
 * The same list beginning with another one each turn, so that none is always the one that time runs out for.
 *
 * @param turn - a whole number from 0 that grows by one from run to run
 */
export function takeTurns<T>(list: readonly T[], turn: number): readonly T[] {
  const start = list.length === 0 ? 0 : turn % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
