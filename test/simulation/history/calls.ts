import { createHash } from 'node:crypto';
import { MODELS, PRICED_MODELS, PROVIDER } from './catalog.ts';

/** When every history begins, a Monday noon in UTC, a day after the clocks went forward in New York. */
export const BEGIN_MS = Date.UTC(2026, 2, 9, 12);

/** Stands in every text that must never be kept. */
export const CANARY = 'canary-7f3a-words-of-a-prompt';

/** A call as services send it: an event of contract v1, and more that the contract does not know. */
export interface SentEvent {
  readonly id: string;
  readonly time: string;
  readonly model: string;
  readonly provider: string;
  readonly app: string;
  readonly team: string;
  readonly usage: Readonly<Record<string, number>>;
  readonly user?: string;
  readonly session?: string;
  readonly status?: string;
  readonly response_cache_hit?: boolean;
  readonly latency_ms?: number;
}

/** One call: its number decides everything about it; `variant` 1 is the same id with other content. */
export interface CallName {
  readonly number: number;
  readonly variant: 0 | 1;
}

// About local midnights, the end of a month, and the hour that New York did not have on 2026-03-08.
const ANCHORS = [
  '2026-03-09T11:00:00Z',
  '2026-03-09T11:00:30Z',
  '2026-03-09T03:59:59Z',
  '2026-03-08T06:59:00Z',
  '2026-03-08T07:00:00Z',
  '2026-03-08T18:29:59Z',
  '2026-03-01T04:59:59Z',
  '2026-02-28T18:30:00Z',
  '2026-02-28T23:59:59Z',
  '2026-02-14T12:00:00Z',
].map((text) => Date.parse(text));

// What only the import queue takes: about the day of 25 hours in Berlin, and the turn of the year.
const OLD_ANCHORS = [
  '2025-10-26T00:59:00Z',
  '2025-10-26T01:00:00Z',
  '2025-12-31T18:30:00Z',
  '2026-01-01T04:59:59Z',
].map((text) => Date.parse(text));

const known = new Map<string, SentEvent>();

/** Calls from this number on lie further back than the usage queue takes. */
export const OLD_FROM = 10_000;

/** The event of a call. */
export function eventOf({ number, variant }: CallName): SentEvent {
  const key = `${number} ${variant}`;
  const event = known.get(key) ?? makeEvent(number, variant);
  known.set(key, event);
  return event;
}

function makeEvent(number: number, variant: 0 | 1): SentEvent {
  const anchors = number >= OLD_FROM ? OLD_ANCHORS : ANCHORS;
  const timeMs = (anchors[number % anchors.length] ?? 0) + number * 37;
  const model = modelOf(number);
  const input = 100 + number + variant;
  return {
    id: idOf(number, timeMs),
    time: new Date(timeMs).toISOString(),
    model,
    provider: PROVIDER,
    app: `app-${number % 3}`,
    team: number % 2 === 0 ? 'cx' : 'ops',
    usage: {
      input_tokens: input,
      output_tokens: number % 40,
      ...(model === 'cached' ? { cache_read_tokens: number % 100 } : {}),
    },
    ...(number % 10 === 0 ? { user: `${CANARY}-user`, session: `${CANARY}-session` } : {}),
    ...(number % 17 === 0 ? { status: 'error' } : {}),
    ...(number % 23 === 0 ? { response_cache_hit: true } : {}),
    ...(number % 2 === 0 ? { latency_ms: number } : {}),
  };
}

/** Every other eighty calls have a price from the start, so that nothing but a change of prices concerns it. */
function modelOf(number: number): string {
  if (number % 20 === 9) return 'vast';
  const models = Math.floor(number / 80) % 2 === 0 ? MODELS : PRICED_MODELS;
  return models[number % models.length] ?? 'plain';
}

/** Of five calls four have timed ids, most of the call's own time, one of another time; the fifth has any text. */
function idOf(number: number, timeMs: number): string {
  const kind = number % 5;
  if (kind === 4) return `call-${number}`;
  if (kind === 3) return ulid(Date.UTC(2025, 5, 1) + number * 1000, number);
  const hex = Math.max(timeMs, Date.UTC(2024, 0)).toString(16).padStart(12, '0');
  const tail = createHash('sha256').update(`${number}`).digest('hex').slice(0, 12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail}`;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function ulid(timeMs: number, tail: number): string {
  let text = '';
  for (let rest = timeMs, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) text = CROCKFORD[rest % 32] + text;
  return text + String(tail).padStart(16, '0');
}
