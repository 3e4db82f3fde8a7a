import type { Leaf } from '../../contracts/dimensions.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { WorkloadDay } from '../../domain/workload/workload.ts';
import type { LedgerReader } from '../ports.ts';
import { areSameSums } from './day-sums.ts';
import { type Measuring, readOn } from './measure-days.ts';
import { frameDay, MeasuredDay } from './measured-day.ts';
import { NOTHING_RECORDED, type RecordedDay, readDayTotals } from './recorded-days.ts';
import type { StoredDay, Workloads } from './workload-ports.ts';

/** What measuring the days of one request takes. */
export interface DayPlan extends Measuring {
  readonly reader: Measuring['reader'] & Pick<LedgerReader, 'rollups'>;
  readonly workloads: Workloads;
  readonly matches: (leaf: Leaf) => boolean;
  readonly scopeKey: string;
  readonly zone: Zone;
  /** Ascending, each once. */
  readonly boundsTokens: readonly number[];
}

/** How often a day that does not add up is looked at once more. */
const MAX_ROUNDS = 5;

/** Sizes at which calls of a day are told apart at the most, those of earlier questions among them. */
const MAX_KEPT_BOUNDS = 256;

/** Begins a day, where it was left if what is kept of it tells the sizes of the plan apart. */
export function beginDay(plan: DayPlan, day: string, kept?: StoredDay): MeasuredDay {
  const { tenant, matches, zone, boundsTokens, workloads } = plan;
  const scope = { tenant, matches, findModelKind: workloads.findModelKind };
  if (kept && holdsAll(kept.digest.boundsTokens, boundsTokens))
    return new MeasuredDay(scope, frameDay(zone, day, kept.digest.boundsTokens), kept);
  // Sizes that somebody asked for before are kept, so that two who ask in turn do not measure it again each time.
  const both = [...new Set([...boundsTokens, ...(kept?.digest.boundsTokens ?? [])])].sort((a, b) => a - b);
  return new MeasuredDay(scope, frameDay(zone, day, both.length <= MAX_KEPT_BOUNDS ? both : boundsTokens));
}

/** Whether sizes are told apart at every one of the bounds. */
export function holdsAll(bounds: readonly number[], asked: readonly number[]): boolean {
  return asked.every((bound) => bounds.includes(bound));
}

/**
 * Reads a day to its end, until it adds up to the totals, and keeps it.
 *
 * @param recorded - what the totals said of it
 * @returns `missing` when time ran out or the ledger kept changing; `contradictory` when its entries, all read anew, do
 *   not add up to totals that did not change meanwhile
 */
export async function settleDay(
  plan: DayPlan,
  begun: MeasuredDay,
  recorded: RecordedDay,
): Promise<WorkloadDay | 'missing' | 'contradictory'> {
  let [reading, expected] = [begun, recorded];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const end = await readOn(plan, reading);
    if (end === 'cut') break;
    if (reading.wasWhole && !reading.hasMoved) {
      // A commit touched its totals and brought no entry: what it corrected need not show in them.
      reading = reading.restart();
      continue;
    }
    if (areSameSums(reading.sums, expected.sums)) {
      await keep(plan, reading.toStored(expected.upTo));
      return reading.digest();
    }
    // Totals count only for entries that are read on after them, or a call could be taken for the one in its place.
    const now = await readTotals(plan, reading.day);
    const stoodStill = now.upTo === expected.upTo && areSameSums(now.sums, expected.sums);
    if (stoodStill && !reading.isResumed) return 'contradictory';
    // What was read may have been corrected since; corrections show only in entries that are read anew.
    if (!areSameSums(reading.sums, now.sums)) reading = reading.restart();
    expected = now;
  }
  if (reading.hasMoved) await keep(plan, reading.toStored(null));
  return 'missing';
}

async function readTotals({ reader, tenant, matches }: DayPlan, day: string): Promise<RecordedDay> {
  const { days } = await readDayTotals(reader, tenant.tenant, { fromDay: day, toDay: addDays(day, 1) }, matches);
  return days.get(day) ?? NOTHING_RECORDED;
}

async function keep({ workloads, tenant, scopeKey }: DayPlan, stored: StoredDay | undefined): Promise<void> {
  if (stored) await workloads.store.save(tenant.tenant, scopeKey, stored, workloads.now());
}
