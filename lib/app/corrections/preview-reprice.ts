import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { Rating } from '../../domain/rating/rated-call.ts';
import type { RangePage, TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { countEntriesLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { planReprice, type RepriceWindow } from './plan-order.ts';
import type { RepricingPorts } from './repricing-ports.ts';
import { checkWindow, findWindowDays, type RepriceRequest } from './request-reprice.ts';

/** Entries that a part stops behind; pages are never cut. */
const MAX_EXAMINED = 20_000;

/** How long a part goes on with pages, in milliseconds: no request may last longer than 20 s. */
const MAX_TIME_MS = 5_000;

/** What a repricing would change for one model on one local day. Amounts are picoUSD, sums of the known ones. */
export interface DeltaRow {
  readonly model: string;
  readonly day: string;
  /** Entries that would be corrected. */
  readonly entries: number;
  /** Those of them that have no price now and would get one. */
  readonly newlyPriced: number;
  readonly costBefore: bigint;
  readonly costAfter: bigint;
  readonly listBefore: bigint;
  readonly listAfter: bigint;
}

/** A part of a preview; rows of one model and day may be in several, and are to be added up. */
export interface PreviewPage {
  /** Sorted by day, then model. */
  readonly rows: readonly DeltaRow[];
  /** Entries of the window that were looked at. */
  readonly examined: number;
  /** Those of them that would still lack a price. */
  readonly lackingPrice: UnpricedCounts;
  /** Opaque; pass it back to read on. Absent on the last page. */
  readonly next?: string;
}

interface Position {
  readonly upToCommit: number;
  readonly first: string;
  readonly last: string;
  /** Absent before the first page. */
  readonly cursor?: string;
}

/**
 * Shows what repricing a window would change, without changing anything: one bounded part of it. Every part is of the
 * ledger as the first one found it; prices are those of the moment.
 *
 * @param cursor - `next` of the part before, of the same request
 * @throws {@link InvalidRequestError} naming every field that is wrong
 */
export async function previewReprice(
  ports: RepricingPorts,
  tenant: TenantConfig,
  request: RepriceRequest,
  cursor?: string,
): Promise<PreviewPage> {
  const window = await checkWindow(ports, tenant, request);
  const stopMs = ports.now() + MAX_TIME_MS;
  const position = cursor === undefined ? 'unknown' : parsePosition(cursor);
  const start = position === 'unknown' ? await findStart(ports, tenant, window, stopMs) : position;
  if (start === null) return { ...NOTHING, rows: [] };
  if (start === 'unknown') return { ...NOTHING, rows: [], next: JSON.stringify(start) };
  const plan = await planReprice(ports, window, start.upToCommit);
  const rows = new Map<string, DeltaRow>();
  let examined = 0;
  let lackingPrice: UnpricedCounts = NOTHING.lackingPrice;
  let at = start.cursor;
  do {
    const page: RangePage = await ports.reader.entriesOfDays(tenant.tenant, start, start.upToCommit, at);
    const mine = page.entries.filter((entry) => plan.concerns(entry));
    const targets = await plan.targets(await plan.books.current(tenant.tenant), mine);
    for (const [index, entry] of mine.entries()) {
      const target = targets[index] ?? 'keep';
      if (target !== 'keep' && target !== 'void' && target !== entry.rating) addDelta(rows, entry, target);
      lackingPrice = countAnother(lackingPrice, typeof target === 'string' ? entry : { ...entry, rating: target });
    }
    examined += mine.length;
    at = page.next;
  } while (at !== undefined && examined < MAX_EXAMINED && ports.now() < stopMs);
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  const page = { rows: sorted, examined, lackingPrice };
  return { ...page, ...(at === undefined ? {} : { next: JSON.stringify({ ...start, cursor: at }) }) };
}

const NOTHING = { examined: 0, lackingPrice: { unpriced: 0n, partiallyPriced: 0n } } as const;

function countAnother(counts: UnpricedCounts, entry: LedgerEntry): UnpricedCounts {
  const { unpriced, partiallyPriced } = countEntriesLackingPrice([entry]);
  return { unpriced: counts.unpriced + unpriced, partiallyPriced: counts.partiallyPriced + partiallyPriced };
}

/** @returns null when the window holds no calls; `unknown` when time ran out before that was known */
async function findStart(
  ports: RepricingPorts,
  tenant: TenantConfig,
  window: RepriceWindow,
  stopMs: number,
): Promise<Position | 'unknown' | null> {
  const found = await findWindowDays(ports, tenant, window, stopMs);
  if (found === undefined) return 'unknown';
  return found.days && { upToCommit: found.head, ...found.days };
}

function parsePosition(text: string): Position | 'unknown' {
  const value: unknown = JSON.parse(text);
  if (value === 'unknown' || isPosition(value)) return value;
  throw new InvalidRequestError([{ field: 'cursor', expected: 'the "next" of a part of the same preview' }]);
}

function isPosition(value: unknown): value is Position {
  const { upToCommit, first, last, cursor } = Object(value) as Record<string, unknown>;
  return typeof upToCommit === 'number' && [first, last, cursor].every((text) => typeof text === 'string');
}

function addDelta(rows: Map<string, DeltaRow>, { event, day, rating }: LedgerEntry, target: Rating): void {
  const key = `${day} ${event.model}`;
  const before = rows.get(key);
  rows.set(key, {
    model: event.model,
    day,
    entries: (before?.entries ?? 0) + 1,
    newlyPriced: (before?.newlyPriced ?? 0) + (rating.costPicoUsd === null && target.costPicoUsd !== null ? 1 : 0),
    costBefore: (before?.costBefore ?? 0n) + (rating.costPicoUsd ?? 0n),
    costAfter: (before?.costAfter ?? 0n) + (target.costPicoUsd ?? 0n),
    listBefore: (before?.listBefore ?? 0n) + (rating.listCostPicoUsd ?? 0n),
    listAfter: (before?.listAfter ?? 0n) + (target.listCostPicoUsd ?? 0n),
  });
}
