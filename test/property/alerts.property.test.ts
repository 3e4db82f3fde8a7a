import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { evaluateBudgets } from '../../lib/app/evaluate-budgets.ts';
import { putBudget } from '../../lib/app/manage-budgets.ts';
import { sweep } from '../../lib/app/sweep.ts';
import type { BudgetTotals } from '../../lib/domain/budget-total.ts';
import { createAlertWorld, delta, USD } from '../helpers/alert-world.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';

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

class CrashError extends Error {}

/** One life of a function: at the chosen step it dies, before or after the step took effect, and does nothing more. */
class Life {
  steps = 0;
  readonly #diesAt: number;
  readonly #after: boolean;

  constructor(diesAt: number, after: boolean) {
    this.#diesAt = diesAt;
    this.#after = after;
  }

  async step<T>(act: () => Promise<T>): Promise<T> {
    const step = this.steps++;
    if (step > this.#diesAt || (step === this.#diesAt && !this.#after)) throw new CrashError(`died at ${step}`);
    const result = await act();
    if (step === this.#diesAt) throw new CrashError(`died after ${step}`);
    return result;
  }

  table(table: Table): Table {
    return {
      get: (key) => this.step(() => table.get(key)),
      query: (query) => this.step(() => table.query(query)),
      put: (item, condition) => this.step(() => table.put(item, condition)),
      delete: (key, condition) => this.step(() => table.delete(key, condition)),
      addToSet: (key, attribute, member) => this.step(() => table.addToSet(key, attribute, member)),
      add: (key, sums) => this.step(() => table.add(key, sums)),
      transact: (writes) => this.step(() => table.transact(writes)),
    };
  }
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
      expect(alert).toMatchObject({ state: 'claimed', attempts: minute + 1, lastError: 'the topic is throttled' });
    }
    world.wait(60_000);
    expect((await sweep(world.start(), FAR_MS)).expired.outcomes.published).toBe(1);
    expect(world.topic.attempts).toBe(11);
    expect(world.topic.delivered).toHaveLength(1);
    const [alert] = (await world.start().alerts.list('acme')).alerts;
    expect(alert).toMatchObject({ state: 'published', attempts: 11, lastError: null });
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
    await fc.assert(property, { numRuns: 300 });
    // A fault that was never met proves nothing.
    for (const call of ['get', 'query', 'put', 'transact'])
      for (const fault of FAULTS) expect(hits.get(`${call} ${fault}`) ?? 0, `${call} ${fault}`).toBeGreaterThan(0);
  });
});

describe('running totals', () => {
  const spends = fc.array(
    fc.record({
      day: fc.constantFrom('2025-11-30', '2025-12-31', '2026-01-01', '2026-01-20'),
      cents: fc.integer({ min: -500, max: 5_000 }),
      team: fc.constantFrom('cx', 'other'),
    }),
    { minLength: 5, maxLength: 90 },
  );

  it('equal the sum of the ledger at their number, and never go back, while commits and evaluators race', async () => {
    let racedSnapshots = 0;
    const property = fc.asyncProperty(spends, fc.integer({ min: 1, max: 5 }), async (planned, evaluators) => {
      const world = createAlertWorld();
      const stored = watchTotals(world);
      let isDone = false;
      const commitAll = async () => {
        for (const [index, { day, cents, team }] of planned.entries()) {
          // Two budgets made at different moments stand at different numbers.
          if (index === 3 || index === 9)
            await putBudget(world.start(), world.tenant, {
              name: `B${index}`,
              amount_usd: '7',
              filter: { team: 'cx' },
            });
          world.ledger.commit(delta(day, cents / 100, { team }));
          await new Promise((resolve) => setImmediate(resolve));
        }
        isDone = true;
      };
      const environments = Array.from({ length: evaluators }, () => world.start());
      const evaluateOften = environments.map(async (port, index) => {
        while (!isDone) {
          const before = world.ledger.readSnapshots;
          // Every other environment starts cold each time, and reads totals that stand at different numbers.
          const ports = index % 2 === 0 ? port : world.start();
          const report = await evaluateBudgets(ports, world.tenant, index > 2 ? 'save' : 'lazy');
          if (world.ledger.readSnapshots > before && world.ledger.log.length > report.commit) racedSnapshots += 1;
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await Promise.all([commitAll(), ...evaluateOften]);
      await evaluateBudgets(world.start(), world.tenant, 'save');
      const remembered = environments.flatMap(({ memory }) => [...memory.values()].map(({ totals }) => totals));
      for (const totals of [...stored, ...remembered])
        for (const [period, spent] of totals.spentPicoUsd)
          expect(spent, `${period} at ${totals.number}`).toBe(sumOf(planned.slice(0, totals.number), period));
      expect(stored.at(-1)?.number).toBe(planned.length);
    });
    await fc.assert(property, { numRuns: 200 });
    // Without commits between the head and the snapshot the hard case was never met.
    expect(racedSnapshots).toBeGreaterThan(100);
  });
});

/** Every total that is stored from now on, in order; going back to an older number is an error at once. */
function watchTotals({ table }: World): BudgetTotals[] {
  const stored: BudgetTotals[] = [];
  const last = new Map<string, number>();
  const put = table.put.bind(table);
  let calls = 0;
  table.put = async (item, condition) => {
    // Some writes are slow, so that an older total may arrive after a newer one.
    for (let wait = (calls++ * 7) % 5; wait > 0; wait--) await new Promise((resolve) => setImmediate(resolve));
    const result = await put(item, condition);
    if (!item.pk.startsWith('TOTAL#') || result === 'failed') return result;
    const number = Number(item['number']);
    if (number < (last.get(item.sk) ?? 0)) throw new Error(`the total went back to ${number}`);
    last.set(item.sk, number);
    const spent = Object.entries(JSON.parse(String(item['spent'])) as Record<string, string>);
    stored.push({ number, spentPicoUsd: new Map(spent.map(([period, sum]) => [period, BigInt(sum)])) });
    return result;
  };
  return stored;
}

/** Straight sum of what was spent on team cx, apart from the code under test. */
function sumOf(
  spends: readonly { readonly day: string; readonly cents: number; readonly team: string }[],
  period: string,
): bigint {
  return spends
    .filter(({ day, team }) => team === 'cx' && day.startsWith(period))
    .reduce((sum, { cents }) => sum + BigInt(cents) * (USD / 100n), 0n);
}
