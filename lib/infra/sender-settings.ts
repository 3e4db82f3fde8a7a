import {
  AccountPrincipal,
  AnyPrincipal,
  Effect,
  PolicyStatement,
  type PolicyStatementProps,
} from 'aws-cdk-lib/aws-iam';
import type { SenderDirectory } from '../contracts/environment.ts';
import { checkLength, checkNames, checkPrincipalId, checkTenant, checkText } from './check-settings.ts';
import { InvalidSettingError } from './invalid-setting-error.ts';

/**
 * Who may put messages on the usage queue, and for which tenant each reports. Where `accounts`, `organizationId` or
 * `roles` name anybody, everybody else is shut out, other roles of the ledger's own account too.
 */
export interface SenderSettings {
  /**
   * Accounts, 12 digits each, whose roles may send as far as their own policies let them; at most 40.
   * @default none beside the ledger's own account
   */
  readonly accounts?: readonly string[];
  /**
   * Organisation, `o-...`, whose accounts may all send.
   * @default none
   */
  readonly organizationId?: string;
  /**
   * ARNs of roles that may send, `arn:aws:iam::123456789012:role/name`; at most 40. A path belongs to the name.
   * @default none
   */
  readonly roles?: readonly string[];
  /**
   * The one tenant that everybody reports for who has none by `tenants` of a tenant's own senders. Not with `tenants`.
   * @default default
   */
  readonly tenant?: string;
  /**
   * Tenant by the unique id of the sending role (`AROA...`), or of a user. A sender that is neither here nor among
   * the senders of a tenant is refused; `{}` leaves it all to the tenants.
   * @default everybody reports for `tenant`
   */
  readonly tenants?: Readonly<Record<string, string>>;
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
const ORGANIZATION_ID = /^o-[a-z0-9]{10,32}$/;

// A queue's policy takes 50 principals and 8,192 bytes. Each entry is named twice, an account once as an ARN of its root in
// the longest partition; 6,000 leave room for the statements around them, with the longest names of queue and roles.
const MAX_ENTRIES = 40;
const MAX_POLICY_BYTES = 6_000;
const ROOT_ARN_BYTES = 'arn:aws-us-gov:iam:::root'.length;
const MAX_DIRECTORY_BYTES = 1_500;

/**
 * What record-usage is told of senders.
 * @throws {@link InvalidSettingError} when a name cannot be right or is not known, or both `tenant` and `tenants` are given
 */
export function toSenderDirectory(senders: SenderSettings): SenderDirectory {
  checkNames('senders', senders, ['accounts', 'organizationId', 'roles', 'tenant', 'tenants']);
  const { tenant, tenants } = senders;
  if (tenants === undefined) {
    checkTenant('senders.tenant', tenant ?? 'default');
    return { mode: 'trusted', tenant: tenant ?? 'default' };
  }
  if (tenant !== undefined) {
    throw new InvalidSettingError('senders.tenant', 'nothing beside senders.tenants, which names the tenants', tenant);
  }
  for (const [id, name] of Object.entries(tenants)) {
    checkPrincipalId(`senders.tenants[${JSON.stringify(id)}]`, id);
    checkTenant(`senders.tenants[${JSON.stringify(id)}]`, name);
  }
  checkLength('senders.tenants', JSON.stringify(tenants), MAX_DIRECTORY_BYTES, 'give the others to their tenants');
  return { mode: 'mapped', tenants };
}

/**
 * Statements that let the named senders send, and forbid it to everybody else; none where nobody is named.
 *
 * @param ownRoleArns - roles of the ledger that send whatever the settings are
 * @throws {@link InvalidSettingError} when an entry cannot be right or there are too many
 */
export function toQueueStatements(
  senders: SenderSettings,
  queueArn: string,
  ownRoleArns: readonly string[],
): readonly PolicyStatement[] {
  const { accounts = [], organizationId, roles = [] } = senders;
  checkEntries(senders);
  if (accounts.length === 0 && organizationId === undefined && roles.length === 0) return [];
  const anybody = [new AnyPrincipal()];
  const statement = (sid: string, parts: PolicyStatementProps) =>
    new PolicyStatement({ sid, actions: ['sqs:SendMessage'], resources: [queueArn], ...parts });
  const statements: PolicyStatement[] = [];
  // Whoever is in none of the lists; conditions of one statement hold together.
  const arnNotEquals = { 'aws:PrincipalArn': [...roles, ...ownRoleArns] };
  const stringNotEquals: Record<string, string | readonly string[]> = {};
  if (accounts.length > 0) {
    statements.push(statement('Accounts', { principals: accounts.map((id) => new AccountPrincipal(id)) }));
    stringNotEquals['aws:PrincipalAccount'] = accounts;
  }
  if (organizationId !== undefined) {
    const conditions = { StringEquals: { 'aws:PrincipalOrgID': organizationId } };
    statements.push(statement('Organization', { principals: anybody, conditions }));
    stringNotEquals['aws:PrincipalOrgID'] = organizationId;
  }
  if (roles.length > 0) {
    const conditions = { ArnEquals: { 'aws:PrincipalArn': roles } };
    statements.push(statement('Roles', { principals: anybody, conditions }));
  }
  const conditions = {
    ArnNotEquals: arnNotEquals,
    ...(Object.keys(stringNotEquals).length > 0 ? { StringNotEquals: stringNotEquals } : {}),
  };
  statements.push(statement('ListedSendersOnly', { effect: Effect.DENY, principals: anybody, conditions }));
  return statements;
}

function checkEntries(senders: SenderSettings): void {
  const { accounts = [], organizationId, roles = [] } = senders;
  for (const [index, account] of accounts.entries()) {
    checkText(`senders.accounts[${index}]`, account, /^\d{12}$/, 'an account of 12 digits');
  }
  if (organizationId !== undefined) {
    checkText('senders.organizationId', organizationId, ORGANIZATION_ID, 'an organisation such as o-a1b2c3d4e5');
  }
  for (const [index, role] of roles.entries()) {
    const expected = 'the ARN of one role such as arn:aws:iam::123456789012:role/name, without wildcards';
    checkText(`senders.roles[${index}]`, role, ROLE_ARN, expected);
  }
  for (const [property, list] of Object.entries({ accounts: senders.accounts, roles: senders.roles })) {
    // A list that came out empty was meant to let few in, and would let in what holds without any.
    if (list?.length === 0) throw new InvalidSettingError(`senders.${property}`, 'one at least, or no list', list);
    if (list === undefined || list.length <= MAX_ENTRIES) continue;
    throw new InvalidSettingError(
      `senders.${property}`,
      `at most ${MAX_ENTRIES}; else name the organisation`,
      list.length,
    );
  }
  const bytes = 2 * JSON.stringify([accounts, roles]).length + accounts.length * ROOT_ARN_BYTES;
  if (bytes <= MAX_POLICY_BYTES) return;
  throw new InvalidSettingError(
    'senders',
    `at most ${MAX_POLICY_BYTES} bytes of accounts and roles, named twice`,
    bytes,
  );
}
