import type { Bounds, Zone } from '../local-time.ts';
import { type AnomalyKey, type Finding, nameAnomalyKey } from './finding.ts';

/** What was found about a key within a day: one thing to tell. */
export interface Anomaly {
  readonly key: AnomalyKey;
  /** From the beginning of the first finding to the end of the last. */
  readonly period: Bounds;
  /** The one with the largest amount beside what was expected, up or down; the first of equals. */
  readonly main: Finding;
  /** All of them, by their beginning. */
  readonly findings: readonly Finding[];
}

/**
 * Puts findings about the same key together that begin on the same local day. So of a key there is one thing to tell of a
 * day, and another if it goes on; and a day and a key name an anomaly, once for all.
 *
 * @returns by their beginning, then by key
 */
export function mergeFindings(zone: Zone, findings: readonly Finding[]): readonly Anomaly[] {
  const anomalies: Anomaly[] = [];
  const open = new Map<string, number>();
  const ordered = findings.toSorted((a, b) => a.period.startMs - b.period.startMs || compareKeys(a, b));
  for (const finding of ordered) {
    const name = zone.localDay(finding.period.startMs) + nameAnomalyKey(finding.key);
    const place = open.get(name) ?? -1;
    const known = anomalies[place];
    if (known) anomalies[place] = join(known, finding);
    else {
      open.set(name, anomalies.length);
      anomalies.push({ key: finding.key, period: finding.period, main: finding, findings: [finding] });
    }
  }
  return anomalies;
}

function join({ key, period, main, findings }: Anomaly, finding: Finding): Anomaly {
  return {
    key,
    period: { startMs: period.startMs, endMs: Math.max(period.endMs, finding.period.endMs) },
    main: sizeOf(finding) > sizeOf(main) ? finding : main,
    findings: [...findings, finding],
  };
}

function sizeOf({ evidence: { excessPicoUsd } }: Finding): bigint {
  return excessPicoUsd < 0n ? -excessPicoUsd : excessPicoUsd;
}

function compareKeys(a: Finding, b: Finding): number {
  const [nameA, nameB] = [nameAnomalyKey(a.key), nameAnomalyKey(b.key)];
  if (nameA === nameB) return 0;
  return nameA < nameB ? -1 : 1;
}
