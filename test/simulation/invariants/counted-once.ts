import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import type { SentEvent } from '../history/calls.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';

/** Invariant 1: an accepted event counts once; the first recorded wins, other content is a conflict, kept once. */
export function checkCountedOnce({ tenants }: Evidence): readonly string[] {
  return tenants.flatMap(checkTenant);
}

function checkTenant({ config: { tenant }, entries, expected, conflicts, conflictCount }: TenantEvidence): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const wanted: string[] = [];
  for (const entry of entries) {
    const { id } = entry.event;
    if (seen.has(id)) faults.push(`${tenant}: ${id} is recorded twice`);
    seen.add(id);
    if (entry.credit) continue;
    const contents = expected.calls.get(id);
    if (!contents) continue;
    const matching = [...contents].filter((content) => isSame(content, entry));
    if (matching.length !== 1) faults.push(`${tenant}: ${id} is recorded with content that nobody sent`);
    for (let other = 1; other < contents.size; other++) wanted.push(id);
  }
  const found = conflicts.map(({ id }) => id).filter((id) => !id.startsWith('credit-'));
  if (found.sort().join() !== wanted.sort().join()) {
    faults.push(`${tenant}: conflicts of ${found.join()}, expected of ${wanted.join()}`);
  }
  if (conflictCount !== conflicts.length)
    faults.push(`${tenant}: ${conflicts.length} conflicts, counted ${conflictCount}`);
  return faults;
}

function isSame(sent: SentEvent, { event }: LedgerEntry): boolean {
  const { app, team, model, usage } = event;
  return (
    Date.parse(sent.time) === event.timeMs &&
    [app, team, model].join() === [sent.app, sent.team, sent.model].join() &&
    Object.entries(sent.usage).every(([unit, count]) => (usage[unit] ?? 0) === count)
  );
}
