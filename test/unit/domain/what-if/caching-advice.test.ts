import { describe, expect, it } from 'vitest';
import type { UsageEvent } from '../../../../lib/domain/events/usage-event.ts';
import { adviseCaching, joinPrefixUses, PrefixFold } from '../../../../lib/domain/what-if/caching-advice.ts';
import { START_MS } from '../../../helpers/ledger-fixtures.ts';
import { recordedCall, WHAT_IF_BOOK } from '../../../helpers/what-if-world.ts';

const SECOND_MS = 1_000;

/** Calls a number of seconds after each other. */
const callsEvery = (seconds: number, count: number, fields: Partial<UsageEvent> = {}) =>
  Array.from({ length: count }, (_, index) =>
    recordedCall({
      timeMs: START_MS + index * seconds * SECOND_MS,
      usage: { input_tokens: 1_500, output_tokens: 0 },
      input_parts: { system: 600, tools: 400 },
      ...fields,
    }),
  );

function usesOf(calls: readonly ReturnType<typeof recordedCall>[]) {
  const fold = new PrefixFold(WHAT_IF_BOOK);
  for (const call of calls) fold.add(call);
  return fold.uses();
}

const advise = (...calls: readonly ReturnType<typeof recordedCall>[]) => adviseCaching(usesOf(calls))[0];

describe('caching advice', () => {
  it('fires for a prefix of 1,000 tokens and 10 calls a minute, with what caching saves by rating the calls again', () => {
    const advice = advise(...callsEvery(6, 10));
    // Read: 1,000 tokens at $1/M instead of $10/M, 10 x $0.009; one call writes at $12.5/M instead of reading: $0.0115
    expect(advice).toMatchObject({
      ...{ verdict: 'advised', meanPrefixTokens: 1_000, peakCalls: 10, writes: 1 },
      savingPicoUsd: 78_500_000_000n,
    });
    expect(advice?.peakMinute).toBe(Math.floor(START_MS / 60_000));
  });

  it('does not fire one token or one call a minute below', () => {
    expect(advise(...callsEvery(6, 10, { input_parts: { system: 600, tools: 399 } }))?.verdict).toBe(
      'prefix_too_short',
    );
    expect(advise(...callsEvery(6, 9))?.verdict).toBe('too_few_requests');
    // Ten in a minute's time, but five in each of two minutes.
    expect(advise(...callsEvery(12, 10))?.verdict).toBe('too_few_requests');
  });

  it('counts the system and tools parts alone as prefix', () => {
    const parts = { system: 500, tools: 400, history: 600 };
    expect(advise(...callsEvery(6, 10, { input_parts: parts }))?.verdict).toBe('prefix_too_short');
  });

  it('does not fire where half of the prefix or more is read from a cache already', () => {
    const cached = (tokens: number) =>
      callsEvery(6, 10, { usage: { input_tokens: 1_500, cache_read_tokens: tokens, output_tokens: 0 } });
    expect(advise(...cached(500))?.verdict).toBe('cached_already');
    expect(advise(...cached(499))?.verdict).toBe('advised');
    // Four calls of ten read 1,400 tokens, of which their prefix is 1,000: 40 % of the prefixes.
    expect(advise(...cached(1_400).slice(0, 4), ...cached(0).slice(4))?.verdict).toBe('advised');
    expect(advise(...cached(1_400))).toMatchObject({ verdict: 'cached_already', savingPicoUsd: 0n });
  });

  it('does not fire for a model without a price for reading from a cache', () => {
    expect(advise(...callsEvery(6, 10, { model: 'plain' }))?.verdict).toBe('no_cache_price');
  });

  it('has the first call after a pause of five minutes write the prefix again', () => {
    const again = callsEvery(6, 10).map((call) => ({
      ...call,
      event: { ...call.event, timeMs: call.event.timeMs + 300_000 },
    }));
    // 20 x $0.009 - 2 x $0.0115
    expect(advise(...callsEvery(6, 10), ...again)).toMatchObject({ writes: 2, savingPicoUsd: 157_000_000_000n });
    const sooner = again.map((call) => ({ ...call, event: { ...call.event, timeMs: call.event.timeMs - 60_000 } }));
    expect(advise(...callsEvery(6, 10), ...sooner)).toMatchObject({ writes: 1, savingPicoUsd: 168_500_000_000n });
  });

  it('says nothing of calls that told no parts, have no price or were answered from a cache', () => {
    expect(
      usesOf(callsEvery(6, 10).map(({ event: { input_parts: _parts, ...event } }) => recordedCall(event))),
    ).toEqual([]);
    expect(usesOf(callsEvery(6, 10, { model: 'nobody-knows' }))).toEqual([]);
    expect(usesOf(callsEvery(6, 10, { response_cache_hit: true }))).toEqual([]);
    const covered = callsEvery(6, 10).map(({ event, rating, leaf }) => {
      const price = rating.price && { ...rating.price, capacity: { name: 'own' } };
      return { event, leaf, rating: { ...rating, price, costPicoUsd: 0n } };
    });
    expect(usesOf(covered)).toEqual([]);
  });

  it('tells apps, features and models apart, the largest saving first', () => {
    const calls = [
      ...callsEvery(6, 10, { app: 'a' }),
      ...callsEvery(3, 20, { app: 'b' }),
      ...callsEvery(6, 5, { app: 'c', feature: 'x' }),
      ...callsEvery(6, 5, { app: 'c', feature: 'y' }),
    ];
    const said = adviseCaching(usesOf(calls)).map(({ use, verdict }) => [use.app, use.feature, verdict]);
    expect(said).toEqual([
      ['b', null, 'advised'],
      ['a', null, 'advised'],
      ['c', 'x', 'too_few_requests'],
      ['c', 'y', 'too_few_requests'],
    ]);
  });

  it('is the same joined from parts, wherever a minute was cut', () => {
    const calls = [...callsEvery(6, 25), ...callsEvery(40, 25, { app: 'slow' })];
    const whole = adviseCaching(usesOf(calls));
    for (let cut = 0; cut <= calls.length; cut += 7) {
      const joined = joinPrefixUses([usesOf(calls.slice(cut)), usesOf(calls.slice(0, cut))]);
      expect(adviseCaching(joined)).toEqual(whole);
    }
  });
});
