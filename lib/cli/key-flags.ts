import { ROLES, type Role } from '../contracts/roles.ts';

const DAY_MS = 86_400_000;

/** A role by its name. @throws {@link TypeError} when there is none of this name */
export function readRole(name: string): Role {
  const role = ROLES.find((known) => known === name);
  if (role) return role;
  throw new TypeError(`--role: expected ${ROLES.join(', ')}, got ${JSON.stringify(name)}`);
}

/** When a key ends, epoch milliseconds, by `--expires-at` or `--expires-in-days`. @throws {@link TypeError} */
export function readExpiry(
  flags: { readonly 'expires-at'?: string | undefined; readonly 'expires-in-days'?: string | undefined },
  nowMs: number,
): number | undefined {
  const { 'expires-at': at, 'expires-in-days': days } = flags;
  if (at !== undefined && days !== undefined) throw new TypeError('give --expires-at or --expires-in-days, not both');
  if (days !== undefined) {
    if (!/^[1-9]\d{0,3}$/.test(days)) throw new TypeError('--expires-in-days: expected 1 to 9999');
    return nowMs + Number(days) * DAY_MS;
  }
  if (at === undefined) return undefined;
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) throw new TypeError('--expires-at: expected a date or time such as 2027-01-31T00:00:00Z');
  return atMs;
}
