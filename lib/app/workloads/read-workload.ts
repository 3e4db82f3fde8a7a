import { createHash } from 'node:crypto';
import { createLeafMatcher, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { addDays } from '../../domain/local-time.ts';
import { mergeWorkload } from '../../domain/workload/merge-workload.ts';
import type { Workload, WorkloadDay } from '../../domain/workload/workload.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { findZone } from '../zones.ts';
import { areSameSums } from './day-sums.ts';
import { readTogether } from './measure-days.ts';
import type { MeasuredDay } from './measured-day.ts';
import { findFirstDay, pickCompleteDays, type RecordedDay, type RecordedDays, readDayTotals } from './recorded-days.ts';
import { beginDay, type DayPlan, holdsAll, settleDay } from './settle-day.ts';
import type { Workloads } from './workload-ports.ts';

/** What reading a workload takes. */
export interface WorkloadPorts {
  readonly reader: Pick<LedgerReader, 'rollups' | 'entriesOfDay' | 'entriesOfDays'>;
  readonly workloads: Workloads;
}

/** Which calls are meant, and how their sizes are told apart. */
export interface WorkloadRequest {
  readonly scope: ScopeFilter;
  /** Local days, both included; only complete ones among them are measured. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** Sizes in tokens at which calls are told apart: the windows of all targets that will be asked about. */
  readonly boundsTokens: readonly number[];
  /** Whether the ledger's first day is taken too, which may be a part of a day. @default false */
  readonly takesFirstDay?: boolean;
}

/** A recorded workload, as far as it is measured. */
export interface RecordedWorkload {
  /** Days that are measured, exact as of some commit. */
  readonly workload: Workload;
  /** Complete days that are not measured yet; asking again goes on with them. */
  readonly missing: readonly string[];
  /** Days whose entries do not add up to the ledger's totals, so that nothing is known of them: an audit says why. */
  readonly contradictory: readonly string[];
}

/** Most days of one workload. */
export const MAX_WORKLOAD_DAYS = 92;

/** Most sizes at which calls are told apart. */
export const MAX_WORKLOAD_BOUNDS = 128;

/** Told of each day that had to be measured, with how many of them are done. */
export type DayListener = (progress: { readonly day: string; readonly done: number; readonly total: number }) => void;

/** Calls of a tenant up to which neighbouring days are read together; a day of more is read by itself. */
const MAX_CALLS_TOGETHER = 200_000n;

/**
 * Reads the recorded workload of a scope over complete local days. A day is measured from its entries once and kept;
 * what is kept is used only while it adds up to what the ledger's totals say of the day now, else what came since is read
 * too, and where that does not add up either (a correction), all of it again. Nothing is measured of days on which the
 * tenant recorded nothing, of the ledger's first day, or of today.
 *
 * @param deadlineMs - epoch milliseconds after which no page of entries is begun; a page takes a second or so
 * @throws {@link InvalidRequestError} when it is too many days or sizes
 */
export async function readWorkload(
  ports: WorkloadPorts,
  tenant: TenantConfig,
  request: WorkloadRequest,
  deadlineMs: number,
  { onDay }: { readonly onDay?: DayListener } = {},
): Promise<RecordedWorkload> {
  const plan = planReading(ports, tenant, request, deadlineMs);
  const { head, days } = await listDays(ports, plan, request);
  const stored = await ports.workloads.store.list(tenant.tenant, plan.scopeKey, request.firstDay, request.lastDay);
  const measured: WorkloadDay[] = [];
  const open: OpenDay[] = [];
  for (const [place, [day, recorded]] of [...days].entries()) {
    const kept = stored.get(day);
    const isEnough = kept !== undefined && holdsAll(kept.digest.boundsTokens, plan.boundsTokens);
    if (recorded.sums.calls === 0n) measured.push(beginDay(plan, day).digest());
    else if (isEnough && kept.upTo === recorded.upTo && areSameSums(kept.sums, recorded.sums))
      measured.push(kept.digest);
    else open.push({ place, recorded, reading: beginDay(plan, day, kept) });
  }
  const missing: string[] = [];
  const contradictory: string[] = [];
  let done = 0;
  for (const group of groupDays(open)) {
    const readings = group.map(({ reading }) => reading);
    if (group.length > 1) await readTogether(plan, readings, head);
    for (const { reading, recorded } of group) {
      const outcome = await settleDay(plan, reading, recorded);
      if (outcome === 'missing') missing.push(reading.day);
      else if (outcome === 'contradictory') contradictory.push(reading.day);
      else measured.push(outcome);
      if (outcome !== 'missing') onDay?.({ day: reading.day, done: ++done, total: open.length });
    }
  }
  return { workload: mergeWorkload(measured), missing, contradictory };
}

/** A day that has to be measured, and its place among the recorded ones. */
interface OpenDay {
  readonly place: number;
  readonly recorded: RecordedDay;
  readonly reading: MeasuredDay;
}

function planReading(
  { reader, workloads }: WorkloadPorts,
  tenant: TenantConfig,
  request: WorkloadRequest,
  deadlineMs: number,
): DayPlan {
  const boundsTokens = [...new Set(request.boundsTokens)].sort((a, b) => a - b);
  if (boundsTokens.length > MAX_WORKLOAD_BOUNDS)
    throw new InvalidRequestError([{ field: 'bounds_tokens', expected: `at most ${MAX_WORKLOAD_BOUNDS} sizes` }]);
  if (addDays(request.firstDay, MAX_WORKLOAD_DAYS) <= request.lastDay)
    throw new InvalidRequestError([{ field: 'to', expected: `at most ${MAX_WORKLOAD_DAYS} days` }]);
  return {
    reader,
    workloads,
    tenant,
    matches: createLeafMatcher(request.scope, tenant.tagDimensions),
    scopeKey: nameScope(request.scope),
    zone: findZone(tenant.timeZone),
    boundsTokens,
    isOver: () => workloads.now() >= deadlineMs,
  };
}

/** Recorded complete days of the request, with what they recorded. */
async function listDays(
  { reader, workloads }: WorkloadPorts,
  { tenant, zone, matches }: DayPlan,
  { firstDay, lastDay, takesFirstDay = false }: WorkloadRequest,
): Promise<RecordedDays> {
  const today = zone.localDay(workloads.now());
  const afterLast = addDays(lastDay, 1);
  const toDay = afterLast < today ? afterLast : today;
  if (firstDay >= toDay) return { head: 0, days: new Map() };
  const recorded = await readDayTotals(reader, tenant.tenant, { fromDay: firstDay, toDay }, matches);
  const ledgersFirst = takesFirstDay ? undefined : await findFirstDay(reader, tenant.tenant, today);
  const complete = new Set(pickCompleteDays(recorded.days.keys(), ledgersFirst, today));
  return { ...recorded, days: new Map([...recorded.days].filter(([day]) => complete.has(day))) };
}

/** Neighbouring days of which nothing was read yet, together as far as they are few calls; every other day alone. */
function groupDays(open: readonly OpenDay[]): readonly (readonly OpenDay[])[] {
  const groups: OpenDay[][] = [];
  let calls = 0n;
  for (const each of open) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    calls += each.recorded.tenantCalls;
    const isNext = last?.place === each.place - 1 && last.reading.cursor === undefined;
    if (group && isNext && each.reading.cursor === undefined && calls <= MAX_CALLS_TOGETHER) group.push(each);
    else {
      groups.push([each]);
      calls = each.recorded.tenantCalls;
    }
  }
  return groups;
}

/** A name of a scope that is the same in whatever order its dimensions are given. */
function nameScope(scope: ScopeFilter): string {
  const text = JSON.stringify(Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
