import type { SentEvent } from '../history/calls.ts';
import { rowsOf } from '../history/catalog.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { priceCall } from '../oracle/pricing.ts';
import type { World } from '../world/world.ts';
import { sentAs } from './sent-as.ts';

/** Invariant 4: what every entry counts for, and what a tenant spent in all, is right to the picodollar. */
export function checkExactMoney({ world, tenants }: Evidence): readonly string[] {
  return tenants.flatMap((tenant) => checkTenant(tenant, world));
}

function checkTenant(evidence: TenantEvidence, { voidsAsked, release }: World): string[] {
  const { config, entries, overrides, rows } = evidence;
  const faults: string[] = [];
  let total = 0n;
  for (const entry of entries) {
    const { id } = entry.event;
    if (entry.isVoid && !voidsAsked.has(`${config.tenant} ${id}`))
      faults.push(`${config.tenant}: ${id} is void, and nobody asked`);
    const sent: SentEvent | undefined = sentAs(evidence, entry);
    const expected =
      entry.credit || !sent ? entry.recorded.costPicoUsd : priceCall(sent, rowsOf(release), overrides).costPicoUsd;
    if (!entry.isVoid) total += expected ?? 0n;
    if (!entry.isVoid && entry.rating.costPicoUsd !== expected) {
      faults.push(
        `${config.tenant}: ${id} (${entry.event.model}) costs ${entry.rating.costPicoUsd}, expected ${expected}`,
      );
    }
  }
  for (const [granularity, found] of Object.entries(rows)) {
    const sum = found.reduce((all, { measures }) => all + (measures.cost ?? 0n), 0n);
    if (sum !== total) faults.push(`${config.tenant}: rows by ${granularity} sum to ${sum}, expected ${total}`);
  }
  return faults.slice(0, 8);
}
