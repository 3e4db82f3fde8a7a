import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import { ratingAt } from './fold.ts';

/** A budget that somebody sets in a history, and what the oracle knows of it by itself. */
export interface SimulatedBudget {
  /** What is sent beside name and amount. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly isInTokens: boolean;
  /** The name of the period of a local day. */
  periodOf(day: string): string;
  /** The part that an entry counts for; undefined = none. */
  partOf(entry: LedgerEntry): string | undefined;
}

/** The budgets of every history, by their number. */
export const BUDGETS: readonly [SimulatedBudget, SimulatedBudget, SimulatedBudget, SimulatedBudget] = [
  { json: {}, isInTokens: false, periodOf: (day) => day.slice(0, 7), partOf: () => '' },
  {
    json: { filter: { team: 'cx' } },
    isInTokens: false,
    periodOf: (day) => day.slice(0, 7),
    partOf: ({ event }) => (event.team === 'cx' ? '' : undefined),
  },
  {
    json: { period: 'day', each: 'team' },
    isInTokens: false,
    periodOf: (day) => day,
    partOf: ({ event }) => event.team,
  },
  {
    json: { period: { kind: 'week', first_day: 'sunday' }, each: 'app' },
    isInTokens: true,
    periodOf: (day) => {
      const sunday = new Date(`${day}T00:00:00Z`);
      sunday.setUTCDate(sunday.getUTCDate() - sunday.getUTCDay());
      return `week-${sunday.toISOString().slice(0, 10)}`;
    },
    partOf: ({ event }) => event.app,
  },
];

/** The budget of a number in a history. */
export const budgetAt = (index: number): SimulatedBudget => BUDGETS[index % BUDGETS.length] ?? BUDGETS[0];

/** The body that sets a budget: tenths of a cent, or as many thousand tokens. */
export function bodyOfBudget(index: number, mills: number): Readonly<Record<string, unknown>> {
  const { json, isInTokens } = budgetAt(index);
  const amount = isInTokens ? { amount_tokens: amountOf(index, mills).toString() } : { amount_usd: `0.00${mills}` };
  return { name: `budget-${index}`, ...amount, ...json };
}

/** The amount of that body in picoUSD or tokens. */
function amountOf(index: number, mills: number): bigint {
  return BigInt(mills) * (budgetAt(index).isInTokens ? 1_000n : 1_000_000_000n);
}

/** What a part of a budget came to in a period, commit by commit: the total after each commit from 0 on. */
export function traceTotals(
  index: number,
  entries: readonly LedgerEntry[],
  head: number,
  dayOf: (entry: LedgerEntry) => string,
): ReadonlyMap<string, readonly bigint[]> {
  const budget = budgetAt(index);
  const changes = new Map<string, bigint[]>();
  for (const entry of entries) {
    const part = budget.partOf(entry);
    if (part === undefined) continue;
    const key = traceKey(budget.periodOf(dayOf(entry)), part);
    const ofKey = changes.get(key) ?? new Array<bigint>(head + 1).fill(0n);
    changes.set(key, ofKey);
    let before = 0n;
    for (const commit of [entry.commit, ...entry.corrections.map((correction) => correction.commit)]) {
      if (commit > head) continue;
      const after = countAt(budget, entry, commit);
      ofKey[commit] = (ofKey[commit] ?? 0n) + after - before;
      before = after;
    }
  }
  for (const ofKey of changes.values())
    for (let commit = 1; commit <= head; commit++) ofKey[commit] = (ofKey[commit] ?? 0n) + (ofKey[commit - 1] ?? 0n);
  return changes;
}

/** Period and part in one text. */
const traceKey = (period: string, part: string): string => `${period}#${part}`;

function countAt({ isInTokens }: SimulatedBudget, entry: LedgerEntry, commit: number): bigint {
  const rating = ratingAt(entry, commit);
  if (!rating) return 0n;
  if (!isInTokens) return rating.costPicoUsd ?? 0n;
  const { input_tokens = 0, output_tokens = 0 } = entry.event.usage;
  return entry.credit ? 0n : BigInt(input_tokens) + BigInt(output_tokens);
}
