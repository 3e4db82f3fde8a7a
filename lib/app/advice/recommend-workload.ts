import { buildMarket } from '../../domain/advice/market.ts';
import { completeProfile, parseProfile } from '../../domain/advice/parse-profile.ts';
import type { AdviceProfile } from '../../domain/advice/profile-fields.ts';
import { type Recommendation, recommend } from '../../domain/advice/recommend.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import { readScopeFilter } from '../break-even/read-scope-filter.ts';
import type { PriceBooks, TenantConfig } from '../ports.ts';
import { type OwnRowPorts, readReference } from '../reference/own-rows.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import type { IncompleteReason } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import {
  listProfileDays,
  type MeasuredWorkload,
  type MeasuringWorkload,
  measureProfileDays,
  type RecordedProfilePorts,
  readRecordedProfile,
} from './read-recorded-profile.ts';

/** What recommending takes. */
export interface AdvicePorts extends RecordedProfilePorts {
  readonly ownRows: OwnRowPorts['ownRows'];
  readonly priceBooks: PriceBooks;
}

/** A question for advice: typed values go before recorded ones. */
export interface AdviceRequest {
  /** A profile as JSON, not yet checked. */
  readonly profile: unknown;
  /** `dimension=value` each, all of which must hold. */
  readonly filters: readonly string[];
}

/** An advice on a recorded workload. */
export interface AdviceAnswer extends Pick<MeasuredWorkload, 'days' | 'recordedDays' | 'contradictoryDays'> {
  readonly status: 'advised';
  readonly recommendation: Recommendation;
  /** Recorded chat calls with text, and those left out by reason: they say nothing about chat. */
  readonly calls: number;
  readonly leftOutCalls: Readonly<Record<string, number>>;
  readonly costPicoUsd: bigint;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/**
 * Recommends what to do with the calls that were recorded over the last 28 complete days. What the ledger cannot know is
 * typed in or stays unknown; what is typed in goes before what was recorded.
 *
 * @param deadlineMs - epoch milliseconds after which no further day is begun to be measured
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function recommendForWorkload(
  ports: AdvicePorts,
  tenant: TenantConfig,
  request: AdviceRequest,
  deadlineMs: number,
): Promise<AdviceAnswer | MeasuringWorkload> {
  const issues: RequestIssue[] = [];
  const scope = readScopeFilter(tenant, request.filters, issues);
  const parsed = parseProfile(request.profile);
  issues.push(...parsed.issues);
  if (parsed.given === undefined || issues.length > 0) throw new InvalidRequestError(issues);
  const { reference } = await readReference(ports, tenant.tenant);
  const book = await ports.priceBooks.current(tenant.tenant);
  const atMs = ports.now();
  const days = listProfileDays(findZone(tenant.timeZone).localDay(atMs));
  const market = buildMarket({ reference, book, atMs, namedModel: null, namedProvider: null });
  const measured = await measureProfileDays(ports, tenant, { scope, days, market, reference }, deadlineMs);
  if (measured.status === 'measuring') return measured;
  const recorded = await readRecordedProfile(ports, tenant, request.filters, measured);
  const { servable, unservable } = measured.demand;
  return {
    status: 'advised',
    recommendation: adviseAt(atMs, book, reference, { given: parsed.given, recorded: recorded.profile, measured }),
    days,
    recordedDays: measured.recordedDays,
    contradictoryDays: measured.contradictoryDays,
    calls: servable.calls,
    leftOutCalls: Object.fromEntries(Object.entries(unservable).map(([reason, { calls }]) => [reason, calls])),
    costPicoUsd: servable.costPicoUsd,
    reasons: recorded.reasons,
    asOfMs: recorded.asOfMs,
  };
}

function adviseAt(
  atMs: number,
  book: PriceBook,
  reference: Reference,
  profiles: {
    readonly given: Partial<AdviceProfile>;
    readonly recorded: Partial<AdviceProfile>;
    readonly measured: MeasuredWorkload;
  },
): Recommendation {
  const sourced = completeProfile(profiles.given, profiles.recorded);
  const isRecorded = sourced.origins.api_model === 'recorded';
  const namedProvider = isRecorded ? (profiles.measured.demand.models[0]?.provider ?? null) : null;
  const namedModel = sourced.profile.api_model;
  return recommend(sourced, buildMarket({ reference, book, atMs, namedModel, namedProvider }), reference);
}
