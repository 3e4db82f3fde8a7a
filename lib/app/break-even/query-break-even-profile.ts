import type { BreakEvenPolicy } from '../../domain/break-even/break-even-policy.ts';
import { compareTargets, type TargetComparison } from '../../domain/break-even/compare-targets.ts';
import { typeTargetDemand } from '../../domain/break-even/target-demand.ts';
import type { CallKind } from '../../domain/workload/workload.ts';
import type { TenantConfig } from '../ports.ts';
import { type OwnRowPorts, readReference } from '../reference/own-rows.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { type OfferChoice, refuseUnknown } from './query-break-even.ts';

/** Calls of a month as somebody typed them. USD figures are inputs of a model, never ledger money. */
export interface CallProfile {
  readonly requestsPerMonth: number;
  /** Of the mean call, cached part included. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** What the API charges: by tokens (USD per 1M) or all of it a month. */
  readonly api:
    | { readonly inputUsd: number; readonly cachedUsd: number; readonly outputUsd: number }
    | { readonly monthlyUsd: number };
  /** Peak over mean; null = not known. */
  readonly peakFactor: number | null;
  readonly kind: CallKind;
  /** The model that answers today, to compare its quality; null = not told. */
  readonly model: string | null;
  readonly policy: BreakEvenPolicy;
}

/** Every offer against a typed profile. */
export interface ProfileComparison {
  readonly comparison: TargetComparison;
  readonly apiMonthlyUsd: number;
  readonly referenceVersion: string;
}

/**
 * Compares typed calls with self-hosting every model on every machine of the reference. Nothing of it was recorded: the
 * peak is a factor, and nothing says where the volume is going.
 *
 * @throws {@link InvalidRequestError} naming every field at fault
 */
export async function queryBreakEvenOfProfile(
  ports: Pick<OwnRowPorts, 'ownRows'>,
  tenant: TenantConfig,
  profile: CallProfile,
  choice: OfferChoice,
): Promise<ProfileComparison> {
  if (profile.cachedTokens > profile.inputTokens)
    throw new InvalidRequestError([{ field: 'cached_tokens', expected: 'at most input_tokens, which include them' }]);
  const { reference } = await readReference(ports, tenant.tenant);
  refuseUnknown(reference, choice);
  const { apiMonthlyUsd, outputCostRatio } = priceCalls(profile);
  const policy = { ...profile.policy, outputCostRatio: profile.policy.outputCostRatio ?? outputCostRatio };
  const typed = {
    requestsPerMonth: profile.requestsPerMonth,
    inputTokens: profile.inputTokens,
    outputTokens: profile.outputTokens,
    peakFactor: profile.peakFactor ?? policy.peakFactor,
    costPicoUsd: toPicoUsd(apiMonthlyUsd),
    model: profile.model,
    kind: profile.kind,
  };
  const context = { policy, reference, outlook: null, historyDays: 0, acceptedRatio: null };
  const measure = (target: Parameters<typeof typeTargetDemand>[1]) => typeTargetDemand(typed, target);
  const comparison = compareTargets({ reference, context, lengths: profile, measure, ...choice });
  return { comparison, apiMonthlyUsd, referenceVersion: reference.version };
}

function priceCalls({ api, ...profile }: CallProfile): {
  readonly apiMonthlyUsd: number;
  readonly outputCostRatio: number | null;
} {
  if ('monthlyUsd' in api) return { apiMonthlyUsd: api.monthlyUsd, outputCostRatio: null };
  const outputUsd = profile.outputTokens * api.outputUsd;
  const cachedUsd = profile.cachedTokens * api.cachedUsd;
  const callUsd = (profile.inputTokens - profile.cachedTokens) * api.inputUsd + cachedUsd + outputUsd;
  const outputCostRatio = callUsd > 0 ? outputUsd / callUsd : null;
  return { apiMonthlyUsd: (profile.requestsPerMonth * callUsd) / 1e6, outputCostRatio };
}

/** To the millionth of a dollar, which is more than a typed figure holds. */
function toPicoUsd(usd: number): bigint {
  return BigInt(Math.round(usd * 1e6)) * 1_000_000n;
}
