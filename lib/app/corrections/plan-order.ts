import type { CorrectionTarget } from '../../domain/corrections/correction.ts';
import { invariant } from '../../domain/errors.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import type { BookStamp } from '../../domain/prices/book-stamp.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';
import { isSameWorth, lacksPrice } from '../../domain/rating/compare-ratings.ts';
import type { Rating } from '../../domain/rating/rated-call.ts';
import type { PriceBooks, TenantConfig } from '../ports.ts';
import type { OverrideChange } from '../prices/override-ports.ts';
import { rateWithSaved } from '../recording/rate-and-conceal.ts';
import type { Order, OrderRequest } from './correction-ports.ts';
import { type CallFacts, EVERY_TENANT, type RepricingPorts } from './repricing-ports.ts';

/** Which entries are to be looked at, and what they should come to. */
export interface RepricingPlan {
  readonly books: PriceBooks;
  /** Whether an entry is of the plan's business; never changes for an entry, unless it is voided. */
  concerns(entry: LedgerEntry): boolean;
  /**
   * What entries should come to by a book, one target each, in order. Where that is what an entry counts for already,
   * the target is the rating that it has; `keep` where the plan has nothing to say.
   */
  targets(book: PriceBook, entries: readonly LedgerEntry[]): Promise<readonly CorrectionTarget[]>;
}

/** A window of entries that somebody wants to have repriced. */
export type RepriceWindow = Omit<Extract<OrderRequest, { kind: 'reprice' }>, 'kind'>;

type OverrideRequest = Extract<OrderRequest, { kind: 'override' }>;

/** What an order of repricing means for each entry. */
export function planOrder(
  ports: RepricingPorts,
  tenant: TenantConfig,
  { request, upToCommit }: Pick<Order, 'upToCommit'> & { readonly request: Exclude<OrderRequest, { kind: 'void' }> },
): Promise<RepricingPlan> {
  return request.kind === 'reprice'
    ? planReprice(ports, request, upToCommit)
    : planOverride(ports, tenant, request, upToCommit);
}

/**
 * Every call of a window, at the prices of one catalog and the overrides of today. A named catalog takes no price away:
 * of calls that it cannot price in full it says nothing, whatever they have by then, so that the outcome does not depend
 * on which of two orders was carried out first.
 *
 * @param upToCommit - entries of later commits are left out
 * @throws {@link InvariantError} when nobody knows the catalog's version, which is checked where the window is given
 */
export async function planReprice(
  ports: Pick<RepricingPorts, 'catalogs'>,
  { fromMs, toMs, model, catalogVersion }: RepriceWindow,
  upToCommit: number,
): Promise<RepricingPlan> {
  const { catalogs } = ports;
  const books = catalogVersion === null ? catalogs.inForce : await catalogs.at(catalogVersion);
  invariant(books, `catalog ${catalogVersion} is not in the archive`);
  return {
    books,
    concerns: (entry) =>
      entry.commit <= upToCommit &&
      isPricedCall(entry) &&
      entry.event.timeMs >= fromMs &&
      entry.event.timeMs < toMs &&
      (model === null || entry.event.model === model),
    targets: async (book, entries) =>
      entries.map((entry) => {
        const target = rerate(book, entry);
        return catalogVersion !== null && lacksPrice(target) ? 'keep' : target;
      }),
  };
}

/**
 * The calls that one change of overrides is about and that were recorded without it. What they were corrected with since
 * does not count: an earlier order that is carried out late holds the change too, and would have the last word.
 */
async function planOverride(
  ports: RepricingPorts,
  tenant: TenantConfig,
  { scope, change: number }: OverrideRequest,
  upToCommit: number,
): Promise<RepricingPlan> {
  const changes = await ports.overrideChanges.list(scope === 'global' ? EVERY_TENANT : tenant.tenant);
  const change = changes.find((each) => each.number === number);
  invariant(change, `override change ${number} (${scope}) of ${tenant.tenant} is missing`);
  const stamps = new RecordedStamps(ports.reader, tenant.tenant);
  const names = await ports.catalogs.inForce.current(tenant.tenant);
  return {
    books: ports.catalogs.inForce,
    concerns: (entry) =>
      entry.commit <= upToCommit && isPricedCall(entry) && isTouched(ports, names, [change], entry.event),
    targets: (book, entries) =>
      Promise.all(
        entries.map(async (entry) => {
          const { [scope]: held } = await stamps.findRecorded(entry);
          return held >= number ? 'keep' : rerate(book, entry);
        }),
      ),
  };
}

/** Whether an entry is a call that counts: voids and credits have no price to be found. */
export function isPricedCall(entry: LedgerEntry): boolean {
  return !entry.isVoid && entry.credit === undefined;
}

/** What an entry costs by a book: the rating that it has, where the book comes to the same. */
export function rerate(book: PriceBook, entry: LedgerEntry): Rating {
  const rating = rateWithSaved(book, entry.event);
  return isSameWorth(rating, entry.rating) ? entry.rating : rating;
}

/** Whether any of the changes is about a call, whose name means what the book says. */
export function isTouched(
  ports: Pick<RepricingPorts, 'touches'>,
  book: PriceBook,
  changes: readonly OverrideChange[],
  event: UsageEvent,
): boolean {
  const facts = toCallFacts(event);
  return changes.some((change) => ports.touches(change, facts, book));
}

function toCallFacts(event: UsageEvent): CallFacts {
  return {
    provider: event.provider ?? null,
    model: event.model,
    timeMs: event.timeMs,
    serviceTier: event.service_tier ?? null,
    region: event.region ?? null,
    facts: event,
    ...(event.reported_cost_usd === undefined ? {} : { reportedCostUsd: event.reported_cost_usd }),
  };
}

/** Finds with which price books entries were priced. */
export class RecordedStamps {
  readonly #reader: Pick<RepricingPorts['reader'], 'commits'>;
  readonly #tenant: string;
  readonly #known = new Map<number, Promise<BookStamp>>();

  constructor(reader: Pick<RepricingPorts['reader'], 'commits'>, tenant: string) {
    this.#reader = reader;
    this.#tenant = tenant;
  }

  /** The book of the last correction, or of the recording where there is none. */
  findLast(entry: Pick<LedgerEntry, 'commit' | 'corrections'>): Promise<BookStamp> {
    const last = entry.corrections.at(-1);
    return last ? Promise.resolve(last.book) : this.findRecorded(entry);
  }

  /** The book that an entry was recorded with. */
  findRecorded({ commit }: Pick<LedgerEntry, 'commit'>): Promise<BookStamp> {
    const known = this.#known.get(commit) ?? this.#read(commit);
    this.#known.set(commit, known);
    return known;
  }

  async #read(number: number): Promise<BookStamp> {
    for await (const { book } of this.#reader.commits(this.#tenant, number - 1, number)) return book;
    invariant(false, `commit ${number} of ${this.#tenant} is missing`);
  }
}
