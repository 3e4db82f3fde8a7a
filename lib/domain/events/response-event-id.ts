/** SHA-256 of a text as lower-case hex; handed in because the core has no cryptography of its own. */
export type Sha256Hex = (text: string) => string;

/**
 * A UUIDv7 of a call's own time and a digest of what names the call: the same for everybody who reports the call by the
 * same time and name.
 *
 * @param timeMs - milliseconds since 1970, below 2^48; fractions are cut
 */
export function writeTimedId(timeMs: number, provider: string | null, name: string, sha256: Sha256Hex): string {
  const time = Math.floor(timeMs).toString(16).padStart(12, '0');
  const digest = digestOf(provider, name, sha256);
  // The two high bits of the variant are 10, so its digit is one of 8, 9, a and b.
  const variant = ((Number.parseInt(digest.slice(3, 4), 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** An id of provider and response id alone: readable where it can be, and never longer than an event's id may be. */
export function writeUntimedId(provider: string | null, responseId: string, sha256: Sha256Hex): string {
  const isPlain = /^[\x21-\x7e]{1,160}$/.test(responseId) && (provider ?? '').length <= 64;
  return `${isPlain ? (provider ?? 'unknown') : 'response'}:${isPlain ? responseId : digestOf(provider, responseId, sha256)}`;
}

function digestOf(provider: string | null, name: string, sha256: Sha256Hex): string {
  return sha256(JSON.stringify([provider, name]));
}
