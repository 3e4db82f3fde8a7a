import { traceTotals } from '../oracle/budgets.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { dayOfTenant } from './ledger-is-totals.ts';

/**
 * Invariant 8: every threshold reached is claimed, none that never was; every claim is told of, under one id, and again
 * only where nobody can know whether it was heard. Fine weather has passed over every lease by now.
 */
export function checkAlerts(evidence: Evidence): readonly string[] {
  const { world, tenants } = evidence;
  const faults: string[] = [];
  const items = [...world.memory.items()];
  const left = items.filter(({ pk }) => pk === 'OUTBOX');
  if (left.length > 0) faults.push(`${left.length} alerts are pending for ever`);
  const claimed = new Set<string>();
  for (const { pk, sk, alertId } of items) {
    if (!pk.startsWith('ALERT#') || !sk.startsWith('CLAIM#')) continue;
    claimed.add(String(alertId));
  }
  for (const alertId of claimed) {
    if (!told(evidence, alertId).some(({ outcome }) => outcome !== 'refused'))
      faults.push(`alert ${alertId} was never sent`);
  }
  for (const { message, isHeld } of world.topic.log) {
    if (!claimed.has(message.alertId)) faults.push(`alert ${message.alertId} was sent and never claimed`);
    // The mark of a success takes the alert out of everybody's hands, so who holds none sends what is known to be sent.
    if (!isHeld) faults.push(`alert ${message.alertId} was sent by somebody who did not hold it`);
  }
  return [
    ...faults,
    ...tenants.flatMap((tenant) => [...checkThresholds(evidence, tenant), ...checkUntold(evidence, tenant)]),
  ];
}

function told({ world }: Evidence, alertId: string) {
  return world.topic.log.filter(({ message }) => message.alertId === alertId);
}

/**
 * Every threshold that a total reached is claimed, unless nothing touched its period since the budget was made; what is
 * claimed was reached; and what was told and holds no longer at the end was told to be resolved, and nothing else.
 */
function checkThresholds({ world }: Evidence, tenant: TenantEvidence): string[] {
  const { config, entries, head } = tenant;
  const items = [...world.memory.items()];
  const ofTenant = items.filter(({ pk }) => pk === `ALERT#${config.tenant}`);
  const claims = new Set(ofTenant.map(({ sk }) => sk));
  return items.flatMap(({ pk, body }) => {
    if (pk !== `BUDGET#${config.tenant}`) return [];
    const budget = JSON.parse(String(body)) as StoredBudget;
    const amount = BigInt(budget.amount.amounts[0] ?? 0);
    const traces = traceTotals(Number(budget.name.slice(-1)), entries, head, dayOfTenant(tenant));
    return [...traces].flatMap(([key, totals]) => {
      const [period, part] = key.split('#');
      const isTouched = totals[budget.sinceCommit] !== totals[head];
      return budget.thresholdsPercent.flatMap((percent): string[] => {
        const name = (status: string) =>
          `CLAIM#${budget.id}#${budget.version}#${period}#${status}${String(percent).padStart(4, '0')}${part ? `#${part}` : ''}`;
        const reached = totals.map((spent) => spent * 100n >= amount * BigInt(percent));
        const [isClaimed, isResolved] = [claims.has(name('')), claims.has(name('resolved#'))];
        const say = (what: string) => `${config.tenant}: ${percent} % of ${budget.name} in ${key} ${what}`;
        const isReached = reached[head] ?? false;
        return [
          ...(isReached && isTouched && !isClaimed ? [say('is reached, not claimed')] : []),
          ...(isClaimed && !reached.includes(true) ? [say('is claimed and was never reached')] : []),
          ...(isClaimed && !isReached && !isResolved ? [say('was told, holds no longer, and nobody was told so')] : []),
          ...(isResolved && !isClaimed ? [say('is resolved and was never told')] : []),
          ...(isResolved && !reached.slice(reached.indexOf(true)).includes(false)
            ? [say('is resolved and always held')]
            : []),
        ];
      });
    });
  });
}

/** The fields of a stored budget that the check reads. */
interface StoredBudget {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly sinceCommit: number;
  readonly amount: { readonly amounts: readonly string[] };
  readonly thresholdsPercent: readonly number[];
}

/**
 * A month with calls that were recorded without a price, and still have none, has been told of. Calls that an order took
 * the price of are shown to whoever gave it, before and after.
 */
function checkUntold({ world }: Evidence, tenant: TenantEvidence): string[] {
  const { config, entries } = tenant;
  const lacking = entries
    .filter(({ isVoid, credit }) => !isVoid && !credit)
    .filter(({ recorded, rating }) => recorded.status !== 'priced' && rating.status !== 'priced');
  const months = new Set(lacking.map((entry) => dayOfTenant(tenant)(entry).slice(0, 7)));
  const claims = [...world.memory.items()].filter(({ pk }) => pk === `ALERT#${config.tenant}`).map(({ sk }) => sk);
  const untold = [...months].filter((month) => !claims.some((sk) => sk.startsWith(`CLAIM#UNPRICED#${month}#`)));
  return untold.map((month) => `${config.tenant}: nobody was told of the calls without a price in ${month}`);
}
