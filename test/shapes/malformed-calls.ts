import { gzipSync } from 'node:zlib';
import { openCursor, sealCursor } from '../../lib/adapters/http/cursor.ts';
import type { HttpRequest } from '../../lib/adapters/http/http-types.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { MAX_INFLATED_BYTES } from '../../lib/contracts/limits.ts';
import type { Random } from '../../lib/sample/random.ts';
import { OPERATIONS } from '../helpers/api-conformance.ts';
import { PRICES } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { spansOf, writeSpans } from './malformed-spans.ts';
import { flipBytes, mutateJson, mutateText } from './mutate-json.ts';

/** Who asks and what there is to ask about. */
export interface CallSetting {
  /** Keys that are known, of the tenant that asks. */
  readonly keys: readonly string[];
  /** Another tenant, whose cursors are tried. */
  readonly other: TenantConfig;
  /** Ids, names and numbers of both tenants' things. */
  readonly names: readonly string[];
}

const WINDOW = { from: '2026-01-01', to: '2026-02-01' };
/** Five events, so that what is wrong with one of them meets neighbours; now and then an id comes again. */
const fewEvents = (random: Random, time: string) =>
  [1, 2, 3, 4, 5].map(() => smallEvent({ id: `fuzz-${random.below(60)}`, time, app: random.pick(['a', 'b']) }));
const createSoundBodies = (random: Random): Readonly<Record<string, unknown>> => ({
  'POST /v1/events': { events: fewEvents(random, '2026-01-29T18:30:00Z') },
  'POST /v1/imports': fewEvents(random, '2025-01-29T18:30:00Z'),
  'POST /v1/traces': spansOf(random),
  'POST /v1/entries/status': { ids: ['acme-1', 'globex-1'] },
  'POST /v1/budgets': { name: 'b', amount_usd: '10', filter: { app: 'chat' }, thresholds: [50, 100], paused: false },
  'PUT /v1/budgets/{name}': { amount_usd: '10', period: 'month' },
  'POST /v1/catalog/overrides': PRICES,
  'POST /v1/corrections': { kind: 'reprice', ...WINDOW, model: 'm-1', reason: 'why' },
  'POST /v1/corrections/preview': { ...WINDOW, cursor: 'x' },
  'POST /v1/credits': { id: 'credit', amount_usd: '1', from: '2026-01-01', to: '2026-01-02', reason: 'why' },
  'PUT /v1/migrations/{name}': { name: 'p', target_model: 'm', a: 1, b: 1, c: 1, gates: { privacy: 'yes' } },
  'POST /v1/audits': {},
  'POST /v1/rebuilds': {},
  'POST /v1/rejects/redrive': { ids: ['globex-wrong#0'], set: { time: '2026-01-29T18:30:00Z' }, dry_run: false },
  'POST /v1/dead-letters/redrive': {},
  'POST /v1/keys': { role: 'reader', label: 'l', expires_in_days: 30 },
  'POST /v1/tenants': { name: `t-${random.below(1_000)}`, time_zone: 'UTC', tag_dimensions: ['a'], track_users: false },
  'PATCH /v1/tenants/{tenant}': { track_users: true, senders: ['AROAEXAMPLEEXAMPLE12'] },
});
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  from: ['2026-01', '2026-01-01', '2026-13', '2026-02-30', '1', '2026-01-29T18:30:00Z', '0000-01-01', '9999-12'],
  to: ['2026-02', '2026-01-01', '275760-09-14', '-1', '2026-01-29T19:00:00+01:00'],
  granularity: ['month', 'day', 'hour', 'minute', '__proto__'],
  group_by: ['model', 'app,team,user', 'a,b,c,d', 'model,model', ',', 'tags.cost_center', 'tag1', 'constructor'],
  filter: ['app=chat', '=', 'x', 'user=', 'app', '__proto__=1', `app=${'x'.repeat(3_000)}`],
  limit: ['1', '0', '-1', '2001', '1e3', 'NaN', '', '0x10', '999999999999999999999'],
  day: ['2026-01-29', '2026-02-30', 'today', ''],
  scope: ['tenant', 'global', 'all'],
  model: ['m-1', '', '\u0000', 'x'.repeat(300)],
  provider: ['openai', '*', '\ud800'],
  since: ['2026-01-29', 'yesterday', '2026-13-01'],
  state: ['open', 'all', 'closed'],
  unassigned: ['true', 'false', '1'],
  reason: ['bad_time', '', 'x'.repeat(65)],
  at: ['2026-01-29T18:30:00Z', 'now'],
  force: ['true', 'false', ''],
  action: ['key.created', '', 'x'.repeat(65)],
};
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'get', 'TRACE', ''];
const LISTS = ['entries 2026-01-29', 'alerts', 'rejects', 'audits', 'corrections', 'catalog/overrides'];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-encoding': 'br' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'GZIP, gzip' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-protobuf' },
  { 'if-none-match': 'W/"' },
  { 'if-none-match': `"${'x'.repeat(5_000)}"` },
  { 'x-tenant': 'globex' },
  { tenant: 'globex' },
  { 'tokenledger-tenant': 'globex' },
  { 'tokenledger-tenant': 'nobody' },
  { 'tokenledger-tenant': '' },
];
const BOMB = gzipSync(Buffer.alloc(MAX_INFLATED_BYTES + 1, 0x20), { level: 1 });

/** A request to one of the routes, wrong somewhere: in method, path, query, body, headers, key or cursor. */
export function createMalformedCall(random: Random, setting: CallSetting): HttpRequest {
  const operation = random.pick(OPERATIONS);
  const method = random.below(12) === 0 ? random.pick(METHODS) : operation.method;
  const path = createPath(random, operation.path, setting.names);
  const sound = createSoundBodies(random)[`${operation.method} ${operation.path}`] ?? {};
  const call = {
    method,
    path,
    query: createQuery(random, setting.other),
    headers: createHeaders(random, setting.keys),
  };
  if (operation.path === '/v1/traces' && random.below(3) === 0) {
    const bytes = writeSpans(random);
    const headers = { ...call.headers, 'content-type': 'application/x-protobuf' };
    return { ...call, headers, body: random.below(3) === 0 ? bytes : flipBytes(bytes, random) };
  }
  const isEmpty = operation.method === 'GET' && random.below(5) > 0;
  return { ...call, body: isEmpty ? Buffer.alloc(0) : createBody(random, sound) };
}

function createPath(random: Random, pattern: string, names: readonly string[]): string {
  const strange = ['..', '', '%2e%2e', '\u0000', '\ud800', 'x'.repeat(5_000), '0', '-1', '1e3', '__proto__', 'globex'];
  const path = pattern.replaceAll(/\{\w+\}/g, () => random.pick(random.below(2) === 0 ? names : strange));
  return random.below(12) === 0 ? mutateText(path, random) : path;
}

function createQuery(random: Random, other: TenantConfig): string {
  const query = new URLSearchParams();
  const count = random.pick([0, 0, 1, 1, 2, 3]);
  for (let each = 0; each < count; each++) {
    const name = random.pick(Object.keys(PARAMETERS));
    query.append(name, random.pick(PARAMETERS[name] ?? []));
  }
  if (random.below(5) === 0) query.append('cursor', createCursor(random, other));
  if (random.below(12) === 0)
    query.append(random.pick(['tenant', '__proto__', 'constructor', '', 'limit[]']), 'globex');
  const text = query.toString();
  return random.below(12) === 0 ? mutateText(text, random) : text;
}

/** Another tenant's cursor, one with a byte changed, or none at all. */
function createCursor(random: Random, other: TenantConfig): string {
  const list = random.pick(LISTS);
  const theirs = sealCursor(other, list, '2026-01-29T18:30:00.000Z#x');
  // What is tried here is a cursor that its own tenant may use.
  openCursor(other, list, theirs);
  const spend = Buffer.from(JSON.stringify(['x', '2026-01', 'globex'])).toString('base64url');
  return random.pick([
    theirs,
    flipBytes(Buffer.from(theirs), random).toString('latin1'),
    spend,
    '',
    '0',
    'x'.repeat(4_097),
  ]);
}

function createHeaders(random: Random, keys: readonly string[]): Record<string, string> {
  const [admin = ''] = keys;
  const strange = [
    '',
    'Bearer',
    'Bearer tlk_',
    `Bearer ${admin}x`,
    `Basic ${admin}`,
    `Bearer ${admin} ${admin}`,
    admin,
  ];
  const authorization =
    random.below(12) === 0 ? random.pick(strange) : `Bearer ${random.below(4) === 0 ? random.pick(keys) : admin}`;
  const type = { 'content-type': 'application/json' };
  return { authorization, ...type, ...(random.below(8) === 0 ? random.pick(HEADERS) : {}) };
}

function createBody(random: Random, sound: unknown): Uint8Array {
  switch (random.below(12)) {
    case 0:
      return flipBytes(Buffer.from(JSON.stringify(sound)), random);
    case 1:
      return Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
    case 2:
      return random.below(100) === 0 ? BOMB : flipBytes(gzipSync(JSON.stringify(sound)), random);
    case 3:
      return random.below(100) === 0 ? Buffer.alloc(6_000_001, 0x20) : Buffer.alloc(0);
    case 4:
      return Buffer.from(JSON.stringify(sound));
    default:
      return Buffer.from(mutateJson(sound, random));
  }
}
