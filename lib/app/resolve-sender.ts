import type { SenderDirectory } from '../contracts/environment.ts';

/** Who may send for whom, as the stack configured it. */
export interface SenderPolicy {
  readonly directory: SenderDirectory;
  /** Unique id of the API function's role, the one sender whose stamped tenant is honoured. */
  readonly apiSenderId: string;
}

/** What a sender may do. `tenant` is absent when it belongs to none. */
export interface Sender {
  readonly isApi: boolean;
  readonly tenant?: string;
}

/**
 * The tenant of a message by who sent it, never by what it says. The import queue takes messages from the API function
 * alone (its policy), so what arrives there carries the API's stamp.
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
  const isApi = message.queue === 'import' || (roleId !== '' && roleId === policy.apiSenderId);
  if (isApi && message.stamp.tenant !== undefined) return { isApi, tenant: message.stamp.tenant };
  const { directory } = policy;
  if (directory.mode === 'trusted') return { isApi, tenant: directory.tenant };
  const tenant = Object.hasOwn(directory.tenants, roleId) ? directory.tenants[roleId] : undefined;
  return tenant === undefined ? { isApi } : { isApi, tenant };
}
