import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../lib/app/recording/decode-message.ts';
import { fullEvent, smallEvent } from '../helpers/contract-events.ts';

const gzip = (text: string) => JSON.stringify({ encoding: 'gzip', data: gzipSync(text).toString('base64') });
const wraps: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `[${text}]`,
  (text) => `{"events":[${text}]}`,
  (text) => `{"specversion":"1.0","id":"c","data":${text}}`,
  gzip,
  (text) => gzip(`[${text},${text}]`),
];
const wrap = fc.constantFrom(...wraps);

/** Valid bodies with a few characters put in, taken out or doubled. */
const brokenBodies = fc
  .tuple(wrap, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.string({ maxLength: 3 })), { maxLength: 4 }))
  .map(([around, cuts]) =>
    cuts.reduce(
      (text, [seed, length, put]) => {
        const at = seed % (text.length + 1);
        return text.slice(0, at) + put + text.slice(at + length);
      },
      around(JSON.stringify(fullEvent())),
    ),
  );

describe('decodeMessage', () => {
  it('never throws, and answers for every body', () => {
    const bodies = fc.oneof(
      brokenBodies,
      fc.string(),
      fc.json(),
      fc.tuple(wrap, fc.json()).map(([around, text]) => around(text)),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const { events, rejects, gpuSamples } = decodeMessage(body);
        const places = [...events, ...rejects, ...gpuSamples].map(({ index }) => index).sort((a, b) => a - b);
        expect(places.length).toBeGreaterThan(0);
        // Every item is in exactly one list.
        expect(places).toEqual(places.map((_, index) => index));
      }),
      { numRuns: 10_000 },
    );
  });

  it('puts nothing of unknown fields, broken texts or refused texts into its answer', () => {
    const canary = 'canary-7d1f';
    const places: readonly ((text: string) => unknown)[] = [
      (text) => smallEvent({ prompt: text, messages: [{ content: text }] }),
      (text) => smallEvent({ model: null, prompt: text }),
      (text) => smallEvent({ usage: text }),
      (text) => smallEvent({ usage: { input_tokens: text } }),
      (text) => smallEvent({ app: text.repeat(20) }),
      (text) => smallEvent({ app: `${text}\n` }),
      (text) => smallEvent({ time: 5, error: text, user: text, session: text, tags: { note: text } }),
      (text) => smallEvent({ time: 5, latency_ms: text, quality: text, route: text, emitter: { id: text } }),
      (text) => ({ events: text, data: text }),
      (text) => ({ specversion: text, data: text, subject: text }),
      (text) => ({ specversion: '1.0', data_base64: text }),
      (text) => ({ encoding: text, data: text }),
      (text) => [text, [text], { [text.repeat(12)]: 1 }],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), wrap, fc.nat(), (place, around, seed) => {
        const body = around(JSON.stringify(place(canary)));
        expect(JSON.stringify(decodeMessage(body))).not.toContain(canary);
        expect(JSON.stringify(decodeMessage(body.slice(0, seed % body.length)))).not.toContain(canary);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the same events out of every envelope', () => {
    const plain = decodeMessage(JSON.stringify(fullEvent())).events;
    expect(plain).toHaveLength(1);
    for (const around of wraps.slice(0, 5))
      expect(decodeMessage(around(JSON.stringify(fullEvent()))).events).toEqual(plain);
  });
});
