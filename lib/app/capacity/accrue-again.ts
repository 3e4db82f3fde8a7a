import { type AccruedDay, type DaySplit, isSameSplit, NOTHING_DUE } from '../../domain/capacity/accrued-day.ts';
import { addDays } from '../../domain/local-time.ts';
import type { AdminRecords } from '../access/access-ports.ts';
import { checkReason } from '../corrections/request-reprice.ts';
import type { TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError, InvalidRequestError } from '../request-errors.ts';
import { lastCompleteDay } from './accrue-capacities.ts';
import { AccrualUnsettledError, bookDay } from './book-day.ts';
import type { AccrualPorts } from './capacity-ports.ts';
import { readCapacities, type StoredVersion, versionsOf } from './read-capacities.ts';
import { DaySplitter } from './split-day.ts';

/** Days that one request may accrue again. */
export const MAX_DAYS_AGAIN = 31;

/** Days of a capacity that are to be accrued as the ledger and its versions stand now. */
export interface AgainRequest {
  /** Local days, from included, to excluded. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** Shows what would change, and changes nothing. */
  readonly isDryRun: boolean;
}

/** What a day was split into, and what it is or would be. */
export interface DayAgain {
  readonly day: string;
  readonly before: DaySplit;
  readonly after: DaySplit;
  /** `booked`: the ledger holds it now; `open`: time ran out, and the next run of accrual does the rest. */
  readonly outcome: 'unchanged' | 'would_change' | 'booked' | 'open';
}

/**
 * Splits days again, by the versions in force now and by all calls that the ledger holds by now. Where that comes to
 * other entries, those of the day are made void and the new ones recorded. A day that was never accrued is, and one that
 * the capacity does not have any more loses its entries.
 *
 * @param deadlineMs - epoch milliseconds after which no further entry is taken back or recorded
 * @throws {@link NotFoundError} when there is no capacity of this name
 * @throws {@link InvalidRequestError} naming every field that is wrong
 * @throws {@link ChangedMeanwhileError} when somebody else accrued one of the days again at the same moment
 */
export async function accrueAgain(
  ports: AccrualPorts & { readonly adminRecords: AdminRecords },
  tenant: TenantConfig,
  keyId: string,
  name: string,
  request: AgainRequest,
  deadlineMs: number,
): Promise<readonly DayAgain[]> {
  const capacities = await readCapacities(ports, tenant);
  const versions = versionsOf(capacities, name);
  const reason = checkReason(request.reason);
  const days = listDays(ports, tenant, request);
  const known = await ports.capacities.list(tenant.tenant, name, request);
  const splitter = new DaySplitter(ports, tenant, capacities);
  // What another request or run has not booked yet: a revision takes back the one before it, which is in the ledger then.
  const open = request.isDryRun ? [] : await ports.capacities.open(tenant.tenant);
  const leftOpen = open.filter(({ capacity, day }) => capacity === name && days.includes(day));
  const again: { readonly again: DayAgain; readonly next: AccruedDay }[] = [];
  for (const day of days) {
    const before = known.find((accrued) => accrued.day === day);
    const after = await splitter.split(name, day);
    const isSame = isSameSplit(before ?? NOTHING_DUE, after);
    const outcome = isSame ? 'unchanged' : request.isDryRun ? 'would_change' : 'open';
    const next = { ...after, capacity: name, day, revision: (before?.revision ?? 0) + 1 };
    again.push({ again: { day, before: before ?? NOTHING_DUE, after, outcome }, next });
  }
  const changed = again.filter(({ again: { outcome } }) => outcome === 'open');
  if (changed.length === 0) return again.map((each) => each.again);
  const detail = { name, days: changed.map(({ next }) => next.day), reason };
  await ports.adminRecords.append(tenant.tenant, {
    atMs: ports.now(),
    keyId,
    action: 'capacity.accrued_again',
    detail,
  });
  const booked = new Set<string>();
  for (const { next } of changed) {
    if ((await ports.capacities.add(tenant.tenant, next)) === 'exists') {
      throw new ChangedMeanwhileError(`somebody else accrued ${next.day} of ${name} at the same moment`);
    }
    const due = [...leftOpen.filter(({ day }) => day === next.day), next];
    if (await bookInTime(ports, tenant, due, versions, deadlineMs)) booked.add(next.day);
  }
  return again.map(({ again: each }) => (booked.has(each.day) ? { ...each, outcome: 'booked' } : each));
}

/** @returns whether the ledger holds all of them; time ran out otherwise */
async function bookInTime(
  ports: AccrualPorts,
  tenant: TenantConfig,
  due: readonly AccruedDay[],
  versions: readonly StoredVersion[],
  deadlineMs: number,
): Promise<boolean> {
  try {
    for (const accrued of due) {
      if (ports.now() >= deadlineMs) return false;
      await bookDay(ports, tenant, accrued, versions, deadlineMs);
    }
    return true;
  } catch (cause) {
    if (cause instanceof AccrualUnsettledError && ports.now() >= deadlineMs) return false;
    throw cause;
  }
}

function listDays(ports: AccrualPorts, tenant: TenantConfig, { from, to }: AgainRequest): readonly string[] {
  const end = addDays(lastCompleteDay(ports, tenant), 1);
  if (from >= to) throw new InvalidRequestError([{ field: 'to', expected: 'a day after "from"; it is excluded' }]);
  if (to > end)
    throw new InvalidRequestError([{ field: 'to', expected: `at most ${end}: later days are not over yet` }]);
  if (addDays(from, MAX_DAYS_AGAIN) < to) {
    throw new InvalidRequestError([{ field: 'to', expected: `at most ${MAX_DAYS_AGAIN} days after "from"` }]);
  }
  const days: string[] = [];
  for (let day = from; day < to; day = addDays(day, 1)) days.push(day);
  return days;
}
