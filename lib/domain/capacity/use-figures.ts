import type { Measures } from '../../contracts/measures.ts';
import { toPicoUsd } from '../money.ts';
import { addDemand, type Demand, NO_DEMAND, toDemand } from './day-demand.ts';

/** What a capacity cost and what it did; amounts in picoUSD. */
export interface UseFigures {
  readonly usedPicoUsd: bigint;
  readonly unusedPicoUsd: bigint;
  readonly demand: Demand;
  /** All cost over tokens in and out, per million: what service costs, idle time included. Null without tokens. */
  readonly allocatedPerMillionPicoUsd: bigint | null;
  /** The used part alone, per million. Null without tokens. */
  readonly usedPerMillionPicoUsd: bigint | null;
  /** List cost less all cost: below zero, the calls would have been cheaper one by one. Null where a list price lacks. */
  readonly savedPicoUsd: bigint | null;
}

/** A sum of the ledger's: of covered calls, or of what was booked as used or unused. */
interface Sums {
  readonly measures: Measures;
}

/** Puts together what was booked and what was called. */
export function summariseUse(used: readonly Sums[], unused: readonly Sums[], calls: readonly Sums[]): UseFigures {
  const [usedPicoUsd, unusedPicoUsd] = [sumCost(used), sumCost(unused)];
  const demand = calls.map(({ measures }) => toDemand(measures)).reduce<Demand>(addDemand, NO_DEMAND);
  const { tokens, listPicoUsd, callsWithoutList } = demand;
  const perMillion = (picoUsd: bigint): bigint | null =>
    tokens > 0n ? toPicoUsd({ numerator: picoUsd * 1_000_000n, denominator: tokens }) : null;
  const costPicoUsd = usedPicoUsd + unusedPicoUsd;
  return {
    usedPicoUsd,
    unusedPicoUsd,
    demand,
    allocatedPerMillionPicoUsd: perMillion(costPicoUsd),
    usedPerMillionPicoUsd: perMillion(usedPicoUsd),
    savedPicoUsd: callsWithoutList > 0n ? null : listPicoUsd - costPicoUsd,
  };
}

function sumCost(sums: readonly Sums[]): bigint {
  return sums.reduce((total, { measures }) => total + (measures.cost ?? 0n), 0n);
}
