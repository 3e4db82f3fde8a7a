import { ALL_MILLIONTHS, type Change, type ChangeScope, takesRest } from './change.ts';

/**
 * Finds changes of one kind that together would take more than all of some calls: shares of one kind are of the same
 * calls, so they add up. Scopes exclude one another where they want different values of a dimension. Of prompt caches only
 * one may be about a call, since each names the whole share; and so of changes that take the rest.
 *
 * @returns the places of such changes in the list as it was given, ascending; empty when all is well
 */
export function findOvertaken(changes: readonly Change[]): readonly number[] {
  const found = new Set<number>();
  for (const all of Map.groupBy(changes, ({ kind }) => kind).values()) {
    const [rests, group] = [all.filter(takesRest), all.filter((change) => !takesRest(change))];
    for (const { change } of findHeavy(rests.map((rest) => ({ change: rest, weight: ALL_MILLIONTHS })))) {
      found.add(change.index);
    }
    for (const told of [undefined, ...new Set(group.map(complexityOf))]) {
      const weighed = group.map((change) => ({ change, weight: weigh(change, told) }));
      for (const { change } of findHeavy(weighed.filter(({ weight }) => weight > 0n))) found.add(change.index);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** Whether a share that is read leaves less to be written than reading every written token so often takes. */
export function leavesTooLittle(shareMillionths: bigint, readsPerWriteMillionths: bigint): boolean {
  return shareMillionths * (readsPerWriteMillionths + ALL_MILLIONTHS) > ALL_MILLIONTHS * readsPerWriteMillionths;
}

interface Weighed {
  readonly change: Change;
  readonly weight: bigint;
}

function complexityOf(change: Change): string | null {
  return 'complexity' in change ? change.complexity : null;
}

/** The share of a call that told this complexity, or none (undefined). */
function weigh(change: Change, told: string | null | undefined): bigint {
  if (change.kind === 'trim' || change.kind === 'compress') return 0n;
  if (change.kind === 'prompt_cache') return ALL_MILLIONTHS;
  if (change.complexity === null || told === undefined || told === null) return change.shareMillionths;
  return told === change.complexity ? ALL_MILLIONTHS : 0n;
}

/** The changes of the first set of which every two may be about the same calls and that takes more than all of them. */
function findHeavy(changes: readonly Weighed[], chosen: readonly Weighed[] = []): readonly Weighed[] {
  if (chosen.reduce((sum, { weight }) => sum + weight, 0n) > ALL_MILLIONTHS) return chosen;
  for (const [index, one] of changes.entries()) {
    const meeting = changes.slice(index + 1).filter((other) => canMeet(one.change, other.change));
    const heavy = findHeavy(meeting, [...chosen, one]);
    if (heavy.length > 0) return heavy;
  }
  return [];
}

function canMeet(a: ChangeScope, b: ChangeScope): boolean {
  for (const [position, values] of a.filters) {
    const others = b.filters.get(position);
    if (others !== undefined && ![...values].some((value) => others.has(value))) return false;
  }
  return true;
}
