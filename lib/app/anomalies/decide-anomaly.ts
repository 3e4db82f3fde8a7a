import { DEFAULT_ANOMALY_SETTINGS, toAnomalySettings } from '../../domain/anomaly/anomaly-settings.ts';
import { expectDays } from '../../domain/anomaly/expect-days.ts';
import type { AnomalyKey } from '../../domain/anomaly/finding.ts';
import { mergeFindings } from '../../domain/anomaly/merge-findings.ts';
import { addDays } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';
import type { Credential } from '../access/access-ports.ts';
import type { Clock, LedgerReader, TenantConfig } from '../ports.ts';
import { ConflictError, NotFoundError } from '../request-errors.ts';
import { findZone } from '../zones.ts';
import { AnomalyDays } from './anomaly-days.ts';
import type { AnomalyDecision, AnomalyStore } from './anomaly-ports.ts';
import { type DaySearch, findDayAnomalies, listDays } from './find-day-anomalies.ts';
import { nameAnomaly, readAnomalyDay } from './name-anomaly.ts';
import { listConfirmedDays } from './one-offs.ts';
import { HISTORY_DAYS } from './query-anomalies.ts';

/** What deciding about an anomaly takes. */
export interface DecidePorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly anomalies: AnomalyStore;
  readonly now: Clock;
}

/** What is to be put on record about an anomaly. */
export interface Verdict extends Pick<AnomalyDecision, 'state' | 'note'> {
  /** Whether what it cost too much is left out of what other days are judged and forecast by; of confirmed ones only. */
  readonly isOneOff: boolean;
}

/** Decisions that a tenant has, each item of which every answer about anomalies reads. */
export const MAX_DECISIONS = 1_000;

/** A level shift is known after a week. */
const LONGEST_DAYS = 8;

/**
 * Puts on record what somebody thinks of an anomaly: of days or, from an alert, of minutes and calls of a day, which then
 * stands for them. Saying something else later replaces it.
 *
 * @throws {@link NotFoundError} when no calls of that day can be meant by the id
 * @throws {@link ConflictError} when there are {@link MAX_DECISIONS} others
 */
export async function decideAnomaly(
  { reader, anomalies, now }: DecidePorts,
  tenant: TenantConfig,
  id: string,
  { state, note, isOneOff }: Verdict,
  by: Credential,
): Promise<AnomalyDecision> {
  const zone = findZone(tenant.timeZone);
  const today = zone.localDay(now());
  const fromDay = readAnomalyDay(id);
  if (fromDay === undefined || fromDay > today) throw unknownAnomaly();
  const [written, known] = await Promise.all([anomalies.settings(tenant.tenant), anomalies.decisions(tenant.tenant)]);
  const others = known.filter((decision) => decision.id !== id);
  if (others.length >= MAX_DECISIONS) throw new ConflictError(`There are ${MAX_DECISIONS} decisions about anomalies.`);
  const week = addDays(fromDay, LONGEST_DAYS);
  const read = { fromDay: addDays(fromDay, -HISTORY_DAYS), toDay: addDays(today, 1) < week ? addDays(today, 1) : week };
  const { rows } = await reader.rollups(tenant.tenant, { granularity: 'day', ...read });
  const days = new AnomalyDays(tenant, rows, listConfirmedDays(others));
  const values = [...days.split(null, fromDay, addDays(fromDay, 1)).values()];
  // Nothing is meant on a day without calls, not even all of them.
  const candidates: readonly AnomalyKey[] = values.length === 0 ? [] : [null, ...values.map((value) => value.key)];
  const key = candidates.find((candidate) => nameAnomaly(fromDay, candidate) === id);
  if (key === undefined) throw unknownAnomaly();
  const settings = written ? toAnomalySettings(written) : DEFAULT_ANOMALY_SETTINGS;
  const search: DaySearch = { zone, days, doubts: [], settings, fromDay, toDay: today < week ? today : week };
  const length = countDays(search, id);
  const expected = expectDays(listDays(search, key), fromDay, length);
  const isMasked = state === 'confirmed' && isOneOff;
  const decision: AnomalyDecision = {
    id,
    state,
    key,
    days: isMasked ? expected.map((expectedPicoUsd, index) => ({ day: addDays(fromDay, index), expectedPicoUsd })) : [],
    note,
    by: by.keyId,
    atMs: now(),
  };
  await anomalies.decide(tenant.tenant, decision, {
    atMs: decision.atMs,
    keyId: by.keyId,
    action: `anomaly.${state}`,
    detail: {
      id,
      dimension: key?.dimension ?? null,
      value: key?.value ?? null,
      days: decision.days.map(({ day, expectedPicoUsd }) => ({ day, expected_usd: formatUsd(expectedPicoUsd) })),
      note,
    },
  });
  return decision;
}

/** Days of the anomaly; one where only minutes or calls of it were told of, or its day is not over. */
function countDays(search: DaySearch, id: string): number {
  const { zone, fromDay, toDay } = search;
  if (fromDay >= toDay) return 1;
  const found = mergeFindings(zone, findDayAnomalies(search).findings).find(
    ({ key, period }) => nameAnomaly(zone.localDay(period.startMs), key) === id,
  );
  if (!found) return 1;
  const endDay = zone.localDay(found.period.endMs);
  return Array.from({ length: LONGEST_DAYS }, (_, index) => addDays(fromDay, index)).filter((day) => day < endDay)
    .length;
}

function unknownAnomaly(): NotFoundError {
  return new NotFoundError('There is no such anomaly.');
}
