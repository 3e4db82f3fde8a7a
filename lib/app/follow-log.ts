import type { CorrectionAuthority, CorrectionTarget } from '../domain/corrections/correction.ts';
import type { LedgerEntry } from '../domain/events/entry.ts';
import { isOlderBook } from '../domain/prices/book-stamp.ts';
import type { PriceBook } from '../domain/prices/price-book.ts';
import { lacksPrice, pricesMore } from '../domain/rating/compare-ratings.ts';
import type { CommitRange, PricingState } from './corrections/correction-ports.ts';
import { changesSince, OrderCoverage, readChanges, type ScopedChange } from './corrections/order-repricing.ts';
import { isPricedCall, isTouched, RecordedStamps, rerate } from './corrections/plan-order.ts';
import type { RepricingPorts } from './corrections/repricing-ports.ts';
import { correctEntries } from './corrections/run-order.ts';
import {
  findLacking,
  hasUnpriced,
  noteUntold,
  type TellPorts,
  tryToTell,
  type UnpricedCall,
} from './corrections/tell-unpriced.ts';
import type { CommitRecord, LeafDelta, PriceBooks, TenantConfig } from './ports.ts';
import { changePricingState, readPricingState } from './prices/pricing-state.ts';
import { type DayRange, unite, widen } from './spend/ledger-days.ts';

/** The ledger itself, pricing what had no price or was rated with an outdated book. */
const LEDGER: Omit<CorrectionAuthority, 'reason'> = { order: 0, kind: 'reprice', by: 'ledger' };

/** Why the ledger corrects a call that was rated with an outdated book. */
export const OUTDATED_BOOK: CorrectionAuthority = { ...LEDGER, reason: 'rated with an outdated price book' };

/** Why the ledger corrects a call that had no price. */
export const PRICE_FOUND: CorrectionAuthority = { ...LEDGER, reason: 'a price was found' };

/** Commits between two notes of how far the log was followed. */
const COMMITS_AT_ONCE = 100;

/** What following the log came to. */
export interface FollowReport {
  readonly state: PricingState;
  /** Entries that were corrected on the way. */
  readonly corrected: number;
  /** Why calls without a price could not be told of now. */
  readonly faults: readonly unknown[];
}

interface Lesson {
  readonly days: DayRange | null;
  /** In which calls lack a price that the catalog of the lesson does not know. */
  readonly months: ReadonlySet<string>;
  /** Null where it is not known which catalog left calls without a price. */
  readonly catalogVersion: string | null;
  readonly followedTo: number;
  readonly corrected: number;
  readonly unpriced: readonly UnpricedCall[];
}

/**
 * Looks through a tenant's new commits: learns on which days there are entries and in which months calls lack a price,
 * tries to price those at once, and mends what was priced with an older book than the one in force and is too late for
 * the order of the change. Every commit is looked at after it is known to be in the log, with a book read after that;
 * so a change of overrides is either in the commit, or in the book it is compared with, or stored later, and then its
 * order is about the commit.
 *
 * Of calls left without a price it tells; where that fails, their commits are noted for {@link tellUntold}.
 *
 * @param deadlineMs - epoch milliseconds after which no other commit is looked at
 */
export async function followLog(ports: TellPorts, tenant: TenantConfig, deadlineMs: number): Promise<FollowReport> {
  let state = await readPricingState(ports, tenant.tenant);
  let corrected = 0;
  const faults: unknown[] = [];
  const head = await ports.reader.head(tenant.tenant);
  while (state.followedTo < head && ports.now() < deadlineMs) {
    const from = state.followedTo;
    const lesson = await lookThrough(ports, tenant, from, Math.min(head, from + COMMITS_AT_ONCE), deadlineMs);
    if (lesson.followedTo === from) break;
    const fault = await tryToTell(ports, tenant, lesson.unpriced);
    if (fault !== undefined) faults.push(fault);
    const untold = fault === undefined ? [] : [{ after: from, upTo: lesson.followedTo }];
    state = await changePricingState(ports, tenant.tenant, (current) => learn(current, lesson, untold));
    corrected += lesson.corrected;
  }
  return { state, corrected, faults };
}

/** What is learned only ever grows, so two sweeps that followed the same commits agree. */
function learn(state: PricingState, lesson: Lesson, untold: readonly CommitRange[]): PricingState {
  const { days, months, catalogVersion, followedTo } = lesson;
  // What another catalog tried before does not hold for calls that this one could not price.
  const isTried = (tried: { readonly catalogVersion: string } | null): boolean =>
    months.size === 0 || tried?.catalogVersion === catalogVersion;
  return {
    ...state,
    followedTo: Math.max(state.followedTo, followedTo),
    surveyedTo: Math.max(state.surveyedTo, followedTo),
    days: unite(state.days, days),
    unpricedMonths: [...new Set([...state.unpricedMonths, ...months])].sort(),
    triedWith: isTried(state.triedWith) ? state.triedWith : null,
    pass: isTried(state.pass) ? state.pass : null,
    untold: untold.reduce(noteUntold, state.untold),
  };
}

async function lookThrough(
  ports: RepricingPorts,
  tenant: TenantConfig,
  from: number,
  upTo: number,
  deadlineMs: number,
): Promise<Lesson> {
  const book = await ports.catalogs.inForce.current(tenant.tenant);
  const changes = await readChanges(ports, tenant.tenant);
  const coverage = new OrderCoverage(ports, tenant);
  const months = new Set<string>();
  const unpriced: UnpricedCall[] = [];
  let [days, followedTo, corrected]: [DayRange | null, number, number] = [null, from, 0];
  let catalogVersion: string | null = ports.catalogs.version;
  for await (const commit of ports.reader.commits(tenant.tenant, from, upTo)) {
    const lacking = commit.deltas.filter(hasUnpriced);
    let left: readonly Pick<LedgerEntry, 'day'>[] = lacking;
    // A commit of corrections needs no mending: what was decided without a change fails at the fence of its order.
    if (commit.isRecording && (lacking.length > 0 || isOlderBook(commit.book, book.stamp))) {
      const missed = await coverage.findUncovered(changesSince(changes, commit.book), commit.number);
      const mended = await mendCommit(ports, tenant, commit, missed, lacking.length > 0, deadlineMs);
      if (mended === undefined) break;
      corrected += mended.corrected;
      unpriced.push(...mended.unpriced);
      left = mended.unpriced;
    }
    for (const { day } of left) months.add(day.slice(0, 7));
    // An order that took prices away may have been carried out with any catalog.
    if (!commit.isRecording && commit.deltas.some(takesPrices)) catalogVersion = null;
    days = widen(days, commit.deltas);
    followedTo = commit.number;
    if (ports.now() >= deadlineMs) break;
  }
  return { days, months, catalogVersion, followedTo, corrected, unpriced };
}

/** Whether more calls lack a full price after a delta than before. */
function takesPrices({ measures }: LeafDelta): boolean {
  return (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n) > 0n;
}

async function mendCommit(
  ports: RepricingPorts,
  tenant: TenantConfig,
  { number }: CommitRecord,
  missed: readonly ScopedChange[],
  isLacking: boolean,
  deadlineMs: number,
): Promise<{ readonly corrected: number; readonly unpriced: readonly LedgerEntry[] } | undefined> {
  if (missed.length === 0 && !isLacking) return { corrected: 0, unpriced: [] };
  const entries = await ports.reader.entriesOfCommit(tenant.tenant, number);
  const outdated = { books: ports.catalogs.inForce, targets: targetsOf(ports, tenant, missed) };
  const candidates = missed.length === 0 ? [] : entries;
  const mended = await correctEntries(ports, tenant, OUTDATED_BOOK, outdated, candidates, deadlineMs);
  if (mended === undefined) return undefined;
  const lacking = entries.filter((entry) => isPricedCall(entry) && lacksPrice(entry.rating));
  const priced = await correctEntries(ports, tenant, PRICE_FOUND, planUnpriced(ports), lacking, deadlineMs);
  if (priced === undefined) return undefined;
  // Read again, because another sweep may have been quicker.
  const unpriced = lacking.length === 0 ? [] : await findLacking(ports, tenant, number);
  return { corrected: mended + priced, unpriced };
}

/** Prices calls again that changes are about which they were priced without. */
function targetsOf(ports: RepricingPorts, { tenant }: TenantConfig, missed: readonly ScopedChange[]) {
  const stamps = new RecordedStamps(ports.reader, tenant);
  return (book: PriceBook, entries: readonly LedgerEntry[]): Promise<readonly CorrectionTarget[]> =>
    Promise.all(
      entries.map(async (entry) => {
        if (!isPricedCall(entry)) return 'keep';
        const held = await stamps.findLast(entry);
        const changes = missed.filter(({ scope, change }) => change.number > held[scope]).map(({ change }) => change);
        return isTouched(ports, book, changes, entry.event) ? rerate(book, entry) : 'keep';
      }),
    );
}

/** Prices what lacks a price as far as the book in force can, and leaves everything else alone. */
export function planUnpriced({ catalogs }: Pick<RepricingPorts, 'catalogs'>): {
  readonly books: PriceBooks;
  targets(book: PriceBook, entries: readonly LedgerEntry[]): Promise<readonly CorrectionTarget[]>;
} {
  return {
    books: catalogs.inForce,
    targets: async (book, entries) =>
      entries.map((entry) => {
        if (!isPricedCall(entry)) return 'keep';
        const target = rerate(book, entry);
        return pricesMore(target, entry.rating) ? target : 'keep';
      }),
  };
}
