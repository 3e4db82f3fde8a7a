import { describe, expect, it, vi } from 'vitest';
import { alertUnpricedModels, type UnpricedAlertPorts } from '../../../lib/app/alerts/alert-unpriced-models.ts';
import { publishExpired } from '../../../lib/app/alerts/publish-alerts.ts';
import { type RecordUsagePorts, recordUsage } from '../../../lib/app/recording/record-usage.ts';
import type { UnpricedCall } from '../../../lib/domain/alerts/alert-unpriced.ts';
import type { UsageEvent } from '../../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { createCatalog } from '../../../lib/domain/prices/price-catalog.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { createAlertWorld, NOON_MS } from '../../helpers/alert-world.ts';
import { createApiWorld } from '../../helpers/api-world.ts';

const book = createPriceBook({ catalog: createCatalog({ version: 'none', models: [], fallbacks: new Map() }) });
const priceBooks = { current: async () => book };

const call = (model: string, event: Partial<UsageEvent> = {}): UnpricedCall => {
  const whole: UsageEvent = { id: 'a', timeMs: NOON_MS, model, usage: { input_tokens: 10 }, ...event };
  return { event: whole, rating: rateEvent(book, whole) };
};

function createWorld() {
  const world = createAlertWorld();
  const start = (): UnpricedAlertPorts => ({ ...world.start(), priceBooks, told: new Set() });
  const modelsTold = () =>
    world.topic.delivered.map(({ data }) =>
      (data['unpriced'] as { models: { model: string }[] }).models.map(({ model }) => model),
    );
  return { ...world, start, modelsTold, tell: alertUnpricedModels };
}

describe('telling about calls without a price', () => {
  it('names every model that is new in one message, and tells of none twice in a month', async () => {
    const { start, tenant, tell, modelsTold } = createWorld();
    const ports = start();
    expect(await tell(ports, tenant, [call('m-1'), call('m-2'), call('m-1')])).toBe('published');
    expect(await tell(ports, tenant, [call('m-2'), call('m-1')])).toBeUndefined();
    expect(await tell(ports, tenant, [call('m-2'), call('m-3')])).toBe('published');
    expect(modelsTold()).toEqual([['m-1', 'm-2'], ['m-3']]);
  });

  it('tells again in another month and of another provider', async () => {
    const { start, tenant, tell, modelsTold } = createWorld();
    const ports = start();
    await tell(ports, tenant, [call('m-1')]);
    await tell(ports, tenant, [call('m-1', { provider: 'acme' })]);
    await tell(ports, tenant, [call('m-1', { timeMs: NOON_MS + 31 * 86_400_000 })]);
    expect(modelsTold()).toEqual([['m-1'], ['m-1'], ['m-1']]);
  });

  it('asks the store nothing about what a warm function told before', async () => {
    const { start, tenant, tell } = createWorld();
    const ports = start();
    const claims = vi.spyOn(ports.alerts, 'claims');
    await tell(ports, tenant, [call('m-1')]);
    expect(claims).toHaveBeenCalledTimes(1);
    await tell(ports, tenant, [call('m-1')]);
    expect(claims).toHaveBeenCalledTimes(1);
  });

  it('says nothing about calls that have a price', async () => {
    const { start, tenant, tell, topic } = createWorld();
    const priced: UnpricedCall = {
      ...call('m-1'),
      rating: { ...call('m-1').rating, status: 'priced', costPicoUsd: 1n },
    };
    expect(await tell(start(), tenant, [priced])).toBeUndefined();
    expect(topic.delivered).toEqual([]);
  });

  it('is claimed once by any number of writers that find the same models at the same time', async () => {
    const { start, tenant, tell, modelsTold } = createWorld();
    const found = [['m-1', 'm-2'], ['m-2', 'm-3'], ['m-3', 'm-1'], ['m-1', 'm-2', 'm-3'], ['m-4']];
    await Promise.all(
      found.map((models) =>
        tell(
          start(),
          tenant,
          models.map((model) => call(model)),
        ),
      ),
    );
    expect(modelsTold().flat().sort()).toEqual(['m-1', 'm-2', 'm-3', 'm-4']);
  });

  it('reaches subscribers by the next sweep where the topic refuses, under the same id', async () => {
    const { start, tenant, tell, topic, clock, wait } = createWorld();
    topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    const ports = start();
    expect(await tell(ports, tenant, [call('m-1')])).toBe('failed');
    expect(await tell(start(), tenant, [call('m-1')])).toBeUndefined();
    wait(60_000);
    expect((await publishExpired(start(), clock() + 60_000)).outcomes.published).toBe(1);
    expect(topic.delivered).toHaveLength(1);
    const { alerts } = await ports.alerts.list(tenant.tenant);
    expect(alerts).toMatchObject([
      { kind: 'unpriced_model', publishedAtMs: expect.any(Number), alertId: topic.delivered[0]?.alertId },
    ]);
  });

  it('names the 50 largest of many, counts the others, and stays within what a topic takes', async () => {
    const { start, tenant, tell, topic } = createWorld();
    const many = Array.from({ length: 80 }, (_, index) => [
      call(`m-${index}`),
      // The later ones are the larger ones.
      ...(index >= 30 ? [call(`m-${index}`)] : []),
    ]).flat();
    expect(await tell(start(), tenant, many)).toBe('published');
    const unpriced = topic.delivered[0]?.data['unpriced'] as Record<string, unknown> & { models: { calls: number }[] };
    expect(unpriced.models.map(({ calls }) => calls)).toEqual(Array(50).fill(2));
    expect([unpriced['more_models'], unpriced['more_calls']]).toEqual([30, 30]);
  });

  it('names fewer models where their names are long', async () => {
    const { start, tenant, tell, topic, modelsTold } = createWorld();
    const long = (index: number) => `${index}-`.padEnd(128, '"');
    const usage = Object.fromEntries(Array.from({ length: 30 }, (_, unit) => [`${unit}-`.padEnd(128, '"'), 1]));
    const many = Array.from({ length: 60 }, (_, index) => call(long(index), { provider: long(index), usage }));
    expect(await tell(start(), tenant, many)).toBe('published');
    const [{ data, text } = { data: {}, text: '' }] = topic.delivered;
    const bytes = 7 * JSON.stringify(JSON.stringify(data)).length + 2 * JSON.stringify(text).length;
    expect(bytes).toBeLessThan(262_144);
    expect(modelsTold()[0]?.length).toBeGreaterThan(0);
    expect(modelsTold()[0]?.length).toBeLessThan(50);
  });

  it('tells of further models together, once a day, after a hundred in a month', async () => {
    const { start, tenant, tell, topic, wait } = createWorld();
    const names = (prefix: string, length: number) => Array.from({ length }, (_, n) => call(`${prefix}-${n}`));
    for (const prefix of ['a', 'b']) await tell(start(), tenant, names(prefix, 50));
    expect(topic.delivered).toHaveLength(2);
    for (const prefix of ['c', 'd', 'e']) await tell(start(), tenant, names(prefix, 20));
    expect(topic.delivered).toHaveLength(3);
    expect(topic.delivered[2]?.text).toContain('told of together, once a day');
    wait(86_400_000);
    for (const prefix of ['f', 'g']) await tell(start(), tenant, names(prefix, 20));
    expect(topic.delivered).toHaveLength(4);
  });
});

describe('recording a call of an unknown model', () => {
  it('brings the alert to subscribers in the same invocation, with its tokens', async () => {
    const { start, topic } = createWorld();
    const world = createApiWorld(NOON_MS);
    const key = await world.enrol('default');
    const event = { id: 'a', time: new Date(NOON_MS).toISOString(), model: 'gpt-99', usage: { input_tokens: 7 } };
    await world.ask('POST', '/v1/events', { key, body: event });
    const ports = start();
    const alertUnpriced: RecordUsagePorts['alertUnpriced'] = async (tenant, calls) => {
      await alertUnpricedModels(ports, tenant, calls);
    };
    const messages = world.waiting.splice(0);
    await recordUsage({ ...world.writer, alertUnpriced }, messages, NOON_MS + 50_000);
    expect(topic.delivered).toHaveLength(1);
    expect(topic.delivered[0]).toMatchObject({ tenant: 'default', attributes: { model: 'gpt-99' } });
    expect(topic.delivered[0]?.text).toContain('gpt-99: 1 call, 7 input_tokens');
    // Sent again it is a duplicate, of which nothing is told.
    await recordUsage({ ...world.writer, alertUnpriced }, messages, NOON_MS + 50_000);
    expect(topic.delivered).toHaveLength(1);
    expect(world.failures).toEqual([]);
  });
});
