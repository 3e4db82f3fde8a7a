import { isLasting } from './call-failure.ts';
import type { MeasuredCall } from './measure-call.ts';
import type { MeasureClock } from './measure-clock.ts';

/** Calls of one concurrency, in the order in which they began. */
export interface SweepLevel {
  /** Most calls at once. */
  readonly concurrency: number;
  readonly calls: readonly MeasuredCall[];
  /** From the first start to the last end. */
  readonly wallMs: number;
  /** Most calls that were under way at once. */
  readonly maxInFlight: number;
}

/** What was measured of one endpoint, as far as it came. */
export interface Sweep {
  /** The first call of all, by itself: it opens the connection, and may have to wake the model. Null where not asked for. */
  readonly cold: MeasuredCall | null;
  readonly levels: readonly SweepLevel[];
  /** Whether measuring ended before its end: by whoever measures, or as every call would fail alike. */
  readonly stopped: 'interrupted' | 'lasting_failure' | null;
}

/** What a sweep does. */
export interface SweepPlan {
  /** Most calls at once; the levels are 1, 2, 4 and so on up to it. */
  readonly concurrency: number;
  /** Calls of each level, at least as many as its concurrency. */
  readonly requests: number;
  readonly hasCold: boolean;
}

/** What a sweep takes from outside. */
export interface SweepSurroundings {
  readonly clock: Pick<MeasureClock, 'elapsedMs'>;
  readonly signal: AbortSignal;
  /** Is told of each call that has ended. */
  readonly onCall: (call: MeasuredCall) => void;
}

/** The concurrencies up to a highest: powers of two, and that one itself. */
export function listLevels(highest: number): readonly number[] {
  const levels: number[] = [];
  for (let level = 1; level < highest; level *= 2) levels.push(level);
  return [...levels, highest];
}

/** How many calls a sweep makes. */
export function countCalls({ concurrency, requests, hasCold }: SweepPlan): number {
  const warm = listLevels(concurrency).reduce((sum, level) => sum + Math.max(level, requests), 0);
  return warm + (hasCold ? 1 : 0);
}

/**
 * Measures an endpoint: the cold call, then level by level, never with more calls at once than the level says. It ends
 * early where it is told to, or where the cold call fails in a way that every call would.
 *
 * @param call - makes one call; must not reject
 */
export async function runSweep(
  call: () => Promise<MeasuredCall>,
  plan: SweepPlan,
  surroundings: SweepSurroundings,
): Promise<Sweep> {
  const { signal, onCall } = surroundings;
  let cold: MeasuredCall | null = null;
  if (plan.hasCold && !signal.aborted) {
    cold = await call();
    onCall(cold);
    if (!signal.aborted && cold.failure !== null && isLasting(cold.failure))
      return { cold, levels: [], stopped: 'lasting_failure' };
  }
  const levels: SweepLevel[] = [];
  for (const concurrency of listLevels(plan.concurrency)) {
    if (signal.aborted) break;
    levels.push(await runLevel(call, concurrency, Math.max(concurrency, plan.requests), surroundings));
  }
  return { cold, levels, stopped: signal.aborted ? 'interrupted' : null };
}

async function runLevel(
  call: () => Promise<MeasuredCall>,
  concurrency: number,
  requests: number,
  { clock, signal, onCall }: SweepSurroundings,
): Promise<SweepLevel> {
  const calls: MeasuredCall[] = [];
  let [begun, inFlight, maxInFlight] = [0, 0, 0];
  const startMs = clock.elapsedMs();
  const worker = async (): Promise<void> => {
    while (begun < requests && !signal.aborted) {
      const ordinal = begun;
      begun += 1;
      inFlight += 1;
      maxInFlight = Math.max(maxInFlight, inFlight);
      const measured = await call();
      inFlight -= 1;
      calls[ordinal] = measured;
      onCall(measured);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { concurrency, calls, wallMs: clock.elapsedMs() - startMs, maxInFlight };
}
