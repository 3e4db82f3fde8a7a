import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { followSources } from '../../lib/app/sources/follow-sources.ts';
import { EMITTER_BOUNDS, EmitterChunks } from '../../lib/domain/sources/emitter-chunks.ts';
import { UNWATCHED } from '../../lib/domain/sources/source-state.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { START_MS, TENANT } from '../helpers/ledger-fixtures.ts';
import { createSourceWorld } from '../helpers/source-world.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;

function behavesAsSourceStates(open: () => Table): void {
  it('keeps what was followed, and replaces it only over what was read', async () => {
    const states = new TableSourceStates(open());
    const before = await states.find('replaced');
    expect(before).toEqual({ state: UNWATCHED, revision: 0, spare: [] });
    const missing = [{ firstDay: '2026-01-29', lastDay: '2026-01-30', app: 'bot', count: 3 }];
    const state = { ...UNWATCHED, followedTo: 7, freshestMs: START_MS, settlesAtMs: START_MS + 1, missing };
    const gap = { from: 4, to: 6, count: 3, dayBefore: '2026-01-29', dayBehind: '2026-01-30', noticedMs: 5 };
    const pod = { id: 'pod-7', app: null, low: 1, lowDay: '2026-01-29', lowTimeMs: 1, high: 7, highDay: '2026-01-30' };
    const chunk = [{ ...pod, lastMs: 6, gaps: [gap, { ...gap, from: 9, to: 20, count: 2 }] }];
    expect(await states.save('replaced', before, state, new Map([[0, chunk]]), [])).toBe(1);
    expect(await states.save('replaced', before, { ...state, followedTo: 9 }, new Map([[0, []]]), [])).toBeUndefined();
    expect(await states.find('replaced')).toEqual({ state, revision: 1, spare: [] });
    expect(await states.emitters('replaced')).toEqual([chunk]);
    expect(await states.countMissing('replaced', '2026-01-30', '2026-01-31')).toBe(3);
    expect(await states.countMissing('replaced', '2026-01-31', '2026-02-28')).toBe(0);
    expect(await states.countMissing('nobody', '2026-01-01', '2026-12-31')).toBe(0);
  });

  it('knows from recorded calls who sent them, and which are missing', async () => {
    const tenant = { ...TENANT, tenant: 'followed' };
    const world = createSourceWorld(open(), START_MS, tenant);
    const emitter = (seq: number) => ({ id: 'pod-7', seq, version: 'ts/1.0.0' });
    await world.record([0, 1, 4].map((seq) => ({ number: seq, app: 'bot', emitter: emitter(seq) })));
    await world.record([{ number: 9, billing_account: 'org-main' }]);
    await followSources(world.follower(), tenant, FAR_MS);
    world.wait(EMITTER_BOUNDS.settleMs);
    const { stored, isCurrent } = await followSources(world.follower(), tenant, FAR_MS);
    expect(isCurrent).toBe(true);
    expect(stored.state).toMatchObject({
      followedTo: 2,
      sources: [
        { kind: 'app', name: 'bot', versions: { 'ts/1.0.0': START_MS } },
        { kind: 'billing_account', name: 'org-main', versions: {} },
      ],
      // 2 and 3 are between 1 and 4.
      missing: [{ firstDay: '2026-01-29', lastDay: '2026-01-29', app: 'bot', count: 2 }],
    });
    // A late call closes its part of the hole.
    await world.record([{ number: 2, app: 'bot', emitter: emitter(2) }]);
    await followSources(world.follower(), tenant, FAR_MS);
    expect(await new TableSourceStates(open()).countMissing('followed', '2026-01-01', '2026-02-01')).toBe(1);
  });

  it('keeps numbers of calls that had been recorded before, once, until they are taken in', async () => {
    const states = new TableSourceStates(open());
    const numbers = [{ id: 'pod-7', sequence: 3, day: '2026-01-29', timeMs: START_MS, app: null }];
    for (const atMs of [5, 6]) await states.keepSpare('spare', numbers, atMs);
    const before = await states.find('spare');
    expect(before.spare).toMatchObject([{ atMs: 6, numbers }]);
    await states.save('spare', before, UNWATCHED, new Map(), before.spare);
    expect((await states.find('spare')).spare).toEqual([]);
  });

  it('takes as many emitters as are kept, all of them with as many holes as are kept, at once', async () => {
    const states = new TableSourceStates(open());
    const chunks = new EmitterChunks([]);
    const { maxChunks, maxPerChunk, maxGaps } = EMITTER_BOUNDS;
    for (let emitter = 0; emitter < maxChunks * maxPerChunk; emitter++) {
      const id = `pod-${(emitter * 2_654_435_761) % 2 ** 32}-${emitter}`;
      for (let call = 0; call <= maxGaps / maxPerChunk; call++) {
        const sequence = call * 1_000 + ((emitter * 7_919 + call * 104_729) % 997);
        chunks.take(id, { sequence, day: '2026-01-29', timeMs: START_MS + call, atMs: START_MS + call, app: 'bot' });
      }
    }
    const before = await states.find('full');
    const { spans } = chunks.missing(FAR_MS);
    expect(await states.save('full', before, { ...UNWATCHED, missing: spans.slice(0, 400) }, chunks.changed, [])).toBe(
      1,
    );
    expect((await states.emitters('full')).map(({ length }) => length)).toEqual(Array(maxChunks).fill(maxPerChunk));
  });
}

describe('sources in memory', () => {
  const table = new MemoryTable();
  behavesAsSourceStates(() => table);
});

describe('sources on the embedded engine', () => {
  let engine: EngineTable | undefined;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine?.stop());
  behavesAsSourceStates(() => {
    if (!engine) throw new Error('the engine did not start');
    return engine.table;
  });
});
