import { describe, expect, it } from 'vitest';
import { compareTargets } from '../../../../lib/domain/break-even/compare-targets.ts';
import { measureTargetDemand } from '../../../../lib/domain/break-even/target-demand.ts';
import type { Reference } from '../../../../lib/domain/reference/reference-rows.ts';
import {
  callAt,
  contextOf,
  modelRow,
  referenceOf,
  rentedRow,
  throughputRow,
  workloadOf,
} from '../../../helpers/break-even-fixtures.ts';

const LENGTHS = { inputTokens: 1_000, outputTokens: 1_000 };

/** One replica serves them all; a month of the API is 73,000 calls at a cent. */
const CALLS = Array.from({ length: 2_400 }, (_, index) => callAt(Math.floor(index / 2)));

function compare(
  rows: Partial<Reference>,
  quality: { readonly scale: string; readonly minScore: number } | null = null,
) {
  const reference = referenceOf(rows);
  const workload = workloadOf(CALLS);
  return compareTargets({
    reference,
    context: contextOf({ reference, policy: { ...contextOf().policy, quality } }),
    lengths: LENGTHS,
    measure: (target) => measureTargetDemand(workload, target),
  });
}

const score = (model: string, value: number, scale: string) => ({
  ...{ id: `${model} ${scale}`, model, score: value, scale, source: 'a test', asOf: null },
  ...({ checkedOn: '2026-01-01', standing: 'stated', note: null } as const),
});

describe('compareTargets', () => {
  it('puts what is nearest to paying first where nothing pays, however little a small window leaves to compare', () => {
    // All calls are of 2,000 tokens but for one of 100 that the small window takes: half a dollar or so against $730.
    const models = [modelRow({ id: 'Narrow', contextTokens: 512 }), modelRow({ id: 'Wide' })];
    const throughput = [throughputRow({ model: 'Narrow' }), throughputRow({ model: 'Wide' })];
    const reference = referenceOf({ models, throughput, hardware: [rentedRow({ hourlyUsd: 2_000 })] });
    const workload = workloadOf([...CALLS, callAt(5, { inputTokens: 50, outputTokens: 50 })]);
    const { ranked } = compareTargets({
      ...{ reference, context: contextOf({ reference }), lengths: LENGTHS },
      measure: (target) => measureTargetDemand(workload, target),
    });
    expect(ranked.map(({ offer, hybrid }) => [offer.target.model.id, hybrid.shareRatio])).toEqual([
      ['Wide', 0],
      ['Narrow', 0],
    ]);
  });

  it('sets apart what is much worse than the model of today, and keeps what nobody has rated', () => {
    const models = ['Good', 'Bad', 'Unrated'].map((id) => modelRow({ id }));
    const rows = { models, throughput: models.map(({ id }) => throughputRow({ model: id })) };
    const quality = [score('today', 80, 'A %'), score('Good', 72, 'A %'), score('Bad', 71, 'A %')];
    const names = (assessed: ReturnType<typeof compare>['ranked']) =>
      assessed.map(({ offer }) => offer.target.model.id);
    const { ranked, belowQuality } = compare({ ...rows, quality });
    expect([names(ranked), names(belowQuality)]).toEqual([['Good', 'Unrated'], ['Bad']]);
    // A score that is asked for has to be known.
    const asked = compare({ ...rows, quality }, { scale: 'A %', minScore: 60 });
    expect([names(asked.ranked), names(asked.belowQuality)]).toEqual([['Bad', 'Good'], ['Unrated']]);
  });
});
