import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import { toProviderId } from '../prices/model-name.ts';
import { type CapacityCover, findCover } from '../prices/price-book-capacities.ts';
import { toCoverFacts } from './cover-facts.ts';

/** The dimensions of whoever called; spend of a capacity is split by them. */
export const CALLER_DIMENSIONS = ['app', 'environment', 'team', 'feature'] as const;

/** Who called: a value for each of {@link CALLER_DIMENSIONS}, null = not sent. */
export type Caller = Readonly<Record<(typeof CALLER_DIMENSIONS)[number], string | null>>;

/** What covered calls used. */
export interface Demand {
  readonly calls: bigint;
  /** Tokens in and out together. */
  readonly tokens: bigint;
  /** What serving them took, see {@link OUTPUT_TOKEN_WEIGHT}. */
  readonly work: bigint;
  /** List cost of those calls whose list price is known, in picoUSD. */
  readonly listPicoUsd: bigint;
  /** Calls whose list price is not known, or not for all of their units. */
  readonly callsWithoutList: bigint;
}

/** What one caller used. */
export interface CallerDemand extends Demand {
  readonly caller: Caller;
}

/** A sum of the ledger over one leaf. */
export interface LeafSums {
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/**
 * How many input tokens an output token is worth where service is shared out. Tokens that go in are read together, those
 * that come out are made one by one; hosts of open models ask three to five times as much for them. Tokens read from a
 * prompt cache take next to nothing and count for nothing.
 */
export const OUTPUT_TOKEN_WEIGHT = 4n;

/** Nothing at all. */
export const NO_DEMAND: Demand = { calls: 0n, tokens: 0n, work: 0n, listPicoUsd: 0n, callsWithoutList: 0n };

/**
 * The sums of one day that are of calls which a capacity covers.
 *
 * @param covers - every version of every capacity, in the order stored
 * @param timeMs - a time of the day; capacities begin and end with days, so that any will do
 */
export function selectCovered<Sums extends LeafSums>(
  rows: readonly Sums[],
  covers: readonly CapacityCover[],
  name: string,
  timeMs: number,
): readonly Sums[] {
  return rows.filter(({ leaf, measures }) => {
    if ((measures.calls ?? 0n) <= 0n) return false;
    const findProvider = (): string | null => toProviderId(leaf[PROVIDER_PLACE] ?? null);
    return findCover(covers, { timeMs, facts: toCoverFacts(leaf), findProvider })?.name === name;
  });
}

/** Sums covered calls by caller, sorted by caller. */
export function groupByCaller(rows: readonly LeafSums[]): readonly CallerDemand[] {
  const groups = new Map<string, CallerDemand>();
  for (const { leaf, measures } of rows) {
    const key = JSON.stringify(CALLER_PLACES.map((place) => leaf[place] ?? null));
    const before = groups.get(key);
    const caller = before?.caller ?? toCaller(leaf);
    groups.set(key, { caller, ...addDemand(before ?? NO_DEMAND, toDemand(measures)) });
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, demand]) => demand);
}

/** What calls used that a ledger's sums are of. */
export function toDemand(measures: Measures): Demand {
  const input = measures.input_tokens ?? 0n;
  const output = measures.output_tokens ?? 0n;
  return {
    calls: measures.calls ?? 0n,
    tokens: input + output,
    work: input - (measures.cache_read_tokens ?? 0n) + OUTPUT_TOKEN_WEIGHT * output,
    listPicoUsd: (measures.cost ?? 0n) + (measures.discount ?? 0n),
    callsWithoutList: (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n),
  };
}

/** Both together. */
export function addDemand(a: Demand, b: Demand): Demand {
  return {
    calls: a.calls + b.calls,
    tokens: a.tokens + b.tokens,
    work: a.work + b.work,
    listPicoUsd: a.listPicoUsd + b.listPicoUsd,
    callsWithoutList: a.callsWithoutList + b.callsWithoutList,
  };
}

const PROVIDER_PLACE = DIMENSIONS.indexOf('provider');

const CALLER_PLACES = CALLER_DIMENSIONS.map((name) => DIMENSIONS.indexOf(name));

function toCaller(leaf: Leaf): Caller {
  const [app = null, environment = null, team = null, feature = null] = CALLER_PLACES.map((place) => leaf[place]);
  return { app, environment, team, feature };
}
