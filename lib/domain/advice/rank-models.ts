import { rankByCapability } from '../calculators/capability-ranking.ts';
import { findOpenModel, findQuality } from '../reference/find-reference.ts';
import type { QualityRow, Reference } from '../reference/reference-rows.ts';
import { ADVICE_SCALE } from './per-call-models.ts';

/** Tasks, and the scale on which models are ranked for each unless another is named. Scales of guides are opinions. */
export const TASK_SCALES = {
  general: ADVICE_SCALE,
  reasoning: 'GPQA %',
  coding: 'LiveCodeBench %',
  math: 'MATH-500 %',
  creative: 'guide creative /10',
  instruction: 'guide instruction /10',
  multilingual: 'guide multilingual /10',
} as const satisfies Readonly<Record<string, string>>;

/** One task of {@link TASK_SCALES}. */
export type Task = keyof typeof TASK_SCALES;

/** All of them. */
export const TASKS = Object.keys(TASK_SCALES) as readonly Task[];

/** A model in a ranking, in the fields of answers. */
export interface RankedModel {
  /** From 1; equal scores have equal ranks. */
  readonly rank: number;
  readonly model: string;
  readonly score: number;
  readonly has_open_weights: boolean;
  readonly standing: QualityRow['standing'];
  readonly source: string;
  readonly as_of: string | null;
}

/** Models by their score on one scale, best first, equal ones in the order of the rows. */
export interface Ranking {
  readonly scale: string;
  readonly models: readonly RankedModel[];
}

/**
 * Ranks models on one named scale; scores of other scales are never mixed in. Of a model with two rows on a scale the first
 * counts, which is that of the tenant where it has one.
 *
 * @param isSelfHostedOnly - only models with open weights that are known
 * @returns no models when nothing is scored on the scale
 */
export function rankModels(
  reference: Pick<Reference, 'quality' | 'models'>,
  scale: string,
  isSelfHostedOnly: boolean,
): Ranking {
  const rows = new Map<string, QualityRow>();
  for (const row of findQuality(reference, { scale })) if (!rows.has(row.model)) rows.set(row.model, row);
  const isOpen = (model: string): boolean => findOpenModel(reference, model) !== undefined;
  const scored = [...rows.values()].map(({ model, score }) => ({
    name: model,
    provider: isOpen(model) ? 'local' : 'cloud',
    score,
  }));
  const names = rankByCapability(scored, isSelfHostedOnly);
  const ranked = names.flatMap((name) => rows.get(name) ?? []);
  return {
    scale,
    models: ranked.map((row) => ({
      rank: 1 + ranked.filter(({ score }) => score > row.score).length,
      model: row.model,
      score: row.score,
      has_open_weights: isOpen(row.model),
      standing: row.standing,
      source: row.source,
      as_of: row.asOf,
    })),
  };
}
