import { type ListRow, rowsOf } from '../history/catalog.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { priceCall } from '../oracle/pricing.ts';
import { sentAs } from './sent-as.ts';

/** Invariant 6: no price is no price: the state is told, tokens count, cost is null; and it is priced once it can be. */
export function checkUnpriced({ world, tenants }: Evidence): readonly string[] {
  return tenants.flatMap((tenant) => checkTenant(tenant, rowsOf(world.release)));
}

function checkTenant(evidence: TenantEvidence, list: readonly ListRow[]): string[] {
  const { config, entries, overrides, rows } = evidence;
  const faults: string[] = [];
  let lacking = 0n;
  for (const entry of entries) {
    const sent = sentAs(evidence, entry);
    if (entry.credit || !sent || entry.isVoid) continue;
    const { status } = priceCall(sent, list, overrides);
    if (status !== 'priced') lacking += 1n;
    if (entry.rating.status !== status) {
      faults.push(`${config.tenant}: ${entry.event.id} is ${entry.rating.status}, expected ${status}`);
    }
    const isKnown = entry.rating.costPicoUsd !== null;
    if (isKnown === (status === 'unpriced' || status === 'unpriced_unit')) {
      faults.push(`${config.tenant}: ${entry.event.id} is ${status} and costs ${entry.rating.costPicoUsd}`);
    }
  }
  const counted = rows.month.reduce(
    (sum, { measures }) =>
      sum + (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n),
    0n,
  );
  if (counted !== lacking)
    faults.push(`${config.tenant}: rows count ${counted} calls that lack a price, not ${lacking}`);
  return faults.slice(0, 5);
}
