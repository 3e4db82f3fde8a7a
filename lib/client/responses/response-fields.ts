import { disjoint, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { parseInstant } from '../../domain/instant.ts';
import { emptyCounts, isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseReading } from './response-adapter.ts';

/** A reading in which nothing is known yet and nothing was used: what adapters fill in. */
export function emptyReading(): ResponseReading {
  return {
    usage: disjoint(emptyCounts()),
    model: null,
    provider: null,
    responseId: null,
    createdMs: null,
    operation: null,
    serviceTier: null,
    region: null,
    reportedCostUsd: null,
    status: 'ok',
  };
}

/** A call that failed and used nothing, or nothing that the provider speaks of. */
export function failedReading(known: Partial<ResponseReading>): ResponseReading {
  return { ...emptyReading(), ...known, status: 'error' };
}

/** What a successful call without usage reads as: an issue, never zeros, for they would make the call free. */
export function missingUsage(field: string): UsageReading {
  return { ok: false, issues: [`${field}: the response does not say what was used`] };
}

/** Reads the usage at a field; an absent or an empty one says as little as none. */
export function readUsageAt(raw: RawFields, field: string, read: (usage: RawFields) => UsageReading): UsageReading {
  const usage = fieldsAt(raw, field);
  return Object.keys(usage).length === 0 ? missingUsage(field) : read(usage);
}

/** The object at a field, or an empty one where there is none. */
export function fieldsAt(raw: RawFields, field: string): RawFields {
  const value = raw[field];
  return isFields(value) ? value : {};
}

/** The list at a field, or an empty one where there is none. */
export function listAt(raw: RawFields, field: string): readonly unknown[] {
  const value = raw[field];
  return Array.isArray(value) ? value : [];
}

// Longer than any name or id a provider uses; what exceeds it is no name.
const MAX_NAME_LENGTH = 256;

/** A name or id at a field; null where there is none, or text that no name looks like. */
export function nameAt(raw: RawFields, field: string): string | null {
  const value = raw[field];
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH ? value : null;
}

/** An RFC 3339 time at a field in milliseconds since 1970; null where there is none. */
export function instantAt(raw: RawFields, field: string): number | null {
  const value = raw[field];
  return typeof value === 'string' ? (parseInstant(value) ?? null) : null;
}

/** An HTTP date (`Sat, 21 Nov 2026 09:30:00 GMT`) at a field in milliseconds since 1970; null where there is none. */
export function httpDateAt(raw: RawFields, field: string): number | null {
  const value = raw[field];
  if (typeof value !== 'string' || !/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/.test(value)) return null;
  const timeMs = Date.parse(value);
  return Number.isNaN(timeMs) ? null : timeMs;
}
