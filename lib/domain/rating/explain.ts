import type { Correction } from '../corrections/correction.ts';
import { formatDecimal, parseDecimal } from '../decimal.ts';
import { InvariantError } from '../errors.ts';
import type { LedgerEntry } from '../events/entry.ts';
import { type DisjointUsage, readEventUsage } from '../events/usage-shapes.ts';
import { formatUsd } from '../money.ts';
import type { Catalog } from '../prices/price-catalog.ts';
import { type RebuiltAmounts, rebuildAmounts } from './explain-rebuild.ts';
import { type ExplainedRows, findRows } from './explain-rows.ts';
import { explainTier, type TierDecision } from './explain-tier.ts';
import type { Rating } from './rated-call.ts';
import { billedCount } from './rating.ts';
import { linesOf, type RatedLine } from './rating-lines.ts';

/** A unit that was billed at its smallest billed count. Counts are plain decimal text. */
export interface MinimumBilled {
  readonly unit: string;
  readonly reported: string;
  readonly billed: string;
}

/** A correction with what the entry counted for before and after it; `null` = nothing. */
export interface ExplainedCorrection {
  readonly correction: Correction;
  readonly before: Rating | null;
  readonly after: Rating | null;
}

/** Why an entry counts for what it does. A voided entry is explained with the rating that it had. */
export interface Explanation {
  readonly entry: LedgerEntry;
  /** Whether the catalog of the entry's version was at hand; null where the entry has no price. */
  readonly isCatalogFound: boolean | null;
  readonly usage: DisjointUsage;
  /** Null where the entry has no price. */
  readonly tier: TierDecision | null;
  readonly catalog: ExplainedRows;
  /** Sum to the entry's cost and list cost; none where nothing is known or the call cost nothing. */
  readonly lines: readonly RatedLine[];
  readonly minimumBilled: readonly MinimumBilled[];
  /** List cost less cost; null where they are not known. */
  readonly discountPicoUsd: bigint | null;
  readonly rebuilt: RebuiltAmounts;
  /** Whether lines and rebuilt amounts equal the entry's to the picodollar. */
  readonly isExact: boolean;
  /** Why the provider's own charge counts or does not; null where none was reported. */
  readonly reportedCost: { readonly isUsed: boolean; readonly why: string } | null;
  readonly corrections: readonly ExplainedCorrection[];
}

/**
 * Explains an entry: where its rates come from, which side of a size tier it is on, its lines, and its amounts computed
 * anew from what is stored with it.
 *
 * @param catalog - the catalog of the entry's version; undefined when it is not at hand
 */
export function explainEntry(entry: LedgerEntry, catalog: Catalog | undefined): Explanation {
  const { event, rating } = entry;
  const usage = usageOf(entry);
  const found = rating.price && findRows(catalog, event, rating.price);
  const lines = entry.credit ? creditLines(entry) : linesOf(rating, usage);
  const rebuilt = rebuildAmounts(entry, usage);
  const { costPicoUsd, listCostPicoUsd } = rating;
  return {
    entry,
    isCatalogFound: rating.price && catalog !== undefined,
    usage,
    tier: rating.price && explainTier(rating.price.tier, usage, found?.rows),
    catalog: found ?? { rates: [], rows: undefined, surcharge: null },
    lines,
    minimumBilled: findMinimumBilled(rating, usage),
    discountPicoUsd: costPicoUsd === null || listCostPicoUsd === null ? null : listCostPicoUsd - costPicoUsd,
    rebuilt,
    isExact: isExact(rating, rebuilt, lines),
    reportedCost: explainReportedCost(entry),
    corrections: explainCorrections(entry),
  };
}

/** The counts of an entry that do not overlap. @throws {@link InvariantError} for usage that no entry can hold */
function usageOf({ event }: LedgerEntry): DisjointUsage {
  const reading = readEventUsage(event.usage);
  if (!reading.ok) throw new InvariantError(`entry ${event.id} holds impossible usage: ${reading.issues.join('; ')}`);
  return reading.usage;
}

/** An amount that is no call is one line, named by what it is. */
function creditLines({ event: { operation = 'credit' }, rating }: LedgerEntry): readonly RatedLine[] {
  const amountPicoUsd = rating.costPicoUsd ?? 0n;
  const rate = formatUsd(amountPicoUsd);
  return [{ unit: operation, count: '1', rate, listRate: '0', per: 1, amountPicoUsd, listAmountPicoUsd: 0n }];
}

function isExact(rating: Rating, rebuilt: RebuiltAmounts, lines: readonly RatedLine[]): boolean {
  const sum = (amount: 'amountPicoUsd' | 'listAmountPicoUsd'): bigint =>
    lines.reduce((total, line) => total + line[amount], 0n);
  return (
    rating.costPicoUsd === rebuilt.costPicoUsd &&
    rating.listCostPicoUsd === rebuilt.listCostPicoUsd &&
    sum('amountPicoUsd') === (rating.costPicoUsd ?? 0n) &&
    sum('listAmountPicoUsd') === (rating.listCostPicoUsd ?? 0n)
  );
}

function findMinimumBilled({ price, status }: Rating, usage: DisjointUsage): readonly MinimumBilled[] {
  if (status === 'reported') return [];
  const found: MinimumBilled[] = [];
  for (const { unit, minimum } of price?.rates ?? []) {
    if (minimum === undefined) continue;
    const whole = usage.counts.get(unit);
    const count =
      unit === 'audio_seconds' ? usage.audioSeconds : whole === undefined ? null : { digits: whole, scale: 0 };
    if (count === null) continue;
    const reported = formatDecimal(count);
    const billed = formatDecimal(billedCount(count, { minimum: parseDecimal(minimum) ?? null }));
    if (billed !== reported) found.push({ unit, reported, billed });
  }
  return found;
}

function explainReportedCost({ event, rating }: LedgerEntry): Explanation['reportedCost'] {
  if (event.reported_cost_usd === undefined) return null;
  if (rating.status === 'reported') return { isUsed: true, why: 'the tenant has it used, and it is within its bounds' };
  if (event.response_cache_hit === true) {
    return { isUsed: false, why: 'a response cache answered, so that nothing is charged' };
  }
  if (rating.price?.capacity) return { isUsed: false, why: 'a capacity with a fixed price covers the call' };
  if (rating.reportedCost === 'out_of_bounds') {
    const stands =
      rating.costPicoUsd === null ? 'and without a price the cost stays unknown' : 'so the computed amount stands';
    return { isUsed: false, why: `it is out of the bounds that the tenant set, ${stands}` };
  }
  return { isUsed: false, why: 'no rule of the tenant has it used' };
}

function explainCorrections({ corrections, recorded }: LedgerEntry): readonly ExplainedCorrection[] {
  let before: Rating | null = recorded;
  return corrections.map((correction) => {
    const explained = { correction, before, after: correction.rating };
    before = correction.rating;
    return explained;
  });
}
