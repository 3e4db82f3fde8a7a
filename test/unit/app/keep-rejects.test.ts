import { describe, expect, it } from 'vitest';
import { keepRejects } from '../../../lib/app/recording/keep-rejects.ts';
import type { NewReject } from '../../../lib/app/rejects/reject-ports.ts';

const RECEIVED_MS = Date.UTC(2026, 0, 31, 22, 50);

/** The day on which a reject counts whose event says that it is of a time, in Berlin, one hour ahead of UTC. */
async function dayOf(time: unknown): Promise<string | undefined> {
  const reject: NewReject = {
    rejectId: 'r-1',
    reason: 'time_out_of_range',
    field: 'time',
    message: 'out of range',
    receivedAtMs: RECEIVED_MS,
    messageId: 'm-1',
    index: 0,
    fields: typeof time === 'string' ? { time } : {},
  };
  const kept: NewReject[] = [];
  const store = {
    keep: async (_tenant: string, rejects: readonly NewReject[]) => {
      kept.push(...rejects);
    },
    settle: async () => {},
  };
  const message = { redrivenFrom: undefined, rejects: [reject], acceptedAs: [] };
  await keepRejects(store, { tenant: 'acme', timeZone: 'Europe/Berlin' }, [message], RECEIVED_MS);
  const [first] = kept;
  return first && 'day' in first ? String(first.day) : undefined;
}

describe('a reject belongs', () => {
  it("to the local day of its event's own time", async () => {
    expect(await dayOf('2026-01-20T12:00:00Z')).toBe('2026-01-20');
    // Five minutes ahead are allowed: 22:55 UTC is 23:55 in Berlin.
    expect(await dayOf('2026-01-31T22:55:00Z')).toBe('2026-01-31');
    expect(await dayOf('2015-01-01T00:00:00Z')).toBe('2015-01-01');
  });

  it('to the day of its arrival where that time cannot be read, or cannot be true', async () => {
    for (const time of [undefined, 'yesterday', '1970-01-01T00:00:00Z', '2014-12-31T23:59:59Z'])
      expect([time, await dayOf(time)]).toEqual([time, '2026-01-31']);
    // A clock that is ahead: a call that is refused for it was made in January, whatever it says.
    for (const time of ['2026-01-31T22:55:01Z', '2026-02-01T12:00:00Z', '2031-01-01T00:00:00Z'])
      expect([time, await dayOf(time)]).toEqual([time, '2026-01-31']);
  });
});
