import type { LedgerEntry } from '../../domain/events/entry.ts';
import { lacksPrice } from '../../domain/rating/compare-ratings.ts';
import type { RatedCall } from '../../domain/rating/rated-call.ts';
import type { LeafDelta, TenantConfig } from '../ports.ts';
import { changePricingState } from '../prices/pricing-state.ts';
import type { CommitRange, PricingState } from './correction-ports.ts';
import { isPricedCall } from './plan-order.ts';
import type { RepricingPorts } from './repricing-ports.ts';

/** A call without a full price, as the alert about it needs it. */
export type UnpricedCall = Pick<RatedCall, 'event' | 'rating'>;

/** What telling takes beside repricing. */
export interface TellPorts extends RepricingPorts {
  /** Tells about calls that were recorded and lack a full price; telling again repeats no message. */
  alertUnpriced(tenant: TenantConfig, calls: readonly UnpricedCall[]): Promise<void>;
}

/** Ranges of commits that are kept apart, so that one that cannot be told of holds up few others. */
const MAX_RANGES = 20;

/**
 * Tells again about calls that could not be told of when the log was followed. Each minute it begins with another
 * range, and a commit that fails is set apart from those behind it: one that can never be told of holds up no other.
 *
 * @param deadlineMs - epoch milliseconds after which no other commit is looked at
 * @throws what the first failure threw, after noting how far it came
 */
export async function tellUntold(
  ports: TellPorts,
  tenant: TenantConfig,
  untold: PricingState['untold'],
  deadlineMs: number,
): Promise<void> {
  const start = Math.floor(ports.now() / 60_000) % Math.max(1, untold.length);
  for (const range of [...untold.slice(start), ...untold.slice(0, start)]) {
    if (ports.now() >= deadlineMs) return;
    const { toldUpTo, fault } = await tellRange(ports, tenant, range, deadlineMs);
    await noteTold(ports, tenant, range, toldUpTo, fault !== undefined);
    if (fault !== undefined) throw fault;
  }
}

/** @returns why the calls could not be told of; undefined when they were, or there are none */
export async function tryToTell(
  ports: Pick<TellPorts, 'alertUnpriced'>,
  tenant: TenantConfig,
  calls: readonly UnpricedCall[],
): Promise<unknown> {
  if (calls.length === 0) return undefined;
  try {
    await ports.alertUnpriced(tenant, calls);
    return undefined;
  } catch (cause) {
    return cause ?? 'unknown';
  }
}

/** Adds a range behind those that are noted. Where there are too many, the last one grows up to it. */
export function noteUntold(noted: readonly CommitRange[], range: CommitRange): readonly CommitRange[] {
  const last = noted.at(-1);
  if (last && last.upTo >= range.upTo) return noted;
  if (last && noted.length >= MAX_RANGES) return [...noted.slice(0, -1), { after: last.after, upTo: range.upTo }];
  return [...noted, range];
}

/** Whether a delta or row holds calls without a full price. */
export function hasUnpriced({ measures }: Pick<LeafDelta, 'measures'>): boolean {
  const counts = [measures.unpriced, measures.unpriced_unit, measures.partially_priced];
  return counts.some((count) => (count ?? 0n) > 0n);
}

/** The calls of a commit that lack a full price by now. */
export async function findLacking(
  { reader }: Pick<RepricingPorts, 'reader'>,
  { tenant }: TenantConfig,
  commit: number,
): Promise<readonly LedgerEntry[]> {
  const entries = await reader.entriesOfCommit(tenant, commit);
  return entries.filter((entry) => isPricedCall(entry) && lacksPrice(entry.rating));
}

async function tellRange(
  ports: TellPorts,
  tenant: TenantConfig,
  { after, upTo }: CommitRange,
  deadlineMs: number,
): Promise<{ readonly toldUpTo: number; readonly fault?: unknown }> {
  let toldUpTo = after;
  for await (const { number, isRecording, deltas } of ports.reader.commits(tenant.tenant, after, upTo)) {
    const calls = isRecording && deltas.some(hasUnpriced) ? await findLacking(ports, tenant, number) : [];
    const fault = await tryToTell(ports, tenant, calls);
    if (fault !== undefined) return { toldUpTo, fault };
    toldUpTo = number;
    if (ports.now() >= deadlineMs) break;
  }
  return { toldUpTo };
}

/** Takes off what was told of, and sets the commit behind it apart where that failed. */
async function noteTold(
  ports: TellPorts,
  tenant: TenantConfig,
  range: CommitRange,
  toldUpTo: number,
  isFailed: boolean,
): Promise<void> {
  const isSplit = isFailed && toldUpTo + 1 < range.upTo;
  if (toldUpTo === range.after && !isSplit) return;
  await changePricingState(ports, tenant.tenant, (state) => {
    const index = state.untold.findIndex(({ after }) => after === range.after);
    const current = state.untold[index];
    if (!current) return state;
    const { upTo } = current;
    const failed = isSplit && state.untold.length < MAX_RANGES ? [{ after: toldUpTo, upTo: toldUpTo + 1 }] : [];
    const rest = { after: toldUpTo + failed.length, upTo };
    const left = [...failed, ...(rest.after < rest.upTo ? [rest] : [])];
    return { ...state, untold: state.untold.toSpliced(index, 1, ...left) };
  });
}
