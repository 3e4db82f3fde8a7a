import type { SenderDirectory } from '../contracts/environment.ts';

/** Who may send for whom, as the stack configured it. */
export interface SenderPolicy {
  readonly directory: SenderDirectory;
  /** Unique id of the API function's role, the one sender whose stamped tenant is honoured. */
  readonly apiSenderId: string;
  /** Unique id of the sweep's role, which sends dead letters back with their stamps. */
  readonly sweepSenderId?: string;
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
 */
export function resolveSender(
  policy: SenderPolicy,
  message: {
    readonly senderId: string;
    readonly queue: 'usage' | 'import';
    readonly stamp: { readonly tenant?: string };
  },
): Sender {
  const roleId = message.senderId.split(':')[0] ?? '';
  const isOwnRole = roleId !== '' && (roleId === policy.apiSenderId || roleId === policy.sweepSenderId);
  const isOwn = message.queue === 'import' || isOwnRole;
  if (isOwn && message.stamp.tenant !== undefined) return { isOwn, tenant: message.stamp.tenant };
  const tenant = findSenderTenant(policy.directory, roleId);
  return tenant === undefined ? { isOwn } : { isOwn, tenant };
}

/**
 * The tenant that the stack's settings give to a role.
 *
 * @param roleId - the part of a sender's id before its colon
 */
export function findSenderTenant(directory: SenderDirectory, roleId: string): string | undefined {
  if (directory.mode === 'trusted') return directory.tenant;
  return Object.hasOwn(directory.tenants, roleId) ? directory.tenants[roleId] : undefined;
}
