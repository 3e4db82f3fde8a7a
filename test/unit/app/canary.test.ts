import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TableAlertStore } from '../../../lib/adapters/dynamodb/alert-store.ts';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { createKey } from '../../../lib/app/access/manage-keys.ts';
import { alertRejects } from '../../../lib/app/alerts/alert-rejects.ts';
import { readResponse } from '../../../lib/client/responses/read-response.ts';
import { toUsageEvent } from '../../../lib/client/responses/to-usage-event.ts';
import { FakeTopic } from '../../helpers/alert-world.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';
import { findText, holdsText } from '../../helpers/find-text.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { loadResponses, type ResponseFixture } from '../client/all-responses.ts';

/** What a prompt might hold, and nobody else writes. */
const CANARY = 'KanarienvogelUnterTage';

/** Strings of responses that name things; every other one may be content or a person's word. */
const NAMES = new Set([
  ...['id', 'type', 'object', 'role', 'model', 'modelVersion', 'model_version', 'finish_reason', 'finishReason'],
  ...['stop_reason', 'stopReason', 'status', 'code', 'event', 'service_tier', 'serviceTier', 'provider', 'created_at'],
  ...['createTime', 'created', 'responseId', 'response_id', 'timestamp', 'custom_id', 'done_reason', 'trafficType'],
  ...['modality', 'promptRouter', 'invokedModelId', 'latency', 'ttl', 'billed_units', 'inference_geo', 'speed', 'cost'],
]);

let logged: string[] = [];

beforeEach(() => {
  logged = [];
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => {
      logged.push(words.map((word) => (word instanceof Error ? String(word.stack) : JSON.stringify(word))).join(' '));
    });
  }
});

afterEach(() => vi.restoreAllMocks());

/** Puts the canary into every string that is no name, and adds unknown fields that hold it. */
function poison(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return NAMES.has(key) ? value : `${value} ${CANARY}`;
  if (Array.isArray(value)) return value.map((one) => poison(one, key));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, poison(one, name)]);
  return Object.fromEntries([...fields, ['x_prompt', `hear ${CANARY}`]]);
}

const chunksOf = (fixture: ResponseFixture) => poison(fixture.isStream ? fixture.chunks : fixture.chunks[0]);

function readPoisoned(fixture: ResponseFixture) {
  try {
    const hints = { provider: fixture.provider, model: fixture.model ?? null, ...headersOf(fixture) };
    const reading = readResponse(chunksOf(fixture), hints);
    if (reading === undefined) return { event: undefined, words: '' };
    const event = {
      ...toUsageEvent(reading, { id: fixture.name, timeMs: START_MS }),
      // Most were made years ago, and would be too old to be taken.
      time: new Date(START_MS).toISOString(),
    };
    return { event, words: JSON.stringify(event) };
  } catch (error) {
    // What an adapter says when it gives up is read by people, too.
    return { event: undefined, words: error instanceof Error ? `${error.message} ${JSON.stringify(error)}` : '' };
  }
}

const headersOf = ({ headers }: ResponseFixture) => (headers === undefined ? {} : { headers });

const good = (id: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time: new Date(START_MS).toISOString(), model: 'm-1', usage: { input_tokens: 1 } },
  ...fields,
});

const prompt = { prompt: CANARY, messages: [{ role: 'user', content: CANARY }], completion: { text: CANARY } };

/** Events that are refused, with the canary wherever a sender may put words of its own. */
const refused = [
  good('r1', {
    ...prompt,
    quality: 3,
    tags: { note: CANARY },
    error: `it said ${CANARY}`,
    user: CANARY,
    session: CANARY,
  }),
  good('r3', { tags: { note: `${CANARY} `.repeat(20) } }),
  good('r4', { feature: `${CANARY} `.repeat(20), error: `${CANARY} `.repeat(20) }),
  good('r5', { usage: { input_tokens: CANARY } }),
  good('r6', { usage: CANARY }),
  good('r7', { route: CANARY, emitter: { id: `${CANARY} `.repeat(20) }, input_parts: [CANARY] }),
  good('r8', { reported_cost_usd: CANARY, latency_ms: CANARY, response_cache_hit: CANARY }),
  good('r9', { ...prompt, filler: `${CANARY} `.repeat(2_000) }),
  good('r10', { time: `${'2020-01-01T00:00:00Z'}`, ...prompt, error: CANARY, tags: { a: CANARY } }),
  good('r11', { tenant: 'somebody-else', ...prompt, user: CANARY }),
  ...[CANARY, [CANARY], [[prompt]], { content: CANARY }, { type: 'gpu_sample', note: CANARY, deployment: 5 }],
];

const cloudEvent = (data: unknown, fields: Record<string, unknown> = {}) => ({
  ...{ specversion: '1.0', id: 'c', type: 'usage', source: '/pod', subject: CANARY, comexampleprompt: CANARY, data },
  ...fields,
});

const gzip = (text: string) => JSON.stringify({ encoding: 'gzip', data: gzipSync(text).toString('base64') });

/** A tag's name is quoted to the sender that sent it, and to nobody else. */
const QUOTED = good('r2', { tags: { [CANARY]: 'x'.repeat(200) } });

/** Messages of every kind, broken and whole. */
function messages(responses: readonly unknown[]): readonly string[] {
  const events = [...refused, good('ok-1', prompt), ...responses];
  return [
    ...events.map((event) => JSON.stringify(event)),
    JSON.stringify({ events, note: CANARY }),
    JSON.stringify({ events: [good('ok-2')], tenant: `${CANARY} `.repeat(20) }),
    gzip(JSON.stringify(events)),
    gzip(`{"id":"x","prompt":"${CANARY}`),
    gzip(CANARY),
    JSON.stringify({ encoding: CANARY, data: CANARY }),
    JSON.stringify({ encoding: 'gzip', data: Buffer.from(CANARY).toString('base64') }),
    JSON.stringify(cloudEvent(good('ok-3', prompt))),
    JSON.stringify(cloudEvent(CANARY)),
    JSON.stringify(cloudEvent({ ...prompt })),
    JSON.stringify(cloudEvent(good('r12'), { specversion: CANARY })),
    JSON.stringify(cloudEvent(null, { data_base64: Buffer.from(`{"prompt":"${CANARY}`).toString('base64') })),
    JSON.stringify(events.slice(0, 12).map((event) => cloudEvent(event))),
    `${'['.repeat(40)}"${CANARY}"${']'.repeat(40)}`,
  ];
}

const BROKEN = [`Dear model, ${CANARY}`, `{"id":"x","prompt":"${CANARY}`, `["${CANARY}",`, `\uFEFF{"${CANARY}":1}`];

async function deliver(world: ApiWorld, bodies: readonly string[]): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    const base = { messageId: `m-${world.waiting.length}-${index}`, body, queue: 'usage' as const, sentAtMs: START_MS };
    world.waiting.push({ ...base, senderId: 'AROAPOD:pod', stamp: {} });
    if (index % 3 === 0) {
      world.givenUp.push({ ...base, messageId: `d-${index}`, senderId: 'AROAPOD:pod', stamp: {}, receipt: '-' });
    }
  }
  await world.drain();
}

/** Where the canary is in a text, with what stands around it. */
const excerpts = (text: string): string[] => {
  const at = text.indexOf(CANARY);
  if (at >= 0) return [text.slice(Math.max(0, at - 150), at + 50)];
  return holdsText(text, CANARY) ? ['in base64'] : [];
};

/** Every answer of the API that readers may have, as text. */
async function readEverything(world: ApiWorld, key: string): Promise<string> {
  const answers: unknown[] = [];
  const take = async (target: string) => {
    const answer = await world.ask('GET', target, { key });
    answers.push(answer.body);
    return answer.json;
  };
  let next: string | undefined;
  do {
    const page = await take(`/v1/rejects?state=all${next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`}`);
    for (const { reject_id: id } of page.rejects) {
      await take(`/v1/rejects/${encodeURIComponent(id)}`);
      // The one door to texts is not for readers.
      const raw = await world.ask('GET', `/v1/rejects/${encodeURIComponent(id)}/raw`, { key });
      expect(raw.status).toBe(403);
      answers.push(raw.body);
    }
    next = page.next;
  } while (next !== undefined);
  const { entries } = await take('/v1/entries?day=2026-01-29');
  for (const { id } of entries.slice(0, 20)) await take(`/v1/entries/${encodeURIComponent(id)}/explain`);
  for (const path of ['/v1/rejects/histogram', '/v1/status', '/v1/alerts', '/v1/dead-letters']) await take(path);
  await take('/v1/spend?from=2026-01-01&to=2026-02-01&group_by=model,feature,team');
  return answers.join('\n');
}

describe('a canary in everything that may hold content', () => {
  const responses = loadResponses();

  it('is in no event that an adapter makes, and in no error of one', () => {
    expect(responses.length).toBeGreaterThan(120);
    for (const fixture of responses) {
      expect(JSON.stringify(chunksOf(fixture))).toContain(CANARY);
      expect([fixture.name, readPoisoned(fixture).words]).not.toEqual([fixture.name, expect.stringContaining(CANARY)]);
    }
    expect(responses.filter((fixture) => readPoisoned(fixture).event !== undefined).length).toBeGreaterThan(100);
  });

  it('is found in no item, log, answer or alert; only the text of what holds no event that can be read is there, for admins, for 14 days', async () => {
    const world = createApiWorld();
    const admin = await world.enrol('default', 'admin');
    const reader = (await createKey(world.ports, { tenant: 'default', role: 'reader', label: 'r' })).key;
    const answers: string[] = [];
    for (const fixture of responses) {
      const { event } = readPoisoned(fixture);
      for (const body of [event, chunksOf(fixture), { ...event, response: chunksOf(fixture) }]) {
        if (body !== undefined) answers.push((await world.ask('POST', '/v1/events', { key: admin, body })).body);
      }
    }
    const all = [...messages(responses.slice(0, 40).map(chunksOf)), ...BROKEN];
    for (const body of all) answers.push((await world.ask('POST', '/v1/events', { key: admin, body })).body);
    await deliver(world, [...all, JSON.stringify(QUOTED)]);
    const redriven = await world.ask('POST', '/v1/dead-letters/redrive', { key: admin });
    expect(redriven.json.sent_back + redriven.json.kept_as_rejects).toBeGreaterThan(10);
    // Redriven as they are they are refused again: mended, their tags would be recorded, as those of any event are.
    const body = { all: true };
    answers.push(
      redriven.body,
      (await world.ask('POST', '/v1/rejects/redrive', { key: admin, body: { ...body, dry_run: true } })).body,
      (await world.ask('POST', '/v1/rejects/redrive', { key: admin, body })).body,
    );
    await world.drain();
    const topic = new FakeTopic();
    const watching = {
      ...{ alerts: new TableAlertStore(world.table), publisher: topic, rejects: new RejectStore(world.table) },
      ...{ clock: () => START_MS, drawOwner: () => 'owner', leaseMs: 90_000, apiUrl: null },
    };
    await alertRejects(watching, { tenant: 'default', timeZone: 'UTC' });
    expect(topic.delivered).toHaveLength(1);
    answers.push(await readEverything(world, reader));

    expect(await world.ports.rejects.count('default')).toBeGreaterThan(100);
    expect(answers.flatMap((answer) => excerpts(answer))).toEqual([]);
    expect(JSON.stringify(topic.delivered)).not.toContain(CANARY);
    const failures = world.failures.map((failure) => (failure instanceof Error ? failure.stack : String(failure)));
    expect([...logged, ...failures].filter((line) => holdsText(String(line), CANARY))).toEqual([]);
    expect(findText(world.table.items(), CANARY)).toEqual([]);
    await checkParcels(world, admin);
  });

  it('is found by this test where it is: in an item, compressed or not, and in base64', () => {
    const item = (value: string | Uint8Array) => findText([{ pk: 'p', sk: 's', a: value }], CANARY);
    expect(item(CANARY)).toEqual(['p a']);
    expect(item(gzipSync(`so ${CANARY}`))).toEqual(['p a']);
    for (const before of ['', 'x', 'xy']) {
      expect(item(Buffer.from(`${before}${CANARY} and more`).toString('base64'))).toEqual(['p a']);
    }
    expect(item('nothing')).toEqual([]);
  });
});

/** What is sealed: texts out of which no event can be read, of events only fields of the contract. All of it expires. */
async function checkParcels(world: ApiWorld, admin: string): Promise<void> {
  const parcels = [...world.table.items()].filter(({ pk }) => pk.startsWith('PARCEL#'));
  const kinds = new Set<string>();
  for (const { sk, ttl } of parcels) {
    expect(ttl).toBe(BigInt(START_MS / 1_000 + 14 * 86_400));
    const rejectId = sk.slice(sk.indexOf('#') + 1);
    const parcel = await world.ports.rejects.findParcel('default', rejectId, START_MS);
    if (!parcel) throw new Error(`${sk} cannot be opened`);
    if (parcel.raw?.text.includes(CANARY)) kinds.add('raw');
    for (const [field, value] of Object.entries(parcel.event ?? {})) {
      if (JSON.stringify(value).includes(CANARY)) kinds.add(field);
    }
    const answer = await world.ask('GET', `/v1/rejects/${encodeURIComponent(rejectId)}/raw`, { key: admin });
    expect([answer.status, answer.body.includes(CANARY)]).toEqual([
      parcel.raw ? 200 : 404,
      parcel.raw?.text.includes(CANARY) === true,
    ]);
  }
  // A tag, an error code and a person are fields of the contract, whatever a sender writes there.
  expect([...kinds].sort()).toEqual(['error', 'raw', 'session', 'tags', 'user']);
}
