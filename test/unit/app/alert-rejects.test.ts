import { describe, expect, it } from 'vitest';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { alertRejects } from '../../../lib/app/alerts/alert-rejects.ts';
import { nameReject } from '../../../lib/app/recording/reject-id.ts';
import type { NewReject } from '../../../lib/app/rejects/reject-ports.ts';
import { tendRejects } from '../../../lib/app/rejects/tend-rejects.ts';
import { sweep } from '../../../lib/app/sweep.ts';
import { createAlertWorld } from '../../helpers/alert-world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function createWorld() {
  const world = createAlertWorld();
  const rejects = new RejectStore(world.table);
  const ports = { ...world.start(), rejects };
  let made = 0;
  return {
    ...world,
    rejects,
    ports,
    refuse: async (count: number, reason: string, tenant = 'acme') => {
      const nowMs = world.clock();
      const items = Array.from({ length: count }, (): NewReject => {
        made += 1;
        const rejectId = nameReject(nowMs, `m${made}`, 0);
        const message = { messageId: `m${made}`, index: 0, fields: {}, message: '-', field: null };
        return { rejectId, reason, receivedAtMs: nowMs, ...message };
      });
      await rejects.keep(tenant, items, nowMs);
    },
  };
}

describe('a rise of rejects', () => {
  it('is told of once a day and reason, whoever looks and however often', async () => {
    const { ports, refuse, topic, tenant, wait } = createWorld();
    await refuse(19, 'not_json');
    expect(await alertRejects(ports, tenant)).toBeUndefined();
    await refuse(1, 'not_json');
    const outcomes = await Promise.all([1, 2, 3].map(() => alertRejects(ports, tenant)));
    expect(outcomes.filter((outcome) => outcome === 'published')).toHaveLength(1);
    await refuse(30, 'not_json');
    await refuse(25, 'wrong_type');
    await alertRejects(ports, tenant);
    await alertRejects(ports, tenant);
    expect(topic.delivered.map(({ subject }) => subject)).toEqual([
      '[warning] 20 events refused in the last hour: not_json',
      '[warning] 25 events refused in the last hour: wrong_type',
    ]);
    // The next local day, again 20 within its hour: the 50 of the day before are three an hour at most.
    wait(DAY_MS);
    await refuse(20, 'not_json');
    expect(await alertRejects(ports, tenant)).toBe('published');
  });

  it('is none where as many are usual', async () => {
    const { ports, refuse, tenant, wait, topic } = createWorld();
    // 24 x 7 = 168 hours of 10 each make a mean of 10; 30 are three times that and no more.
    for (let hour = 0; hour < 168; hour++) {
      await refuse(10, 'wrong_type');
      wait(60 * MINUTE_MS);
    }
    await refuse(30, 'wrong_type');
    expect(await alertRejects(ports, tenant)).toBeUndefined();
    await refuse(1, 'wrong_type');
    expect(await alertRejects(ports, tenant)).toBe('published');
    expect(topic.delivered[0]?.data['rejects']).toMatchObject({
      reasons: [{ reason: 'wrong_type', count: 31, count_before: 1_680 }],
    });
  });

  it('forgets what was refused an hour ago, and what was refused a week before that', async () => {
    const { ports, refuse, tenant, wait } = createWorld();
    await refuse(1_000, 'not_json');
    wait(7 * DAY_MS + 60 * MINUTE_MS);
    await refuse(10, 'not_json');
    wait(60 * MINUTE_MS);
    await refuse(10, 'not_json');
    expect(await alertRejects(ports, tenant)).toBeUndefined();
    await refuse(10, 'not_json');
    expect(await alertRejects(ports, tenant)).toBe('published');
  });

  it('is told of by the sweep, also of senders without a tenant, and a topic that refuses gets it later', async () => {
    const { ports, refuse, topic, wait, table } = createWorld();
    const deadLetterQueues = {
      receive: async () => [],
      sendStamped: async () => {},
      remove: async () => {},
      postpone: async () => {},
    };
    const senders = { directory: { mode: 'trusted' as const, tenant: 'acme' }, apiSenderId: 'api' };
    const tending = { ...ports, deadLetterQueues, senders, now: ports.clock };
    const sweeping = {
      ...ports,
      tendRejects: (tenants: Parameters<typeof tendRejects>[1], deadlineMs: number) =>
        tendRejects(tending, tenants, deadlineMs),
    };
    await refuse(20, 'sender_unknown', '-');
    topic.behave = () => 'refuse';
    const report = await sweep(sweeping, Number.MAX_SAFE_INTEGER);
    expect(report.deadLetters).toEqual({ sentBack: 0, keptAsRejects: 0, postponed: 0, failed: 0 });
    topic.behave = () => 'accept';
    wait(2 * MINUTE_MS);
    await sweep(sweeping, Number.MAX_SAFE_INTEGER);
    expect(topic.delivered.map(({ tenant, kind }) => [tenant, kind])).toEqual([['-', 'rejects']]);
    // Counts of ten minutes expire: their items say when.
    const rates = [...table.items()].filter(({ pk }) => pk.startsWith('REJECTRATE#'));
    expect(rates.every(({ ttl }) => typeof ttl === 'bigint')).toBe(true);
  });
});
