import { RUNAWAY_APP, type Workload } from './company.ts';
import { createRandom } from './random.ts';
import { HOUR_WEIGHTS, WEEKEND_RATIOS } from './traffic.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Days that the sample covers, up to its end. */
export const SAMPLE_DAYS = 62;

/** How many times an ordinary busy hour the runaway hour holds. */
export const RUNAWAY_FACTOR = 20;

/** Calls of one workload that fall into one minute: a session, or a batch of a job. */
export interface Burst {
  /** Unique within the sample; the seed of everything random in its calls. */
  readonly key: string;
  readonly workload: Workload;
  /** First moment of its minute, epoch milliseconds. */
  readonly minuteMs: number;
  readonly calls: number;
  readonly runaway: boolean;
}

/**
 * Plans which workload makes how many calls in which minute, ordered by minute.
 *
 * Each hour is seen through two of its minutes only, the same for all workloads, as if a real company's traffic had
 * been sampled in one-minute windows: the ledger pays for every minute that holds timed ids, so a sample of 20,000
 * calls spread over all 89,280 minutes would load far slower than real, dense traffic.
 *
 * @param size - calls in all, at least 1; the bursts hold exactly as many
 * @param endMs - epoch milliseconds; every burst ends before it
 */
export function planBursts(
  workloads: readonly Workload[],
  seed: string,
  size: number,
  endMs: number,
): readonly Burst[] {
  const hours = listHours(seed, endMs);
  const counts = shareOut(
    size,
    workloads.map((workload) => workload.weight),
  );
  const runaway = planRunaway(workloads, counts, hours, seed, size, endMs);
  const bursts = workloads.flatMap((workload, index) =>
    planWorkload(workload, (counts[index] ?? 0) - (index === runaway.paidBy ? runaway.calls : 0), hours, seed),
  );
  return [...bursts, ...runaway.bursts].sort((a, b) => a.minuteMs - b.minuteMs || (a.key < b.key ? -1 : 1));
}

/** One UTC hour, or what the sample's range leaves of it, with the minutes it is seen through. */
interface Hour {
  readonly startMs: number;
  /** Part of the hour inside the range, times the day's own level. */
  readonly level: number;
  readonly minutesMs: readonly [first: number, second: number];
}

function listHours(seed: string, endMs: number): readonly Hour[] {
  const rangeStartMs = Math.ceil((endMs - SAMPLE_DAYS * DAY_MS) / MINUTE_MS) * MINUTE_MS;
  const rangeEndMs = Math.floor(endMs / MINUTE_MS) * MINUTE_MS;
  const hours: Hour[] = [];
  for (let hourMs = Math.floor(rangeStartMs / HOUR_MS) * HOUR_MS; hourMs < rangeEndMs; hourMs += HOUR_MS) {
    const fromMs = Math.max(hourMs, rangeStartMs);
    const minutes = (Math.min(hourMs + HOUR_MS, rangeEndMs) - fromMs) / MINUTE_MS;
    const random = createRandom(`${seed}/hour/${hourMs}`);
    // The last minute of the range is always looked at, so that the sample reaches up to the moment of the start.
    const isLast = hourMs + HOUR_MS >= rangeEndMs;
    const lastMinuteMs = fromMs + (minutes - 1) * MINUTE_MS;
    const level = createRandom(`${seed}/day/${Math.floor(hourMs / DAY_MS)}`).logNormal(1, 0.08);
    hours.push({
      startMs: hourMs,
      level: (level * minutes) / 60,
      minutesMs: isLast
        ? [lastMinuteMs, lastMinuteMs]
        : [fromMs + random.below(minutes) * MINUTE_MS, fromMs + random.below(minutes) * MINUTE_MS],
    });
  }
  return hours;
}

/** Cuts the workload's calls into sessions at even steps of its cumulated intensity, so that the counts are exact. */
function planWorkload(workload: Workload, calls: number, hours: readonly Hour[], seed: string): readonly Burst[] {
  const { callsPerSession } = workload.traffic;
  const sessions = Math.ceil(calls / callsPerSession);
  if (sessions === 0) return [];
  const name = `${seed}/${workload.app}/${workload.environment}/${workload.feature}`;
  const random = createRandom(name);
  // Work that never rests is still at it when the sample ends, in a session that has only just begun: a whole one
  // within the last minute would be a surge.
  const isRestless = workload.traffic.hours === 'flat';
  const lastPosition = isRestless ? 1 : (sessions - 1 + random.next()) / sessions;
  const positions = Array.from({ length: sessions }, (_, index) =>
    index === sessions - 1 ? lastPosition : (index + random.next()) / sessions,
  );
  const sizes = shareOut(
    calls,
    positions.map((position) => random.logNormal(1, 0.4) / (isRestless && position === 1 ? callsPerSession : 1)),
  );
  const intensities = hours.map((hour) => intensity(workload, hour));
  const total = intensities.reduce((sum, value) => sum + value, 0);
  const bursts: Burst[] = [];
  let next = 0;
  let reached = 0;
  hours.forEach((hour, index) => {
    reached += (intensities[index] ?? 0) / total;
    const isLast = index === hours.length - 1;
    while (next < sessions && ((positions[next] ?? 1) < reached || isLast)) {
      const minuteMs = random.next() < 0.7 ? hour.minutesMs[0] : hour.minutesMs[1];
      const size = sizes[next] ?? 0;
      if (size > 0) bursts.push({ key: `${name}/${next}`, workload, minuteMs, calls: size, runaway: false });
      next++;
    }
  });
  return bursts;
}

function intensity(workload: Workload, hour: Hour): number {
  const date = new Date(hour.startMs);
  const curve = workload.traffic.hours;
  const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return hour.level * (HOUR_WEIGHTS[curve][date.getUTCHours()] ?? 0) * (isWeekend ? WEEKEND_RATIOS[curve] : 1);
}

/**
 * Plans the hour in which one app makes twenty times the calls of its ordinary busy hour, two days before the end. Its
 * calls are taken from the largest workload, so that the sample keeps its size; a tiny sample gets a smaller runaway.
 */
function planRunaway(
  workloads: readonly Workload[],
  counts: readonly number[],
  hours: readonly Hour[],
  seed: string,
  size: number,
  endMs: number,
): { readonly bursts: readonly Burst[]; readonly calls: number; readonly paidBy: number } {
  const index = workloads.findIndex((workload) => workload.app === RUNAWAY_APP && workload.environment === 'prod');
  const workload = workloads[index];
  if (workload === undefined) throw new RangeError(`the company has no app ${RUNAWAY_APP}`);
  const busyHours = new Set(
    planWorkload(workload, counts[index] ?? 0, hours, seed).map((burst) => Math.floor(burst.minuteMs / HOUR_MS)),
  );
  const busyHourCalls = (counts[index] ?? 0) / Math.max(1, busyHours.size);
  const calls = Math.min(Math.round(RUNAWAY_FACTOR * busyHourCalls), Math.floor(size / 50));
  const hourMs = Math.floor((endMs - 2 * DAY_MS) / HOUR_MS) * HOUR_MS;
  // A loop that nobody stops: it is seen in ten minutes of the hour, all alike.
  const minutes = 10;
  const bursts = shareOut(
    calls,
    Array.from({ length: minutes }, () => 1),
  ).map((burstCalls, minute) => ({
    key: `${seed}/runaway/${minute}`,
    workload,
    minuteMs: hourMs + minute * 6 * MINUTE_MS,
    calls: burstCalls,
    runaway: true,
  }));
  return { bursts: bursts.filter((burst) => burst.calls > 0), calls, paidBy: counts.indexOf(Math.max(...counts)) };
}

/** Splits a whole number in proportion to the weights, so that the parts are whole and sum to it exactly. */
function shareOut(whole: number, weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let cumulated = 0;
  let given = 0;
  return weights.map((weight, index) => {
    cumulated += weight;
    const upTo = index === weights.length - 1 ? whole : Math.round((whole * cumulated) / total);
    const part = upTo - given;
    given = upTo;
    return part;
  });
}
