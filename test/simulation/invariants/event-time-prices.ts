import { explainEntry } from '../../../lib/domain/rating/explain.ts';
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
  const { config, entries } = evidence;
  const books = possibleBooks(evidence, release);
  const faults: string[] = [];
  for (const entry of entries) {
    const { event, recorded } = entry;
    const sent = sentAs(evidence, entry);
    if (entry.credit || !sent) continue;
    const isPossible = books.some((book) => {
      const { status, costPicoUsd } = priceCall(sent, book.list, book.overrides);
      return status === recorded.status && costPicoUsd === recorded.costPicoUsd;
    });
    if (!isPossible) faults.push(`${config.tenant}: ${event.id} was recorded at ${recorded.costPicoUsd}, by no book`);
    if (!entry.isVoid && !explainEntry(entry, catalogOf(release).catalog).isExact) {
      faults.push(`${config.tenant}: the amount of ${event.id} cannot be rebuilt from its rates`);
    }
  }
  return faults.slice(0, 5);
}

/** Books hold a price list, a beginning of the changes of every tenant and a beginning of the tenant's own. */
function possibleBooks({ overrides, globalOverrides }: TenantEvidence, release: number) {
  const [global, own] = [overrides.slice(0, globalOverrides), overrides.slice(globalOverrides)];
  const beginnings = <T>(all: readonly T[]) => Array.from({ length: all.length + 1 }, (_, end) => all.slice(0, end));
  const lists = [...new Set([0, release])].map(rowsOf);
  return lists.flatMap((list) =>
    beginnings(global).flatMap((first) =>
      beginnings(own).map((second) => ({ list, overrides: [...first, ...second] })),
    ),
  );
}
