import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** `tokenledger tenants create|list|show|set`. */
export const tenantsCommand: Command = ledgerCommand(
  {
    name: 'tenants',
    summary: 'Create, list and configure tenants',
    usage: `tokenledger tenants create NAME [--time-zone ZONE] [--tag NAME]... [--users on|off] [--sender ROLE_ID]...
       tokenledger tenants list
       tokenledger tenants show NAME
       tokenledger tenants set NAME [--tag NAME]... [--no-tags] [--users on|off] [--add-sender ROLE_ID]...
                               [--remove-sender ROLE_ID]...
  A zone (UTC) never changes. --tag names every tag that is kept as a dimension from some minutes on, up to three in the
  life of a tenant. ROLE_ID is the unique id of a role that sends to the queue, AROA...; create takes a key of role org-admin.`,
    options: {
      'time-zone': { type: 'string' },
      tag: { type: 'string', multiple: true },
      'no-tags': { type: 'boolean' },
      users: { type: 'string' },
      sender: { type: 'string', multiple: true },
      'add-sender': { type: 'string', multiple: true },
      'remove-sender': { type: 'string', multiple: true },
    },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/tenants');
      if (isJson) io.out(JSON.stringify(answer));
      else for (const line of layOutTenants(objectsAt(answer, 'tenants'))) io.out(line);
      return 0;
    }
    const name = takeWord(words, 'NAME');
    const answer = await carryOut(api, verb, name, flags);
    if (isJson) io.out(JSON.stringify(answer));
    else for (const line of describeTenant(answer)) io.out(line);
    return 0;
  },
);

interface TenantFlags {
  readonly 'time-zone'?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly 'no-tags'?: boolean | undefined;
  readonly users?: string | undefined;
  readonly sender?: readonly string[] | undefined;
  readonly 'add-sender'?: readonly string[] | undefined;
  readonly 'remove-sender'?: readonly string[] | undefined;
}

async function carryOut(api: ApiClient, verb: string, name: string, flags: TenantFlags): Promise<ApiAnswer> {
  if (verb === 'show') return findTenant(api, name);
  const settings = toSettings(flags);
  if (verb === 'create') {
    const senders = flags.sender === undefined ? {} : { senders: flags.sender };
    return api.ask('POST', '/v1/tenants', { body: { name, ...settings, ...senders } });
  }
  if (verb !== 'set') throw new WrongUseError(`tenants takes create, list, show or set, not ${JSON.stringify(verb)}`);
  const { 'add-sender': added, 'remove-sender': removed } = flags;
  const isOfSenders = added !== undefined || removed !== undefined;
  const senders = isOfSenders ? { senders: changeSenders(await findTenant(api, name), added, removed) } : {};
  return api.ask('PATCH', `/v1/tenants/${encodeURIComponent(name)}`, { body: { ...settings, ...senders } });
}

async function findTenant(api: ApiClient, name: string): Promise<ApiAnswer> {
  const tenants = objectsAt(await api.ask('GET', '/v1/tenants'), 'tenants');
  const found = tenants.find((tenant) => tenant['name'] === name);
  if (!found) throw new WrongUseError(`there is no tenant ${JSON.stringify(name)} that this key may see`);
  return found;
}

function toSettings(flags: TenantFlags): Record<string, unknown> {
  const { 'time-zone': timeZone, 'no-tags': noTags, tag, users } = flags;
  if (noTags && tag !== undefined) throw new WrongUseError('give --tag or --no-tags, not both');
  if (users !== undefined && users !== 'on' && users !== 'off') throw new WrongUseError('--users: expected on or off');
  const tags = noTags ? [] : tag;
  return {
    ...(timeZone === undefined ? {} : { time_zone: timeZone }),
    ...(tags === undefined ? {} : { tag_dimensions: tags }),
    ...(users === undefined ? {} : { track_users: users === 'on' }),
  };
}

function changeSenders(tenant: ApiAnswer, added: readonly string[] = [], removed: readonly string[] = []): string[] {
  const before = textsAt(tenant, 'senders');
  const unknown = removed.find((roleId) => !before.includes(roleId));
  if (unknown !== undefined) throw new WrongUseError(`${unknown} does not report for this tenant`);
  return [...new Set([...before, ...added])].filter((roleId) => !removed.includes(roleId));
}

function layOutTenants(tenants: readonly ApiAnswer[]): readonly string[] {
  return layOutTable(
    [
      { title: 'tenant' },
      { title: 'zone' },
      { title: 'tags' },
      { title: 'users' },
      { title: 'senders', isNumber: true },
    ],
    tenants.map((tenant) => [
      textAt(tenant, 'name'),
      textAt(tenant, 'time_zone'),
      textsAt(tenant, 'tag_dimensions').join(', ') || '-',
      tenant['track_users'] === true ? 'on' : 'off',
      String(textsAt(tenant, 'senders').length),
    ]),
  );
}

function describeTenant(tenant: ApiAnswer): readonly string[] {
  const lines = [
    [
      'tenant',
      `${textAt(tenant, 'name')}, days in ${textAt(tenant, 'time_zone')}, made ${textAt(tenant, 'created_at')}`,
    ],
    ['tags', textsAt(tenant, 'tag_dimensions').join(', ') || 'none'],
    ['former tags', textsAt(tenant, 'former_tag_dimensions').join(', ') || 'none'],
    ['users', tenant['track_users'] === true ? 'on' : 'off'],
    ['since', textAt(tenant, 'dimensions_since') || 'the beginning'],
    ['senders', textsAt(tenant, 'senders').join(', ') || 'none'],
  ];
  return lines.map(([name = '', text]) => `${name.padEnd(16)}${text}`);
}

function textsAt(answer: ApiAnswer, field: string): readonly string[] {
  const value = answer[field];
  return Array.isArray(value) ? value.map(String) : [];
}
