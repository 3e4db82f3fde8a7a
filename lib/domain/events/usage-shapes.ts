import { type Decimal, decimalOfNumber } from '../decimal.ts';
import type { Usage } from './usage-event.ts';

/**
 * Counts that do not overlap, the only form in which usage is priced: `input_tokens` is the plain uncached text
 * part, `output_tokens` the text output without reasoning, `cache_read_tokens` without `cache_audio_read_tokens`.
 * Zero counts are absent. Counts may be of any size; only `audio_seconds` can be fractional, so it stands apart.
 */
export interface DisjointUsage {
  readonly counts: ReadonlyMap<string, bigint>;
  readonly audioSeconds: Decimal | null;
}

/** Counts as a sender reported them, still overlapping or not as its shape says. */
export interface ReportedCounts {
  readonly counts: Map<string, bigint>;
  audioSeconds: Decimal | null;
}

/** What came of reading usage: disjoint counts, or the reasons why it cannot have happened. */
export type UsageReading =
  | { readonly ok: true; readonly usage: DisjointUsage }
  | { readonly ok: false; readonly issues: readonly string[] };

/** Which units each whole includes in the inclusive shape. */
const INCLUDED: ReadonlyArray<readonly [whole: string, parts: readonly string[]]> = [
  ['cache_read_tokens', ['cache_audio_read_tokens']],
  [
    'input_tokens',
    [
      'cache_read_tokens',
      'cache_audio_read_tokens',
      'cache_write_tokens',
      'cache_write_5m_tokens',
      'cache_write_1h_tokens',
      'input_audio_tokens',
      'input_image_tokens',
    ],
  ],
  ['output_tokens', ['reasoning_tokens', 'output_audio_tokens', 'output_image_tokens']],
];

const INPUT_SIZE_UNITS: ReadonlySet<string> = new Set(['input_tokens', ...(INCLUDED[1]?.[1] ?? [])]);

/** The prompt's size in tokens, cached parts included: what size tiers are measured by. */
export function inputSizeTokens(usage: DisjointUsage): bigint {
  let total = 0n;
  for (const [unit, count] of usage.counts) if (INPUT_SIZE_UNITS.has(unit)) total += count;
  return total;
}

/**
 * Splits inclusive counts (the shape of a usage event) into disjoint ones. Parts that exceed their whole are
 * impossible usage: an issue naming both, never clamped.
 */
export function splitInclusive(reported: ReportedCounts): UsageReading {
  const { counts } = reported;
  const issues: string[] = [];
  for (const [whole, parts] of INCLUDED) {
    let inParts = 0n;
    for (const part of parts) inParts += counts.get(part) ?? 0n;
    if (inParts === 0n) continue;
    const rest = (counts.get(whole) ?? 0n) - inParts;
    if (rest < 0n)
      issues.push(`${whole} ${counts.get(whole) ?? 0n} is less than its parts ${inParts} (${parts.join(' + ')})`);
    counts.set(whole, rest);
  }
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}

/** Puts disjoint counts together again into the inclusive shape of a usage event; {@link splitInclusive} undoes it. */
export function joinInclusive(usage: DisjointUsage): ReadonlyMap<string, bigint> {
  const counts = new Map(usage.counts);
  // From the outer wholes to the inner ones: a part goes into its whole before parts of its own are added to it.
  for (const [whole, parts] of INCLUDED.toReversed()) {
    let total = counts.get(whole) ?? 0n;
    for (const part of parts) total += counts.get(part) ?? 0n;
    if (total > 0n) counts.set(whole, total);
  }
  return counts;
}

/** Takes counts that are disjoint already; drops the zeros. */
export function disjoint(reported: ReportedCounts): UsageReading {
  for (const [unit, count] of reported.counts) if (count === 0n) reported.counts.delete(unit);
  const audioSeconds = reported.audioSeconds?.digits === 0n ? null : reported.audioSeconds;
  return { ok: true, usage: { counts: reported.counts, audioSeconds } };
}

/** Reads the usage of an event. Issues name counts that are negative, fractional, too large or impossible. */
export function readEventUsage(usage: Usage): UsageReading {
  const reported: ReportedCounts = { counts: new Map(), audioSeconds: null };
  const issues: string[] = [];
  for (const unit in usage) {
    const count = usage[unit];
    if (count === undefined) continue;
    if (unit === 'audio_seconds') {
      reported.audioSeconds = decimalOfNumber(count) ?? null;
      if (reported.audioSeconds === null) issues.push(`audio_seconds ${count} is not a number of seconds`);
    } else if (!Number.isSafeInteger(count) || count < 0) {
      issues.push(`${unit} ${count} is not a whole number between 0 and 2^53-1`);
    } else if (count > 0) {
      reported.counts.set(unit, BigInt(count));
    }
  }
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}
