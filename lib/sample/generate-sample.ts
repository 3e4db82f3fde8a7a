import { listWorkloads } from './company.ts';
import { type SampleEvent, writeBurst } from './sample-call.ts';
import { planBursts } from './schedule.ts';

/** Calls of the sample unless asked otherwise. */
export const DEFAULT_SAMPLE_SIZE = 20_000;

/** Seed of the sample unless asked otherwise. */
export const DEFAULT_SAMPLE_SEED = 'tokenledger';

/** What the sample depends on, and nothing else. */
export interface SampleOptions {
  /**
   * Equal seeds, sizes and ends give equal events.
   * @default DEFAULT_SAMPLE_SEED
   */
  readonly seed?: string;
  /**
   * Number of events, a whole number from 1.
   * @default DEFAULT_SAMPLE_SIZE
   */
  readonly size?: number;
  /** End of the 62 days (excluded), epoch milliseconds. */
  readonly endMs: number;
}

/**
 * Generates the usage events of an invented company's last 62 days, ordered by time: 40 apps of 6 teams in 2
 * environments on 8 models, one of which no catalog prices; see docs/sample.md for what it is calibrated on.
 *
 * @throws RangeError when `size` is not a whole number from 1
 */
export function* generateSample(options: SampleOptions): Iterable<SampleEvent> {
  const { seed = DEFAULT_SAMPLE_SEED, size = DEFAULT_SAMPLE_SIZE, endMs } = options;
  if (!Number.isSafeInteger(size) || size < 1)
    throw new RangeError(`sample size must be a whole number from 1, got ${size}`);
  let minuteMs = Number.NEGATIVE_INFINITY;
  let minute: SampleEvent[] = [];
  for (const burst of planBursts(listWorkloads(), seed, size, endMs)) {
    if (burst.minuteMs !== minuteMs) {
      yield* minute.sort(compareByTime);
      minuteMs = burst.minuteMs;
      minute = [];
    }
    minute.push(...writeBurst(burst));
  }
  yield* minute.sort(compareByTime);
}

function compareByTime(a: SampleEvent, b: SampleEvent): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
