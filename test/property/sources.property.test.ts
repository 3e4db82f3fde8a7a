import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { followSources } from '../../lib/app/sources/follow-sources.ts';
import { EMITTER_BOUNDS } from '../../lib/domain/sources/emitter-chunks.ts';
import { FAULTS, type Fault, FaultyTable } from '../helpers/faulty-table.ts';
import { createSourceWorld, type SentCall } from '../helpers/source-world.ts';

const START_MS = Date.UTC(2026, 0, 20, 12);
const HOUR_MS = 3_600_000;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** Calls three hours apart: three days of an emitter, gaps that cross midnight, and no more of them than are kept. */
const CALLS = 24;
const callOf = (emitter: number, sequence: number): SentCall => ({
  number: emitter * 1_000 + sequence,
  timeMs: START_MS - (CALLS - sequence) * 3 * HOUR_MS,
  app: `app-${emitter % 2}`,
  emitter: { id: `pod-${emitter}`, seq: sequence, version: `ts/1.0.${sequence % 3}` },
});

const calls = fc
  .record({ emitter: fc.nat(2), sequence: fc.nat(CALLS - 1) })
  .map(({ emitter, sequence }) => callOf(emitter, sequence));

const deeds = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('record' as const), calls: fc.array(calls, { maxLength: 12 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('follow' as const), isHurried: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
    },
  ),
  { minLength: 1, maxLength: 12 },
);

const faults = fc.infiniteStream(
  fc.option(fc.constantFrom<Fault>(...FAULTS, 'late', 'crash-before', 'crash-after'), { freq: 4 }),
);

/** The same call as somebody else reports it, who numbers nothing. */
const unnumbered = (call: SentCall): SentCall => ({ ...call, emitter: {} });

/** Every number between two recorded ones that was not recorded, with the days on both sides: worked out from sets. */
function missingOf(recorded: ReadonlyMap<number, SentCall>): Map<string, number> {
  const spans = new Map<string, number>();
  for (const emitter of [0, 1, 2]) {
    const own = [...recorded.values()]
      .filter((call) => call.emitter?.id === `pod-${emitter}`)
      .sort((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0));
    for (const [index, call] of own.slice(1).entries()) {
      const before = own[index];
      const count = (call.emitter?.seq ?? 0) - (before?.emitter?.seq ?? 0) - 1;
      const key = `${dayOf(before)} ${dayOf(call)} ${call.app}`;
      if (count > 0) spans.set(key, (spans.get(key) ?? 0) + count);
    }
  }
  return spans;
}

/** Berlin is one hour ahead in January. */
const dayOf = (call: SentCall | undefined): string =>
  new Date((call?.timeMs ?? 0) + HOUR_MS).toISOString().slice(0, 10);

describe('what is known of sources', () => {
  it('follows from the log alone, whoever followed it, however often it failed and whatever came twice or late', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, faults, async (history, stream) => {
        const memory = new MemoryTable();
        const world = createSourceWorld(memory, START_MS);
        const plan = stream[Symbol.iterator]();
        const recorded = new Map<number, SentCall>();
        const arrivals = new Map<string, number>();
        for (const deed of history) {
          if (deed.kind === 'wait') world.wait(deed.minutes * 60_000);
          if (deed.kind === 'record') {
            await world.record(deed.calls);
            for (const call of deed.calls) {
              if (!recorded.has(call.number)) arrivals.set(call.app ?? '', world.clock());
              recorded.set(call.number, call);
            }
          }
          if (deed.kind === 'follow') {
            const table = new FaultyTable(memory, () => plan.next().value ?? undefined);
            const deadlineMs = deed.isHurried ? world.clock() : FAR_MS;
            // Two at once, one of them in trouble.
            await Promise.allSettled([
              Promise.race([followSources(world.follower(table), world.tenant, deadlineMs), table.death]),
              followSources(world.follower(), world.tenant, deadlineMs),
            ]);
          }
        }
        world.wait(EMITTER_BOUNDS.settleMs);
        const { stored, isCurrent } = await followSources(world.follower(), world.tenant, FAR_MS);
        expect(isCurrent).toBe(true);
        const missing = new Map(
          stored.state.missing.map(({ firstDay, lastDay, app, count }) => [`${firstDay} ${lastDay} ${app}`, count]),
        );
        expect(missing).toEqual(missingOf(recorded));
        expect(stored.state.closed).toEqual([]);
        const last = new Map(stored.state.sources.map(({ name, lastArrivalMs }) => [name, lastArrivalMs]));
        expect(last).toEqual(arrivals);
        const total = [...missing.values()].reduce((sum, count) => sum + count, 0);
        const states = new TableSourceStates(memory);
        expect(await states.countMissing('acme', '2026-01-01', '2026-02-01')).toBe(total);
        // Following once more changes nothing.
        expect((await followSources(world.follower(), world.tenant, FAR_MS)).stored).toEqual(await states.find('acme'));
      }),
      { numRuns: 150 },
    );
  });

  it('misses nothing that two senders reported, whichever was quicker', async () => {
    const sequences = fc.array(fc.record({ sequence: fc.integer({ min: 1, max: 20 }), isNumbered: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(sequences, fc.nat(30), async (order, followAt) => {
        const world = createSourceWorld(new MemoryTable(), START_MS);
        await world.record([callOf(0, 0)]);
        const all = Array.from({ length: 20 }, (_, index) => index + 1);
        const rest = all.flatMap((sequence) => [false, true].map((isNumbered) => ({ sequence, isNumbered })));
        for (const [index, { sequence, isNumbered }] of [...order, ...rest].entries()) {
          if (index === followAt) await followSources(world.follower(), world.tenant, FAR_MS);
          const call = callOf(0, sequence);
          await world.record([isNumbered ? call : unnumbered(call)]);
        }
        world.wait(EMITTER_BOUNDS.settleMs);
        const { stored } = await followSources(world.follower(), world.tenant, FAR_MS);
        expect(stored.state).toMatchObject({ missing: [], settlesAtMs: null });
        expect(stored.spare).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
