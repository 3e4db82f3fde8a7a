import { toProviderId } from './model-name.ts';
import { isWithin } from './price-catalog-time.ts';

/** The dimensions by which a capacity chooses the calls that it covers. */
export const COVER_DIMENSIONS = [
  'deployment',
  'app',
  'environment',
  'team',
  'feature',
  'provider',
  'model',
  'operation',
  'service_tier',
  'region',
  'billing_account',
] as const;

/** One dimension of {@link COVER_DIMENSIONS}. */
export type CoverDimension = (typeof COVER_DIMENSIONS)[number];

/** What is known of a call when it is asked which capacity covers it; absent or null = not sent. A usage event is one. */
export type CoverFacts = Readonly<Partial<Record<CoverDimension, string | null | undefined>>>;

/** A model as a price is looked up for it. */
export interface ListModel {
  /** A catalog provider id. */
  readonly provider: string;
  readonly model: string;
}

/**
 * One stored version of a capacity, as far as prices depend on it. From `fromMs` on it stands in the place of every
 * version stored before under its name; it covers calls up to `toMs`.
 */
export interface CapacityCover {
  readonly name: string;
  readonly fromMs: number;
  /** Epoch milliseconds, excluded; null = open. Equal to `fromMs`: it ends the capacity there. */
  readonly toMs: number | null;
  /** Exact values, all of which must match; one at least. */
  readonly covers: Readonly<Partial<Record<CoverDimension, string>>>;
  /** The model whose price is the list price of covered calls; null = their own model's. */
  readonly list: ListModel | null;
}

/** A call with the provider that its name was resolved to, which is the one that spend is kept under. */
export interface CoveredCall {
  readonly timeMs: number;
  readonly facts: CoverFacts;
  /** Asked only where a capacity chooses by provider. */
  readonly findProvider: () => string | null;
}

/**
 * Finds the capacity that covers a call, in the version in force at the call's time. Of several, the one that names the
 * most dimensions counts, and of those the first by name.
 *
 * @param capacities - every version, in the order stored
 */
export function findCover(capacities: readonly CapacityCover[], call: CoveredCall): CapacityCover | null {
  let best: CapacityCover | null = null;
  // The last one that has begun is the only one of its name that says anything.
  const said = new Set<string>();
  for (let index = capacities.length - 1; index >= 0; index--) {
    const version = capacities[index];
    if (version === undefined || version.fromMs > call.timeMs || said.has(version.name)) continue;
    said.add(version.name);
    if (!isWithin(call.timeMs, version) || !matchesCover(version, call)) continue;
    if (best === null || isBefore(version, best)) best = version;
  }
  return best;
}

/** Whether a version speaks of a call, its period aside. */
export function matchesCover({ covers }: CapacityCover, { facts, findProvider }: CoveredCall): boolean {
  for (const name of COVER_DIMENSIONS) {
    const wanted = covers[name];
    if (wanted === undefined) continue;
    if (name !== 'provider' && facts[name] !== wanted) return false;
    if (name === 'provider' && findProvider() !== toProviderId(wanted)) return false;
  }
  return true;
}

/** The times around one at which some capacity begins or ends, for whoever asks how long an answer holds. */
export function narrowSpan(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  timeMs: number,
  capacities: readonly CapacityCover[],
): { readonly fromMs: number; readonly toMs: number } {
  const bounds = capacities.flatMap((version) => [version.fromMs, version.toMs ?? Number.POSITIVE_INFINITY]);
  return {
    fromMs: Math.max(fromMs, ...bounds.filter((boundMs) => boundMs <= timeMs)),
    toMs: Math.min(toMs, ...bounds.filter((boundMs) => boundMs > timeMs)),
  };
}

function isBefore(one: CapacityCover, other: CapacityCover): boolean {
  const more = Object.keys(one.covers).length - Object.keys(other.covers).length;
  return more > 0 || (more === 0 && one.name < other.name);
}
