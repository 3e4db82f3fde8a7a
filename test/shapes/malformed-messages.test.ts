import { afterAll, expect, it } from 'vitest';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { AppendOutcome, Ledger } from '../../lib/app/ports.ts';
import { decodeMessage } from '../../lib/app/recording/decode-message.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { REJECT_REASONS } from '../../lib/contracts/reject-reasons.ts';
import { createRandom } from '../../lib/sample/random.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { startEngineTable } from '../helpers/engine-table.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';
import { createMalformedBody } from './malformed-messages.ts';

/** `FUZZ=100000` for all of them; `FUZZ_SEED` for others. */
const COUNT = Number(process.env['FUZZ'] ?? 10_000);
const SEED = process.env['FUZZ_SEED'] ?? '1';
/** Messages of one ledger: strange texts are strange dimensions, and ever more of them only cost time. */
const PER_LEDGER = 2_000;
const ON_ENGINE = 1_000;
const PER_INVOCATION = 50;
const TIME = new Date(START_MS).toISOString();

type Reject = Awaited<ReturnType<RejectStore['list']>>['rejects'][number];

const outcomes = new Map<string, number>();
const reasons = new Map<string, number>();
const note = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

it(`ends ${COUNT} malformed messages as recorded or kept rejects, and records their neighbours`, {
  timeout: 900_000,
}, async () => {
  for (let first = 0; first < COUNT; first += PER_LEDGER) {
    await recordMalformed(new MemoryTable(), first, Math.min(COUNT, first + PER_LEDGER));
  }
});

it('does so on the real engine, which is stricter about what may be written', { timeout: 120_000 }, async () => {
  const engine = await startEngineTable();
  try {
    await recordMalformed(engine.table, COUNT, COUNT + ON_ENGINE);
  } finally {
    await engine.stop();
  }
});

afterAll(() => {
  const sorted = (counts: Map<string, number>) => Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
  console.log(
    `malformed messages, seed ${SEED}: ${COUNT} in memory, ${ON_ENGINE} on the engine`,
    sorted(outcomes),
    'rejects by reason',
    sorted(reasons),
  );
});

async function recordMalformed(table: Table, from: number, to: number): Promise<void> {
  await new TenantStore(table, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  const settled: AppendOutcome[] = [];
  const warnings: unknown[] = [];
  const write = createWriter(table, surroundings, TENANT.tenant, {
    ledger: watch(new DynamoLedger(table, surroundings), settled),
    warn: (_message, cause) => warnings.push(cause),
  });
  const expectedItems = new Map<string, number>();
  let expectedLater = 0;
  let neighbours = 0;
  for (let start = from; start < to; start += PER_INVOCATION) {
    const bodies = Array.from({ length: Math.min(PER_INVOCATION, to - start) }, (_, index) =>
      createMalformedBody(createRandom(`${SEED}/${start + index}`), uuidV7(START_MS, start + index), TIME),
    );
    const messages = bodies.map((body, index) => messageOf(`m-${start + index}`, body));
    // In the middle, so that what stops at a fault, before or behind it, misses one.
    messages.splice(PER_INVOCATION / 2, 0, messageOf(`good-${start}`, goodBody(start)));
    expect(await write(messages), 'nothing malformed goes back to its queue').toEqual([]);
    neighbours++;
    for (const { messageId, body } of messages) {
      const { events, rejects, gpuSamples } = decodeMessage(body);
      const items = events.length + rejects.length + gpuSamples.length;
      expect(items, `${messageId} came to nothing: ${body.slice(0, 200)}`).toBeGreaterThan(0);
      expectedItems.set(messageId, rejects.length);
      // A sample that names another tenant is refused behind the decoding, as a call that is not of this time is.
      const foreign = gpuSamples.filter(({ tenantClaim = TENANT.tenant }) => tenantClaim !== TENANT.tenant);
      expectedLater += events.length + foreign.length;
    }
  }
  expect(warnings).toEqual([]);
  const kept = await listRejects(table);
  for (const { reason } of kept) note(reasons, reason);
  expect(kept.filter(({ reason }) => !Object.hasOwn(REJECT_REASONS, reason))).toEqual([]);
  for (const outcome of settled) note(outcomes, outcome);
  // What is read but comes from the wrong tenant or time is a reject as well, so each item is in one of the two lists.
  const perMessage = Map.groupBy(kept, ({ messageId }) => messageId);
  for (const [messageId, count] of expectedItems) {
    expect(perMessage.get(messageId)?.length ?? 0, messageId).toBeGreaterThanOrEqual(count);
  }
  const decodeRejects = [...expectedItems.values()].reduce((sum, count) => sum + count, 0);
  expect(settled.length + (kept.length - decodeRejects)).toBe(expectedLater);
  expect(settled).not.toContain('unsettled');
  expect(settled.filter((outcome) => outcome === 'recorded').length).toBeGreaterThanOrEqual(neighbours);
  expect(await auditAll(table, TENANT)).toEqual([]);
  const goodIds = [...expectedItems.keys()].filter((id) => id.startsWith('good-'));
  expect(goodIds.filter((id) => perMessage.has(id))).toEqual([]);
}

async function listRejects(table: Table): Promise<Reject[]> {
  const store = new RejectStore(table);
  const all: Reject[] = [];
  for (let cursor: string | undefined; ; ) {
    const { rejects, next } = await store.list(TENANT.tenant, cursor);
    all.push(...rejects);
    if (next === undefined) return all;
    cursor = next;
  }
}

function goodBody(number: number): string {
  return JSON.stringify(smallEvent({ id: `good-${number}`, time: TIME, model: 'm-1' }));
}

function messageOf(messageId: string, body: string): UsageMessage {
  return { messageId, body, senderId: 'someone', sentAtMs: START_MS, queue: 'usage', stamp: {} };
}

function watch(ledger: Ledger, settled: AppendOutcome[]): Ledger {
  return {
    append: async (...all) => {
      const outcomes = await ledger.append(...all);
      settled.push(...outcomes);
      return outcomes;
    },
  };
}
