import type { Gates } from './judge-gates.ts';
import type { MigrateDay, MigratePolicy } from './migrate-state.ts';

/** One thing that keeps a day from qualifying: what it is, as it stands, and what is asked. */
export interface Blocker {
  readonly what: string;
  readonly is: number | string | null;
  readonly asked: number | string;
}

/** Why a day does not qualify, bound by bound and gate by gate; none where it does. */
export function findBlockers(day: MigrateDay, gates: Gates, policy: MigratePolicy): readonly Blocker[] {
  const bounds: readonly (readonly [what: string, is: number, asked: number])[] = [
    ['history_days', day.historyDays, policy.minHistoryDays],
    ['savings_ratio', day.savingsRatio, policy.onSavingsRatio],
    ['savings_usd', day.savingsUsd, policy.onSavingsUsd],
    ['probability', day.probability, policy.onProbability],
  ];
  const low = bounds.flatMap(([what, is, asked]) => (is >= asked ? [] : [{ what, is, asked }]));
  const isPaidBack = day.paybackMonths !== null && day.paybackMonths <= policy.maxPaybackMonths;
  const payback = { what: 'payback_months', is: day.paybackMonths, asked: policy.maxPaybackMonths };
  const closed = Object.entries(gates).filter(([, outcome]) => outcome !== 'pass');
  return [
    ...low,
    ...(isPaidBack ? [] : [payback]),
    ...closed.map(([gate, outcome]) => ({ what: `gate.${gate}`, is: outcome, asked: 'pass' })),
  ];
}
