import { describe, expect, it } from 'vitest';
import { TableSourceLog } from '../../../lib/adapters/dynamodb/source-log.ts';
import { TableSourceStates } from '../../../lib/adapters/dynamodb/source-store.ts';
import { followSources } from '../../../lib/app/sources/follow-sources.ts';
import { EMITTER_BOUNDS } from '../../../lib/domain/sources/emitter-chunks.ts';
import { createApiWorld } from '../../helpers/api-world.ts';
import { START_MS, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const DAY_MS = 86_400_000;

/** A call of version 1 of the contract, numbered by its emitter. */
const call = (number: number, more: Record<string, unknown> = {}) => ({
  id: uuidV7(START_MS, number),
  time: new Date(START_MS).toISOString(),
  model: 'm-unknown',
  usage: { input_tokens: 10 },
  app: 'bot',
  team: 'cx',
  emitter: { id: 'pod-7', seq: number, version: 'ts/1.0.0' },
  ...more,
});

async function withCalls(...calls: readonly object[]) {
  const world = createApiWorld();
  const key = await world.enrol('acme');
  await world.ask('POST', '/v1/events', { key, body: calls });
  await world.drain();
  const [tenant] = await world.ports.tenants.list();
  if (!tenant) throw new Error('no tenant');
  const states = new TableSourceStates(world.table);
  const clock = () => START_MS + EMITTER_BOUNDS.settleMs;
  // The first sweep notices the hole, the second one counts it.
  for (const now of [() => START_MS, clock])
    await followSources(
      { sourceLog: new TableSourceLog(world.table), sourceStates: states, clock: now },
      tenant,
      Number.MAX_SAFE_INTEGER,
    );
  return { world, key };
}

describe('the status', () => {
  it('tells of each app when it called, how often, and what its calls lack', async () => {
    const yesterday = new Date(START_MS - DAY_MS).toISOString();
    const { world, key } = await withCalls(
      call(0, { colour: 'red' }),
      call(1, { time: yesterday }),
      call(4, { team: null }),
      call(9, { app: null, emitter: null, billing_account: 'org-main' }),
    );
    const { json } = await world.ask('GET', '/v1/status', { key });
    expect(json).toMatchObject({ missing_calls: 2, sources_followed_to: 1, more_apps: 0 });
    const [bot, unnamed] = json.apps;
    expect(bot).toMatchObject({
      app: 'bot',
      last_event_at: new Date(START_MS).toISOString(),
      unpriced_ratio: 1,
      emitter_versions: [{ version: 'ts/1.0.0', last_seen_at: new Date(START_MS).toISOString() }],
      unknown_fields: { colour: 1 },
      // Numbers 2 and 3 are between 1 and 4.
      missing_calls: 2,
      silent_since: null,
    });
    // One of three calls names no team, rounded up to six decimals; none names the others.
    expect(bot.missing_dimensions).toEqual({ environment: 1, team: 0.333334, feature: 1, billing_account: 1 });
    expect(bot.calls.map(({ calls }: { calls: number }) => calls)).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
    expect(unnamed).toMatchObject({ app: null, last_event_at: null, missing_calls: 0 });
    expect(json.billing_accounts).toMatchObject([{ billing_account: 'org-main', silent_since: null }]);
  });

  it('counts no call that was voided', async () => {
    const { world, key } = await withCalls(call(0), call(1));
    const body = { kind: 'void', id: uuidV7(START_MS, 1), reason: 'sent by a test' };
    expect((await world.ask('POST', '/v1/corrections', { key, body })).status).toBe(200);
    const { json } = await world.ask('GET', '/v1/status', { key });
    expect(json.apps[0].calls.at(-1)).toEqual({ day: '2026-01-29', calls: 1 });
  });
});

describe('answers about money', () => {
  it('are incomplete where emitters numbered calls that never came', async () => {
    const { world, key } = await withCalls(call(0), call(4));
    const day = new Date(START_MS).toISOString().slice(0, 10);
    const { json } = await world.ask('GET', `/v1/spend?from=${day}&to=2026-02-01`, { key });
    expect(json.incomplete_reasons).toContainEqual({ reason: 'missing_reported', count: 3 });
    const { json: before } = await world.ask('GET', `/v1/spend?from=2026-01-01&to=${day}`, { key });
    expect(before.incomplete_reasons).not.toContainEqual(expect.objectContaining({ reason: 'missing_reported' }));
  });
});
