import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import type { DeadLetter } from '../../../lib/app/rejects/reject-ports.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld } from '../../helpers/api-world.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';

const world = createApiWorld();
let server: ApiServer;
let env: Record<string, string>;

const event = (id: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time: new Date(START_MS).toISOString(), model: 'm-1', usage: { input_tokens: 1 } },
  ...fields,
});

const message = (messageId: string, body: string): UsageMessage & DeadLetter => ({
  ...{ messageId, body, queue: 'usage', senderId: 'pod', sentAtMs: START_MS, stamp: {}, receipt: messageId },
});

beforeAll(async () => {
  const key = await world.enrol('default', 'admin');
  server = await startApiServer(world);
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  world.waiting.push(
    message('m1', JSON.stringify([event('a', { quality: 3 }), event('b', { quality: 4 }), event('c', { app: 5 })])),
    message('m2', 'Dear ledger,\n\u001b[31mred'),
  );
  await world.drain();
});

afterAll(() => server.stop());

const run = (...args: string[]) => runCli(args, env);
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out[0] ?? '');

describe('tokenledger rejects', () => {
  it('lists what is not accepted, filtered where wanted, and exits with 1', async () => {
    const { code, out } = await run('rejects');
    expect([code, out.length]).toEqual([1, 6]);
    expect((await json('rejects', '--reason', 'out_of_range')).rejects).toHaveLength(2);
    expect((await json('rejects', '--since', '2026-01-30')).rejects).toEqual([]);
    expect((await run('rejects', '--state', 'accepted')).code).toBe(0);
    expect((await run('rejects', '--state', 'nonsense')).code).toBe(2);
  });

  it('counts by reason and field', async () => {
    const { out } = await run('rejects', '--histogram');
    expect(out.map((line) => line.trim().split(/ +/)).filter(([, reason]) => reason !== undefined)).toContainEqual([
      '2',
      'out_of_range',
      'quality',
    ]);
    expect((await run('rejects', '--histogram', '--reason', 'x')).code).toBe(2);
  });

  it('shows one, and the text of a message that is no JSON without what could steer a terminal', async () => {
    const [reject] = (await json('rejects', '--reason', 'not_json')).rejects;
    const raw = await run('rejects', 'show', reject.reject_id, '--raw');
    expect([raw.code, raw.out]).toEqual([0, ['Dear ledger,', '?[31mred']]);
    expect((await json('rejects', 'show', reject.reject_id)).state).toBe('open');
    expect((await run('rejects', 'show', 'nothing')).code).toBe(1);
    expect((await run('rejects', 'show')).code).toBe(2);
    expect((await run('rejects', '--raw')).code).toBe(2);
  });
});

describe('tokenledger redrive', () => {
  it('says in a dry run what would become of each, and exits with 1 where something is left', async () => {
    const { code, out } = await run('redrive', '--reason', 'out_of_range', '--dry-run');
    expect([code, out.at(-1)]).toEqual([1, '2 would be refused']);
    const mended = await run('redrive', '--reason', 'out_of_range', '--set', 'quality=', '--dry-run');
    expect([mended.code, mended.out]).toEqual([0, ['2 would be accepted']]);
  });

  it('sends what it names, once mended, through the queue', async () => {
    const [first] = (await json('rejects', '--reason', 'out_of_range')).rejects;
    expect(await json('redrive', first.reject_id, '--set', 'quality=0.5')).toEqual({
      dry_run: false,
      results: [{ reject_id: first.reject_id, outcome: 'redriven', detail: null }],
    });
    await world.drain();
    expect((await json('rejects', 'show', first.reject_id)).state).toBe('accepted');
    expect((await run('redrive', first.reject_id)).out).toEqual(['1 accepted before']);
  });

  it.each([[], ['--all', 'id'], ['--all', '--set', 'quality'], ['--all', '--set', '=3']])(
    'is used wrongly as redrive %s %s %s',
    async (...args) => {
      expect((await run('redrive', ...args.filter((arg) => arg !== undefined))).code).toBe(2);
    },
  );
});

describe('tokenledger dead-letters', () => {
  it('counts them, and sends them back', async () => {
    expect((await run('dead-letters')).out).toEqual(['0 dead letters']);
    world.givenUp.push(message('d1', JSON.stringify(event('d'))));
    expect(await run('dead-letters')).toMatchObject({ code: 1, out: ['1 dead letters'] });
    const { code, out } = await run('dead-letters', 'redrive');
    expect([code, out]).toEqual([0, ['1 sent back, 0 kept as rejects, 0 left because something failed']]);
    await world.drain();
    expect((await run('entries', 'd')).code).toBe(0);
    expect((await run('dead-letters', 'nonsense')).code).toBe(2);
  });
});
