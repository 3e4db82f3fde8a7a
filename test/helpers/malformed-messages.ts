import { gzipSync } from 'node:zlib';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { decodeMessage } from '../../lib/app/recording/decode-message.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { REJECT_STATES, type RejectCount } from '../../lib/app/rejects/reject-ports.ts';
import { type EventJson, fullEvent, smallEvent } from './contract-events.ts';
import { START_MS, steadySurroundings, TENANT } from './ledger-fixtures.ts';
import { createWriter } from './recording-world.ts';

/** What feeding malformed messages to the recording use case came to. */
export interface MalformedReport {
  readonly messages: number;
  /** Events and samples that were fine after all. */
  readonly accepted: number;
  readonly rejected: number;
  /** Rejects whose parcel could be opened, and of these those with an event in it. */
  readonly restorable: number;
  readonly counts: readonly RejectCount[];
  /** What should not be: messages sent back, warnings, counts that do not agree. Empty in a sound ledger. */
  readonly faults: readonly string[];
}

const MESSAGES_AT_ONCE = 500;

/**
 * Feeds so many malformed messages through decoding and recording over a table in memory: every one must end as entries
 * or kept rejects, none may go back, and what was counted must be what is there. Same seed, same messages.
 */
export async function recordMalformed(seed: number, count: number): Promise<MalformedReport> {
  const table = new MemoryTable();
  const surroundings = steadySurroundings(START_MS, seed);
  await new TenantStore(table, surroundings.now).create(TENANT);
  const faults: string[] = [];
  const record = createWriter(table, surroundings, TENANT.tenant, {
    warn: (message, cause) => faults.push(`${message}: ${String(cause)}`),
  });
  let [accepted, rejected] = [0, 0];
  const bodies = makeMalformed(seed, count);
  for (let start = 0; start < count; start += MESSAGES_AT_ONCE) {
    const batch = bodies.slice(start, start + MESSAGES_AT_ONCE).map((body, index): UsageMessage => {
      const base = { messageId: `m-${start + index}`, senderId: 'pod', sentAtMs: START_MS, stamp: {} };
      return { ...base, body, queue: (start + index) % 5 === 0 ? 'import' : 'usage' };
    });
    for (const messageId of await record(batch)) faults.push(`${messageId} went back`);
    for (const { body } of batch) {
      const decoded = decodeMessage(body);
      accepted += decoded.events.length + decoded.gpuSamples.length;
      rejected += decoded.rejects.length;
    }
  }
  const store = new RejectStore(table);
  const kept = await store.count(TENANT.tenant);
  const counts = await store.histogram(TENANT.tenant);
  const counted = counts.reduce((sum, one) => sum + one.count, 0);
  // Events that decode may still be refused for their times: rejects are at least those of the decoder.
  if (kept < rejected || kept > rejected + accepted) faults.push(`${kept} rejects kept of ${rejected} and more`);
  if (counted !== kept) faults.push(`${kept} rejects kept, ${counted} in the histogram`);
  const [listed, restorable] = await readBack(store);
  if (listed !== kept) faults.push(`${kept} rejects counted, ${listed} listed`);
  return { messages: count, accepted: accepted + rejected - kept, rejected: kept, restorable, counts, faults };
}

async function readBack(store: RejectStore): Promise<readonly [listed: number, restorable: number]> {
  let [listed, restorable] = [0, 0];
  let cursor: string | undefined;
  do {
    const page = await store.list(TENANT.tenant, cursor, { states: REJECT_STATES });
    for (const { rejectId, restorableUntilMs } of page.rejects) {
      listed += 1;
      if (restorableUntilMs === null) continue;
      const parcel = await store.findParcel(TENANT.tenant, rejectId, START_MS);
      if (parcel?.event) restorable += 1;
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return [listed, restorable];
}

/** Message bodies that are wrong in every way that senders found so far, and some that are right. */
export function makeMalformed(seed: number, count: number): readonly string[] {
  const { random } = steadySurroundings(0, seed);
  return Array.from({ length: count }, (_, index) => makeBody(random, index));
}

type Random = () => number;

const pick = <T>(random: Random, list: readonly [T, ...T[]]): T => list[Math.floor(random() * list.length)] ?? list[0];

const VALUES: readonly [unknown, ...unknown[]] = [
  ...([
    null,
    '',
    0,
    -1,
    -0,
    1.5,
    2 ** 53,
    1e308,
    true,
    false,
    'x',
    'x'.repeat(300),
    '\u0000',
    '\ud800',
    '\uffff',
  ] as const),
  ...[[], {}, [[]], { a: { b: 1 } }, '1', '1e3', 'NaN', '2026-13-45', '9999-12-31T23:59:60Z', '€'.repeat(60)],
];

const NAMES: readonly [string, ...string[]] = [
  ...([
    'id',
    'time',
    'model',
    'usage',
    'tags',
    'route',
    'emitter',
    'input_parts',
    'status',
    'error',
    'tenant',
  ] as const),
  ...['quality', 'reported_cost_usd', 'type', 'data', 'events', 'encoding', 'specversion', '__proto__', 'x', ''],
];

function makeBody(random: Random, index: number): string {
  const items = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) => bend(random, `${index}-${n}`));
  const text = JSON.stringify(envelope(random, items));
  const packed = random() < 0.15 ? JSON.stringify({ encoding: 'gzip', data: gzipSync(text).toString('base64') }) : text;
  return random() < 0.3 ? cut(random, packed) : packed;
}

/** An event with a few fields changed, or no event at all. */
function bend(random: Random, id: string): unknown {
  if (random() < 0.05) return pick(random, VALUES);
  const event: EventJson = { ...(random() < 0.5 ? fullEvent() : smallEvent()), id, tenant: undefined };
  event['time'] = new Date(START_MS).toISOString();
  for (let changes = Math.floor(random() * 4); changes > 0; changes--) {
    const value = pick(random, VALUES);
    const into =
      random() < 0.3 ? pick(random, ['usage', 'tags', 'route', 'emitter', 'input_parts'] as const) : undefined;
    if (into === undefined) event[pick(random, NAMES)] = value;
    else event[into] = { ...(event[into] as object | undefined), [pick(random, NAMES)]: value };
  }
  return event;
}

function envelope(random: Random, items: readonly unknown[]): unknown {
  const [first] = items;
  const form = random();
  if (form < 0.3) return first;
  if (form < 0.55) return items;
  if (form < 0.8) return { events: items, ...(random() < 0.2 ? { tenant: pick(random, VALUES) } : {}) };
  const wrap = (data: unknown) => ({ specversion: random() < 0.9 ? '1.0' : '0.3', id: 'c', source: '/', data });
  return form < 0.95 ? wrap(first) : items.map(wrap);
}

/** A text with a few characters taken out or put in. */
function cut(random: Random, text: string): string {
  const at = Math.floor(random() * text.length);
  return (
    text.slice(0, at) +
    pick(random, ['', '"', '{', ']', ',', '\u0007', '\\', '0']) +
    text.slice(at + pick(random, [0, 1, 3, 50]))
  );
}
