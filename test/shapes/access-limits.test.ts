import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/sample/random.ts';
import { createApiWorld } from '../helpers/api-world.ts';
import { spansOf } from './malformed-spans.ts';

/** Status and, where it was refused, the fields named. */
async function ask(method: string, target: string, body: unknown): Promise<readonly [number, readonly string[]]> {
  const world = createApiWorld();
  const key = await world.enrol('acme', 'org-admin');
  const { status, json } = await world.ask(method, target, { key, body });
  return [status, status < 400 ? [] : json.errors.map(({ field }: { field: string }) => field)];
}

const key = (fields: object) => ask('POST', '/v1/keys', { role: 'reader', label: 'test', ...fields });
const change = (fields: object) => ask('PATCH', '/v1/tenants/acme', fields);
/** Two bytes a letter as far as they go: no event has a tag with a longer name. */
const tagOf = (bytes: number) => 'é'.repeat(Math.floor(bytes / 2)) + 't'.repeat(bytes % 2);
const senders = (count: number) =>
  Array.from({ length: count }, (_, n) => `AROAEXAMPLEEXAMPLE${String(n).padStart(2, '0')}`);

describe('each limit of keys and tenants', () => {
  it.each<[string, number, string, (size: number) => ReturnType<typeof ask>]>([
    ['characters of the label of a key', 128, 'label', (n) => key({ label: 'l'.repeat(n) })],
    ['days of a key with an end', 3_650, 'expires_in_days', (n) => key({ expires_in_days: n })],
    ['senders of a tenant', 40, 'senders', (n) => change({ senders: senders(n) })],
    ['bytes of a tag that is kept', 128, 'tag_dimensions', (n) => change({ tag_dimensions: [tagOf(n)] })],
  ])('%s: below and at %d taken, one more refused by its field', async (_what, limit, field, make) => {
    expect((await make(limit - 1))[0]).toBeLessThan(300);
    expect((await make(limit))[0]).toBeLessThan(300);
    expect(await make(limit + 1)).toEqual([400, [field]]);
  });
});

describe('a trace request', () => {
  const sound = JSON.stringify(spansOf(createRandom('limits')));

  async function send(body: Uint8Array): Promise<number> {
    const world = createApiWorld();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await world.ask('POST', '/v1/traces', { key: await world.enrol('acme'), headers, bytes: body });
    if (answer.status === 200) expect(answer.headers['tokenledger-spans']).toMatch(/^accepted=2, refused=0/);
    return answer.status;
  }

  it('has at most 33,554,432 bytes once inflated', async () => {
    const ofBytes = (size: number) =>
      gzipSync(Buffer.concat([Buffer.from(sound), Buffer.alloc(size - sound.length, 0x20)]));
    const limit = 33_554_432;
    expect([await send(ofBytes(limit - 1)), await send(ofBytes(limit)), await send(ofBytes(limit + 1))]).toEqual([
      200, 200, 413,
    ]);
  });

  it('is nested at most 256 levels deep', async () => {
    // The request is a level of its own.
    const ofDepth = (depth: number) =>
      gzipSync(sound.replace('{', `{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)},`));
    expect([await send(ofDepth(255)), await send(ofDepth(256)), await send(ofDepth(257))]).toEqual([200, 200, 400]);
  });
});
