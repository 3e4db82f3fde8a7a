import { disjoint, type ReportedCounts, splitInclusive, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, type RawFields, secondsAt } from './raw-counts.ts';

/** Reads disjoint counts by the contract's units; `training_file_tokens` times `epochs` are training tokens. */
export function readCanonical(raw: RawFields): UsageReading {
  const issues: string[] = [];
  const reported = readUnits(raw, ['training_file_tokens', 'epochs'], issues);
  const fileTokens = countAt(raw, 'training_file_tokens', issues);
  // One pass over the file unless the caller says how many.
  const epochs = countAt({ epochs: raw['epochs'] ?? 1 }, 'epochs', issues);
  if (fileTokens > 0n) {
    reported.counts.set('training_tokens', (reported.counts.get('training_tokens') ?? 0n) + fileTokens * epochs);
  }
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}

/** Reads the `usage` of a usage event: totals that include their cached, audio, image and reasoning parts. */
export function readCanonicalInclusive(raw: RawFields): UsageReading {
  const issues: string[] = [];
  const reported = readUnits(raw, [], issues);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

function readUnits(raw: RawFields, except: readonly string[], issues: string[]): ReportedCounts {
  const reported = emptyCounts();
  for (const field of Object.keys(raw)) {
    if (except.includes(field)) continue;
    if (field === 'audio_seconds') reported.audioSeconds = secondsAt(raw, field, issues);
    else reported.counts.set(field, countAt(raw, field, issues));
  }
  return reported;
}
