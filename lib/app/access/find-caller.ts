import type { AccessDirectory } from '../../contracts/environment.ts';
import { type Credential, type Identities, type Identity, ROLES, type Role } from './access-ports.ts';

/** A name in records is no longer than this. */
const MAX_SUBJECT_LENGTH = 128;

/** Takes identities for callers as the stack was told to; kinds that it was told nothing of stand for nobody. */
export function createIdentities(directory: AccessDirectory): Identities {
  return { findCaller: async (identity) => findCaller(directory, identity) };
}

function findCaller({ jwt, iam }: AccessDirectory, identity: Identity): Credential | undefined {
  if (identity.kind === 'jwt') return jwt && findByClaims(jwt, identity.claims);
  const { roleId } = identity;
  const caller = iam && Object.hasOwn(iam, roleId) ? iam[roleId] : undefined;
  return caller && { keyId: `iam:${roleId}`, ...caller };
}

/** A token without a subject lets nobody in: records have to say who made a change. */
function findByClaims(
  { tenant, roleClaim }: NonNullable<AccessDirectory['jwt']>,
  claims: Readonly<Record<string, string>>,
): Credential | undefined {
  const read = (name: string) => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const subject = read('sub');
  const name = 'name' in tenant ? tenant.name : read(tenant.claim);
  const role = readRole(read(roleClaim) ?? '');
  if (!subject || !name || !role) return undefined;
  return { keyId: `jwt:${subject.slice(0, MAX_SUBJECT_LENGTH)}`, tenant: name, role };
}

/**
 * The one role that a claim names, alone or in a list `[a b]`; of several, nobody can say which was meant. The gateway
 * puts blanks between the words of a list and nothing else, so a comma belongs to a word.
 */
function readRole(claim: string): Role | undefined {
  const names = (/^\[(.*)\]$/.exec(claim)?.[1] ?? claim).split(/\s+/);
  const [role, ...others] = ROLES.filter((known) => names.includes(known));
  return others.length === 0 ? role : undefined;
}
