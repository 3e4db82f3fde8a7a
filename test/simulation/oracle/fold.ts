import type { RollupRow } from '../../../lib/app/ports.ts';
import { DIMENSIONS } from '../../../lib/contracts/dimensions.ts';
import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import type { Rating } from '../../../lib/domain/rating/rated-call.ts';

/** Sums by period, dimensions and measure, as text keys; what is zero is absent. */
export type Sums = Map<string, bigint>;

const [APP, TEAM, MODEL] = (['app', 'team', 'model'] as const).map((name) => DIMENSIONS.indexOf(name));

/** What an entry counted for when the log ended at a commit; undefined = nothing: not there yet, or void. */
export function ratingAt(entry: LedgerEntry, head: number): Rating | undefined {
  if (entry.commit > head) return undefined;
  let rating: Rating | null = entry.recorded;
  for (const correction of entry.corrections) if (correction.commit <= head) rating = correction.rating;
  return rating ?? undefined;
}

/** The sums that rows must hold at a commit, worked out entry by entry; days are the oracle's own. */
export function foldEntries(
  entries: readonly LedgerEntry[],
  granularity: string,
  head: number,
  dayOf: (entry: LedgerEntry) => string,
): Sums {
  const sums: Sums = new Map();
  for (const entry of entries) {
    const rating = ratingAt(entry, head);
    if (!rating) continue;
    const { event, credit } = entry;
    const day = dayOf(entry);
    const hour = `${new Date(event.timeMs).toISOString().slice(0, 13)} ${day}`;
    const period = granularity === 'hour' ? hour : day.slice(0, granularity === 'day' ? 10 : 7);
    const key = `${period} ${event.app ?? null} ${event.team ?? null} ${event.model}`;
    const add = (measure: string, amount: bigint) => addTo(sums, `${key} ${measure}`, amount);
    add('cost', rating.costPicoUsd ?? 0n);
    if (credit) continue;
    add('calls', 1n);
    for (const [unit, count] of Object.entries(event.usage)) add(unit, BigInt(count));
    if (event.status === 'error') add('errors', 1n);
    if (event.response_cache_hit === true) add('cache_hits', 1n);
    if (rating.status !== 'priced') add(rating.status, 1n);
  }
  return sums;
}

const COMPARED = new Set([
  ...['cost', 'calls', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'errors', 'cache_hits'],
  ...['unpriced', 'unpriced_unit', 'partially_priced'],
]);

/** The same sums as the ledger's rows have them. */
export function sumRows(rows: readonly RollupRow[], granularity: string): Sums {
  const sums: Sums = new Map();
  for (const { period, day, leaf, measures } of rows) {
    const when = granularity === 'hour' ? `${period} ${day}` : period;
    const key = `${when} ${leaf[APP ?? 0]} ${leaf[TEAM ?? 0]} ${leaf[MODEL ?? 0]}`;
    for (const [measure, amount] of Object.entries(measures)) {
      if (COMPARED.has(measure)) addTo(sums, `${key} ${measure}`, amount);
    }
  }
  return sums;
}

/** Where two sums differ, in words; at most five. */
export function compareSums(found: Sums, expected: Sums): readonly string[] {
  const differing = [...new Set([...found.keys(), ...expected.keys()])].filter(
    (key) => (found.get(key) ?? 0n) !== (expected.get(key) ?? 0n),
  );
  return differing
    .slice(0, 5)
    .map((key) => `${key}: found ${found.get(key) ?? 0n}, expected ${expected.get(key) ?? 0n}`);
}

function addTo(sums: Sums, key: string, amount: bigint): void {
  const sum = (sums.get(key) ?? 0n) + amount;
  if (sum === 0n) sums.delete(key);
  else sums.set(key, sum);
}
