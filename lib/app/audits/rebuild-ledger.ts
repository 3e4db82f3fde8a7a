import type { AdminRecords } from '../access/access-ports.ts';
import type { AuditDifference, Clock, TenantConfig } from '../ports.ts';
import { readAuditWindow } from './audit-window.ts';
import type { Rebuilder, RebuildPage } from './rebuild-ports.ts';

/** What a rebuild takes. */
export interface RebuildPorts {
  readonly rebuilder: Rebuilder;
  readonly adminRecords: AdminRecords;
  readonly now: Clock;
}

/** A part of a rebuild, as asked for. */
export interface RebuildOrder {
  /** Local days, from included, to excluded; an end that is left out is open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly isDryRun: boolean;
}

/** Things that one administrative record names; beyond, it says how many there are of each kind. */
const MAX_NAMED = 20;

/**
 * Carries a rebuild on by one part. Unless it is a dry run, a record says who repairs what before anything is repaired.
 *
 * @param cursor - the `next` of the part before
 * @throws {@link InvalidRequestError} when no day lies between `from` and `to`
 */
export async function rebuildPart(
  { rebuilder, adminRecords, now }: RebuildPorts,
  { tenant }: TenantConfig,
  keyId: string,
  { from, to, isDryRun }: RebuildOrder,
  cursor: string | undefined,
): Promise<RebuildPage> {
  const window = readAuditWindow(from, to);
  const announce = async (differences: readonly AuditDifference[]): Promise<void> => {
    const kinds = Object.groupBy(differences, ({ kind }) => kind);
    const counts = Object.fromEntries(Object.entries(kinds).map(([kind, ofKind]) => [kind, ofKind.length]));
    const named = differences.slice(0, MAX_NAMED).map(({ kind, where }) => `${kind} at ${where}`);
    const detail = { from: from ?? null, to: to ?? null, counts, named };
    await adminRecords.append(tenant, { atMs: now(), keyId, action: 'ledger.rebuilt', detail });
  };
  return rebuilder.rebuild(tenant, {
    ...(window ? { window } : {}),
    ...(cursor === undefined ? {} : { cursor }),
    ...(isDryRun ? {} : { announce }),
  });
}
