import { TIMED_ID_UNTIL_MS } from '../../contracts/limits.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { OpenaiServer } from './openai-server.ts';
import type { ResponseReading } from './response-adapter.ts';
import { failedReading, instantAt, nameAt } from './response-fields.ts';

/** One endpoint of OpenAI's interface, whoever serves it. A whole body reads as a stream of one chunk. */
export interface OpenaiProtocol {
  /** Whether the object is an answer of this endpoint, or a chunk of one. */
  matches(chunk: RawFields): boolean;
  /** Reads an answer of which at least one chunk matches. */
  read(chunks: readonly RawFields[], server: OpenaiServer): ResponseReading;
}

/** Whether a body or chunk says that the call failed. */
export function isError(chunk: RawFields): boolean {
  const { error } = chunk;
  if (isFields(error) || (typeof error === 'string' && error !== '')) return true;
  if (chunk['object'] === 'error' || chunk['type'] === 'error') return true;
  // The gateway in front of Azure answers in a form of its own.
  const { statusCode } = chunk;
  return typeof statusCode === 'number' && statusCode >= 400;
}

/** What an answer that is nothing but an error reads as: a failed call that used nothing. */
export function readError(chunks: readonly RawFields[], server: OpenaiServer): ResponseReading {
  const model = firstNameAt(chunks, 'model');
  return failedReading({ model, provider: server.providerOf(model), responseId: responseIdOf(chunks, server) });
}

/** What identifies the response among all of its server's; null where nothing does, as the stub in Groq's last chunks. */
export function responseIdOf(chunks: readonly RawFields[], server: OpenaiServer): string | null {
  if (server.doIdsRepeat) return null;
  return firstNameAt(
    chunks.filter((chunk) => chunk['id'] !== 'stub'),
    'id',
  );
}

/** The first name at a field of any chunk: Azure's first chunk has empty ones. */
export function firstNameAt(chunks: readonly RawFields[], field: string): string | null {
  for (const chunk of chunks) {
    const name = nameAt(chunk, field);
    if (name !== null) return name;
  }
  return null;
}

/** The last name at a field of any chunk. */
export function lastNameAt(chunks: readonly RawFields[], field: string): string | null {
  return firstNameAt(chunks.toReversed(), field);
}

/** When the answer was made, in milliseconds since 1970: from seconds or an RFC 3339 time, by endpoint; null if untold. */
export function firstCreatedMs(chunks: readonly RawFields[]): number | null {
  for (const chunk of chunks) {
    for (const field of ['created', 'created_at']) {
      const seconds = chunk[field];
      // A number beyond is no time in seconds; servers that count milliseconds here would land in another age.
      if (typeof seconds === 'number' && seconds > 0 && seconds * 1000 < TIMED_ID_UNTIL_MS) {
        return Math.floor(seconds * 1000);
      }
      const instantMs = instantAt(chunk, field);
      if (instantMs !== null) return instantMs;
    }
  }
  return null;
}
