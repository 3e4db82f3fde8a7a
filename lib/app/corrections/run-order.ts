import type { CorrectionAuthority } from '../../domain/corrections/correction.ts';
import { LedgerError } from '../../domain/errors.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import { isOlderBook } from '../../domain/prices/book-stamp.ts';
import type { TenantConfig } from '../ports.ts';
import { readPricingState } from '../prices/pricing-state.ts';
import { NotFoundError } from '../request-errors.ts';
import type { Decision, Order, OrderProgress, OrderStanding } from './correction-ports.ts';
import { planOrder, RecordedStamps, type RepricingPlan } from './plan-order.ts';
import type { RepricingPorts } from './repricing-ports.ts';

/** Entries of one call of {@link RepricingPorts.corrections}: what is read and decided again when others were quicker. */
const ENTRIES_AT_ONCE = 2_000;

/**
 * Carries out an order from where it stands until it is done or time runs out. Any number of runners may carry out the
 * same order at once, and any of them may die: progress is only ever moved behind work that is committed.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @returns where the order stands now
 * @throws {@link NotFoundError} when there is no order of this number
 */
export async function runOrder(
  ports: RepricingPorts,
  tenant: TenantConfig,
  number: number,
  deadlineMs: number,
): Promise<OrderStanding> {
  let standing = await findOrder(ports, tenant, number);
  const { request } = standing.order;
  const plan = request.kind === 'void' ? undefined : await planOrder(ports, tenant, { ...standing.order, request });
  if (plan && standing.progress.state === 'running') await begin(ports, tenant, standing.order, plan, deadlineMs);
  while (standing.progress.state === 'running' && ports.now() < deadlineMs) {
    const next = plan
      ? await carryOutPage(ports, tenant, standing, plan, deadlineMs)
      : await carryOutVoid(ports, tenant, standing.order, deadlineMs);
    if (next === undefined) break;
    // Whoever is behind did work that was done already; the next page is the one where the quicker runner stands.
    await ports.orders.advance(tenant.tenant, number, standing.progress, next);
    standing = await findOrder(ports, tenant, number);
  }
  return standing;
}

/** @throws {@link NotFoundError} when there is no order of this number */
export async function findOrder(
  ports: Pick<RepricingPorts, 'orders'>,
  tenant: TenantConfig,
  number: number,
): Promise<OrderStanding> {
  const standing = await ports.orders.find(tenant.tenant, number);
  if (!standing) throw new NotFoundError(`There is no correction order ${number}.`);
  return standing;
}

/**
 * Brings entries to what a plan says, which the ledger asks anew at the moment at which it writes.
 *
 * @param isConfirmed - whether an entry that is so already must be named to the ledger all the same, because an earlier
 *   word may still be carried out: it would be the last one, if there were no trace of this one
 * @returns how many entries were corrected; `undefined` when time ran out before all were
 */
export async function correctEntries(
  ports: Pick<RepricingPorts, 'corrections' | 'now'>,
  tenant: TenantConfig,
  authority: CorrectionAuthority,
  { books, targets }: Pick<RepricingPlan, 'books' | 'targets'>,
  entries: readonly LedgerEntry[],
  deadlineMs: number,
  isConfirmed: (entry: LedgerEntry) => boolean = () => false,
): Promise<number | undefined> {
  if (entries.length === 0) return 0;
  const wanted = await targets(await books.current(tenant.tenant), entries);
  const changing = entries.filter((entry, index) => {
    const target = wanted[index] ?? 'keep';
    return target !== 'keep' && (target !== entry.rating || isConfirmed(entry));
  });
  let corrected = 0;
  for (let start = 0; start < changing.length; start += ENTRIES_AT_ONCE) {
    const places = changing
      .slice(start, start + ENTRIES_AT_ONCE)
      .map(({ commit, segmentId, position }) => ({ commit, segmentId, position }));
    const decide = decideBy(tenant, { books, targets }, isConfirmed);
    const report = await untilDeadline(ports, deadlineMs, () =>
      ports.corrections.correct(tenant, authority, places, decide, deadlineMs),
    );
    if (report === undefined) return undefined;
    corrected += report.corrected;
  }
  return corrected;
}

function decideBy(
  { tenant }: TenantConfig,
  { books, targets }: Pick<RepricingPlan, 'books' | 'targets'>,
  isConfirmed: (entry: LedgerEntry) => boolean,
): (entries: readonly LedgerEntry[]) => Promise<Decision> {
  return async (entries) => {
    const book = await books.current(tenant);
    return { book: book.stamp, targets: await targets(book, entries), confirmed: entries.map(isConfirmed) };
  };
}

/** Begins an order before anything is read for it: from now on nothing can be committed that was decided before. */
async function begin(
  ports: RepricingPorts,
  tenant: TenantConfig,
  order: Order,
  plan: RepricingPlan,
  deadlineMs: number,
): Promise<void> {
  await untilDeadline(ports, deadlineMs, () =>
    ports.corrections.correct(
      tenant,
      authorityOf(order),
      [],
      decideBy(tenant, plan, () => false),
      deadlineMs,
    ),
  );
}

async function carryOutPage(
  ports: RepricingPorts,
  tenant: TenantConfig,
  { order, progress }: OrderStanding,
  plan: RepricingPlan,
  deadlineMs: number,
): Promise<OrderProgress | undefined> {
  const { days, upToCommit } = order;
  if (days === null) return { ...progress, state: 'done', ratio: 1 };
  // Both asked before the entries are read: no earlier order can open again, and no commit is followed twice.
  const isAlone = (await ports.orders.open(tenant.tenant)).every((number) => number >= order.number);
  const { followedTo } = await readPricingState(ports, tenant.tenant);
  const page = await ports.reader.entriesOfDays(tenant.tenant, days, upToCommit, progress.cursor || undefined);
  const mine = page.entries.filter((entry) => plan.concerns(entry));
  const unmended = await findUnmended(ports, tenant, mine, followedTo);
  const isConfirmed = ({ commit }: LedgerEntry): boolean => !isAlone || unmended.has(commit);
  const corrected = await correctEntries(ports, tenant, authorityOf(order), plan, mine, deadlineMs, isConfirmed);
  if (corrected === undefined) return undefined;
  const examined = progress.examined + mine.length;
  const { next, ratio } = page;
  if (next === undefined) return { state: 'done', cursor: '', ratio: 1, examined };
  return { state: 'running', cursor: next, ratio, examined };
}

/** Commits with an outdated price book that nobody looked at yet, and whose entries the ledger may still mend. */
async function findUnmended(
  ports: RepricingPorts,
  { tenant }: TenantConfig,
  entries: readonly LedgerEntry[],
  followedTo: number,
): Promise<ReadonlySet<number>> {
  const book = await ports.catalogs.inForce.current(tenant);
  const stamps = new RecordedStamps(ports.reader, tenant);
  const unmended = new Set<number>();
  for (const entry of entries) {
    if (entry.commit <= followedTo || unmended.has(entry.commit)) continue;
    if (isOlderBook(await stamps.findRecorded(entry), book.stamp)) unmended.add(entry.commit);
  }
  return unmended;
}

async function carryOutVoid(
  ports: RepricingPorts,
  tenant: TenantConfig,
  order: Order,
  deadlineMs: number,
): Promise<OrderProgress | undefined> {
  const { request } = order;
  const ids = request.kind === 'void' ? [request.id] : [];
  const found = await ports.reader.findEntries(tenant.tenant, ids);
  const entries = found.flatMap((each) => (each.status === 'recorded' && !each.entry.isVoid ? [each.entry] : []));
  const plan: Pick<RepricingPlan, 'books' | 'targets'> = {
    books: ports.catalogs.inForce,
    targets: async (_book, current) => current.map(() => 'void'),
  };
  const corrected = await correctEntries(ports, tenant, authorityOf(order), plan, entries, deadlineMs);
  return corrected === undefined ? undefined : { state: 'done', cursor: '', ratio: 1, examined: found.length };
}

/** On whose word the entries of an order are corrected. */
function authorityOf({ number, request, by, reason }: Order): CorrectionAuthority {
  return { order: number, kind: request.kind === 'void' ? 'void' : 'reprice', by, reason };
}

/** @returns undefined when the work was given up because of its deadline, and not for another reason */
async function untilDeadline<T>(
  { now }: Pick<RepricingPorts, 'now'>,
  deadlineMs: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  if (now() >= deadlineMs) return undefined;
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LedgerError && cause.retryable && now() >= deadlineMs) return undefined;
    throw cause;
  }
}
