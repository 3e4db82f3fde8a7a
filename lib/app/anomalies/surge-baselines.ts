import type { Leaf } from '../../contracts/dimensions.ts';
import { type AnomalyKey, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import {
  estimateHourBaseline,
  type HourBaseline,
  type HourSpend,
  toClockMs,
} from '../../domain/anomaly/hour-baseline.ts';
import { isOfNoCalls } from '../../domain/corrections/credit.ts';
import { addDays } from '../../domain/local-time.ts';
import type { Clock, LedgerReader, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { listColumns } from './anomaly-days.ts';

/** What the hours of a tenant, and of its values that cost most, should cost by the tenant's clock. */
export interface Baselines {
  /** When they were learned, epoch milliseconds. */
  readonly atMs: number;
  readonly total: HourBaseline;
  /** By the name of the key. */
  readonly values: ReadonlyMap<string, HourBaseline>;
  /** Of what else was asked for, by its name. */
  readonly others: ReadonlyMap<string, HourBaseline>;
}

/** A key with its rows. */
export interface KeyRows<Row> {
  readonly key: NonNullable<AnomalyKey>;
  readonly rows: readonly Row[];
}

const BASELINE_DAYS = 28;

/** Values that have a baseline of their own, those that cost most. */
const MAX_VALUES = 40;

const HOUR_MS = 3_600_000;

/** The baseline of what nothing is known of. */
export const UNKNOWN_BASELINE = estimateHourBaseline([], 0);

/**
 * Learns what hours should cost from the last four weeks. Reads day by day, so that all of their hours are never in memory
 * at once.
 *
 * @param others - names of what else is to be learned of, each with the leaves that it is about
 * @param deadlineMs - epoch milliseconds after which no other day is read
 * @returns null where time ran out
 */
export async function learnBaselines(
  reader: Pick<LedgerReader, 'rollups'>,
  tenant: TenantConfig,
  others: ReadonlyMap<string, (leaf: Leaf) => boolean>,
  clock: Clock,
  deadlineMs: number,
): Promise<Baselines | null> {
  const nowMs = clock();
  const zone = findZone(tenant.timeZone);
  const today = zone.localDay(nowMs);
  const total = new HourSums();
  const values = new Map<string, HourSums>();
  const named = new Map([...others].map(([name, isMeant]) => [name, { isMeant, hours: new HourSums() }]));
  for (let back = BASELINE_DAYS; back >= 0; back--) {
    if (clock() >= deadlineMs) return null;
    const query = { granularity: 'hour' as const, fromDay: addDays(today, -back), toDay: addDays(today, 1 - back) };
    const { rows } = await reader.rollups(tenant.tenant, query);
    const spends = rows
      .filter((row) => !isOfNoCalls(row))
      .map(({ period, leaf, measures }) => ({
        leaf,
        hourMs: toClockMs(zone, Date.parse(`${period}:00:00Z`)),
        costPicoUsd: measures.cost ?? 0n,
        calls: Number(measures.calls ?? 0n),
      }));
    for (const spend of spends) {
      total.add(spend);
      for (const { isMeant, hours } of named.values()) if (isMeant(spend.leaf)) hours.add(spend);
    }
    for (const [name, { rows: own }] of groupByValue(tenant, spends)) {
      const hours = values.get(name) ?? new HourSums();
      for (const spend of own) hours.add(spend);
      values.set(name, hours);
    }
  }
  const endMs = toClockMs(zone, Math.floor(nowMs / HOUR_MS) * HOUR_MS);
  const learn = (hours: HourSums): HourBaseline => estimateHourBaseline(hours.list(), endMs);
  const largest = [...values].sort(([, a], [, b]) => Number(b.costPicoUsd - a.costPicoUsd)).slice(0, MAX_VALUES);
  return {
    atMs: nowMs,
    total: learn(total),
    values: new Map(largest.map(([name, hours]) => [name, learn(hours)])),
    others: new Map([...named].map(([name, { hours }]) => [name, learn(hours)])),
  };
}

/** Rows by each value of each dimension, under the name of its key; users are not looked at one by one. */
export function groupByValue<Row extends { readonly leaf: Leaf }>(
  { tagDimensions }: Pick<TenantConfig, 'tagDimensions'>,
  rows: readonly Row[],
): ReadonlyMap<string, KeyRows<Row>> {
  const groups = new Map<string, { readonly key: NonNullable<AnomalyKey>; readonly rows: Row[] }>();
  for (const { name: dimension, position } of listColumns(tagDimensions)) {
    for (const [value, own] of Map.groupBy(rows, ({ leaf }) => leaf[position] ?? null)) {
      if (value === null) continue;
      const key = { dimension, value };
      groups.set(nameAnomalyKey(key), { key, rows: own });
    }
  }
  return groups;
}

/** Sums by hour: an hour cut by local midnight is two rows, and one that clocks repeat is two hours. */
class HourSums {
  costPicoUsd = 0n;
  readonly #hours = new Map<number, HourSpend>();

  add({ hourMs, costPicoUsd, calls }: HourSpend): void {
    const known = this.#hours.get(hourMs) ?? { hourMs, costPicoUsd: 0n, calls: 0 };
    this.#hours.set(hourMs, { hourMs, costPicoUsd: known.costPicoUsd + costPicoUsd, calls: known.calls + calls });
    this.costPicoUsd += costPicoUsd;
  }

  list(): readonly HourSpend[] {
    return [...this.#hours.values()];
  }
}
