import type { RatedCall } from '../../domain/rating/rated-call.ts';
import type { AppendOutcome, Clock, TenantConfig } from '../ports.ts';
import type { SpareNumber, SpareNumbers } from '../sources/source-ports.ts';
import { findZone } from '../zones.ts';

/** What keeping spare numbers takes. */
export interface KeepSparePorts {
  readonly spareNumbers: SpareNumbers;
  readonly now: Clock;
}

/** Numbers that are kept together. */
const NUMBERS_AT_ONCE = 2_000;

/**
 * Keeps the numbers of calls that arrived and were not recorded, because their ids were recorded before. A call that two
 * senders report is recorded once, and the number of the one who came second would look like a loss.
 *
 * @param outcomes - one per call, in the order given
 */
export async function keepSpareNumbers(
  { spareNumbers, now }: KeepSparePorts,
  { tenant, timeZone }: TenantConfig,
  calls: readonly RatedCall[],
  outcomes: readonly AppendOutcome[],
): Promise<void> {
  const zone = findZone(timeZone);
  const spare = calls.flatMap(({ event: { emitter, timeMs, app = null } }, index): SpareNumber[] => {
    const isKnown = outcomes[index] === 'duplicate' || outcomes[index] === 'conflict';
    if (!isKnown || emitter?.id === undefined || emitter.seq === undefined) return [];
    return [{ id: emitter.id, sequence: emitter.seq, day: zone.localDay(timeMs), timeMs, app }];
  });
  for (let start = 0; start < spare.length; start += NUMBERS_AT_ONCE)
    await spareNumbers.keepSpare(tenant, spare.slice(start, start + NUMBERS_AT_ONCE), now());
}
