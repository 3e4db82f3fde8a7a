import { MAX_EVENT_BYTES, MAX_MESSAGE_EVENTS, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { EmitterContext } from './event-writer.ts';
import type { EmitterHooks } from './host-hooks.ts';
import type { IdSource } from './report-response.ts';
import type { EmitterSurroundings } from './surroundings.ts';
import { platformSurroundings } from './surroundings.ts';
import type { EmitterTransport } from './transport.ts';

/** How an emitter works; only the transport is required. */
export interface EmitterOptions extends EmitterHooks {
  readonly transport: EmitterTransport;
  /** Fields that all events share. */
  readonly context?: EmitterContext;
  /**
   * What ids of responses are made of. `timed`: the response's own time where it has one, its provider and its id; the
   * ledger recognises such ids cheaply. `response`: provider and response id alone, as reporters make them that do not
   * see the response's time, such as OpenTelemetry spans. Reporters of one call must agree for it to count once.
   * @default 'timed'
   */
  readonly ids?: IdSource;
  /**
   * Name of the process, at most 100 characters of it are kept. A part drawn by chance is always added, because
   * sequence numbers begin anew with every emitter.
   * @default 'ts'
   */
  readonly name?: string;
  /** Most events of one message, 1 to 1,000. @default 1_000 */
  readonly batchEvents?: number;
  /** Most bytes of one message's JSON, from 32 KiB to 700 KiB. @default 716_800 */
  readonly batchBytes?: number;
  /** Longest time an event waits for others, in milliseconds. @default 1_000 */
  readonly maxAgeMs?: number;
  /** Most bytes kept for delivery, compressed where they are so far; from 128 KiB. @default 67_108_864 */
  readonly maxBufferBytes?: number;
  /**
   * What a full buffer does. `drop-newest`: the event that comes is dropped, so what `emit` has taken is lost no more.
   * `drop-oldest`: the oldest message that is not under way gives way, with all its events.
   * @default 'drop-newest'
   */
  readonly overflow?: 'drop-newest' | 'drop-oldest';
  /** Messages under way at a time, 1 to 16. @default 4 */
  readonly maxInFlight?: number;
  /** The first retry waits up to so long, in milliseconds. @default 200 */
  readonly retryBaseMs?: number;
  /** No retry waits longer than this by the emitter's own will, in milliseconds. @default 20_000 */
  readonly retryCapMs?: number;
  /** Deliver what is left when the process ends by itself or by SIGTERM. @default true */
  readonly flushOnExit?: boolean;
  /** Longest time `flush`, `close` and the end of the process wait, in milliseconds. @default 5_000 */
  readonly flushTimeoutMs?: number;
  /** Clock, chance and compression, for tests. */
  readonly surroundings?: EmitterSurroundings;
}

/** The options with nothing left open. */
export type EmitterSettings = Required<Omit<EmitterOptions, keyof EmitterHooks>> & EmitterHooks;

// As base64 it must stay below 1 MiB even where it cannot be compressed: 4/3 of 700 KiB are 934 KiB.
const MAX_BATCH_BYTES = 700 * 1024;
const MAX_NAME_LENGTH = MAX_TEXT_BYTES - 28;

/** @throws TypeError when an option lies outside its bounds */
export function settleOptions(options: EmitterOptions): EmitterSettings {
  const { transport, ids = 'timed', overflow = 'drop-newest', name = 'ts' } = options;
  if (typeof transport?.send !== 'function') throw new TypeError('createEmitter: transport must be a transport');
  if (ids !== 'timed' && ids !== 'response') throw new TypeError('createEmitter: ids must be timed or response');
  if (overflow !== 'drop-newest' && overflow !== 'drop-oldest') {
    throw new TypeError('createEmitter: overflow must be drop-newest or drop-oldest');
  }
  const maxBufferBytes = within(options, 'maxBufferBytes', 64 * 1024 * 1024, 128 * 1024, Number.MAX_SAFE_INTEGER);
  const batchBytes = within(options, 'batchBytes', MAX_BATCH_BYTES, 2 * MAX_EVENT_BYTES, MAX_BATCH_BYTES);
  return {
    ...options,
    context: options.context ?? {},
    ids,
    overflow,
    name: name.replace(/[^\x21-\x7e]/g, '-').slice(0, MAX_NAME_LENGTH),
    batchEvents: within(options, 'batchEvents', MAX_MESSAGE_EVENTS, 1, MAX_MESSAGE_EVENTS),
    // A small buffer holds several messages still, so that an overflow does not cost all at once.
    batchBytes: Math.min(batchBytes, Math.floor(maxBufferBytes / 4)),
    maxAgeMs: within(options, 'maxAgeMs', 1_000, 0, 3_600_000),
    maxBufferBytes,
    maxInFlight: within(options, 'maxInFlight', 4, 1, 16),
    retryBaseMs: within(options, 'retryBaseMs', 200, 1, 60_000),
    retryCapMs: within(options, 'retryCapMs', 20_000, 1, 3_600_000),
    flushOnExit: options.flushOnExit ?? true,
    flushTimeoutMs: within(options, 'flushTimeoutMs', 5_000, 0, 3_600_000),
    surroundings: options.surroundings ?? platformSurroundings,
    transport,
  };
}

type NumberOption = { [Name in keyof EmitterOptions]-?: Required<EmitterOptions>[Name] extends number ? Name : never };

function within(
  options: EmitterOptions,
  name: NumberOption[keyof EmitterOptions],
  byDefault: number,
  least: number,
  most: number,
): number {
  const value = options[name] ?? byDefault;
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new TypeError(`createEmitter: ${name} must be a number from ${least} to ${most}`);
}
