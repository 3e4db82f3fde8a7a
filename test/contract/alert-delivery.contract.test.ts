import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { PublishPorts } from '../../lib/app/alerts/alert-ports.ts';
import { drawLease, publishExpired, publishHeld } from '../../lib/app/alerts/publish-alerts.ts';
import type { AlertMessage } from '../../lib/domain/alerts/alert.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { claimMessage, FakeChannel, plainMessage } from '../helpers/held-alert.ts';

const NOON_MS = Date.UTC(2026, 0, 20, 12);
const HOUR_MS = 3_600_000;
const FAR_MS = Number.MAX_SAFE_INTEGER;

/** A store that sees the pending alerts of its own tenant only, as the tests of one table run side by side. */
class OneTenantStore extends TableAlertStore {
  /** Runs once, between reading snoozes and answering with them. */
  afterLook: (() => Promise<unknown>) | undefined;
  readonly #tenant: string;

  constructor(table: Table, tenant: string) {
    super(table);
    this.#tenant = tenant;
  }

  override async pending() {
    return (await super.pending()).filter(({ tenant }) => tenant === this.#tenant);
  }

  override async snoozes(tenant: string) {
    const found = await super.snoozes(tenant);
    const after = this.afterLook;
    this.afterLook = undefined;
    await after?.();
    return found;
  }
}

/** Channels, snoozes and acknowledgements: the model in memory and the embedded engine do the same. */
function deliveryOver(open: () => Table): void {
  function start() {
    const tenant = randomUUID();
    const topic = new FakeChannel();
    const chat = new FakeChannel();
    let nowMs = NOON_MS;
    let owners = 0;
    const store = new OneTenantStore(open(), tenant);
    const ports: PublishPorts = {
      alerts: store,
      publisher: topic,
      chat,
      clock: () => nowMs,
      drawOwner: () => `${tenant}-${++owners}`,
      leaseMs: 90_000,
    };
    const wait = (milliseconds: number) => {
      nowMs += milliseconds;
    };
    const snooze = (untilMs: number, ...about: string[]) =>
      store.snooze(tenant, about, { untilMs, sinceMs: nowMs, by: 'key_1' });
    return { tenant, topic, chat, store, ports, wait, snooze };
  }

  it('never repeats to the topic what only the chat refused', async () => {
    const { tenant, topic, chat, store, ports, wait } = start();
    chat.behave = (attempt) => (attempt <= 2 ? 'refuse' : 'accept');
    const message = plainMessage(tenant);
    expect(await publishHeld(ports, await claimMessage(ports, message))).toBe('failed');
    expect(await store.find(tenant, message.alertId)).toMatchObject({
      publishedAtMs: null,
      deliveries: { topic: NOON_MS },
      lastError: 'chat: throttled',
    });
    wait(60_000);
    expect((await publishExpired(ports, FAR_MS)).outcomes.failed).toBe(1);
    expect((await publishExpired(ports, FAR_MS)).outcomes.published).toBe(1);
    expect([topic.delivered, chat.delivered]).toEqual([[message.alertId], [message.alertId]]);
    expect(await store.find(tenant, message.alertId)).toMatchObject({
      publishedAtMs: NOON_MS + 60_000,
      deliveries: { topic: NOON_MS, chat: NOON_MS + 60_000 },
      attempts: 3,
      lastError: null,
    });
  });

  it('keeps the lease while the chat has not answered, and repeats to the chat alone', async () => {
    const { tenant, topic, chat, ports, wait } = start();
    chat.behave = (attempt) => (attempt === 1 ? 'mute' : 'accept');
    expect(await publishHeld(ports, await claimMessage(ports, plainMessage(tenant)))).toBe('unknown');
    expect((await publishExpired(ports, FAR_MS)).due).toBe(0);
    wait(90_000);
    expect((await publishExpired(ports, FAR_MS)).outcomes.published).toBe(1);
    expect([topic.delivered.length, chat.delivered.length]).toEqual([1, 2]);
  });

  it('begins nothing that the lease does not outlast on the slowest channel', async () => {
    const { tenant, topic, chat, ports } = start();
    // The lease has 90 seconds.
    const slow = { maxPublishMs: 90_001, publish: (message: AlertMessage) => chat.publish(message) };
    const held = await claimMessage(ports, plainMessage(tenant));
    expect(await publishHeld({ ...ports, chat: slow }, held)).toBe('late');
    expect([topic.attempts, chat.attempts]).toEqual([0, 0]);
    expect(await publishHeld({ ...ports, chat: { ...slow, maxPublishMs: 90_000 } }, held)).toBe('published');
  });

  it('shows attempts and the last error while no channel answers', async () => {
    const { tenant, topic, chat, store, ports, wait } = start();
    topic.behave = () => 'mute';
    chat.behave = () => 'refuse';
    const message = plainMessage(tenant);
    expect(await publishHeld(ports, await claimMessage(ports, message))).toBe('unknown');
    wait(90_000);
    expect((await publishExpired(ports, FAR_MS)).outcomes.unknown).toBe(1);
    expect(await store.find(tenant, message.alertId)).toMatchObject({
      publishedAtMs: null,
      attempts: 2,
      lastError: 'topic: no answer; chat: throttled',
    });
  });

  it('reads only the claims behind the one that is named', async () => {
    const { tenant, store, ports } = start();
    const message = plainMessage(tenant);
    const held = { ...message, attempts: 1, claimedAtMs: NOON_MS, lease: drawLease(ports), message };
    await store.claim(['b#1#2026-01#0080', 'b#1#2026-02#0080', 'b#2#2026-02#0080'], held);
    expect(await store.claims(tenant, 'b#1#', 'b#1#2026-02')).toEqual(new Set(['b#1#2026-02#0080']));
    expect((await store.claims(tenant, 'b#1#')).size).toBe(2);
  });

  it('lets what is snoozed wait, counts no attempt, and sends it when the snooze ends', async () => {
    const { tenant, topic, store, ports, wait, snooze } = start();
    await snooze(NOON_MS + HOUR_MS, 'budget:B');
    const message = plainMessage(tenant);
    expect(await publishHeld(ports, await claimMessage(ports, message))).toBe('snoozed');
    expect(await store.find(tenant, message.alertId)).toMatchObject({
      publishedAtMs: null,
      attempts: 0,
      snoozedUntilMs: NOON_MS + HOUR_MS,
    });
    wait(HOUR_MS - 1);
    expect((await publishExpired(ports, FAR_MS)).due).toBe(0);
    wait(1);
    expect((await publishExpired(ports, FAR_MS)).outcomes.published).toBe(1);
    expect(topic.delivered).toEqual([message.alertId]);
    expect(await store.find(tenant, message.alertId)).toMatchObject({ attempts: 1, snoozedUntilMs: null });
  });

  it('sends what is about something else besides', async () => {
    const { tenant, topic, ports, snooze } = start();
    await snooze(NOON_MS + HOUR_MS, 'rejects:bad_time');
    const both = plainMessage(tenant, ['rejects:bad_time', 'rejects:bad_usage']);
    expect(await publishHeld(ports, await claimMessage(ports, both))).toBe('published');
    expect(topic.delivered).toEqual([both.alertId]);
    await snooze(NOON_MS + 2 * HOUR_MS, 'rejects:bad_usage');
    const again = plainMessage(tenant, ['rejects:bad_time', 'rejects:bad_usage']);
    expect(await publishHeld(ports, await claimMessage(ports, again))).toBe('snoozed');
    // The first of the two snoozes that ends lets it go.
    expect((await ports.alerts.find(tenant, again.alertId))?.snoozedUntilMs).toBe(NOON_MS + HOUR_MS);
  });

  it('sends at once when the snooze is taken away, in the order of what happened, and waits anew when it is changed', async () => {
    const { tenant, topic, store, ports, wait, snooze } = start();
    await snooze(NOON_MS + 24 * HOUR_MS, 'budget:B');
    const first = plainMessage(tenant);
    await publishHeld(ports, await claimMessage(ports, first));
    wait(1_000);
    const second = plainMessage(tenant);
    await publishHeld(ports, await claimMessage(ports, second));
    await snooze(NOON_MS + 2 * HOUR_MS, 'budget:B');
    expect((await publishExpired(ports, FAR_MS)).outcomes.snoozed).toBe(2);
    expect((await store.find(tenant, first.alertId))?.snoozedUntilMs).toBe(NOON_MS + 2 * HOUR_MS);
    expect(await store.endSnooze(tenant, ['budget:B', 'budget:C'])).toEqual(['budget:B']);
    expect((await publishExpired(ports, FAR_MS)).outcomes.published).toBe(2);
    expect(topic.delivered).toEqual([first.alertId, second.alertId]);
  });

  it('does not wait for a snooze that was taken away while it looked', async () => {
    const { tenant, topic, store, ports, snooze } = start();
    await snooze(NOON_MS + 24 * HOUR_MS, 'budget:B');
    store.afterLook = () => store.endSnooze(tenant, ['budget:B']);
    const message = plainMessage(tenant);
    expect(await publishHeld(ports, await claimMessage(ports, message))).toBe('published');
    expect(topic.delivered).toEqual([message.alertId]);
  });

  it('does not take the lease of a live publisher when a snooze ends', async () => {
    const { tenant, store, ports } = start();
    await claimMessage(ports, plainMessage(tenant));
    await store.endSnooze(tenant, ['budget:B']);
    expect((await publishExpired(ports, FAR_MS)).due).toBe(0);
  });

  it('publishes when it cannot learn whether it is snoozed', async () => {
    const { tenant, topic, store, ports } = start();
    store.afterLook = () => Promise.reject(new Error('busy'));
    expect(await publishHeld(ports, await claimMessage(ports, plainMessage(tenant)))).toBe('published');
    expect(topic.delivered).toHaveLength(1);
  });

  it('keeps the first acknowledgement, whatever the delivery does meanwhile', async () => {
    const { tenant, store, ports } = start();
    const message = plainMessage(tenant);
    const held = await claimMessage(ports, message);
    const first = { atMs: NOON_MS, by: 'key_1', note: 'on it' };
    expect(await store.acknowledge(tenant, message.alertId, first)).toEqual(first);
    await publishHeld(ports, held);
    expect(await store.acknowledge(tenant, message.alertId, { atMs: NOON_MS + 1, by: 'key_2', note: null })).toEqual(
      first,
    );
    expect(await store.find(tenant, message.alertId)).toMatchObject({ acknowledged: first, publishedAtMs: NOON_MS });
    expect((await store.list(tenant)).alerts).toMatchObject([{ alertId: message.alertId, acknowledged: first }]);
    expect(await store.find(randomUUID(), message.alertId)).toBeUndefined();
  });
}

describe('alert delivery over the table in memory', () => {
  const table = new MemoryTable();
  deliveryOver(() => table);
});

describe('alert delivery over the table on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  deliveryOver(() => engine.table);
});
