import type { AccruedDay } from '../../domain/capacity/accrued-day.ts';
import { findVersion } from '../../domain/capacity/capacity.ts';
import { LedgerError } from '../../domain/errors.ts';
import { addDays } from '../../domain/local-time.ts';
import type { TenantConfig, Tenants } from '../ports.ts';
import { findZone } from '../zones.ts';
import { bookDay } from './book-day.ts';
import type { AccrualPorts, AccrualProgress } from './capacity-ports.ts';
import { firstDayOf, readCapacities, type StoredVersion, type TenantCapacities } from './read-capacities.ts';
import { DaySplitter } from './split-day.ts';

/** How long after its end a day is split, in milliseconds: most of what was on its way has arrived by then. */
export const ACCRUAL_DELAY_MS = 3_600_000;

/** Days between two notes of how far a capacity has come. */
const DAYS_AT_ONCE = 31;

/** What one run did for a tenant. */
export interface AccrualReport {
  readonly tenant: string;
  /** Days whose entries are in the ledger by this run. */
  readonly days: number;
  /** Whether time ran out before every day was. */
  readonly isCut: boolean;
}

/** Some tenants' capacities could not be accrued; the next run goes on where each stands. */
export class AccrualIncompleteError extends LedgerError {
  override readonly name = 'AccrualIncompleteError';
  readonly code = 'capacity/incomplete';
  readonly retryable = true;
}

/**
 * Accrues every tenant's capacities.
 *
 * @param deadlineMs - epoch milliseconds after which no further day is begun
 * @throws {@link AccrualIncompleteError} after all other tenants were tried
 */
export async function accrueAllTenants(
  ports: AccrualPorts & { readonly tenants: Pick<Tenants, 'list'> },
  deadlineMs: number,
): Promise<readonly AccrualReport[]> {
  const reports: AccrualReport[] = [];
  const faults: unknown[] = [];
  for (const tenant of await ports.tenants.list()) {
    const report = await accrueCapacities(ports, tenant, deadlineMs).catch((cause: unknown) => void faults.push(cause));
    if (report && (report.days > 0 || report.isCut)) reports.push(report);
  }
  if (faults.length === 0) return reports;
  throw new AccrualIncompleteError(`${faults.length} tenants not accrued`, { cause: new AggregateError(faults) });
}

/**
 * Books every complete local day of a tenant's capacities that is not in the ledger yet: its split is stored first, once,
 * and its entries follow from that, so that stops, repeats and runs at the same time book each day once. What arrives
 * later changes nothing about a day.
 *
 * @param deadlineMs - epoch milliseconds after which no further day is begun
 */
export async function accrueCapacities(
  ports: AccrualPorts,
  tenant: TenantConfig,
  deadlineMs: number,
): Promise<AccrualReport> {
  const capacities = await readCapacities(ports, tenant);
  const report = { tenant: tenant.tenant, days: 0, isCut: false };
  if (capacities.versions.size === 0) return report;
  for (const accrued of await ports.capacities.open(tenant.tenant)) {
    if (ports.now() >= deadlineMs) return { ...report, isCut: true };
    await bookDay(ports, tenant, accrued, capacities.versions.get(accrued.capacity) ?? [], deadlineMs);
    report.days += 1;
  }
  const splitter = new DaySplitter(ports, tenant, capacities);
  for (const name of [...capacities.versions.keys()].sort()) {
    const { days, isCut } = await accrueOne(ports, tenant, capacities, splitter, name, deadlineMs);
    report.days += days;
    report.isCut ||= isCut;
  }
  return report;
}

/** The last local day that is over for long enough. */
export function lastCompleteDay({ now }: Pick<AccrualPorts, 'now'>, { timeZone }: TenantConfig): string {
  return addDays(findZone(timeZone).localDay(now() - ACCRUAL_DELAY_MS), -1);
}

async function accrueOne(
  ports: AccrualPorts,
  tenant: TenantConfig,
  capacities: TenantCapacities,
  splitter: DaySplitter,
  name: string,
  deadlineMs: number,
): Promise<Omit<AccrualReport, 'tenant'>> {
  const versions = capacities.versions.get(name) ?? [];
  const last = lastCompleteDay(ports, tenant);
  const version = Math.max(...versions.map(({ number }) => number));
  let noted = await ports.capacities.progress(tenant.tenant, name);
  let days = 0;
  for (let from = startDay(noted, versions); from <= last; ) {
    const to = addDays(from, DAYS_AT_ONCE) <= last ? addDays(from, DAYS_AT_ONCE) : addDays(last, 1);
    const known = new Set((await ports.capacities.list(tenant.tenant, name, { from, to })).map(({ day }) => day));
    for (let day = from; day < to; day = addDays(day, 1)) {
      if (known.has(day) || findVersion(versions, day) === undefined) continue;
      if (ports.now() >= deadlineMs) return { days, isCut: true };
      const split = { ...(await splitter.split(name, day)), capacity: name, day, revision: 1 };
      await bookDay(ports, tenant, await storeFirst(ports, tenant, split), versions, deadlineMs);
      days += 1;
    }
    const reached = { day: addDays(to, -1), version };
    // Somebody else came further, perhaps by newer versions: the next run goes on from there.
    const outcome = await ports.capacities.moveProgress(tenant.tenant, name, noted, reached);
    if (outcome === 'behind') return { days, isCut: false };
    noted = reached;
    from = to;
  }
  return { days, isCut: false };
}

/** The first day to look at: a version that was stored since may have one that had none before. */
function startDay(noted: AccrualProgress | null, versions: readonly StoredVersion[]): string {
  if (noted === null) return firstDayOf(versions);
  const newer = versions.filter(({ number }) => number > noted.version);
  const next = addDays(noted.day, 1);
  return newer.length === 0 || next < firstDayOf(newer) ? next : firstDayOf(newer);
}

/** Stores a day's split, or finds the one that another run stored before: that one stands. */
async function storeFirst(ports: AccrualPorts, { tenant }: TenantConfig, split: AccruedDay): Promise<AccruedDay> {
  if ((await ports.capacities.add(tenant, split)) === 'added') return split;
  return (await ports.capacities.find(tenant, split.capacity, split.day, split.revision)) ?? split;
}
