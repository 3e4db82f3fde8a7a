import fc from 'fast-check';
import { packQuickly } from './engine/quick-packing.ts';
import { histories, LEAST_FAULTS } from './history/arbitrary.ts';
import { describeHistory } from './history/describe-history.ts';
import type { History } from './history/history.ts';
import { runHistory } from './run-history.ts';
import { addTally, countFaults, emptyTally, type Tally } from './world/tally.ts';

/** Calls that every history of full size sends. */
export const LEAST_CALLS = 200;

/** How far to search. */
export interface SearchPlan {
  readonly seed: number;
  /** Most histories; one alone where there is a path. */
  readonly histories: number;
  /** A path that an earlier search printed, to go straight to the shortest history that fails. */
  readonly path?: string | undefined;
  /** Asked before each history; none is begun once it says so. */
  readonly isTimeUp: () => boolean;
  /** Told after each history of the first, unshrunk kind. */
  readonly onHistory: (tally: Tally) => void;
}

/** A history that breaks an invariant, made as short as it could be. */
export interface Failure {
  readonly seed: number;
  readonly path: string;
  readonly violations: readonly string[];
  /** What happens in it, line by line. */
  readonly story: readonly string[];
}

/** What a search found. */
export interface SearchResult {
  readonly tally: Tally;
  /** Histories with fewer calls or faults than they should have had: there must be none. */
  readonly tooSmall: number;
  readonly failure: Failure | null;
}

class BrokenInvariantError extends Error {
  override readonly name = 'BrokenInvariantError';
  readonly violations: readonly string[];
  constructor(violations: readonly string[]) {
    super(violations.join('\n'));
    this.violations = violations;
  }
}

/** Longest time that goes into making a failing history shorter. */
const SHRINK_MS = 60_000;

/** Plays histories until one breaks an invariant, or all are played, or time is up. The seed decides all of them. */
export async function search(plan: SearchPlan): Promise<SearchResult> {
  packQuickly();
  const tally = emptyTally();
  let tooSmall = 0;
  let failedAtMs: number | undefined;
  const property = fc.asyncProperty(histories, async (history: History) => {
    if (failedAtMs === undefined && plan.isTimeUp()) return;
    if (failedAtMs !== undefined && performance.now() - failedAtMs > SHRINK_MS) return;
    const outcome = await runHistory(history);
    if (failedAtMs === undefined) {
      addTally(tally, outcome.tally);
      if (outcome.tally.calls < LEAST_CALLS || countFaults(outcome.tally) < LEAST_FAULTS) tooSmall += 1;
      plan.onHistory(outcome.tally);
    }
    if (outcome.violations.length === 0) return;
    failedAtMs ??= performance.now();
    throw new BrokenInvariantError(outcome.violations);
  });
  const path = plan.path === undefined ? {} : { path: plan.path };
  const details = await fc.check(property, { seed: plan.seed, numRuns: plan.histories, ...path });
  return { tally, tooSmall, failure: toFailure(details) };
}

function toFailure(details: fc.RunDetails<[History]>): Failure | null {
  const [history] = details.counterexample ?? [];
  if (!details.failed || !history) return null;
  const cause = details.errorInstance;
  return {
    seed: details.seed,
    path: details.counterexamplePath ?? '',
    violations: cause instanceof BrokenInvariantError ? cause.violations : [String(cause)],
    story: describeHistory(history),
  };
}

/** A failure as it is shown: what broke, how to see it again, and the shortest history in words. */
export function describeFailure({ seed, path, violations, story }: Failure): string {
  return [
    ...violations,
    `again: npm run simulate -- --seed ${seed} --path ${path}`,
    'the shortest history:',
    ...story.map((line) => `  ${line}`),
  ].join('\n');
}
