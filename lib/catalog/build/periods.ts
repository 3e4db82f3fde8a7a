import type { Snapshot, SnapshotPeriod, SnapshotRate, SnapshotSurcharge } from '../snapshot.ts';
import type { Source, Timeline } from './timeline.ts';

/** The snapshot's list of sources while it grows; each is kept once. */
export class SourceList {
  readonly #sources: Source[];
  constructor(sources: Snapshot['sources']) {
    this.#sources = [...sources];
  }

  /** Number of a source in the list; it is added when new. */
  indexOf({ source, checkedOn }: Source): number {
    const known = this.#sources.findIndex((it) => it.source === source && it.checkedOn === checkedOn);
    return known >= 0 ? known : this.#sources.push({ source, checkedOn }) - 1;
  }

  /** All of them, in order. */
  list(): readonly Source[] {
    return this.#sources;
  }
}

/** Writes timelines as periods: units that share dates, windows, tier and source share a period. */
export function toPeriods(timelines: Iterable<Timeline>, sources: SourceList): readonly SnapshotPeriod[] {
  const periods = new Map<string, Omit<SnapshotPeriod, 'rates'> & { rates: Record<string, SnapshotRate> }>();
  for (const { tier, unit, segments } of timelines) {
    for (const { fromMs, toMs, offer } of segments) {
      for (const { windows, rate, source } of offer) {
        const head = {
          ...boundsText(fromMs, toMs),
          ...(windows === null ? {} : { windows }),
          ...(tier === 'default' ? {} : { tier }),
          ...(source === null ? {} : { source: sources.indexOf(source) }),
        };
        const key = JSON.stringify(head);
        const period = periods.get(key) ?? { ...head, rates: {} };
        periods.set(key, period);
        period.rates[unit] = rate;
      }
    }
  }
  // A window wins over an all-day price by coming later.
  const all = [...periods.values()];
  return [...all.filter((it) => it.windows === undefined), ...all.filter((it) => it.windows !== undefined)];
}

/** Writes timelines of factors as surcharges. */
export function toSurcharges(timelines: Iterable<Timeline>, sources: SourceList): readonly SnapshotSurcharge[] {
  return [...timelines].flatMap(({ unit, segments }) =>
    segments.flatMap(({ fromMs, toMs, offer }) =>
      offer.map(({ rate, source }) => ({
        regions: unit.split(','),
        factor: typeof rate === 'string' ? rate : rate.rate,
        ...boundsText(fromMs, toMs),
        ...(source === null ? {} : { source: sources.indexOf(source) }),
      })),
    ),
  );
}

/** A moment as a snapshot writes it: a date where it is the first moment of a day in UTC, else an RFC 3339 time. */
export function toTimeText(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}

function boundsText(fromMs: number, toMs: number): { from?: string; to?: string } {
  return {
    ...(Number.isFinite(fromMs) ? { from: toTimeText(fromMs) } : {}),
    ...(Number.isFinite(toMs) ? { to: toTimeText(toMs) } : {}),
  };
}
