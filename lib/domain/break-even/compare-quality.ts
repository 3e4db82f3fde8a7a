import { findQuality } from '../reference/find-reference.ts';
import type { QualityRow, Reference } from '../reference/reference-rows.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import type { HostingTarget } from './hosting-offer.ts';
import type { QualityComparison, TargetAssessment } from './target-assessment.ts';

/** What scores are compared with. USD a month, model figures. */
export interface QualityCase {
  readonly reference: Pick<Reference, 'quality' | 'models'>;
  readonly target: HostingTarget;
  /** The model that most is spent on today; null = not known. */
  readonly currentModel: string | null;
  readonly apiUsd: number;
  readonly selfUsd: number;
  readonly asked: BreakEvenPolicy['quality'];
}

/**
 * Scores of the target beside today's model, scale by scale, and whether it reaches the score asked for. A cost per point
 * is given only of what reaches that score: a cheap point of a model that is not good enough is no bargain.
 *
 * @see METHODS of the project, section 5.2 (12)
 */
export function compareQuality(facts: QualityCase): Pick<TargetAssessment, 'quality' | 'qualityGate'> {
  const { reference, target, currentModel, asked } = facts;
  const scores = findQuality(reference, { model: target.model.id });
  const current = currentModel === null ? [] : findQuality(reference, { model: currentModel });
  const quality = scores.map((row): QualityComparison => {
    const beside = current.find(({ scale }) => scale === row.scale) ?? null;
    return {
      scale: row.scale,
      target: row,
      current: beside,
      apiUsdPerPoint: beside && pricePoint(facts.apiUsd, beside, asked),
      selfUsdPerPoint: pricePoint(facts.selfUsd, row, asked),
    };
  });
  return { quality, qualityGate: judgeScore(scores, asked) };
}

function pricePoint(monthlyUsd: number, { scale, score }: QualityRow, asked: QualityCase['asked']): number | null {
  const isEnough = asked !== null && asked.scale === scale && score >= asked.minScore && score > 0;
  return isEnough ? (12 * monthlyUsd) / score : null;
}

function judgeScore(scores: readonly QualityRow[], asked: QualityCase['asked']): TargetAssessment['qualityGate'] {
  if (asked === null) return 'not_asked';
  const row = scores.find(({ scale }) => scale === asked.scale);
  if (row === undefined) return 'unknown';
  return row.score >= asked.minScore ? 'pass' : 'fail';
}
