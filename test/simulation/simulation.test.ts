import { describe, expect, it } from 'vitest';
import { describeFailure, search } from './search.ts';
import { countFaults } from './world/tally.ts';

/** `npm run simulate` plays more, and so does `HISTORIES=1000`. Each run of the tests takes the same ones. */
const HISTORIES = Number(process.env['HISTORIES'] ?? 100);
const SEED = 20_260_309;

describe('a ledger in virtual time, under faults of the queue, the table, the topic and its own functions', () => {
  it('loses nothing, doubles nothing and keeps every invariant in all histories', async () => {
    const { tally, tooSmall, failure } = await search({
      seed: SEED,
      histories: HISTORIES,
      isTimeUp: () => false,
      onHistory: () => undefined,
    });
    expect(failure && describeFailure(failure)).toBeNull();
    expect([tally.histories, tooSmall]).toEqual([HISTORIES, 0]);
    // A history that nothing happens in would prove nothing.
    const met = [tally.repeatedDeliveries, tally.crashes, tally.corrections, tally.alertsDelivered, tally.conflicts];
    for (const count of [...met, tally.rejects, countFaults(tally)]) expect(count).toBeGreaterThan(HISTORIES / 10);
  });
});
