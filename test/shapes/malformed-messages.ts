import { gzipSync } from 'node:zlib';
import { MAX_INFLATED_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_EVENTS } from '../../lib/contracts/limits.ts';
import type { Random } from '../../lib/sample/random.ts';
import { type EventJson, fullEvent, smallEvent } from '../helpers/contract-events.ts';
import { flipBytes, mutateJson, mutateText } from './mutate-json.ts';

const gzipped = (bytes: string | Uint8Array): EventJson => ({
  encoding: 'gzip',
  data: gzipSync(bytes, { level: 1 }).toString('base64'),
});
const BOMB = JSON.stringify(gzipped(Buffer.alloc(MAX_INFLATED_BYTES + 1, 0x20)));
const TOO_MANY = JSON.stringify(new Array(MAX_MESSAGE_EVENTS + 1).fill(0));
const TOO_LARGE = `"${'x'.repeat(MAX_MESSAGE_BYTES - 1)}"`;

/**
 * One of the many bodies that no sender should send: a sound message bent somewhere, whatever its envelope, or no
 * message at all. Some turn out to be sound after all. Equal random streams give equal bodies.
 *
 * @param id - of the event it was made from, so that no two bodies are about the same call
 * @param time - of that event
 */
export function createMalformedBody(random: Random, id: string, time: string): string {
  const event = { ...(random.below(2) === 0 ? fullEvent() : smallEvent()), id, time, tenant: null };
  switch (random.below(16)) {
    case 0:
      return mutateText(JSON.stringify(wrap(random, event)), random);
    case 1:
      return mutateJson(gzipped(JSON.stringify(wrap(random, event))), random);
    case 2:
      return JSON.stringify(gzipped(mutateJson(wrap(random, event), random)));
    case 3:
      return JSON.stringify(gzipped(flipBytes(Buffer.from(JSON.stringify(event)), random)));
    case 4:
      return JSON.stringify({ encoding: 'gzip', data: flipBytes(gzipSync(id), random).toString('base64') });
    case 5:
      return JSON.stringify(wrap(random, wrap(random, wrap(random, event))));
    case 6:
      return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256))).toString('latin1');
    case 7:
      return rare(random);
    default:
      return mutateJson(wrap(random, event), random);
  }
}

function wrap(random: Random, event: unknown): unknown {
  switch (random.below(7)) {
    case 0:
      return [event, { ...smallEvent() }];
    case 1:
      return { events: [event], tenant: random.pick([null, 'acme', 'globex', 7]) };
    case 2:
      return { specversion: '1.0', id: 'ce', source: '/x', type: 't', data: event };
    case 3:
      return {
        specversion: random.pick(['1.0', '0.3']),
        id: 'ce',
        data_base64: Buffer.from(JSON.stringify(event)).toString('base64'),
      };
    case 4:
      return { type: 'gpu_sample', deployment: 'd', time: '2026-01-29T18:30:00Z', gpu_utilisation_ratio: 0.5 };
    case 5:
      return gzipped(JSON.stringify(event));
    default:
      return event;
  }
}

/** Dear to read, so there are few of them. */
function rare(random: Random): string {
  if (random.below(50) > 0)
    return random.pick(['', ' ', 'null', '0', '"text"', '[]', '{}', '{"events":[]}', '[[]]', '[null]']);
  return random.pick([BOMB, TOO_MANY, TOO_LARGE, '['.repeat(MAX_MESSAGE_BYTES), JSON.stringify(gzipped(BOMB))]);
}
