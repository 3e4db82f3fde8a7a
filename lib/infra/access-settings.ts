import { ACCESS_ROLES, type AccessDirectory, type AccessRole } from '../contracts/environment.ts';
import { checkLength, checkNames, checkPrincipalId, checkTenant, checkText } from './check-settings.ts';
import { InvalidSettingError } from './invalid-setting-error.ts';

/** Who may ask the API without a key of the ledger. Each way has a URL of its own beside the one for keys. */
export interface AccessSettings {
  /**
   * Whose tokens the URL `JwtApiUrl` takes.
   * @default there is no such URL
   */
  readonly jwt?: JwtSettings;
  /**
   * Whose signed requests the URL `IamApiUrl` takes.
   * @default there is no such URL
   */
  readonly iam?: IamSettings;
}

/** Tokens of an identity provider that speaks OpenID Connect; the gateway checks signature, issuer, audience and age. */
export interface JwtSettings {
  /** Issuer as its tokens name it, `https://...`; its keys are found below `.well-known/openid-configuration`. */
  readonly issuer: string;
  /** A token must be meant for one of these, by `aud` or `client_id`. */
  readonly audiences: readonly string[];
  /** The one tenant of everybody with a token. Either this or `tenantClaim`. */
  readonly tenant?: string;
  /** Claim whose value names the tenant; it must be one that people cannot set themselves. */
  readonly tenantClaim?: string;
  /** Claim whose value is a role of the ledger, or a list with exactly one of them; nor may people set this one. */
  readonly roleClaim: string;
}

/** Callers who sign requests with credentials of AWS (Signature Version 4, service `execute-api`). */
export interface IamSettings {
  /**
   * Tenant and role by the unique id of the caller's role, `AROA...`, or user, `AIDA...`. Their own policies must let
   * them `execute-api:Invoke` besides.
   */
  readonly callers: Readonly<Record<string, { readonly tenant: string; readonly role: AccessRole }>>;
}

const MAX_DIRECTORY_BYTES = 1_400;
// Names of claims may be URLs; none holds white space.
const CLAIM = /^\S{1,256}$/;

/**
 * What the API function is told of identities.
 * @throws {@link InvalidSettingError} when a setting cannot be right
 */
export function toAccessDirectory(access: AccessSettings): AccessDirectory {
  checkNames('access', access, ['jwt', 'iam']);
  const { jwt, iam } = access;
  const directory = { ...(jwt ? { jwt: toJwtDirectory(jwt) } : {}), ...(iam ? { iam: toIamDirectory(iam) } : {}) };
  const instead = 'let the others share a role, or use keys';
  checkLength('access', JSON.stringify(directory), MAX_DIRECTORY_BYTES, instead);
  return directory;
}

function toJwtDirectory(settings: JwtSettings): NonNullable<AccessDirectory['jwt']> {
  checkNames('access.jwt', settings, ['issuer', 'audiences', 'tenant', 'tenantClaim', 'roleClaim']);
  const { issuer, audiences, tenant, tenantClaim, roleClaim } = settings;
  checkText('access.jwt.issuer', issuer, /^https:\/\/\S+$/, 'a URL that begins with https://');
  if (audiences.length === 0) throw new InvalidSettingError('access.jwt.audiences', 'one audience at least', audiences);
  checkText('access.jwt.roleClaim', roleClaim, CLAIM, 'the name of a claim');
  if ((tenant === undefined) === (tenantClaim === undefined)) {
    throw new InvalidSettingError('access.jwt', 'either tenant or tenantClaim', { tenant, tenantClaim });
  }
  if (tenant !== undefined) {
    checkTenant('access.jwt.tenant', tenant);
    return { tenant: { name: tenant }, roleClaim };
  }
  const claim = tenantClaim ?? '';
  checkText('access.jwt.tenantClaim', claim, CLAIM, 'the name of a claim');
  return { tenant: { claim }, roleClaim };
}

function toIamDirectory(settings: IamSettings): NonNullable<AccessDirectory['iam']> {
  checkNames('access.iam', settings, ['callers']);
  const { callers } = settings;
  for (const [id, caller] of Object.entries(callers)) {
    const property = `access.iam.callers[${JSON.stringify(id)}]`;
    checkNames(property, caller, ['tenant', 'role']);
    const { tenant, role } = caller;
    checkPrincipalId(property, id);
    checkTenant(`${property}.tenant`, tenant);
    if (!ACCESS_ROLES.includes(role)) {
      throw new InvalidSettingError(`${property}.role`, `one of ${ACCESS_ROLES.join(', ')}`, role);
    }
  }
  return callers;
}
