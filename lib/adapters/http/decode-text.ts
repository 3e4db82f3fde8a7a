import { HttpError } from './http-errors.ts';

/** @throws {@link HttpError} 400 when the bytes are no UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError(400, 'request/encoding', 'The body is not UTF-8.');
  }
}
