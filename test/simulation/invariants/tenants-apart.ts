import type { Evidence } from '../oracle/evidence.ts';

/** Invariant 9: a tenant's ledger holds what its own credentials sent, whatever a body or a forged stamp says. */
export function checkTenantsApart({ tenants, world }: Evidence): readonly string[] {
  const faults: string[] = [];
  for (const { config, entries, expected } of tenants) {
    for (const { event, credit } of entries) {
      if (credit || expected.calls.has(event.id)) continue;
      faults.push(`${config.tenant}: holds ${event.id}, which it did not send`);
    }
  }
  const known = new Set([...tenants.map(({ config }) => config.tenant), '-', '*']);
  for (const { pk } of world.memory.items()) {
    const tenant = pk.split('#')[1];
    if (tenant !== undefined && !pk.startsWith('CATALOG#') && !known.has(tenant)) faults.push(`an item of ${tenant}`);
  }
  for (const { message } of world.topic.log) {
    if (!known.has(message.tenant)) faults.push(`an alert for ${message.tenant}`);
  }
  return faults.slice(0, 5);
}
