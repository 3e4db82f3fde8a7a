import { describe, expect, it } from 'vitest';
import { type HourlyPorts, HourlyRunIncompleteError, runHourly } from '../../../lib/app/hourly/run-hourly.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';

const TENANTS = ['a', 'b', 'c'].map((tenant) => ({ ...TENANT, tenant }));
const NOON_MS = Date.UTC(2026, 0, 20, 12);

function createPorts(watchers: HourlyPorts['watchers'], nowMs = NOON_MS): HourlyPorts {
  return { tenants: { list: async () => TENANTS }, clock: () => nowMs, watchers };
}

describe('the hourly run', () => {
  it('gives every watcher an even share of the time that is left', async () => {
    const shares: number[] = [];
    const watcher = (name: string) => ({
      name,
      watch: async (_: unknown, deadlineMs: number) => {
        shares.push(deadlineMs - NOON_MS);
        return { done: 3 };
      },
    });
    const report = await runHourly(createPorts([watcher('x'), watcher('y')]), NOON_MS + 30_000);
    // 30 s over two; the first took no time, so the second has all 30 s.
    expect(shares).toEqual([15_000, 30_000]);
    expect(report).toEqual({ x: { done: 3 }, y: { done: 3 } });
  });

  it('begins with another tenant each hour', async () => {
    const firsts: (string | undefined)[] = [];
    const watcher = {
      name: 'x',
      watch: async (tenants: readonly { tenant: string }[]) => {
        expect(tenants.map(({ tenant }) => tenant).sort()).toEqual(['a', 'b', 'c']);
        firsts.push(tenants[0]?.tenant);
        return {};
      },
    };
    for (let hour = 0; hour < 3; hour++) {
      await runHourly(createPorts([watcher], NOON_MS + hour * 3_600_000), Number.MAX_SAFE_INTEGER);
    }
    expect(new Set(firsts).size).toBe(3);
  });

  it('lets the others run when one fails, and then says which', async () => {
    const watchers = [
      { name: 'broken', watch: () => Promise.reject(new Error('no table')) },
      { name: 'sound', watch: async () => ({ done: 1 }) },
    ];
    const failure = await runHourly(createPorts(watchers), NOON_MS + 1_000).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HourlyRunIncompleteError);
    expect(failure).toMatchObject({ retryable: true, report: { broken: null, sound: { done: 1 } } });
    expect((failure as Error).message).toContain('broken: no table');
  });

  it('lets watchers know that there is no time when there is none', async () => {
    const deadlines: number[] = [];
    const watch = async (_: unknown, deadlineMs: number) => {
      deadlines.push(deadlineMs);
      return {};
    };
    await runHourly(createPorts([{ name: 'x', watch }]), NOON_MS - 1);
    expect(deadlines).toEqual([NOON_MS]);
  });
});
