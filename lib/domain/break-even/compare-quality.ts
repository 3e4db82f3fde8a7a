import { findQuality } from '../reference/find-reference.ts';
import type { QualityRow, Reference } from '../reference/reference-rows.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import type { HostingTarget } from './hosting-offer.ts';
import type { QualityComparison, QualityGate, TargetAssessment } from './target-assessment.ts';

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

/** Part of today's score that a target must have on the same scale. @see METHODS of the project, section 6 */
const MIN_SCORE_RATIO = 0.9;

/**
 * Scores of the target beside today's model, scale by scale, and whether it is good enough: it reaches the score asked
 * for, or where none is asked, nearly that of today's model. A cost per point is given only of what reaches a score asked
 * for: a cheap point of a model that is not good enough is no bargain.
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
  return { quality, qualityGate: asked === null ? judgeBesideToday(quality) : judgeScore(scores, asked) };
}

/** Whether a target has nearly the score of today's model on every scale that has both. */
export function judgeBesideToday(quality: readonly QualityComparison[]): QualityGate {
  const shared = quality.flatMap(({ target, current }) => (current ? [{ target, current }] : []));
  if (shared.length === 0) return 'unknown';
  return shared.every(({ target, current }) => target.score >= MIN_SCORE_RATIO * current.score) ? 'pass' : 'fail';
}

function pricePoint(monthlyUsd: number, { scale, score }: QualityRow, asked: QualityCase['asked']): number | null {
  const isEnough = asked !== null && asked.scale === scale && score >= asked.minScore && score > 0;
  return isEnough ? (12 * monthlyUsd) / score : null;
}

function judgeScore(scores: readonly QualityRow[], asked: NonNullable<QualityCase['asked']>): QualityGate {
  const row = scores.find(({ scale }) => scale === asked.scale);
  if (row === undefined) return 'unknown';
  return row.score >= asked.minScore ? 'pass' : 'fail';
}
