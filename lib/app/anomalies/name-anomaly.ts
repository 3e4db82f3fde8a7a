import { createHash } from 'node:crypto';
import { type AnomalyKey, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';

/** Text of fixed length that stands for a key in names of things. */
export function digestKey(key: AnomalyKey): string {
  return createHash('sha256').update(nameAnomalyKey(key)).digest('base64url').slice(0, 22);
}

/** The id of an anomaly: the local day on which it began and its key, of which there is one a day. */
export function nameAnomaly(firstDay: string, key: AnomalyKey): string {
  return `${firstDay}_${digestKey(key)}`;
}

/** The day in an id; undefined where the text is none. */
export function readAnomalyDay(id: string): string | undefined {
  const day = /^(\d{4}-\d{2}-\d{2})_[\w-]{22}$/.exec(id)?.[1];
  return day !== undefined && parseDayNumber(day) !== undefined ? day : undefined;
}
