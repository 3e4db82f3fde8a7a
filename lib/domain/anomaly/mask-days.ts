import type { Leaf } from '../../contracts/dimensions.ts';
import type { Measures } from '../../contracts/measures.ts';
import { isOfNoCalls } from '../corrections/credit.ts';
import type { AnomalyKey } from './finding.ts';

/** A local day of a key that somebody confirmed to be a one-off, with what it should have cost. */
export interface ConfirmedDay {
  readonly key: AnomalyKey;
  readonly day: string;
  /** Not below zero. */
  readonly expectedPicoUsd: bigint;
}

/** What the calls of one leaf came to on one local day, `period`. */
export interface LeafDay {
  readonly period: string;
  readonly leaf: Leaf;
  readonly measures: Measures;
}

/** Sums of days in two parts that are the sums as they were, exactly. */
export interface MaskedDays<Row extends LeafDay> {
  /** As they would have been without one-offs: what tells of the days to come. */
  readonly regular: readonly Row[];
  /** What confirmed anomalies cost and used beyond that. */
  readonly oneOffs: readonly Row[];
}

/**
 * Takes confirmed anomalies out of sums, so that a runaway of one day is expected on no other one. Of a day that cost more
 * than it should have, every leaf of the key gives up the same part of everything that it sums; a day that cost no more
 * stays as it is, and so do credits. Where several keys were confirmed for a day, each takes off what the ones before it left.
 *
 * @param isOf - whether a leaf is of a key
 * @returns regular rows in the places of the rows given, one-offs in no order
 */
export function maskDays<Row extends LeafDay>(
  rows: readonly Row[],
  confirmed: readonly ConfirmedDay[],
  isOf: (leaf: Leaf, key: AnomalyKey) => boolean,
): MaskedDays<Row> {
  const regular = [...rows];
  const oneOffs: Row[] = [];
  const places = placesByDay(rows, new Set(confirmed.map(({ day }) => day)));
  for (const { key, day, expectedPicoUsd } of confirmed) {
    const meant = (places.get(day) ?? []).flatMap((place) => {
      const row = regular[place];
      return row && (row.measures.cost ?? 0n) > 0n && !isOfNoCalls(row) && isOf(row.leaf, key) ? [{ place, row }] : [];
    });
    const actualPicoUsd = meant.reduce((sum, { row }) => sum + (row.measures.cost ?? 0n), 0n);
    if (actualPicoUsd <= expectedPicoUsd) continue;
    // Shares of running sums: together they are the share of the whole, however many leaves have one call each.
    const sums = new Map<keyof Measures, bigint>();
    for (const { place, row } of meant) {
      const kept = mapMeasures(row.measures, (amount, name) => {
        const [before, after] = [sums.get(name) ?? 0n, (sums.get(name) ?? 0n) + amount];
        sums.set(name, after);
        return (after * expectedPicoUsd) / actualPicoUsd - (before * expectedPicoUsd) / actualPicoUsd;
      });
      regular[place] = { ...row, measures: kept };
      oneOffs.push({ ...row, measures: mapMeasures(row.measures, (amount, name) => amount - (kept[name] ?? 0n)) });
    }
  }
  return { regular, oneOffs };
}

/** Places of the rows of some days. */
function placesByDay(rows: readonly LeafDay[], days: ReadonlySet<string>): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [place, { period }] of rows.entries()) {
    if (!days.has(period)) continue;
    const known = places.get(period);
    if (known) known.push(place);
    else places.set(period, [place]);
  }
  return places;
}

function mapMeasures(measures: Measures, change: (amount: bigint, name: keyof Measures) => bigint): Measures {
  const names = Object.keys(measures) as (keyof Measures)[];
  return Object.fromEntries(names.map((name) => [name, change(measures[name] ?? 0n, name)]));
}
