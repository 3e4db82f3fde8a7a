import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../../../lib/client/emitter/index.ts';
import {
  ACCEPTED,
  AWAY,
  EmitterWorld,
  type Reaction,
  START_MS,
  seqsOf,
  usageEvent,
} from '../../../helpers/emitter-world.ts';

/** Does the first things in turn, then takes everything. */
function script(...steps: readonly (SendOutcome | Error)[]): () => Reaction {
  const left = [...steps];
  return () => ({ outcome: left.shift() ?? ACCEPTED });
}

const DENIED: SendOutcome = { status: 'denied', error: new Error('answered 401') };

describe('delivery', () => {
  it('sends the same bytes again until they are taken, also when the transport throws', async () => {
    const world = new EmitterWorld(script(AWAY, new Error('reset'), AWAY));
    world.emitter.emit(usageEvent('a'));
    await world.pass(60_000);
    expect(world.wire).toHaveLength(4);
    expect(new Set(world.wire.map(({ text }) => text)).size).toBe(1);
    expect(world.emitter.counters()).toMatchObject({ sent: 1, retried: 3, pending: 0 });
  });

  it.each([
    ['leaves them as they are', async (bytes: Uint8Array<ArrayBuffer>) => bytes],
    [
      'takes its time',
      async (bytes: Uint8Array<ArrayBuffer>) => {
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        return Uint8Array.from(bytes);
      },
    ],
  ])('writes no later message into the memory of one under way where compression %s', async (_, compress) => {
    const world = new EmitterWorld(script(AWAY, AWAY), { batchEvents: 2 }, undefined, compress);
    for (let n = 0; n < 12; n++) {
      world.emitter.emit(usageEvent(`e${n}`));
      if (n % 4 === 3) await world.pass(0);
    }
    await world.pass(60_000);
    const taken = world.wire.filter(({ outcome }) => outcome === ACCEPTED).flatMap(({ text }) => seqsOf(text));
    expect(taken).toEqual(Array.from({ length: 12 }, (_, seq) => seq));
  });

  it('waits longer and longer with full jitter, and no longer than the cap', async () => {
    const waits = async (chance: number) => {
      const world = new EmitterWorld(
        () => ({ outcome: AWAY }),
        { retryBaseMs: 200, retryCapMs: 1_000 },
        () => chance,
      );
      world.emitter.emit(usageEvent('a'));
      await world.pass(8_000);
      return world.wire.slice(1, 6).map(({ atMs }, at) => atMs - (world.wire[at]?.atMs ?? 0));
    };
    // Bounds 200, 400, 800, then the cap of 1,000, times the chance drawn.
    expect(await waits(0.5)).toEqual([100, 200, 400, 500, 500]);
    expect(await waits(0.25)).toEqual([50, 100, 200, 250, 250]);
  });

  it('waits as long as the other end asks, and a little more', async () => {
    const busy: SendOutcome = { status: 'unavailable', error: new Error('busy'), retryAfterMs: 7_000 };
    const world = new EmitterWorld(script(busy), { maxAgeMs: 0, retryBaseMs: 200 });
    world.emitter.emit(usageEvent('a'));
    await world.pass(20_000);
    expect(world.wire.map(({ atMs }) => atMs - START_MS)).toEqual([0, 7_100]);
  });

  it('keeps several messages under way, and probes with the oldest alone while the other end is away', async () => {
    let isAway = true;
    const world = new EmitterWorld(() => ({ outcome: isAway ? AWAY : ACCEPTED, afterMs: 50 }), { batchEvents: 1 });
    for (let n = 0; n < 20; n++) world.emitter.emit(usageEvent(`e${n}`));
    await world.pass(50);
    expect(world.peakInFlight).toBe(4);
    world.peakInFlight = 0;
    await world.pass(10_000);
    expect(world.peakInFlight).toBe(1);
    expect(new Set(world.sentSeqs.slice(4).flat())).toEqual(new Set([0]));
    isAway = false;
    await world.pass(60_000);
    expect(world.emitter.counters()).toMatchObject({ sent: 20, pending: 0 });
  });

  it('loses nothing when the queue is away for 60 seconds at 1,000 events a second', async () => {
    const backMs = START_MS + 65_000;
    const world: EmitterWorld = new EmitterWorld(() => ({
      outcome: world.nowMs >= START_MS + 5_000 && world.nowMs < backMs ? AWAY : ACCEPTED,
      afterMs: 20,
    }));
    for (let second = 0; second < 70; second++) {
      for (let n = 0; n < 1_000; n++) world.emitter.emit(usageEvent(`${second}-${n}`));
      await world.pass(1_000);
    }
    await world.pass(60_000);
    expect(world.emitter.counters()).toMatchObject({ emitted: 70_000, sent: 70_000, dropped: 0, pending: 0 });
    const taken = world.wire.flatMap(({ outcome, text }) =>
      outcome === ACCEPTED ? [JSON.parse(text).events.length] : [],
    );
    // Each message was taken once: 70 of them, a thousand events each.
    expect(taken).toEqual(Array.from({ length: 70 }, () => 1_000));
  });

  it('keeps what is denied, tries now and then, and says so once a minute', async () => {
    const world = new EmitterWorld(script(...Array.from({ length: 6 }, () => DENIED)), { retryCapMs: 20_000 });
    world.emitter.emit(usageEvent('a'));
    await world.pass(59_000);
    expect(world.wire.length).toBeGreaterThanOrEqual(2);
    expect(world.wire.length).toBeLessThanOrEqual(4);
    expect(world.errors).toEqual(['answered 401']);
    await world.pass(10 * 60_000);
    expect(world.emitter.counters()).toMatchObject({ sent: 1, failed: 0, pending: 0 });
  });

  it.each([
    ['nothing', undefined],
    ['an unknown word', { status: 'done' }],
    ['no time to wait', { status: 'unavailable', retryAfterMs: Number.NaN }],
  ])('sends again what a transport answers %s to', async (_, outcome) => {
    let isAway = true;
    const react = () => ({ outcome: (isAway ? outcome : ACCEPTED) as SendOutcome });
    const world = new EmitterWorld(react);
    world.emitter.emit(usageEvent('a'));
    await world.pass(60_000);
    isAway = false;
    await world.pass(60_000);
    expect(world.wire.length).toBeLessThan(30);
    expect(world.emitter.counters()).toMatchObject({ emitted: 1, sent: 1, pending: 0 });
  });

  it('takes a receipt without a list of refusals, or with one that lists nothing', async () => {
    for (const refused of [undefined, [null, 1]]) {
      const world = new EmitterWorld(() => ({ outcome: { status: 'accepted', refused } as never }));
      world.emitter.emit(usageEvent('a'));
      await world.pass(1_000);
      expect(world.emitter.counters()).toMatchObject({ sent: 1, refused: 0, bufferedBytes: expect.any(Number) });
    }
  });

  it('waits no longer than it meant to when the clock is set back', async () => {
    const world = new EmitterWorld(script(AWAY));
    world.emitter.emit(usageEvent('a'));
    await world.pass(1_000);
    expect(world.wire).toHaveLength(1);
    world.shiftClock(-3_600_000);
    await world.pass(1_000);
    expect(world.wire).toHaveLength(2);
  });

  it('gives up a message that will never be taken, and goes on with the next', async () => {
    const world = new EmitterWorld(script({ status: 'unacceptable', error: new Error('answered 400') }), {
      batchEvents: 2,
    });
    for (let n = 0; n < 4; n++) world.emitter.emit(usageEvent(`e${n}`));
    await world.pass(1_000);
    expect(world.sentSeqs).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(world.drops).toBe(2);
    expect(world.errors).toEqual(['answered 400']);
    expect(world.emitter.counters()).toMatchObject({ failed: 2, sent: 2, retried: 0, pending: 0 });
  });

  it('counts what the ledger refused of a message by reason, and tells the host', async () => {
    const refused = { id: 'b', reason: 'time_out_of_range', field: 'time', message: 'too old' };
    const world = new EmitterWorld(script({ status: 'accepted', refused: [refused] }));
    for (const id of ['a', 'b', 'c']) world.emitter.emit(usageEvent(id));
    await world.pass(1_000);
    expect(world.refusals).toEqual(['time_out_of_range']);
    const refusedByReason = { time_out_of_range: 1 };
    expect(world.emitter.counters()).toMatchObject({ emitted: 3, sent: 2, refused: 1, refusedByReason, pending: 0 });
  });
});

describe('flush', () => {
  it('sends at once what waits and tells what became of it', async () => {
    const world = new EmitterWorld(script());
    world.emitter.emit(usageEvent('a'));
    const flush = world.emitter.flush();
    await world.pass(0);
    expect(await flush).toEqual({ complete: true, pending: 0, sent: 1, refused: 0, dropped: 0, failed: 0 });
  });

  it('with nothing to send is complete at once', async () => {
    expect(await new EmitterWorld(script()).emitter.flush()).toMatchObject({ complete: true, sent: 0 });
  });

  it('keeps the process for as long as it waits, and no longer', async () => {
    const world = new EmitterWorld(() => ({ outcome: ACCEPTED, afterMs: 500 }));
    world.emitter.emit(usageEvent('a'));
    expect(world.holdsProcess).toBe(false);
    const flush = world.emitter.flush();
    expect(world.holdsProcess).toBe(true);
    await world.pass(500);
    await flush;
    expect(world.holdsProcess).toBe(false);
  });

  it('ends when its time is up, and the events are delivered afterwards', async () => {
    const world = new EmitterWorld(() => ({ outcome: ACCEPTED, afterMs: 3_000 }));
    world.emitter.emit(usageEvent('a'));
    const flush = world.emitter.flush({ timeoutMs: 1_000 });
    await world.pass(1_000);
    expect(await flush).toMatchObject({ complete: false, pending: 1 });
    await world.pass(2_000);
    expect(world.emitter.counters()).toMatchObject({ sent: 1, pending: 0 });
  });

  it.each([
    ['without end', Number.POSITIVE_INFINITY, 1],
    ['for no time', Number.NaN, 0],
  ])('waits %s where that is asked for', async (_, timeoutMs, sent) => {
    const world = new EmitterWorld(() => ({ outcome: ACCEPTED, afterMs: 500 }));
    world.emitter.emit(usageEvent('a'));
    const flushed = world.emitter.flush({ timeoutMs });
    expect(world.longestTimerMs).toBeLessThan(2 ** 31);
    await world.pass(500);
    expect(await flushed).toMatchObject({ sent, complete: sent === 1 });
  });

  it('tries at once when the time to try has come while the process was frozen, timers and all', async () => {
    const world = new EmitterWorld(script(AWAY));
    world.emitter.emit(usageEvent('a'));
    await world.pass(1_000);
    // Thawed: the clock has moved on, the timers have not.
    world.shiftClock(60_000);
    const flushed = world.emitter.flush();
    await world.pass(0);
    expect(await flushed).toMatchObject({ sent: 1, complete: true });
  });

  it('is over at once when what it waits for has given way to newer events', async () => {
    const options = { overflow: 'drop-oldest', maxBufferBytes: 128 * 1024, batchEvents: 100 } as const;
    const world = new EmitterWorld(
      () => ({ outcome: AWAY }),
      options,
      () => 0.999,
    );
    world.emitter.emit(usageEvent('a'));
    await world.pass(30_000);
    let report: unknown;
    void world.emitter.flush({ timeoutMs: 3_600_000 }).then((settled) => {
      report = settled;
    });
    await world.pass(0);
    expect(report).toBeUndefined();
    for (let n = 0; n < 1_000; n++) {
      world.emitter.emit(usageEvent(`e${n}`));
      if (n % 100 === 0) await world.pass(0);
    }
    await world.pass(0);
    expect(report).toMatchObject({ complete: true, sent: 0 });
  });

  it('does not wait for a message that cannot be compressed', async () => {
    const world = new EmitterWorld(
      () => ({ outcome: ACCEPTED }),
      {},
      undefined,
      () => Promise.reject(new Error('no')),
    );
    world.emitter.emit(usageEvent('a'));
    const flushed = world.emitter.flush();
    await world.pass(0);
    expect(await flushed).toMatchObject({ failed: 1, complete: true, pending: 0 });
  });

  it('does not wait for an attempt that lies beyond its time', async () => {
    const busy: SendOutcome = { status: 'unavailable', error: new Error('busy'), retryAfterMs: 30_000 };
    const world = new EmitterWorld(() => ({ outcome: busy }));
    world.emitter.emit(usageEvent('a'));
    const flush = world.emitter.flush({ timeoutMs: 10_000 });
    await world.pass(1);
    expect(await flush).toMatchObject({ complete: false, pending: 1 });
    const again = world.emitter.flush({ timeoutMs: 10_000 });
    await world.pass(0);
    expect(await again).toMatchObject({ complete: false, pending: 1 });
    expect(world.wire).toHaveLength(1);
  });

  it('waits for what was emitted before it, not for what comes after', async () => {
    const world = new EmitterWorld((text) => ({ outcome: ACCEPTED, afterMs: text.includes('late') ? 60_000 : 100 }));
    world.emitter.emit(usageEvent('a'));
    const flush = world.emitter.flush({ timeoutMs: 5_000 });
    world.emitter.emit(usageEvent('late'));
    const later = world.emitter.flush({ timeoutMs: 5_000 });
    await world.pass(100);
    expect(await flush).toMatchObject({ complete: true, sent: 1, pending: 1 });
    await world.pass(5_000);
    expect(await later).toMatchObject({ complete: false });
  });
});

describe('close', () => {
  it('delivers what is there and drops what comes later', async () => {
    const world = new EmitterWorld(script());
    world.emitter.emit(usageEvent('a'));
    const closed = world.emitter.close();
    await world.pass(0);
    expect(await closed).toMatchObject({ complete: true, sent: 1 });
    expect(world.emitter.emit(usageEvent('b'))).toBe(false);
    expect(world.emitter.counters()).toMatchObject({ emitted: 2, sent: 1, dropped: 1, pending: 0 });
  });
});
