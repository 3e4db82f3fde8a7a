import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import type { Item } from '../../lib/adapters/dynamodb/table.ts';
import type { ApiKey } from '../../lib/app/access/access-ports.ts';
import { createKey, hashKey } from '../../lib/app/access/manage-keys.ts';
import { nameSubscription } from '../../lib/app/alerts/manage-subscriptions.ts';
import { nameAnomaly } from '../../lib/app/anomalies/name-anomaly.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { nameReject } from '../../lib/app/recording/reject-id.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { sampleMigrationProfile } from '../../lib/sample/sample-settings.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { START_MS } from '../helpers/ledger-fixtures.ts';
import { EVERY_ROLE, type TestedRole, type Who } from './permissions.ts';

/** Stands in every text of the other tenant's things; whoever reads it has read what is not theirs. */
export const CANARY = 'what-only-globex-may-read';

/** Names and numbers by which a tenant's things are asked for. They are no secret: somebody may guess them. */
export interface Things {
  readonly tenant: string;
  /** An entry, one that may be voided, and a credit. */
  readonly entryId: string;
  readonly voidableId: string;
  readonly creditId: string;
  readonly budgetName: string;
  readonly plannedChangeId: string;
  readonly ownRowId: string;
  readonly ruleName: string;
  readonly capacityName: string;
  readonly alertId: string;
  /** Of a queue, so that nobody needs to confirm it. */
  readonly subscriptionId: string;
  /** Of the day and the team of the tenant's calls. */
  readonly anomalyId: string;
  readonly profileName: string;
  /** A change of overrides that is not in effect yet. */
  readonly overrideNumber: number;
  /** An order of correction that is not carried out yet. */
  readonly orderNumber: number;
  readonly rejectId: string;
  /** A reject of which a text is kept. */
  readonly rawRejectId: string;
  /** A key that nobody uses. */
  readonly keyId: string;
}

/** Two tenants with things of every kind, and who asks about them. */
export interface TwoTenants {
  readonly world: ApiWorld;
  /** Headers of a request by who sends it; keys are of the first tenant. */
  readonly credentials: Readonly<Record<Who, Readonly<Record<string, string>>>>;
  readonly own: Things;
  readonly others: Things;
  /** What nobody has, named like the other tenant's. */
  readonly nobodys: Things;
  readonly otherTenant: TenantConfig;
}

const IN_FUTURE = { overrides: [{ model: 'm-1', provider: '*', multiplier: '0.5', effective_from: '2027-01-01' }] };

/** Makes them anew in a world of their own. */
export async function openTwoTenants(): Promise<TwoTenants> {
  const world = createApiWorld();
  const [admin, globex] = [await world.enrol('acme'), await world.enrol('globex')];
  // More of everything that is numbered, so that the other tenant's numbers are none of this one's.
  const own = await furnish(world, admin, { tenant: 'acme', word: 'own', overrides: 1, orders: 1 });
  const others = await furnish(world, globex, { tenant: 'globex', word: CANARY, overrides: 4, orders: 4 });
  const otherTenant = await world.ports.tenants.find('globex');
  if (!otherTenant) throw new Error('the other tenant is not there');
  return {
    world,
    credentials: await issueCredentials(world),
    own,
    others,
    nobodys: nameThings('nonesuch', 97, 98, 'key_0123456789ab'),
    otherTenant,
  };
}

/** A world of its own with the same table, so that nothing that was asked in one shows in another. */
export async function copyWorld({ world }: Pick<TwoTenants, 'world'>): Promise<ApiWorld> {
  const copy = createApiWorld();
  for (const item of world.table.items()) await copy.table.put(item);
  return copy;
}

/**
 * Every item of the table as text, by key; `isWanted` says whose. Left out is the day of its last use that a key notes,
 * also where it was refused.
 */
export function itemTexts(
  world: ApiWorld,
  isWanted: (owner: 'acme' | 'anybody else') => boolean = () => true,
): ReadonlyMap<string, string> {
  const write = (_name: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Set ? [...value].sort() : value;
  };
  const items = [...world.table.items()].filter(({ pk, sk }) => !(pk === keys.apiKeys && sk.endsWith('#used')));
  // What belongs to a key stands under its hash, and only the key's own item says whose it is.
  const ownHashes = new Set(
    items.filter(({ pk, tenant }) => pk === keys.apiKeys && tenant === 'acme').map(({ sk }) => sk),
  );
  const isOwn = ({ pk, sk }: Item): boolean =>
    pk === keys.apiKeys ? ownHashes.has(sk.split('#')[0] ?? '') : /\bacme\b/.test(`${pk} ${sk}`);
  const texts = items
    .filter((item) => isWanted(isOwn(item) ? 'acme' : 'anybody else'))
    .map((item) => [`${item.pk} ${item.sk}`, JSON.stringify(item, write)] as const);
  return new Map(texts);
}

/** Keys of the items that differ between two states of a table. */
export function changedItems(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
}

function nameThings(tenant: string, overrideNumber: number, orderNumber: number, keyId: string): Things {
  return {
    tenant,
    keyId,
    entryId: `${tenant}-1`,
    voidableId: `${tenant}-3`,
    creditId: `${tenant}-credit`,
    budgetName: `${tenant} budget`,
    plannedChangeId: 'plan_0123456789ab',
    ownRowId: 'own_0123456789ab',
    ruleName: `${tenant}-rule`,
    capacityName: `${tenant}-capacity`,
    alertId: `${tenant}-alert`,
    subscriptionId: nameSubscription('sqs', queueOf(tenant)),
    anomalyId: nameAnomaly('2026-01-29', { dimension: 'team', value: tenant }),
    profileName: `${tenant} profile`,
    overrideNumber,
    orderNumber,
    rejectId: nameReject(START_MS, `${tenant}-wrong`, 0),
    rawRejectId: nameReject(START_MS, `${tenant}-broken`, 0),
  };
}

async function issueCredentials(world: ApiWorld): Promise<TwoTenants['credentials']> {
  const bearer = (key: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${key}` });
  const register = async (key: string, over: Partial<ApiKey>): Promise<string> => {
    const keyHash = hashKey(key);
    const keyId = `key_${keyHash.slice(0, 12)}`;
    const stored = {
      keyId,
      tenant: 'acme',
      role: 'org-admin',
      label: 'test',
      createdAtMs: START_MS - 10,
      ...over,
    } as const;
    await world.ports.apiKeys.create(keyHash, stored, {
      atMs: START_MS - 10,
      keyId,
      action: 'key.created',
      detail: {},
    });
    return keyId;
  };
  const [expired, revoked] = ['tlk_that-is-over', 'tlk_that-was-taken-away'];
  await register(expired, { expiresAtMs: START_MS });
  const keyId = await register(revoked, {});
  await world.ports.apiKeys.revoke('acme', keyId, { atMs: START_MS - 5, keyId, action: 'key.revoked', detail: {} });
  const ofRoles = EVERY_ROLE.map(async (role) => [role, bearer(await world.enrol('acme', role))] as const);
  return {
    nobody: {},
    'no key': { authorization: 'Basic YWNtZTphY21l' },
    'unknown key': bearer('tlk_that-was-never-made'),
    'expired key': bearer(expired),
    'revoked key': bearer(revoked),
    ...(Object.fromEntries(await Promise.all(ofRoles)) as Record<TestedRole, Readonly<Record<string, string>>>),
  };
}

interface Furnishing {
  readonly tenant: string;
  readonly word: string;
  readonly overrides: number;
  readonly orders: number;
}

async function furnish(world: ApiWorld, key: string, furnishing: Furnishing): Promise<Things> {
  const { tenant, word } = furnishing;
  const post = async (path: string, body: unknown, ...statuses: number[]): Promise<void> => {
    const { status, body: text } = await world.ask('POST', path, { key, body });
    if (!statuses.includes(status)) throw new Error(`POST ${path} for ${tenant} answered ${status}: ${text}`);
  };
  // Of a deployment that nobody calls, so that what is asked about calls stays as it is.
  const capacity = {
    kind: 'subscription',
    from: '2026-01-02',
    price_usd: '1',
    per: 'day',
    covers: { deployment: word },
  };
  await world.ask('PUT', `/v1/capacities/${tenant}-capacity`, { key, body: capacity });
  await post('/v1/catalog/overrides', PRICES, 200);
  for (let n = 0; n < furnishing.overrides; n++) {
    const [override] = IN_FUTURE.overrides;
    await post('/v1/catalog/overrides', { overrides: [{ ...override, effective_from: `2027-01-0${n + 1}` }] }, 200);
  }
  const event = { app: word, team: word, user: word, session: word, time: '2026-01-29T18:30:00Z' };
  const models = ['m-1', 'm-1', 'm-1', word];
  await post(
    '/v1/events',
    models.map((model, n) => smallEvent({ ...event, id: `${tenant}-${n + 1}`, model })),
    202,
  );
  await world.drain();
  // The same id with other content, and past the door what the API would refuse.
  await post('/v1/events', smallEvent({ ...event, id: `${tenant}-4`, model: 'm-1' }), 202);
  const sent = { queue: 'usage', senderId: 'api', sentAtMs: START_MS, stamp: { tenant } } as const;
  const wrong = JSON.stringify({ ...smallEvent({ ...event, id: `${tenant}-wrong` }), time: 'never' });
  world.waiting.push({ ...sent, messageId: `${tenant}-wrong`, body: wrong });
  world.waiting.push({ ...sent, messageId: `${tenant}-broken`, body: `{"app":"${word}"` });
  await world.drain();
  await post('/v1/budgets', { name: `${tenant} budget`, amount_usd: '5', filter: { app: word } }, 201);
  const rule = { metric: 'error_ratio', threshold: '0.5', filter: { app: word } };
  await world.ask('PUT', `/v1/alert-rules/${tenant}-rule`, { key, body: rule });
  const planned = { date: '2026-02-01', factor: '2', filter: { app: word }, note: word };
  const { json: plannedChange } = await world.ask('POST', '/v1/planned-changes', { key, body: planned });
  const row = { model: word, score: 7, scale: 'own evaluation /10', source: word, as_of: '2026-01-02' };
  const { json: ownRow } = await world.ask('POST', '/v1/reference-rows', { key, body: { kind: 'quality', row } });
  const migration = { ...profile(tenant), scope: { app: word } };
  await world.ask('PUT', `/v1/migrations/${encodeURIComponent(`${tenant} profile`)}`, { key, body: migration });
  const credit = { id: `${tenant}-credit`, amount_usd: '1', from: '2026-01-01', to: '2026-01-02', reason: word };
  await post('/v1/credits', credit, 201);
  await post('/v1/corrections', { kind: 'void', id: `${tenant}-2`, reason: word }, 200);
  for (let n = 0; n < furnishing.orders; n++) {
    const body = { kind: 'reprice', from: '2026-01-01', to: '2026-02-01', reason: `${word} ${n}` };
    await post('/v1/corrections', body, 202);
  }
  await post('/v1/subscriptions', { protocol: 'sqs', endpoint: queueOf(tenant), filter: { team: [word] } }, 201);
  await claimAlert(world, tenant, word);
  const { keyId } = await createKey(world.ports, { tenant, role: 'emitter', label: word });
  const numbered = async (path: string): Promise<number> => {
    const { json } = await world.ask('GET', path, { key });
    return Math.max(...(json.changes ?? json.orders).map(({ number }: { number: number }) => number));
  };
  const things = nameThings(tenant, await numbered('/v1/catalog/overrides'), await numbered('/v1/corrections'), keyId);
  const anomalyId = nameAnomaly('2026-01-29', { dimension: 'team', value: word });
  return { ...things, plannedChangeId: plannedChange.id, ownRowId: ownRow.id, anomalyId };
}

/** The sample's profile under a tenant's name. */
export const profile = (tenant: string): Readonly<Record<string, unknown>> => ({
  ...sampleMigrationProfile(),
  name: `${tenant} profile`,
});

const queueOf = (tenant: string): string => `arn:aws:sqs:eu-central-1:111111111111:${tenant}-alerts`;

async function claimAlert(world: ApiWorld, tenant: string, word: string): Promise<void> {
  const alertId = `${tenant}-alert`;
  const message = {
    alertId,
    kind: 'budget_actual',
    severity: 'warning',
    tenant,
    subject: word,
    text: word,
    sms: word,
    data: { name: word },
    about: ['test'],
    attributes: {},
  } as const;
  const lease = { owner: `${tenant}-owner`, untilMs: START_MS + 1 };
  await new TableAlertStore(world.table).claim([`${tenant}-claim`], {
    alertId,
    tenant,
    claimedAtMs: START_MS,
    attempts: 0,
    lease,
    message,
  });
}
