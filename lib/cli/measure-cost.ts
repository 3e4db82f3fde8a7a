import type { MeasuredCall } from '../client/measure/measure-call.ts';
import { type DisjointUsage, readEventUsage } from '../domain/events/usage-shapes.ts';
import { formatUsd, parseUsd, toPicoUsd } from '../domain/money.ts';
import type { PriceBook } from '../domain/prices/price-book.ts';
import { rateUsage } from '../domain/rating/rating.ts';
import type { MeasureTarget } from './measure-arguments.ts';
import type { TargetMeasurement } from './measure-run.ts';

/** What 1,000 calls of a target cost. */
export interface TargetCost {
  /** By the catalog's price, by the endpoint's own charge, by the hour of its machines at the best throughput, or not known. */
  readonly basis: 'price' | 'reported' | 'machine' | 'unknown';
  /** USD of 1,000 calls like those measured, as decimal text; null = unknown. */
  readonly measuredUsd: string | null;
  /** USD of 1,000 calls like the mean recorded one; null = unknown. */
  readonly recordedUsd: string | null;
  /** Whether tokens were estimated for it. */
  readonly isEstimated: boolean;
}

/** The mean call that the ledger recorded. */
export interface RecordedMix {
  readonly calls: number;
  /** Of one call, whole tokens; input with its cached part. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
}

const UNKNOWN = { basis: 'unknown', measuredUsd: null, recordedUsd: null } as const;

/** Prices what was measured of a target, all its modes together. */
export function priceTarget(
  book: PriceBook,
  target: MeasureTarget,
  measured: readonly TargetMeasurement[],
  mix: RecordedMix | null,
): TargetCost {
  const calls = listGoodCalls(measured);
  const isEstimated = calls.some(({ tokens }) => tokens?.source === 'estimated');
  if (calls.length === 0) return { ...UNKNOWN, isEstimated };
  if (target.hourlyUsd !== null) return priceMachine(target.hourlyUsd, measured);
  const computed = calls.map((call) => priceCall(book, target, call));
  const costs = computed.includes(null) ? readCharges(calls) : computed;
  if (costs === null) return { ...UNKNOWN, isEstimated };
  return {
    basis: computed.includes(null) ? 'reported' : 'price',
    measuredUsd: toUsdPerThousand(
      costs.reduce((sum: bigint, cost) => sum + (cost ?? 0n), 0n),
      BigInt(calls.length),
    ),
    recordedUsd: mix === null ? null : priceMix(book, target, calls, mix),
    isEstimated,
  };
}

/** Calls of a target that went well, the cold one too: it costs as much. */
export function listGoodCalls(measured: readonly TargetMeasurement[]): readonly MeasuredCall[] {
  const all = measured.flatMap(({ sweep }) => [sweep.cold, ...sweep.levels.flatMap(({ calls }) => calls)]);
  return all.flatMap((call) => (call === null || call.failure !== null ? [] : call));
}

/** Machines cost the same whatever they do, so a call costs least when they do the most. */
function priceMachine(hourlyUsd: number, measured: readonly TargetMeasurement[]): TargetCost {
  const callsPerS = Math.max(0, ...measured.map(({ best }) => best?.throughput.callsPerS ?? 0));
  if (callsPerS === 0) return { ...UNKNOWN, isEstimated: false };
  const usd = (hourlyUsd / (callsPerS * 3_600)) * 1_000;
  return { basis: 'machine', measuredUsd: usd.toFixed(6), recordedUsd: null, isEstimated: false };
}

function priceCall(book: PriceBook, target: MeasureTarget, call: MeasuredCall): bigint | null {
  const told = call.tokens?.source === 'response' && call.reading?.usage.ok ? call.reading.usage.usage : undefined;
  const usage =
    told ?? toUsage({ inputTokens: call.tokens?.inputTokens ?? 0, outputTokens: call.tokens?.outputTokens ?? 0 });
  return usage === null ? null : rateAs(book, target, call, usage);
}

function priceMix(
  book: PriceBook,
  target: MeasureTarget,
  [call]: readonly MeasuredCall[],
  mix: RecordedMix,
): string | null {
  const usage = toUsage(mix);
  const cost = usage === null || call === undefined ? null : rateAs(book, target, call, usage);
  return cost === null ? null : toUsdPerThousand(cost, 1n);
}

/** As the ledger rates the call's event: by the model that answered. A price for a part of the units is none. */
function rateAs(book: PriceBook, target: MeasureTarget, call: MeasuredCall, usage: DisjointUsage): bigint | null {
  const { reading, startEpochMs: timeMs } = call;
  const { status, costPicoUsd } = rateUsage(book, {
    provider: target.provider ?? reading?.provider ?? null,
    model: reading?.model ?? target.model,
    serviceTier: reading?.serviceTier ?? null,
    region: target.region,
    timeMs,
    usage,
  });
  return status === 'priced' ? costPicoUsd : null;
}

/** What the endpoint itself charged; null unless it says so of each call. */
function readCharges(calls: readonly MeasuredCall[]): readonly bigint[] | null {
  const charges = calls.flatMap(({ reading }) => {
    const charge = reading?.reportedCostUsd;
    return charge === undefined || charge === null ? [] : (parseUsd(charge) ?? []);
  });
  return charges.length === calls.length ? charges : null;
}

function toUsage(mix: { inputTokens: number; outputTokens: number; cacheReadTokens?: number }): DisjointUsage | null {
  const { inputTokens: input_tokens, outputTokens: output_tokens, cacheReadTokens: cache_read_tokens = 0 } = mix;
  const reading = readEventUsage({ input_tokens, output_tokens, cache_read_tokens });
  return reading.ok ? reading.usage : null;
}

function toUsdPerThousand(picoUsd: bigint, calls: bigint): string {
  return formatUsd(toPicoUsd({ numerator: picoUsd * 1_000n, denominator: calls }));
}
