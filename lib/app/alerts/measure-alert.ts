import type { AlertMessage } from '../../domain/alerts/alert.ts';

/** A topic takes 256 KB for the forms of all protocols together; the rest is left for attributes and their names. */
export const MAX_ALERT_BYTES = 240_000;

/** Bytes of a message as published: its data for seven protocols, its text for two, as texts inside JSON. */
export function measureAlertBytes({ data, text }: Pick<AlertMessage, 'data' | 'text'>): number {
  const bytesInJson = (content: string): number => Buffer.byteLength(JSON.stringify(content));
  return 7 * bytesInJson(JSON.stringify(data)) + 2 * bytesInJson(text);
}
