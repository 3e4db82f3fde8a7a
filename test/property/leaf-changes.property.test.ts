import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { changeTenant, createTenant } from '../../lib/app/access/manage-tenants.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { MAX_EVENT_LEAD_MS } from '../../lib/contracts/limits.ts';
import { NO_OVERRIDES } from '../../lib/domain/prices/book-stamp.ts';
import { orderOf, ratingAt } from '../helpers/ledger-corrections-world.ts';
import { ratedCall, START_MS, uuidV7 } from '../helpers/ledger-fixtures.ts';

const TAGS = ['team', 'client', 'cost'] as const;
const MINUTE_MS = 60_000;
/** From reading the settings of a tenant to the commit of what was written with them, at the most. */
const WRITING_MS = 120_000;

/** What happens next: somebody changes the tenant, calls are written, some are corrected, or only time goes by. */
type Deed =
  | { readonly kind: 'change'; readonly tags: readonly string[]; readonly trackUsers: boolean }
  | {
      readonly kind: 'write';
      readonly writer: number;
      readonly agesMs: readonly number[];
      readonly edgeMs: number;
      readonly holdMs: number;
    }
  | { readonly kind: 'correct'; readonly commit: number; readonly rate: number | 'void' }
  | { readonly kind: 'wait'; readonly forMs: number };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        tags: fc.subarray([...TAGS]),
        trackUsers: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        writer: fc.nat(2),
        // From as far ahead as a call may lie, to an hour late.
        agesMs: fc.array(
          fc.oneof(fc.constant(-MAX_EVENT_LEAD_MS), fc.integer({ min: -MAX_EVENT_LEAD_MS, max: 60 * MINUTE_MS })),
          { minLength: 1, maxLength: 4 },
        ),
        // One more call, so long after the last change begins to hold.
        edgeMs: fc.constantFrom(-1, 0, 1),
        holdMs: fc.constantFrom(0, 30_000, WRITING_MS),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('correct' as const),
        commit: fc.nat(20),
        rate: fc.constantFrom(1, 3, 'void' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        forMs: fc.constantFrom(1, 29_999, 30_000, 5 * MINUTE_MS, 449_999, 450_000),
      }),
    },
  ),
  { minLength: 6, maxLength: 24 },
);

/** A call as it must count in the end: its time, what it says, and what it costs (null = void). */
interface Told {
  readonly timeMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly user: string;
  readonly tokens: number;
  costPicoUsd: number | null;
}

interface Writing {
  readonly config: TenantConfig;
  readonly calls: readonly (readonly [string, Told])[];
  readonly dueMs: number;
}

/** A ledger of several warm writers, each with settings up to 30 s old, and a plain list of what must be in it. */
async function openLedger(tags: readonly string[]) {
  const clock = { nowMs: START_MS };
  const now = () => clock.nowMs;
  const table = new MemoryTable();
  const surroundings = { now, sleep: async () => {}, random: () => 0.5 };
  const open = () => new TenantStore(table, now);
  const writers = [open(), open(), open()];
  const admin = { tenants: open(), now };
  await createTenant(admin, { tenant: 'acme', tagDimensions: tags });
  const told = new Map<string, Told>();
  /** When each setting was asked for, oldest first. */
  const asked = [{ atMs: Number.NEGATIVE_INFINITY, tags, trackUsers: false }];
  let pending: Writing[] = [];
  let orders = 0;

  const settingsOf = async (writer: number): Promise<TenantConfig> => {
    const config = await writers[writer]?.find('acme');
    if (!config) throw new Error('the tenant is missing');
    return config;
  };
  const commitDue = async (untilMs: number): Promise<void> => {
    const due = pending.filter(({ dueMs }) => dueMs <= untilMs);
    pending = pending.filter(({ dueMs }) => dueMs > untilMs);
    for (const { config, calls } of due) {
      const rated = calls.map(([id, { timeMs, tokens, tags: own, user }]) =>
        ratedCall({ id, timeMs, tags: own, user, usage: { input_tokens: tokens } }),
      );
      expect(await new DynamoLedger(table, surroundings).append(config, rated, now() + 50_000)).toEqual(
        calls.map(() => 'recorded'),
      );
      for (const [id, call] of calls) told.set(id, call);
    }
  };
  const correct = async (commit: number, rate: number | 'void'): Promise<void> => {
    const config = await settingsOf(0);
    const reader = new DynamoLedgerReader(table, open());
    const head = await reader.head('acme');
    if (head === 0) return;
    const entries = (await reader.entriesOfCommit('acme', 1 + (commit % head))).filter(({ isVoid }) => !isVoid);
    if (entries.length === 0) return;
    orders += 1;
    const record = { atMs: 0, keyId: 'k', action: 'a', detail: {} };
    await new TableCorrectionOrders(table).create('acme', orderOf(orders, { kind: 'void', entry: 0 }), record);
    const authority = { order: orders, kind: rate === 'void' ? 'void' : 'reprice', by: 'k', reason: 'r' } as const;
    const tokensOf = (entry: (typeof entries)[number]) => entry.event.usage.input_tokens ?? 0;
    const targets = entries.map((entry) => (rate === 'void' ? rate : ratingAt(rate, tokensOf(entry))));
    const corrections = new DynamoCorrections(table, surroundings);
    await corrections.correct(
      config,
      authority,
      entries,
      async () => ({ book: NO_OVERRIDES, targets }),
      now() + 50_000,
    );
    for (const entry of entries) {
      const call = told.get(entry.event.id);
      if (call) call.costPicoUsd = rate === 'void' ? null : rate * call.tokens;
    }
  };
  const carryOut = async (deed: Deed, n: number): Promise<void> => {
    if (deed.kind === 'wait') {
      await commitDue(clock.nowMs + deed.forMs);
      clock.nowMs += deed.forMs;
    } else if (deed.kind === 'correct') await correct(deed.commit, deed.rate);
    else if (deed.kind === 'change') {
      const by = { keyId: 'k', tenant: 'acme', role: 'admin' } as const;
      await changeTenant(admin, 'acme', { tagDimensions: deed.tags, trackUsers: deed.trackUsers }, by);
      asked.push({ atMs: clock.nowMs, tags: deed.tags, trackUsers: deed.trackUsers });
    } else {
      const edgeMs = (asked.at(-1)?.atMs ?? 0) + 7.5 * MINUTE_MS + deed.edgeMs;
      const edges = Math.abs(edgeMs - clock.nowMs) <= MAX_EVENT_LEAD_MS ? [edgeMs] : [];
      const times = [...deed.agesMs.map((ageMs) => clock.nowMs - ageMs), ...edges];
      const calls = times.map((timeMs, index): [string, Told] => {
        const tokens = 1 + index + 10 * n;
        const own = Object.fromEntries(TAGS.map((tag, place) => [tag, `${tag}-${(n + place + index) % 2}`]));
        const call = { timeMs, tags: own, user: `user-${index % 2}`, tokens, costPicoUsd: tokens };
        return [uuidV7(timeMs, 100 * n + index), call];
      });
      pending.push({ config: await settingsOf(deed.writer), calls, dueMs: clock.nowMs + deed.holdMs });
      await commitDue(clock.nowMs);
    }
  };
  return { table, open, surroundings, told, asked, clock, carryOut, commitDue };
}

type World = Awaited<ReturnType<typeof openLedger>>;

/** Cost by tags and user, by nothing but the list and the words of docs/access.md: seven and a half minutes later. */
function expectedCosts({ told, asked }: World): Record<string, number> {
  const costs: Record<string, number> = {};
  for (const { timeMs, tags, user, costPicoUsd } of told.values()) {
    const held = asked.findLast(({ atMs }) => atMs + 7.5 * MINUTE_MS <= timeMs) ?? asked[0];
    const kept = TAGS.map((tag) => (held?.tags.includes(tag) ? tags[tag] : null));
    const place = JSON.stringify([held?.trackUsers ? user : null, ...kept]);
    if (costPicoUsd !== null) costs[place] = (costs[place] ?? 0) + costPicoUsd;
  }
  return costs;
}

async function recordedCosts({ table, open }: World): Promise<Record<string, number>> {
  const config = await open().find('acme');
  const reader = new DynamoLedgerReader(table, open());
  const window = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-03-01' } as const;
  const { rows } = await reader.rollups('acme', window);
  const costs: Record<string, number> = {};
  for (const { leaf, measures } of rows) {
    // The last four places of a leaf: the user, then a place for each tag that was ever kept.
    const [user, ...places] = leaf.slice(-4);
    const tags = TAGS.map((tag) => places[config?.tagDimensions.indexOf(tag) ?? -1] ?? null);
    const place = JSON.stringify([user, ...tags]);
    const cost = Number(measures.cost ?? 0n);
    if (cost !== 0) costs[place] = (costs[place] ?? 0) + cost;
  }
  return costs;
}

describe('changes of tags and users', () => {
  it('leave every call where its own time puts it, whoever writes it and whenever, and audits and rebuilds agree', async () => {
    let moved = 0;
    const property = fc.asyncProperty(fc.subarray([...TAGS]), deeds, async (tags, list) => {
      const world = await openLedger(tags);
      for (const [n, deed] of list.entries()) await world.carryOut(deed, n + 1);
      world.clock.nowMs += WRITING_MS;
      await world.commitDue(world.clock.nowMs);
      const expected = expectedCosts(world);
      expect(await recordedCosts(world)).toEqual(expected);
      const isMoved = ({ timeMs }: Told) =>
        world.asked.some(({ atMs }) => atMs > 0 && atMs + 7.5 * MINUTE_MS <= timeMs);
      if ([...world.told.values()].some(isMoved)) moved += 1;
      if (world.told.size === 0) return;
      const reader = new DynamoLedgerReader(world.table, world.open());
      const rebuilder = new DynamoRebuilder(world.table, world.open(), world.surroundings);
      for (let next: string | undefined, isFirst = true; isFirst || next; isFirst = false) {
        const part = await reader.audit('acme', next);
        expect(part.differences).toEqual([]);
        next = part.next;
      }
      for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
        const part = await rebuilder.rebuild('acme', cursor === undefined ? {} : { cursor });
        expect(part.differences).toEqual([]);
        cursor = part.next;
      }
    });
    await fc.assert(property, { numRuns: 300 });
    expect(moved).toBeGreaterThan(50);
  });
});
