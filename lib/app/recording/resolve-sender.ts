import type { SenderDirectory } from '../../contracts/environment.ts';
import type { SenderRoles } from '../access/access-ports.ts';

/** Who may send for whom: as the stack configured it, and as tenants were given senders since. */
export interface SenderPolicy {
  readonly directory: SenderDirectory;
  /** Unique id of the API function's role, the one sender whose stamped tenant is honoured. */
  readonly apiSenderId: string;
  /** Unique id of the sweep's role, which sends dead letters back with their stamps. */
  readonly sweepSenderId?: string;
  /** Senders that tenants were given through the API; without it only the stack's settings hold. */
  readonly roles?: SenderRoles;
}

/** What a sender may do. `tenant` is absent when it belongs to none. */
export interface Sender {
  /** Whether it is a function of the ledger, whose stamps are honoured. */
  readonly isOwn: boolean;
  readonly tenant?: string;
}

/**
 * The tenant of a message by who sent it, never by what it says. The import queue takes messages from functions of
 * the ledger alone (its policy), so what arrives there carries a stamp of ours.
 *
 * Rejects as {@link SenderRoles.find} does, when it has to ask; a stamp of ours is never asked about.
 */
export async function resolveSender(
  policy: SenderPolicy,
  message: {
    readonly senderId: string;
    readonly queue: 'usage' | 'import';
    readonly stamp: { readonly tenant?: string };
  },
): Promise<Sender> {
  const roleId = readRoleId(message.senderId);
  const isOwn = message.queue === 'import' || isOwnRole(policy, roleId);
  if (isOwn && message.stamp.tenant !== undefined) return { isOwn, tenant: message.stamp.tenant };
  const tenant = await findSenderTenant(policy, message.senderId);
  return tenant === undefined ? { isOwn } : { isOwn, tenant };
}

/**
 * The tenant that a sender reports for when no stamp says so. A role that the stack's map names is settled by it; any
 * other may have been given to a tenant since; whoever is left reports for the one tenant of a trusting ledger, or for
 * none. Rejects as {@link SenderRoles.find} does.
 *
 * @param senderId - as the queue reports it: unique id of a role, a colon, name of its session
 */
export async function findSenderTenant(policy: SenderPolicy, senderId: string): Promise<string | undefined> {
  const { directory, roles } = policy;
  const roleId = readRoleId(senderId);
  if (directory.mode === 'mapped' && Object.hasOwn(directory.tenants, roleId)) return directory.tenants[roleId];
  // Functions of the ledger are nobody's senders, so they cost no read.
  const given = roles && roleId !== '' && !isOwnRole(policy, roleId) ? await roles.find(roleId) : undefined;
  if (given !== undefined) return given;
  return directory.mode === 'trusted' ? directory.tenant : undefined;
}

/**
 * Whether a message was put on its queue by a function of the ledger.
 *
 * @param senderId - as the queue reports it
 */
export function isOwnSender(policy: SenderPolicy, senderId: string): boolean {
  return isOwnRole(policy, readRoleId(senderId));
}

function isOwnRole({ apiSenderId, sweepSenderId }: SenderPolicy, roleId: string): boolean {
  return roleId !== '' && (roleId === apiSenderId || roleId === sweepSenderId);
}

function readRoleId(senderId: string): string {
  return senderId.split(':')[0] ?? '';
}
