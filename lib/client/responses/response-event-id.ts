import { createHash } from 'node:crypto';
import { writeTimedId, writeUntimedId } from '../../domain/events/response-event-id.ts';

/**
 * A UUIDv7 of the response's own time and a digest of who gave it: the same for everybody who reports the response.
 *
 * @param createdMs - milliseconds since 1970, below 2^48
 */
export function makeTimedId(createdMs: number, provider: string | null, responseId: string): string {
  return writeTimedId(createdMs, provider, responseId, sha256);
}

/**
 * An id for a response that tells no time: readable where it can be, and never longer than an event's id may be. Spans
 * that name their response get the same one (docs/adr/0012-ids-of-spans.md).
 */
export function makeUntimedId(provider: string | null, responseId: string): string {
  return writeUntimedId(provider, responseId, sha256);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
