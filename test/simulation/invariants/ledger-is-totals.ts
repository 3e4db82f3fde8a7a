import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import { traceTotals } from '../oracle/budgets.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';
import { compareSums, foldEntries, ratingAt, sumRows } from '../oracle/fold.ts';
import { localDay } from '../oracle/local-day.ts';
import type { Look } from '../world/world.ts';

/**
 * Invariant 2: rows are the fold of the commits up to the number they carry, for every granularity, at the end and at
 * every moment at which somebody looked; so are the totals of budgets; and the audit agrees at all times.
 */
export function checkLedgerIsTotals({ world, tenants }: Evidence): readonly string[] {
  return tenants.flatMap((tenant) => [
    ...checkRows(tenant),
    ...world.looks.filter((look) => look.tenant === tenant.config.tenant).flatMap((look) => checkLook(tenant, look)),
  ]);
}

function checkRows(evidence: TenantEvidence): string[] {
  const { entries, rows, differences, head, config } = evidence;
  const dayOf = dayOfTenant(evidence);
  const faults = differences.map((each) => `${config.tenant}: audit: ${each.kind} at ${each.where}`);
  for (const entry of entries) {
    if (entry.day !== dayOf(entry))
      faults.push(`${config.tenant}: ${entry.event.id} lies on ${entry.day}, not ${dayOf(entry)}`);
  }
  for (const granularity of ['hour', 'day', 'month'] as const) {
    const wrong = compareSums(sumRows(rows[granularity], granularity), foldEntries(entries, granularity, head, dayOf));
    faults.push(...wrong.map((each) => `${config.tenant}: rows by ${granularity}: ${each}`));
  }
  return faults;
}

function checkLook(evidence: TenantEvidence, look: Look): string[] {
  const { tenant } = look;
  const dayOf = dayOfTenant(evidence);
  switch (look.what) {
    case 'audit':
      return look.differences.map((each) => `${tenant}: audit while others wrote: ${JSON.stringify(each)}`);
    case 'spend': {
      const asked = evidence.entries.filter(
        (entry) => dayOf(entry) >= look.fromDay && entry.event.timeMs < look.untilMs && ratingAt(entry, look.commit),
      );
      const cost = asked.reduce((sum, entry) => sum + (ratingAt(entry, look.commit)?.costPicoUsd ?? 0n), 0n);
      const calls = BigInt(asked.filter(({ credit }) => !credit).length);
      if (cost === look.costPicoUsd && calls === look.calls) return [];
      const found = `${look.calls} calls for ${look.costPicoUsd}`;
      return [`${tenant}: spend at commit ${look.commit} is ${found}, not ${calls} for ${cost}`];
    }
    case 'rollups': {
      const { granularity, fromDay, snapshot } = look;
      const entries = evidence.entries.filter((entry) => dayOf(entry) >= fromDay);
      const expected = foldEntries(entries, granularity, snapshot.head, dayOf);
      const wrong = compareSums(sumRows(snapshot.rows, granularity), expected);
      return wrong.map((each) => `${tenant}: rows by ${granularity} read at commit ${snapshot.head}: ${each}`);
    }
    case 'budget': {
      const { number, period, parts, commit } = look;
      const wrong: string[] = [];
      for (const [key, totals] of traceTotals(number, evidence.entries, commit, dayOf)) {
        const [of, part = ''] = key.split('#');
        const [found, expected] = [parts.get(part) ?? 0n, totals[commit] ?? 0n];
        if (of === period && found !== expected)
          wrong.push(`${tenant}: budget ${number} of "${part}" stood at ${found} at commit ${commit}, not ${expected}`);
      }
      return wrong;
    }
  }
}

/** The oracle's own day of an entry of a tenant. */
export function dayOfTenant({ config }: TenantEvidence): (entry: LedgerEntry) => string {
  return ({ event }) => localDay(config.timeZone, event.timeMs);
}
