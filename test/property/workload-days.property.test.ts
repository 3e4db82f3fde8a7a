import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { createWorkloadWorld } from '../helpers/workload-world.ts';

/** What may happen between two readings; numbers pick days, calls and sizes. */
type Deed =
  | { readonly type: 'record'; readonly calls: readonly { readonly minute: number; readonly tokens: number }[] }
  | { readonly type: 'void'; readonly which: number }
  | { readonly type: 'reprice'; readonly percent: number }
  | { readonly type: 'credit'; readonly day: number }
  | { readonly type: 'read'; readonly pages: number; readonly bound: number; readonly isOfBot: boolean };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('record' as const),
      calls: fc.array(
        fc.record({
          minute: fc.oneof(fc.integer({ min: 0, max: 4 * 1_440 }), fc.constantFrom(1_380, 1_381)),
          tokens: fc.constantFrom(10, 10, 60, 9_000),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    fc.record({ type: fc.constant('void' as const), which: fc.nat(20) }),
    fc.record({ type: fc.constant('reprice' as const), percent: fc.constantFrom(50, 100, 200) }),
    fc.record({ type: fc.constant('credit' as const), day: fc.nat(3) }),
    fc.record({
      type: fc.constant('read' as const),
      pages: fc.constantFrom(0, 1, 2, 100),
      bound: fc.constantFrom(100, 50),
      isOfBot: fc.boolean(),
    }),
  ),
  { minLength: 1, maxLength: 14 },
);

const FROM_MS = Date.UTC(2026, 0, 20);
const toTime = (minute: number): string => new Date(FROM_MS + minute * 60_000).toISOString().slice(8, 19);

it('a workload that is read again and again is that of somebody who reads every entry', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (history) => {
      const world = createWorkloadWorld();
      await world.record([world.call('15T10:00:00')]);
      const recorded: UsageEvent[] = [];
      for (const deed of [...history, { type: 'read', pages: 100, bound: 50, isOfBot: false } as const]) {
        if (deed.type === 'record') {
          const calls = deed.calls.map(({ minute, tokens }) =>
            world.call(toTime(minute), { usage: { input_tokens: tokens }, ...(minute % 3 ? { app: 'bot' } : {}) }),
          );
          await world.record(calls);
          recorded.push(...calls);
        } else if (deed.type === 'void') {
          const call = recorded[deed.which % Math.max(1, recorded.length)];
          if (call) await world.voidCall(call);
        } else if (deed.type === 'reprice') {
          await world.override({
            overrides: [
              { model: 'widget', provider: '*', rates: { input_tokens: String(deed.percent / 100) }, per: 1_000_000 },
            ],
          });
          for (let minute = 0; minute < 4; minute++) await world.settle();
        } else if (deed.type === 'credit') await world.giveCredit(toTime(deed.day * 1_440));
        else {
          const request = { scope: deed.isOfBot ? { app: 'bot' } : {}, boundsTokens: [deed.bound, 8_192] };
          const read = await world.read(request, deed.pages);
          const whole = await world.readAnew({
            ...request,
            boundsTokens: [...new Set(read.workload.days.flatMap((day) => day.boundsTokens))],
          });
          expect(read.contradictory).toEqual([]);
          if (deed.pages === 100) expect(read.missing).toEqual([]);
          // Days may tell more sizes apart than were asked for, so sums are compared.
          const isRead = new Set(read.workload.days.map(({ day }) => day));
          expect(summarise(read.workload.days)).toEqual(
            summarise(whole.workload.days.filter(({ day }) => isRead.has(day))),
          );
          expect([...isRead, ...read.missing].sort()).toEqual(whole.workload.days.map(({ day }) => day));
        }
      }
    }),
    { numRuns: 60 },
  );
});

/** Everything of days but at which sizes their classes were cut. */
function summarise(days: Awaited<ReturnType<ReturnType<typeof createWorkloadWorld>['read']>>['workload']['days']) {
  return days.map(({ day, classes }) => {
    const byMinute = new Map<number, readonly [number, number]>();
    for (const { minute, calls, inputTokens } of classes.flatMap(({ minutes }) => minutes)) {
      const [before, tokens] = byMinute.get(minute) ?? [0, 0];
      byMinute.set(minute, [before + calls, tokens + inputTokens]);
    }
    const cost = classes.flatMap(({ models }) => models).reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
    const long = classes.filter(({ upToTokens }) => upToTokens > 8_192).flatMap(({ models }) => models);
    return { day, cost, byMinute: new Map([...byMinute].sort(([a], [b]) => a - b)), long };
  });
}
