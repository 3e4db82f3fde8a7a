/**
 * What the holder of a key may do. Inside its tenant `emitter` sends, `reader` reads, `admin` does both and changes.
 * `org-reader` reads every tenant and changes nothing; `org-admin` is an admin of every tenant and makes new ones.
 */
export const ROLES = ['emitter', 'reader', 'admin', 'org-reader', 'org-admin'] as const;

/** One role of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Roles whose routes a role may call: those of an organisation do in any tenant what others do in theirs. */
export const ROLES_OF: Readonly<Record<Role, readonly Role[]>> = {
  emitter: ['emitter'],
  reader: ['reader'],
  admin: ['admin'],
  'org-reader': ['org-reader', 'reader'],
  'org-admin': ['org-admin', 'org-reader', 'admin'],
};

/** Whether a role acts in every tenant. */
export function isOfOrganisation(role: Role): boolean {
  return role === 'org-reader' || role === 'org-admin';
}
