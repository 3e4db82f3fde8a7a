import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { nameReject } from '../oracle/expected-calls.ts';

/**
 * Invariant 3: what was accepted is recorded, what cannot be is a kept reject, once; the queues are empty, the dead
 * letters too; what somebody was told is done is done; and nothing threw that no fault accounts for.
 */
export function checkNothingLost({ world, tenants, strangers }: Evidence): readonly string[] {
  const faults = tenants.flatMap(checkTenant);
  for (const [name, queue] of Object.entries(world.queues)) {
    if (queue.waiting.length > 0) faults.push(`${queue.waiting.length} messages are left in ${name}`);
  }
  faults.push(...compareRejects('strangers', strangers.rejects, strangers.expected));
  return [...faults, ...checkPromises(tenants, world), ...world.surprises, ...world.wrongRefusals];
}

function checkTenant({ config, entries, expected, rejects, rejectCount }: TenantEvidence): string[] {
  const recorded = new Set(entries.map(({ event }) => event.id));
  const lost = [...expected.calls.keys()].filter((id) => !recorded.has(id));
  const faults = lost.length === 0 ? [] : [`${config.tenant}: lost ${lost.length} calls: ${lost.slice(0, 5).join()}`];
  if (rejectCount !== rejects.length)
    faults.push(`${config.tenant}: ${rejects.length} rejects, counted ${rejectCount}`);
  return [...faults, ...compareRejects(config.tenant, rejects, expected.rejects)];
}

function compareRejects(
  who: string,
  rejects: TenantEvidence['rejects'],
  expected: ReadonlyMap<string, readonly string[]>,
): string[] {
  const ids = new Set(rejects.map(({ rejectId }) => rejectId));
  const faults = ids.size < rejects.length ? [`${who}: a reject is kept twice`] : [];
  const found = Map.groupBy(rejects, ({ messageId }) => messageId);
  for (const messageId of new Set([...found.keys(), ...expected.keys()])) {
    const kept = (found.get(messageId) ?? []).map(({ reason, fields }) => nameReject(reason, fields['id']));
    const [is, shouldBe] = [kept, expected.get(messageId) ?? []].map((names) => [...names].sort().join('; '));
    if (is !== shouldBe)
      faults.push(`${who}: rejects of ${messageId}: ${is || 'none'}; expected ${shouldBe || 'none'}`);
  }
  return faults.slice(0, 5);
}

function checkPromises(tenants: readonly TenantEvidence[], { promised, memory }: Evidence['world']): string[] {
  const faults: string[] = [];
  for (const promise of promised) {
    if (promise.what === 'override') {
      const isStored = [...memory.items()].some(
        ({ pk, file }) => pk === `OVERRIDE#${promise.scope}` && file === promise.fileText,
      );
      if (!isStored) faults.push(`an override of ${promise.scope} was lost`);
      continue;
    }
    const evidence = tenants.find(({ config }) => config.tenant === promise.tenant);
    const entry = evidence?.entries.find(({ event }) => event.id === promise.id);
    if (!entry) faults.push(`${promise.tenant}: ${promise.what} of ${promise.id}: no such entry`);
    else if (promise.what === 'void' && !entry.isVoid) faults.push(`${promise.tenant}: ${promise.id} is not void`);
    else if (promise.what === 'credit' && entry.recorded.costPicoUsd !== -promise.amountPicoUsd) {
      faults.push(`${promise.tenant}: ${promise.id} is a credit of ${entry.recorded.costPicoUsd}`);
    }
  }
  return faults;
}
