import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../../lib/client/emitter/byte-writer.ts';
import { createEmitter, EMITTER_VERSION } from '../../../../lib/client/emitter/index.ts';
import { PLAIN_EVENT_BYTES, putPlainEvent } from '../../../../lib/client/emitter/plain-event.ts';
import type { UsageEventMessage } from '../../../../lib/client/responses/to-usage-event.ts';
import { USAGE_UNITS } from '../../../../lib/contracts/usage-units.ts';
import { ACCEPTED, AWAY, EmitterWorld, eventsOf, usageEvent } from '../../../helpers/emitter-world.ts';

const taking = () => ({ outcome: ACCEPTED });

describe('taking events', () => {
  it('sends an event after the longest age, marked with id, number and version', async () => {
    const world = new EmitterWorld(taking, { maxAgeMs: 1_000, name: 'pod-7' });
    expect(world.emitter.emit(usageEvent('a'))).toBe(true);
    expect(world.emitter.emit(usageEvent('b'))).toBe(true);
    await world.pass(999);
    expect(world.wire).toHaveLength(0);
    await world.pass(1);
    const [first, second] = eventsOf(world.wire[0]?.text ?? '');
    expect(first).toEqual({ ...usageEvent('a'), emitter: { id: world.emitter.id, seq: 0, version: EMITTER_VERSION } });
    expect(second?.emitter?.seq).toBe(1);
    expect(world.emitter.id).toMatch(/^pod-7-/);
    expect(world.emitter.counters()).toMatchObject({ emitted: 2, sent: 2, pending: 0 });
  });

  it('is of the version that the package has', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(EMITTER_VERSION).toBe(`ts/${version}`);
  });

  it('sends at once when a message holds as many events as it may', async () => {
    const world = new EmitterWorld(taking, { batchEvents: 3 });
    for (let n = 0; n < 7; n++) world.emitter.emit(usageEvent(`e${n}`));
    await world.pass(0);
    expect(world.sentSeqs).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  it('cuts messages by their bytes, also where characters take several', async () => {
    const world = new EmitterWorld(taking, { batchBytes: 32_768 });
    // 80 characters of three bytes each and 200 bytes more, so a hundred events are over 40,000 bytes
    for (let n = 0; n < 100; n++) world.emitter.emit(usageEvent(`e${n}`, { session: '€'.repeat(80) }));
    await world.pass(1_000);
    expect(world.wire.length).toBeGreaterThan(1);
    for (const { text } of world.wire) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(32_768);
    expect(world.sentSeqs.flat()).toEqual(Array.from({ length: 100 }, (_, seq) => seq));
  });

  it('gives every event the shared fields, its own values and tags first', async () => {
    const context = { app: 'bot', team: 'cx', tags: { a: '1', b: '1' } };
    const world = new EmitterWorld(taking, { context });
    world.emitter.emit(usageEvent('plain'));
    world.emitter.emit(usageEvent('own', { app: 'other', tags: { b: '2' } }));
    await world.pass(1_000);
    const [plain, own] = eventsOf(world.wire[0]?.text ?? '');
    expect(plain).toMatchObject(context);
    expect(own).toMatchObject({ app: 'other', team: 'cx', tags: { a: '1', b: '2' } });
  });

  it('gives the shared fields where an event says null or nothing, which is none, and no tags of what are none', async () => {
    const world = new EmitterWorld(taking, { context: { app: 'bot', team: 'cx', tags: { a: '1' } } });
    world.emitter.emit(usageEvent('empty', { app: '', team: null as never, tags: { b: '2', a: '' } }));
    expect(world.emitter.emit(usageEvent('text', { tags: 'ab' as never }))).toBe(false);
    const most = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`t${n}`, 'x']));
    expect(world.emitter.emit(usageEvent('many', { tags: most }))).toBe(false);
    await world.pass(1_000);
    expect(eventsOf(world.wire[0]?.text ?? '')).toMatchObject([{ app: 'bot', team: 'cx', tags: { a: '1', b: '2' } }]);
    expect(world.refusals).toEqual(['wrong_type', 'too_many_tags']);
  });

  it.each([
    ['nothing', {}],
    ['a text', 'x'],
    ['a prompt', { prompt: 'SECRET' }],
  ])('writes an event that would write itself as %s from what it read, and spoils no neighbour', async (_, json) => {
    class Call {
      readonly #event = usageEvent('call');
      get id() {
        return this.#event.id;
      }
      get time() {
        return this.#event.time;
      }
      get model() {
        return this.#event.model;
      }
      get usage() {
        return this.#event.usage;
      }
      toJSON() {
        return json;
      }
    }
    const world = new EmitterWorld(taking);
    for (const event of [usageEvent('a'), new Call(), usageEvent('b')]) world.emitter.emit(event);
    await world.pass(1_000);
    expect(eventsOf(world.wire[0]?.text ?? '')).toMatchObject(['a', 'call', 'b'].map((id) => usageEvent(id)));
    expect(world.wire[0]?.text).not.toContain('SECRET');
  });

  it('has room for an everyday event of the longest texts and all units', async () => {
    const text = 'x'.repeat(128);
    const names = ['app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'operation', 'service_tier'];
    const texts = [...names, 'region', 'billing_account', 'deployment', 'error', 'model', 'id'].map((name) => [
      name,
      text,
    ]);
    const longest = 1 / 3e300;
    const usage = Object.fromEntries(USAGE_UNITS.map((unit) => [unit, 0]));
    const full = {
      ...usageEvent(''),
      ...Object.fromEntries(texts),
      usage: { ...usage, audio_seconds: longest },
    };
    const event = { ...full, status: 'aborted', latency_ms: longest, ttft_ms: 9007199254740991 };
    const out = new ByteWriter(Buffer.alloc(2 * PLAIN_EVENT_BYTES));
    expect(putPlainEvent(out, event)).toBe(true);
    expect(JSON.parse(`${Buffer.from(out.read())}}`)).toEqual(event);
    // A whole number of a unit takes up to 15 digits more than the 0 written here.
    expect(out.end + 15 * USAGE_UNITS.length).toBeLessThanOrEqual(PLAIN_EVENT_BYTES);
  });

  it('takes the event as it is now, whatever becomes of the object', async () => {
    const world = new EmitterWorld(taking);
    const event = { ...usageEvent('a'), app: 'before' };
    world.emitter.emit(event);
    event.app = 'after';
    await world.pass(1_000);
    expect(eventsOf(world.wire[0]?.text ?? '')[0]?.app).toBe('before');
  });

  it('sends of fields that the contract does not know the name alone: the value may be a prompt', async () => {
    const world = new EmitterWorld(taking);
    const route = { complexity: 'simple', why: 'SECRET' };
    const strange = { prompt: 'SECRET', input_parts: { prompt: 'SECRET' }, route, emitter: { id: 'SECRET' } };
    world.emitter.emit(usageEvent('a', strange as Partial<UsageEventMessage>));
    await world.pass(1_000);
    const text = world.wire[0]?.text ?? '';
    expect(text).not.toContain('SECRET');
    expect(eventsOf(text)[0]).toMatchObject({ prompt: null, 'route.why': null, route: { complexity: 'simple' } });
  });
});

describe('refusing events', () => {
  const world = () => new EmitterWorld(taking);

  it.each([
    ['no object', null, 'wrong_type'],
    ['no id', { ...usageEvent(''), id: undefined }, 'missing_field'],
    ['more cached tokens than input', usageEvent('a', { usage: { cache_read_tokens: 1 } }), 'impossible_usage'],
    ['a number no JSON can hold', usageEvent('a', { usage: { input_tokens: 1n as unknown as number } }), 'wrong_type'],
  ])('refuses %s by the reason of the ledger and takes no number for it', async (_, event, reason) => {
    const here = world();
    const { emitter } = here;
    expect(emitter.emit(event as UsageEventMessage)).toBe(false);
    emitter.emit(usageEvent('good'));
    await here.pass(1_000);
    expect(here.refusals).toEqual([reason]);
    expect(emitter.counters()).toMatchObject({ emitted: 1, sent: 1, invalid: 1, refusedByReason: { [reason]: 1 } });
  });

  it('refuses an event of more than 16 KiB', async () => {
    const { emitter, refusals } = world();
    const usage = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`unit_${'x'.repeat(50)}_${n}`, 1]));
    expect(emitter.emit(usageEvent('a', { usage }))).toBe(false);
    expect(refusals).toEqual(['event_too_large']);
  });

  it('measures an event by itself, wherever it stands in its message', async () => {
    const here = world();
    const offer = (bytes: number) => {
      const fill = (length: number) => ({ ...usageEvent('a'), usage: { input_tokens: 1, ...units(length) } });
      return here.emitter.emit(fill(bytes));
    };
    // Names of 100 characters and one of what is left.
    const units = (length: number) => {
      const names = Array.from({ length: Math.floor(length / 104) }, (_, n) => `u${n}`.padEnd(100, 'x'));
      return Object.fromEntries([...names, 'r'.padEnd(1 + (length % 104), 'y')].map((name) => [name, 1]));
    };
    const lengths: number[] = [];
    for (let length = 15_800; length < 16_384; length++) if (offer(length)) lengths.push(length);
    await here.pass(1_000);
    const sizes = here.wire.flatMap(({ text }) => eventsOf(text)).map((event) => JSON.stringify(event).length);
    expect(Math.max(...sizes)).toBe(16_384);
    expect(lengths).toHaveLength(sizes.length);
  });

  it('survives an event whose fields throw, and hooks that throw or reject', async () => {
    const hostile = Object.defineProperty({}, 'id', {
      get: () => {
        throw new Error('no');
      },
    });
    const fail = () => {
      throw new Error('hook');
    };
    const { emitter } = new EmitterWorld(taking, {
      onRefused: fail,
      onError: (() => Promise.reject(new Error('late'))) as () => void,
    });
    expect(emitter.emit(hostile as UsageEventMessage)).toBe(false);
    expect(emitter.counters().invalid).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1)); // An unhandled rejection would fail the run.
  });
});

describe('hooks', () => {
  it('that emit what is dropped or refused again do not go on for ever', async () => {
    let calls = 0;
    const world: EmitterWorld = new EmitterWorld(taking, {
      onDrop: () => {
        calls += 1;
        world.emitter.emit(usageEvent('again'));
      },
      onRefused: () => {
        calls += 1;
        world.emitter.emit(usageEvent(''));
      },
    });
    world.emitter.emit(usageEvent(''));
    await world.emitter.close();
    world.emitter.emit(usageEvent('late'));
    expect(calls).toBe(2);
    expect(world.emitter.counters()).toMatchObject({ emitted: 2, dropped: 2, invalid: 2 });
  });

  it('hear of errors once a minute, also when the clock is set back', async () => {
    const world = new EmitterWorld(() => ({ outcome: AWAY }), { retryCapMs: 1_000 });
    world.emitter.emit(usageEvent('a'));
    await world.pass(30_000);
    expect(world.errors).toHaveLength(1);
    world.shiftClock(-3_600_000);
    await world.pass(30_000);
    expect(world.errors).toHaveLength(2);
  });
});

describe('full buffers', () => {
  // Events of some 240 bytes into 128 KiB while nothing is taken: about 500 fit.
  const fill = async (overflow: 'drop-newest' | 'drop-oldest') => {
    let isAway = true;
    const world = new EmitterWorld(() => ({ outcome: isAway ? AWAY : ACCEPTED }), {
      overflow,
      maxBufferBytes: 128 * 1024,
      batchEvents: 100,
    });
    const taken: boolean[] = [];
    for (let n = 0; n < 2_000; n++) {
      taken.push(world.emitter.emit(usageEvent(`e${n}`)));
      if (n % 100 === 0) await world.pass(10);
    }
    isAway = false;
    await world.pass(60_000);
    const seqs = [
      ...new Set(world.wire.filter(({ outcome }) => outcome === ACCEPTED).flatMap(({ text }) => eventsOf(text))),
    ];
    return { world, taken, delivered: seqs.map(({ emitter }) => emitter?.seq ?? -1) };
  };

  it('drop the newest by default: what emit took arrives, what it did not take is a gap', async () => {
    const { world, taken, delivered } = await fill('drop-newest');
    expect(delivered).toEqual(taken.flatMap((isTaken, seq) => (isTaken ? [seq] : [])));
    expect(taken.filter((isTaken) => !isTaken)).toHaveLength(world.drops);
    expect(world.drops).toBeGreaterThan(1_000);
    expect(world.emitter.counters()).toMatchObject({ emitted: 2_000, dropped: world.drops, pending: 0 });
  });

  it('drop the oldest message where that is asked for', async () => {
    const { world, taken, delivered } = await fill('drop-oldest');
    expect(taken.every(Boolean)).toBe(true);
    expect(delivered.at(-1)).toBe(1_999);
    expect(delivered).toHaveLength(2_000 - world.drops);
    expect(world.drops).toBeGreaterThan(1_000);
    expect(world.emitter.counters()).toMatchObject({ sent: 2_000 - world.drops, dropped: world.drops, pending: 0 });
  });
});

describe('options', () => {
  const transport = { send: async () => ACCEPTED };
  it.each([
    [{ transport: undefined as never }, /transport/],
    [{ transport, batchEvents: 1_001 }, /batchEvents must be a number from 1 to 1000/],
    [{ transport, maxBufferBytes: Number.NaN }, /maxBufferBytes/],
    [{ transport, overflow: 'block' as never }, /overflow/],
    [{ transport, context: { app: 'x'.repeat(129) } }, /context\.app/],
    [{ transport, context: { user: 'u' } as never }, /context\.user/],
  ])('that cannot be meant are an error at once: %#', (options, message) => {
    expect(() => createEmitter({ flushOnExit: false, ...options })).toThrow(message);
  });
});
