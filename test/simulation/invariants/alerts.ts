import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { dayOfTenant, sumSpend } from './ledger-is-totals.ts';

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

function checkThresholds({ world }: Evidence, tenant: TenantEvidence): string[] {
  const { config, entries, head } = tenant;
  const faults: string[] = [];
  const items = [...world.memory.items()];
  const claims = items.filter(({ pk, sk }) => pk === `ALERT#${config.tenant}` && sk.startsWith('CLAIM#'));
  for (const { pk, body, amount } of items) {
    if (pk !== `BUDGET#${config.tenant}` || typeof amount !== 'bigint') continue;
    const budget = JSON.parse(String(body)) as { id: string; version: number; thresholdsPercent: number[] };
    const team = (JSON.parse(String(body)) as { scope: { team?: string } }).scope.team;
    const spentAt = (commit: number) => sumSpend(entries, MARCH, team, commit, dayOfTenant(tenant));
    const final = spentAt(head);
    for (const percent of budget.thresholdsPercent) {
      const name = `CLAIM#${budget.id}#${budget.version}#${MARCH}#${String(percent).padStart(4, '0')}`;
      const isClaimed = claims.some(({ sk }) => sk === name);
      const isReached = (spent: bigint) => spent * 100n >= amount * BigInt(percent);
      if (!isClaimed && isReached(final))
        faults.push(`${config.tenant}: ${percent} % of ${budget.id} is reached, not claimed`);
      if (!isClaimed || isReached(final)) continue;
      const everReached = Array.from({ length: head + 1 }, (_, commit) => commit).some((at) => isReached(spentAt(at)));
      if (!everReached) faults.push(`${config.tenant}: ${percent} % of ${budget.id} is claimed and was never reached`);
    }
  }
  return faults;
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

/** The month of every history, in which budgets are told of. */
const MARCH = '2026-03';
