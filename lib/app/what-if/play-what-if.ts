import type { InputPart } from '../../contracts/usage-units.ts';
import { addDays } from '../../domain/local-time.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';
import { type Assumption, listAssumptions } from '../../domain/what-if/assumptions.ts';
import type { PrefixUse } from '../../domain/what-if/caching-advice.ts';
import type { Change, ModelChange } from '../../domain/what-if/change.ts';
import { costOfUnpaidDays, spreadMonthlyPrice } from '../../domain/what-if/fixed-cost.ts';
import type { ChangeFold, ChangeTotals } from '../../domain/what-if/fold.ts';
import type { PartShares } from '../../domain/what-if/prompt.ts';
import type { TokenAudit } from '../../domain/what-if/token-audit.ts';
import { readCapacities } from '../capacity/read-capacities.ts';
import type { Clock, LedgerReader, PriceBooks, TenantConfig } from '../ports.ts';
import type { OverrideChanges } from '../prices/override-ports.ts';
import type { OwnRowStore } from '../reference/own-row-ports.ts';
import { readReference } from '../reference/own-rows.ts';
import { ConflictError, InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import { type DayRange, findDays } from '../spend/ledger-days.ts';
import { type FreshnessReader, type IncompleteReason, listIncompleteReasons } from '../spend/query-completeness.ts';
import { passesFilters } from '../spend/query-spend-fold.ts';
import { planSpend, type SpendPlan, type SpendRequest } from '../spend/query-spend-plan.ts';
import { findZone } from '../zones.ts';
import { PartFolds, startOf } from './part-folds.ts';
import { type ChangeInput, type KnownTargets, readAssumedParts, readChanges } from './read-changes.ts';

/** How long a part goes on, in milliseconds: no request may last longer than 20 s. */
const MAX_TIME_MS = 5_000;

/** Entries between two looks at the clock: with the most shares there can be, a call takes some milliseconds. */
const ENTRIES_AT_ONCE = 100;

/** What a question about changes needs. */
export interface WhatIfPorts {
  readonly reader: LedgerReader;
  readonly priceBooks: PriceBooks;
  readonly ownRows: OwnRowStore;
  readonly overrideChanges: OverrideChanges;
  readonly readFreshness: FreshnessReader;
  readonly now: Clock;
}

/** A question about changes as it was asked: texts, not yet checked. */
export interface WhatIfRequest extends Omit<SpendRequest, 'granularity'> {
  readonly changes: readonly ChangeInput[];
  readonly assumedParts?: Readonly<Partial<Record<InputPart, string>>> | undefined;
  /** Whether to tell what parts of prompts cost, and which prefixes should be cached. */
  readonly isAudited: boolean;
}

/** What one part of the recorded calls cost and would have cost; parts of one question add up to its answer. */
export interface WhatIfPage extends ChangeTotals {
  readonly columns: readonly string[];
  /** Calls of the question that were looked at. */
  readonly examined: number;
  /** How much of the question is answered with this part and those before, 0 to 1. */
  readonly ratio: number;
  /** Fixed cost of own machines, all of it in the first part; it is in the total and in no row. */
  readonly fixedPicoUsd: bigint;
  readonly assumptions: readonly Assumption[];
  readonly audit: TokenAudit | null;
  readonly prefixes: readonly PrefixUse[] | null;
  /** Version of the prices that calls were rated with anew. */
  readonly catalogVersion: string;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
  /** Opaque; pass it back to read on. Absent on the last part. */
  readonly next?: string;
}

/** Where a question's calls are, and how far they were looked at. */
interface Position {
  /** The time asked for and the prices of the first part: parts of other ones do not add up. */
  readonly basis: string;
  readonly upToCommit: number;
  readonly first: string;
  readonly last: string;
  /** The page at hand; absent at the first one. */
  readonly cursor?: string | undefined;
  /** Entries of that page that were looked at already. */
  readonly skip: number;
}

/**
 * Rates a bounded part of the recorded calls of a period as they would have cost under changes. Nothing is written. Every
 * part is of the commits and at the prices that the first one found. Credits and what is no call stay out.
 *
 * @param cursor - `next` of the part before, of the same question
 * @throws {@link InvalidRequestError} naming every field that is wrong
 * @throws {@link ConflictError} when prices changed since the first part, or the running month did
 */
export async function playWhatIf(
  ports: WhatIfPorts,
  tenant: TenantConfig,
  request: WhatIfRequest,
  cursor?: string,
): Promise<WhatIfPage> {
  const nowMs = ports.now();
  const stopMs = nowMs + MAX_TIME_MS;
  const { plan, changes, assumedParts } = await checkRequest(ports, tenant, request, nowMs);
  const position = cursor === undefined ? undefined : parsePosition(cursor);
  const freshness = await ports.readFreshness(tenant, plan.days);
  const book = await ports.priceBooks.current(tenant.tenant);
  const basis = describeBasis(tenant, plan, book);
  if (position !== undefined && position.basis !== basis) {
    throw new ConflictError(
      'Prices changed since the first part of this answer, or a new month began: ask again from the start.',
    );
  }
  const folds = new PartFolds(tenant, plan, { book, changes, assumedParts }, request.isAudited);
  const fixedPicoUsd = position === undefined ? addFixedCost(folds.changes, tenant, plan, changes, nowMs) : 0n;
  const start = position ?? (await findStart(ports, tenant, plan, basis));
  const { next, ratio } = start === null ? DONE : await readOn(ports, tenant, start, stopMs, folds);
  return {
    columns: plan.columns.map(({ name }) => name),
    ...folds.changes.totals(),
    examined: folds.examined,
    ratio,
    fixedPicoUsd,
    assumptions: listAssumptions(changes, assumedParts, (change) => factsOf(book, change, nowMs)),
    audit: folds.audit?.sums() ?? null,
    prefixes: folds.prefixes?.uses() ?? null,
    catalogVersion: book.catalogVersion,
    reasons: listIncompleteReasons(freshness, folds.lackingPrice, plan.endMs > nowMs),
    asOfMs: freshness.asOfMs,
    ...(next === undefined ? {} : { next: JSON.stringify(next) }),
  };
}

/** How far a part came: where the next one begins (absent = there is none), and how much of the question is done. */
interface Reached {
  readonly next?: Position;
  readonly ratio: number;
}

const DONE: Reached = { ratio: 1 };

/** Reads entries until there are no more, or a part has had its time or its share of them. */
async function readOn(
  ports: WhatIfPorts,
  { tenant }: TenantConfig,
  start: Position,
  stopMs: number,
  folds: PartFolds,
): Promise<Reached> {
  let position = start;
  let ratio = 0;
  for (;;) {
    const page = await ports.reader.entriesOfDays(tenant, position, position.upToCommit, position.cursor);
    for (let at = position.skip; at < page.entries.length; ) {
      const upTo = at + ENTRIES_AT_ONCE;
      for (const entry of page.entries.slice(at, upTo)) folds.add(entry);
      at = upTo;
      if ((folds.isFull || ports.now() >= stopMs) && at < page.entries.length)
        return { next: { ...position, skip: at }, ratio };
    }
    ratio = page.ratio;
    if (page.next === undefined) return DONE;
    position = { ...position, cursor: page.next, skip: 0 };
    if (folds.isFull || ports.now() >= stopMs) return { next: position, ratio };
  }
}

async function checkRequest(
  ports: WhatIfPorts,
  tenant: TenantConfig,
  request: WhatIfRequest,
  nowMs: number,
): Promise<{ plan: SpendPlan; changes: readonly Change[]; assumedParts: PartShares }> {
  const issues: RequestIssue[] = [];
  const changes = readChanges(tenant, request.changes, await readTargets(ports, tenant, request.changes), issues);
  const assumedParts = readAssumedParts(request.assumedParts, issues);
  let plan: SpendPlan | undefined;
  try {
    plan = planSpend(tenant, findZone(tenant.timeZone), { ...request, granularity: 'day' }, nowMs);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    issues.unshift(...error.issues);
  }
  if (plan === undefined || issues.length > 0) throw new InvalidRequestError(issues);
  return { plan, changes, assumedParts };
}

/** Reads what changes name besides the ledger; nothing where they name nothing. */
async function readTargets(
  ports: WhatIfPorts,
  tenant: TenantConfig,
  changes: readonly ChangeInput[],
): Promise<KnownTargets> {
  const hosted = changes.filter((change) => change.kind === 'self_host');
  const isNamed = (field: 'model' | 'capacity'): boolean => hosted.some((change) => change[field] !== undefined);
  const models = isNamed('model') ? (await readReference(ports, tenant.tenant)).reference.models : [];
  const capacities = isNamed('capacity') ? (await readCapacities(ports, tenant)).versions : new Map();
  return { models, capacities };
}

/** What parts must share to add up; the stamp tells every change of prices, the version every catalog. */
function describeBasis(tenant: TenantConfig, plan: SpendPlan, { catalogVersion, stamp }: PriceBook): string {
  return [startOf(tenant, plan), plan.endMs, catalogVersion, stamp.global, stamp.tenant].join(' ');
}

/** Own machines cost what they cost from the day on which calls move there, and not beyond what is recorded. */
function addFixedCost(
  fold: ChangeFold,
  tenant: TenantConfig,
  plan: SpendPlan,
  changes: readonly Change[],
  nowMs: number,
): bigint {
  let sum = 0n;
  for (const [index, change] of changes.entries()) {
    if (change.kind !== 'self_host') continue;
    const fromMs = Math.max(startOf(tenant, plan), change.fromMs ?? Number.NEGATIVE_INFINITY);
    const toMs = Math.min(plan.endMs, nowMs);
    const zone = findZone(tenant.timeZone);
    const picoUsd =
      'capacity' in change.cost
        ? costOfUnpaidDays(change.cost.versions, zone, fromMs, toMs)
        : spreadMonthlyPrice(change.cost.monthlyPicoUsd, zone, fromMs, toMs);
    fold.addFixedCost(index, picoUsd);
    sum += picoUsd;
  }
  return sum;
}

/** Where the calls of a question begin in the ledger; null = there are none. */
async function findStart(
  ports: WhatIfPorts,
  { tenant }: TenantConfig,
  plan: SpendPlan,
  basis: string,
): Promise<Position | null> {
  const upToCommit = await ports.reader.head(tenant);
  const asked: DayRange = { first: plan.days.fromDay, last: addDays(plan.days.toDay, -1) };
  const days = await findDays(ports, tenant, asked, ({ leaf }) => passesFilters(plan, leaf));
  return days && { basis, upToCommit, ...days, skip: 0 };
}

function factsOf(book: PriceBook, { model, provider, region }: ModelChange, timeMs: number) {
  if (model === null) return null;
  return book.modelOf({ model, provider, region, timeMs, serviceTier: null }).hit?.model.facts ?? null;
}

function parsePosition(text: string): Position {
  const value: unknown = JSON.parse(text);
  if (isPosition(value)) return value;
  throw new InvalidRequestError([{ field: 'cursor', expected: 'the "next" of a part of the same question' }]);
}

function isPosition(value: unknown): value is Position {
  const { basis, upToCommit, first, last, cursor = '', skip } = Object(value) as Record<string, unknown>;
  const areNumbers = typeof upToCommit === 'number' && typeof skip === 'number';
  return areNumbers && [basis, first, last, cursor].every((text) => typeof text === 'string');
}
