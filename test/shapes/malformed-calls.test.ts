import { afterAll, expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../lib/adapters/http/http-types.ts';
import { createKey } from '../../lib/app/access/manage-keys.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { createRandom } from '../../lib/sample/random.ts';
import { findViolations, OPERATIONS } from '../helpers/api-conformance.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { START_MS } from '../helpers/ledger-fixtures.ts';
import { type CallSetting, createMalformedCall } from './malformed-calls.ts';
import { openAccounts, total } from './submitted-events.ts';

/** `FUZZ=100000` for all of them; `FUZZ_SEED` for others. */
const COUNT = Number(process.env['FUZZ'] ?? 10_000);
const SEED = process.env['FUZZ_SEED'] ?? '1';
/** Calls to one ledger: some are sound after all, and what they store slows those behind them. */
const PER_LEDGER = 2_000;
/** Stands in every field of the other tenant's things. */
const SECRET = 'other-peoples-secret';
/** What is wrong with a body as a whole is no field's fault. */
const BODY_PROBLEMS = ['urn:tokenledger:problem:request:encoding', 'urn:tokenledger:problem:traces:unreadable'];

const statuses = new Map<number, number>();
const problems = new Map<string, Set<number>>();

it(`answers ${COUNT} malformed calls with what is wrong, never with a failure or what is another tenant's`, {
  timeout: 900_000,
}, async () => {
  for (let first = 0; first < COUNT; first += PER_LEDGER) {
    // Whoever is of the organisation may see and change both tenants, so there only failures and events are looked for.
    const isOfOrganisation = (first / PER_LEDGER) % 4 === 3;
    await askMalformed(first, Math.min(COUNT, first + PER_LEDGER), isOfOrganisation);
  }
  const refused = [...statuses].reduce((sum, [status, count]) => sum + (status >= 400 ? count : 0), 0);
  expect(refused / COUNT, 'most of these calls are malformed').toBeGreaterThan(0.6);
  // A route that was never refused was never met by a malformed call.
  const untried = OPERATIONS.filter(({ method, path }) => !problems.has(`${method} ${path}`));
  expect(untried).toEqual([]);
  expect(total.accepted, 'some calls are sound after all').toBeGreaterThan(COUNT / 1_000);
});

afterAll(() => {
  const byStatus = Object.fromEntries([...statuses].sort(([a], [b]) => a - b));
  console.log(`malformed calls, seed ${SEED}: ${COUNT} over ${problems.size} routes, answers by status`, byStatus);
  console.log(`events among them, by what became of each`, total);
});

async function askMalformed(from: number, to: number, isOfOrganisation: boolean): Promise<void> {
  const world = createApiWorld();
  const setting = await populate(world, isOfOrganisation);
  const accounts = await openAccounts(world);
  const before = othersItems(world);
  expect([...before.values()].filter((item) => item.includes(SECRET)).length).toBeGreaterThan(4);
  expect([...before.values()].filter((item) => item.includes('bad_time'))).not.toEqual([]);
  for (let number = from; number < to; number++) {
    const request = createMalformedCall(createRandom(`${SEED}/${number}`), setting);
    const response = await world.serve(request);
    const title = `call ${number}: ${show(request)}`;
    check(title, request, response);
    if (!isOfOrganisation) expect(readAll(response).includes(SECRET), `${title} shows what is another's`).toBe(false);
    accounts.note(title, request, response);
  }
  await accounts.settle();
  expect(world.failures).toEqual([]);
  if (isOfOrganisation) return;
  const after = othersItems(world);
  const touched = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  expect(touched).toEqual([]);
}

function check(title: string, { method, path }: HttpRequest, response: HttpResponse): void {
  const { status } = response;
  const body = readAll(response);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  expect(status, `${title}: ${body}`).toBeLessThan(500);
  expect(findViolations(method, path, response), `${title}: ${body}`).toEqual([]);
  if (status < 400) return;
  checkProblem(title, path, response);
  const operation = OPERATIONS.find(
    (each) => each.method === method && new RegExp(`^${each.path.replaceAll(/\{\w+\}/g, '.+')}$`, 's').test(path),
  );
  if (!operation) return;
  const name = `${operation.method} ${operation.path}`;
  problems.set(name, (problems.get(name) ?? new Set()).add(status));
}

const readAll = ({ body, bytes = Buffer.alloc(0) }: HttpResponse): string =>
  body + Buffer.from(bytes).toString('latin1');

/** A problem names the fields at fault; to an exporter it is a message in the terms of its protocol. */
function checkProblem(title: string, path: string, { status, body, bytes }: HttpResponse): void {
  if (bytes) expect(bytes.length, title).toBeGreaterThan(10);
  else if (path === '/v1/traces' && !body.includes('"type"')) expect(JSON.parse(body).message, title).toMatch(/ /);
  else {
    const { type, errors } = JSON.parse(body) as { type: string; errors: readonly unknown[] };
    if (status !== 400 || BODY_PROBLEMS.includes(type)) return;
    expect(errors.length, `${title} names no field: ${body}`).toBeGreaterThan(0);
  }
}

/** Two tenants with things of every kind; one asks, and nothing of the other may be seen or touched. */
async function populate(world: ApiWorld, isOfOrganisation: boolean): Promise<CallSetting> {
  const admin = await world.enrol('acme', isOfOrganisation ? 'org-admin' : 'admin', { tagDimensions: ['cost_center'] });
  const asking = [admin, await world.enrol('acme', 'reader'), await world.enrol('acme', 'emitter')];
  const other = await world.enrol('globex', 'admin', { tagDimensions: ['cost_center'] });
  for (const [key, tenant, word] of [
    [admin, 'acme', 'own'],
    [other, 'globex', SECRET],
  ] as const) {
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const event = { app: word, team: word, user: word, tags: { cost_center: word }, time: '2026-01-29T18:30:00Z' };
    const events = [1, 2, 3].map((n) => smallEvent({ ...event, id: `${tenant}-${n}`, model: n === 3 ? word : 'm-1' }));
    await world.ask('POST', '/v1/events', { key, body: { events } });
    // Past the door of the API, where what is wrong with an event is kept and not answered.
    const wrong = JSON.stringify({ ...smallEvent({ ...event, id: `${tenant}-wrong`, model: word }), time: 'never' });
    const sent = { messageId: `${tenant}-wrong`, queue: 'usage', senderId: 'api', sentAtMs: START_MS } as const;
    world.waiting.push({ ...sent, body: wrong, stamp: { tenant } });
    await world.drain();
    await world.ask('POST', '/v1/budgets', { key, body: { name: `${word} budget`, amount_usd: '5' } });
    await world.ask('POST', '/v1/corrections', { key, body: { kind: 'void', id: `${tenant}-2`, reason: word } });
    const credit = { id: `${tenant}-credit`, amount_usd: '1', from: '2026-01-01', to: '2026-01-02', reason: word };
    expect((await world.ask('POST', '/v1/credits', { key, body: credit })).status).toBe(201);
  }
  const config = await world.ports.tenants.find('globex');
  if (!config) throw new Error('the other tenant is not there');
  const spare = ['acme', 'globex'].map((tenant) =>
    createKey(world.ports, { tenant, role: 'reader', label: tenant === 'acme' ? 'own' : SECRET }),
  );
  const keyIds = (await Promise.all(spare)).map(({ keyId }) => keyId);
  return {
    keys: asking,
    other: config,
    names: [...keyIds, 'acme-1', 'globex-1', 'globex-credit', 'own budget', '1', 'a/b', '2'],
  };
}

/** Everything in the table that is not the asking tenant's, by key, but for the day of use that each key notes. */
function othersItems(world: ApiWorld): ReadonlyMap<string, string> {
  const items = [...world.table.items()];
  const ownKeys = items.filter(({ pk, tenant }) => pk === keys.apiKeys && tenant === 'acme').map(({ sk }) => sk);
  const isKept = ({ pk, sk }: (typeof items)[number]): boolean => {
    if (pk !== keys.apiKeys) return !pk.includes('acme') && sk !== 'acme';
    return !sk.endsWith('#used') && !ownKeys.some((hash) => sk.startsWith(hash));
  };
  const others = items.filter(isKept);
  const write = (_name: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  return new Map(others.map((item) => [`${item.pk} ${item.sk}`, JSON.stringify(item, write)]));
}

function show({ method, path, query, headers, body }: HttpRequest): string {
  const text = Buffer.from(body).toString('latin1').slice(0, 500);
  return `${method} ${path.slice(0, 200)}?${query.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${text}`;
}
