import { explainEntry } from '../../../lib/domain/explain.ts';
import { catalogOf, rowsOf } from '../history/catalog.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { priceCall } from '../oracle/pricing.ts';
import { sentAs } from './sent-as.ts';

/**
 * Invariant 5: an entry is recorded at a price that was in force at its call's time by some book that there was; what
 * it was recorded with stays as it is, and rebuilds its amount exactly.
 */
export function checkEventTimePrices({ world, tenants }: Evidence): readonly string[] {
  return tenants.flatMap((tenant) => checkTenant(tenant, world.release));
}

function checkTenant(evidence: TenantEvidence, release: number): string[] {
  const { config, entries, overrides } = evidence;
  const faults: string[] = [];
  for (const entry of entries) {
    const { event, recorded } = entry;
    const sent = sentAs(evidence, entry);
    if (entry.credit || !sent) continue;
    const speaking = overrides.filter(({ model }) => model === event.model);
    const lists = release === 0 ? [rowsOf(0)] : [rowsOf(0), rowsOf(release)];
    const possible = subsets(speaking.length).flatMap((chosen) => {
      const book = speaking.filter((_, index) => chosen.has(index));
      return lists.map((list) => priceCall(sent, list, book));
    });
    const isPossible = possible.some(
      ({ status, costPicoUsd }) => status === recorded.status && costPicoUsd === recorded.costPicoUsd,
    );
    if (!isPossible) faults.push(`${config.tenant}: ${event.id} was recorded at ${recorded.costPicoUsd}, by no book`);
    if (!entry.isVoid && !explainEntry(entry, catalogOf(release).catalog).isExact) {
      faults.push(`${config.tenant}: the amount of ${event.id} cannot be rebuilt from its rates`);
    }
  }
  return faults.slice(0, 5);
}

/** Books hold a beginning of the changes of every tenant and a beginning of the tenant's own: some subset. */
function subsets(count: number): readonly ReadonlySet<number>[] {
  return Array.from({ length: 2 ** Math.min(count, 8) }, (_, bits) => {
    return new Set(Array.from({ length: count }, (_each, index) => index).filter((index) => (bits >> index) & 1));
  });
}
