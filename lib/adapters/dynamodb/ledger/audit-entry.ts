import { hash } from 'node:crypto';
import { canonicaliseEvent } from '../../../domain/events/canonical-event.ts';
import type { Zone } from '../../../domain/local-time.ts';
import type { SegmentEntry } from './segment-codec.ts';

/**
 * Whether an entry is as it was recorded: on its local day and hour, with the content that its hash was taken of. The
 * hash is of the event as sent, so it says nothing where a pseudonym took the place of a name; nor is it for credits.
 */
export function isAsCounted({ event, credit, contentHash, day, hour }: SegmentEntry, zone: Zone): boolean {
  if (zone.localDay(event.timeMs) !== day || zone.utcHour(event.timeMs) !== hour) return false;
  if (credit || event.user !== undefined || event.session !== undefined) return true;
  return Number.parseInt(hash('sha256', canonicaliseEvent(event), 'hex').slice(0, 8), 16) === contentHash;
}
