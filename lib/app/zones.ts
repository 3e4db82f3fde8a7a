import { createZone, type Zone } from '../domain/local-time.ts';

const zones = new Map<string, Zone>();

/** The calendar of a zone, kept between calls because making one costs far more than asking it. */
export function findZone(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const zone = createZone(timeZone);
  zones.set(timeZone, zone);
  return zone;
}
