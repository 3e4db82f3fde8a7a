import { createHmac, hash } from 'node:crypto';
import type { AccruedDay } from '../../domain/capacity/accrued-day.ts';
import type { Capacity } from '../../domain/capacity/capacity.ts';
import { type CapacityEntry, countCapacityEntries, toCapacityEntries } from '../../domain/capacity/capacity-entries.ts';
import { LedgerError } from '../../domain/errors.ts';
import { canonicaliseEvent } from '../../domain/events/canonical-event.ts';
import { voidEntry } from '../corrections/void-entry.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { AccrualPorts } from './capacity-ports.ts';
import type { StoredVersion } from './read-capacities.ts';

/** The entries of a day are not known to be in the ledger; the next run goes on with it. */
export class AccrualUnsettledError extends LedgerError {
  override readonly name = 'AccrualUnsettledError';
  readonly code = 'capacity/unsettled';
  readonly retryable = true;
}

/** Who takes back the entries of an earlier revision. */
const ACCRUAL = 'accrual';

/** Characters of an id that only the ledger can know, so that no sender can take it before. */
const SECRET_CHARACTERS = 22;

/**
 * Brings a revision of a day into the ledger: takes back what the one before booked, then records its own entries. Every
 * step may be repeated, by several runs at once and after a stop at any point: entries have the same ids each time, and
 * an entry is taken back once.
 *
 * @param accrued - of a day, the first one that is open: whoever is still about to record the one before finds duplicates
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link AccrualUnsettledError} when it is not known to be in the ledger
 */
export async function bookDay(
  ports: AccrualPorts,
  tenant: TenantConfig,
  accrued: AccruedDay,
  versions: readonly StoredVersion[],
  deadlineMs: number,
): Promise<void> {
  if (accrued.revision > 1) await takeBack(ports, tenant, accrued, deadlineMs);
  await record(ports, tenant, accrued, versions, deadlineMs);
  await ports.capacities.close(tenant.tenant, accrued);
}

async function record(
  { ledger }: Pick<AccrualPorts, 'ledger'>,
  tenant: TenantConfig,
  accrued: AccruedDay,
  versions: readonly StoredVersion[],
  deadlineMs: number,
): Promise<void> {
  const { capacity, day, revision, version } = accrued;
  const definition = versions.find(({ number }) => number === version)?.capacity;
  const calls = definition === undefined ? [] : toCalls(tenant, accrued, definition);
  if (calls.length === 0) return;
  const outcomes = await ledger.append(tenant, calls, deadlineMs);
  if (outcomes.every((outcome) => outcome === 'recorded' || outcome === 'duplicate')) return;
  throw new AccrualUnsettledError(`revision ${revision} of ${capacity} on ${day}: ${[...new Set(outcomes)]}`);
}

async function takeBack(
  ports: AccrualPorts,
  tenant: TenantConfig,
  { capacity, day, revision }: AccruedDay,
  deadlineMs: number,
): Promise<void> {
  const before = await ports.capacities.find(tenant.tenant, capacity, day, revision - 1);
  const reason = `capacity ${capacity}, ${day}: revision ${revision} takes its place`;
  for (let place = 0; before && place < countCapacityEntries(before); place++) {
    if (ports.now() >= deadlineMs) throw new AccrualUnsettledError(`${capacity} on ${day} is not all taken back yet`);
    const request = { id: nameEntry(tenant, before, place), reason };
    const { outcome } = await voidEntry(ports.repricing, tenant, ACCRUAL, request, deadlineMs);
    if (outcome === 'ordered') throw new AccrualUnsettledError(`${capacity} on ${day}: an entry is not void yet`);
  }
}

function toCalls(tenant: TenantConfig, accrued: AccruedDay, definition: Capacity) {
  const startMs = findZone(tenant.timeZone).dayStartMs(accrued.day);
  const entries = toCapacityEntries(accrued, definition, startMs, (place) => nameEntry(tenant, accrued, place));
  return entries.map((entry) => ({
    ...entry,
    contentHash: Number.parseInt(hash('sha256', contentOf(entry), 'hex').slice(0, 8), 16),
  }));
}

function contentOf({ event, rating, credit }: CapacityEntry): string {
  return JSON.stringify([canonicaliseEvent(event), String(rating.costPicoUsd), credit.reason]);
}

/** The id of an entry: the same each time, and known to nobody before it is recorded. */
function nameEntry(tenant: TenantConfig, { capacity, day, revision }: AccruedDay, place: number): string {
  const name = `${capacity}/${day}/${revision}/${place}`;
  const key = Buffer.from(tenant.pseudonymKey, 'base64');
  const secret = createHmac('sha256', key).update(`capacity:${name}`).digest('base64url').slice(0, SECRET_CHARACTERS);
  return `capacity/${name}/${secret}`;
}
