import type { Evidence } from '../oracle/evidence.ts';
import { checkAlerts } from './alerts.ts';
import { checkAppendOnly } from './append-only.ts';
import { checkCountedOnce } from './counted-once.ts';
import { checkEventTimePrices } from './event-time-prices.ts';
import { checkExactMoney } from './exact-money.ts';
import { checkLedgerIsTotals } from './ledger-is-totals.ts';
import { checkNoContent } from './no-content.ts';
import { checkNothingLost } from './nothing-lost.ts';
import { checkTenantsApart } from './tenants-apart.ts';
import { checkUnpriced } from './unpriced-is-a-state.ts';

/** The invariants of docs/architecture.md, in their order, each with what finds its violations, in words. */
export const INVARIANTS: Readonly<Record<string, (evidence: Evidence) => readonly string[]>> = {
  'counted once': checkCountedOnce,
  'ledger = totals': checkLedgerIsTotals,
  'nothing lost': checkNothingLost,
  'exact money': checkExactMoney,
  'event-time prices': checkEventTimePrices,
  'unpriced is a state': checkUnpriced,
  'append-only': checkAppendOnly,
  alerts: checkAlerts,
  'tenants apart': checkTenantsApart,
  'no content': checkNoContent,
};
