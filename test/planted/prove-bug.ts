import type { SuiteName } from './proof-suites.ts';
import type { PlantedBug } from './read-patches.ts';
import type { Workshop } from './workshop.ts';

/** What became of one planted bug. */
export interface Verdict {
  readonly name: string;
  readonly bug: string;
  readonly breaks: readonly number[];
  /**
   * `caught`: a suite of its header failed. `survived`: none did. `stale`: the patch no longer applies. `visible`: the
   * type check or the linter sees it, so it plants nothing that could slip in.
   */
  readonly state: 'caught' | 'survived' | 'stale' | 'visible';
  readonly suite: SuiteName | null;
  /** The test that failed, or what the simulation found; for the other states the reason. */
  readonly test: string | null;
  /** Histories until it was caught, where the test counts them. */
  readonly histories: number | null;
  /** Seconds of the suites that were run, start-up included. */
  readonly seconds: number;
}

/**
 * Plants one bug, runs the suites of its header until one fails, and takes the bug out again.
 *
 * @param only - the suites that may be run; all of the header's when empty
 */
export async function proveBug(workshop: Workshop, bug: PlantedBug, only: readonly SuiteName[]): Promise<Verdict> {
  const unknown = { name: bug.name, bug: bug.bug, breaks: bug.breaks, suite: null, histories: null, seconds: 0 };
  const stale = await workshop.plant(bug);
  if (stale !== undefined) return { ...unknown, state: 'stale', test: stale };
  try {
    const [visible, verdict] = await Promise.all([workshop.check(bug), runSuites(workshop, bug, only)]);
    if (visible === undefined) return { ...unknown, ...verdict };
    return { ...unknown, state: 'visible', test: visible };
  } finally {
    await workshop.remove(bug);
  }
}

/** Runs the suites of a planted bug up to the first that fails. */
async function runSuites(
  workshop: Workshop,
  bug: PlantedBug,
  only: readonly SuiteName[],
): Promise<Pick<Verdict, 'state' | 'suite' | 'test' | 'histories' | 'seconds'>> {
  const silent: string[] = [];
  let seconds = 0;
  for (const suite of bug.proof.filter((each) => only.length === 0 || only.includes(each))) {
    const end = await workshop.prove(suite);
    seconds += end.seconds;
    if (end.state === 'failed') {
      const test = end.reason === '' || suite !== 'simulation' ? end.test : end.reason;
      return { state: 'caught', suite, test, histories: end.histories, seconds };
    }
    silent.push(end.state === 'broken' ? `${suite} told nothing: ${end.test}` : `${suite} ${end.state}`);
  }
  const test = silent.join('; ') || 'no suite of its header was run';
  return { state: 'survived', suite: null, test, histories: null, seconds };
}
