import fc from 'fast-check';
import { DayDigest, type DayFrame } from '../../lib/domain/workload/day-digest.ts';
import type { WorkloadDay } from '../../lib/domain/workload/workload.ts';
import type { WorkloadCall } from '../../lib/domain/workload/workload-call.ts';

/** 2026-03-28 and the day after in Berlin, which loses an hour at 02:00. */
export const SATURDAY: DayFrame = {
  day: '2026-03-28',
  firstMinute: Date.UTC(2026, 2, 27, 23) / 60_000,
  minutes: 1_440,
  boundsTokens: [100, 8_192, 131_072],
};
export const SHORT_SUNDAY: DayFrame = {
  day: '2026-03-29',
  firstMinute: Date.UTC(2026, 2, 28, 23) / 60_000,
  minutes: 1_380,
  boundsTokens: [100, 8_192, 131_072],
};

/** A chat of 1,000 tokens in and 100 out that costs a cent, at the first second of Saturday, unless said otherwise. */
export function workloadCall(call: Partial<WorkloadCall> = {}): WorkloadCall {
  return {
    timeMs: SATURDAY.firstMinute * 60_000,
    kind: 'chat',
    isMultimodal: false,
    isCovered: false,
    model: 'm-1',
    provider: 'p',
    inputTokens: 1_000,
    outputTokens: 100,
    costPicoUsd: 10_000_000_000n,
    isUnpriced: false,
    ...call,
  };
}

/** The calls that were made on a day, digested. */
export function digestDay(frame: DayFrame, calls: readonly WorkloadCall[]): WorkloadDay {
  const digest = new DayDigest(frame);
  for (const call of calls) if (isOfDay(frame, call)) digest.add(call);
  return digest.finish();
}

export function isOfDay({ firstMinute, minutes }: DayFrame, { timeMs }: WorkloadCall): boolean {
  return timeMs >= firstMinute * 60_000 && timeMs < (firstMinute + minutes) * 60_000;
}

/** Calls of both days, many of them in the same minutes and of the sizes where classes are cut. */
export const workloadCalls: fc.Arbitrary<readonly WorkloadCall[]> = fc.array(
  fc.record({
    timeMs: fc
      .tuple(fc.oneof(fc.integer({ min: 0, max: 2_819 }), fc.constantFrom(0, 61, 1_439, 1_440)), fc.nat(59_999))
      .map(([minute, milliseconds]) => (SATURDAY.firstMinute + minute) * 60_000 + milliseconds),
    kind: fc.constantFrom('chat', 'chat', 'chat', 'embedding', 'image', 'measurement'),
    isMultimodal: fc.constantFrom(false, false, true),
    isCovered: fc.constantFrom(false, false, true),
    model: fc.constantFrom('m-1', 'm-2', null),
    provider: fc.constantFrom('p', null),
    inputTokens: fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(0, 50, 8_092, 130_972)),
    outputTokens: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constantFrom(0, 50, 100, 101)),
    costPicoUsd: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    isUnpriced: fc.boolean(),
  }),
  { maxLength: 60 },
);
