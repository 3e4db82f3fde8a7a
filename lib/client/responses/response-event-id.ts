import { createHash } from 'node:crypto';

/**
 * A UUIDv7 of the response's own time and a digest of who gave it: the same for everybody who reports the response.
 *
 * @param createdMs - milliseconds since 1970, below 2^48
 */
export function makeTimedId(createdMs: number, provider: string | null, responseId: string): string {
  const time = Math.floor(createdMs).toString(16).padStart(12, '0');
  const digest = digestOf(provider, responseId);
  // The two high bits of the variant are 10, so its digit is one of 8, 9, a and b.
  const variant = ((Number.parseInt(digest.slice(3, 4), 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** An id for a response that tells no time: readable where it can be, and never longer than an event's id may be. */
export function makeUntimedId(provider: string | null, responseId: string): string {
  const isPlain = /^[\x21-\x7e]{1,160}$/.test(responseId) && (provider ?? '').length <= 64;
  return `${isPlain ? (provider ?? 'unknown') : 'response'}:${isPlain ? responseId : digestOf(provider, responseId)}`;
}

function digestOf(provider: string | null, responseId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([provider, responseId]))
    .digest('hex');
}
