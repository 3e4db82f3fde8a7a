import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { sweep } from '../../lib/app/sweep.ts';
import { createAlertWorld, delta } from '../helpers/alert-world.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';
import { Life } from '../helpers/mortal-life.ts';

const LEASE_MS = 90_000;
const FAR_MS = Number.MAX_SAFE_INTEGER;

type World = ReturnType<typeof createAlertWorld>;

/** A world with a budget of $100 and so much spent. */
async function withSpend(usd: number): Promise<World> {
  const world = createAlertWorld();
  await putBudget(world.start(), world.tenant, { name: 'B', amount_usd: '100', filter: { team: 'cx' } });
  world.ledger.commit(delta('2026-01-19', usd, { team: 'cx' }));
  return world;
}

function claimsOf({ table }: World): number {
  return [...table.items()].filter(({ sk }) => sk.startsWith('CLAIM#')).length;
}

function pendingOf({ table }: World): number {
  return [...table.items()].filter(({ pk }) => pk === 'OUTBOX').length;
}

function startMortal(world: World, life: Life) {
  const ports = world.start(life.table(world.table));
  const { topic } = world;
  const publisher = {
    maxPublishMs: topic.maxPublishMs,
    publish: (message: Parameters<typeof topic.publish>[0]) => life.step(() => topic.publish(message)),
  };
  return { ...ports, publisher };
}

describe('an alert', () => {
  it('is claimed once and published once by 200 evaluations at the same time', async () => {
    const world = await withSpend(120);
    const reports = await Promise.all(Array.from({ length: 200 }, () => evaluateBudgets(world.start(), world.tenant)));
    expect(reports.flatMap(({ alerts }) => alerts)).toHaveLength(1);
    expect(world.topic.delivered).toHaveLength(1);
    expect(claimsOf(world)).toBe(3);
    expect(pendingOf(world)).toBe(0);
  });

  it('tells each threshold once when spend grows under many evaluations', async () => {
    const world = await withSpend(10);
    const ports = Array.from({ length: 20 }, () => world.start());
    const rounds = ports.map(async (port, index) => {
      for (let round = 0; round < 10; round++) {
        if (index === 0) world.ledger.commit(delta('2026-01-19', 10, { team: 'cx' }));
        await evaluateBudgets(port, world.tenant);
      }
    });
    await Promise.all(rounds);
    const crossed = world.topic.delivered.flatMap(({ data }) => (data['budget'] as { crossed: number[] }).crossed);
    expect(crossed.sort((a, b) => a - b)).toEqual([50, 80, 100]);
    expect(pendingOf(world)).toBe(0);
  });

  it('survives a crash at every step: delivered, at most once more, under the same id', async () => {
    const outcomes = new Map<string, number>();
    let completed = 0;
    for (const after of [false, true]) {
      for (let diesAt = 0; completed < (after ? 2 : 1); diesAt++) {
        const world = await withSpend(120);
        const life = new Life(diesAt, after);
        const result = await evaluateBudgets(startMortal(world, life), world.tenant).catch(() => undefined);
        if (result && life.steps <= diesAt) completed += 1;
        // Not before the lease is over may anybody take it.
        await sweep(world.start(), FAR_MS);
        world.wait(LEASE_MS);
        await sweep(world.start(), FAR_MS);
        await sweep(world.start(), FAR_MS);
        const deliveries = world.topic.delivered;
        expect(deliveries.length, `died at ${diesAt}, after: ${after}`).toBeGreaterThanOrEqual(1);
        expect(deliveries.length, `died at ${diesAt}, after: ${after}`).toBeLessThanOrEqual(2);
        expect(new Set(deliveries.map(({ alertId }) => alertId)).size).toBe(1);
        expect(pendingOf(world)).toBe(0);
        const key = String(deliveries.length);
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      }
    }
    // Twice only where the publish happened and the mark did not: dying after the publish, or before the mark.
    expect(outcomes.get('2')).toBe(2);
    expect(outcomes.get('1')).toBeGreaterThan(10);
  });

  it('is not sent by the sweep while its claimer may still be publishing', async () => {
    const world = await withSpend(120);
    let released: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      released = resolve;
    });
    const { topic } = world;
    const publisher = {
      maxPublishMs: topic.maxPublishMs,
      publish: async (message: Parameters<typeof topic.publish>[0]) => {
        await slow;
        await topic.publish(message);
      },
    };
    const evaluation = evaluateBudgets({ ...world.start(), publisher }, world.tenant);
    while (pendingOf(world) === 0) await new Promise((resolve) => setImmediate(resolve));
    world.wait(LEASE_MS - 1);
    expect((await sweep(world.start(), FAR_MS)).expired.due).toBe(0);
    released();
    await evaluation;
    expect(topic.delivered).toHaveLength(1);
  });

  it('is not begun under a lease that the publish might outlast', async () => {
    const world = await withSpend(120);
    const ports = { ...world.start(), leaseMs: world.topic.maxPublishMs - 1 };
    expect((await evaluateBudgets(ports, world.tenant)).alerts).toMatchObject([{ outcome: 'late' }]);
    expect(world.topic.attempts).toBe(0);
    world.wait(LEASE_MS);
    await sweep(world.start(), FAR_MS);
    expect(world.topic.delivered).toHaveLength(1);
  });

  it('is delivered once after the topic refused it ten times', async () => {
    const world = await withSpend(120);
    world.topic.behave = (attempt) => (attempt <= 10 ? 'refuse' : 'accept');
    expect((await evaluateBudgets(world.start(), world.tenant)).alerts).toMatchObject([{ outcome: 'failed' }]);
    for (let minute = 1; minute <= 9; minute++) {
      world.wait(60_000);
      await expect(sweep(world.start(), FAR_MS)).rejects.toMatchObject({ code: 'sweep/incomplete' });
      const [alert] = (await world.start().alerts.list('acme')).alerts;
      expect(alert).toMatchObject({
        publishedAtMs: null,
        attempts: minute + 1,
        lastError: 'topic: the topic is throttled',
      });
    }
    world.wait(60_000);
    expect((await sweep(world.start(), FAR_MS)).expired.outcomes.published).toBe(1);
    expect(world.topic.attempts).toBe(11);
    expect(world.topic.delivered).toHaveLength(1);
    const [alert] = (await world.start().alerts.list('acme')).alerts;
    expect(alert).toMatchObject({ publishedAtMs: expect.any(Number), attempts: 11, lastError: null });
  });

  it('is repeated under its id when no answer came, and only after its lease', async () => {
    const world = await withSpend(120);
    world.topic.behave = (attempt) => (attempt === 1 ? 'mute' : 'accept');
    expect((await evaluateBudgets(world.start(), world.tenant)).alerts).toMatchObject([{ outcome: 'unknown' }]);
    await sweep(world.start(), FAR_MS);
    expect(world.topic.attempts).toBe(1);
    world.wait(LEASE_MS);
    await sweep(world.start(), FAR_MS);
    const ids = world.topic.delivered.map(({ alertId }) => alertId);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('is taken by one of many sweeps at the same time', async () => {
    const world = await withSpend(120);
    world.topic.behave = (attempt) => (attempt === 1 ? 'refuse' : 'accept');
    await evaluateBudgets(world.start(), world.tenant);
    const reports = await Promise.all(Array.from({ length: 20 }, () => sweep(world.start(), FAR_MS)));
    expect(world.topic.attempts).toBe(2);
    expect(reports.reduce((sum, { expired }) => sum + expired.outcomes.published, 0)).toBe(1);
  });
});

const CALLS = ['get', 'query', 'put', 'transact'] as const;

type SingleFault = [{ at: number; fault: (typeof FAULTS)[number] }[], number];

/** Each fault at the first call of each kind, with one writer: chance alone does not always meet the rarer calls. */
async function listSingleFaults(): Promise<SingleFault[]> {
  const world = await withSpend(120);
  const calls: string[] = [];
  const table = new FaultyTable(world.table, (call) => {
    calls.push(call);
    return undefined;
  });
  await evaluateBudgets(world.start(table), world.tenant);
  await sweep(world.start(table), FAR_MS);
  return CALLS.flatMap((call) => FAULTS.map((fault): SingleFault => [[{ at: calls.indexOf(call), fault }], 1]));
}

describe('alerts behind a table that is busy or silent', () => {
  it('are delivered, at most twice, and every claim stays one', async () => {
    const hits = new Map<string, number>();
    const faults = fc.array(fc.record({ at: fc.nat(80), fault: fc.constantFrom(...FAULTS) }), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.asyncProperty(faults, fc.integer({ min: 1, max: 4 }), async (planned, writers) => {
      const world = await withSpend(120);
      const byCall = new Map(planned.map(({ at, fault }) => [at, fault]));
      const table = new FaultyTable(world.table, (_call, index) => byCall.get(index));
      const lives = Array.from({ length: writers }, () => evaluateBudgets(world.start(table), world.tenant));
      await Promise.allSettled(lives);
      for (let round = 0; round < 3; round++) {
        world.wait(LEASE_MS);
        await sweep(world.start(table), FAR_MS).catch(() => undefined);
      }
      world.wait(LEASE_MS);
      await sweep(world.start(), FAR_MS);
      for (const [hit, count] of table.hits) hits.set(hit, (hits.get(hit) ?? 0) + count);
      const ids = world.topic.delivered.map(({ alertId }) => alertId);
      expect(new Set(ids).size).toBe(1);
      expect(ids.length).toBeLessThanOrEqual(2);
      expect(claimsOf(world)).toBe(3);
      expect(pendingOf(world)).toBe(0);
    });
    await fc.assert(property, { numRuns: 300, examples: await listSingleFaults() });
    // A fault that was never met proves nothing.
    for (const call of CALLS)
      for (const fault of FAULTS) expect(hits.get(`${call} ${fault}`) ?? 0, `${call} ${fault}`).toBeGreaterThan(0);
  });
});
