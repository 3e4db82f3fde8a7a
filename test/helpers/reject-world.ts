import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { type ApiWorld, createApiWorld } from './api-world.ts';
import { START_MS } from './ledger-fixtures.ts';

/** A valid event, a second before the world begins. */
export const good = (id: string, fields: Record<string, unknown> = {}) => ({
  id,
  time: new Date(START_MS - 1_000).toISOString(),
  model: 'm-1',
  usage: { input_tokens: 10 },
  ...fields,
});

/** A ledger of one tenant, `default`, and a key of its org-admin. */
export async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'org-admin');
  return { world, key };
}

/** Puts a message on the queue as a sender of its own would, and records what waits. */
export async function deliver(world: ApiWorld, body: unknown, over: Partial<UsageMessage> = {}): Promise<void> {
  world.waiting.push({
    messageId: 'm1',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    queue: 'usage',
    senderId: 'AROAPOD:pod',
    sentAtMs: START_MS,
    stamp: {},
    ...over,
  });
  await world.drain();
}

/** Asks for a redrive, and records what it sent. */
export async function redrive(world: ApiWorld, key: string, body: Record<string, unknown>) {
  const answer = await world.ask('POST', '/v1/rejects/redrive', { key, body });
  await world.drain();
  return answer.json.results as { reject_id: string; outcome: string; detail: string | null }[];
}

/** State, reason and outcome of every reject that a query lists. */
export async function statesOf(world: ApiWorld, key: string, query = 'state=all') {
  const { json } = await world.ask('GET', `/v1/rejects?${query}`, { key });
  return json.rejects.map((one: Record<string, unknown>) => [one['state'], one['reason'], one['accepted_as']]);
}
