import { describe, expect, it } from 'vitest';
import { spreadOutlook } from '../../../../lib/domain/break-even/spread-outlook.ts';
import { type ConfidenceEvidence, judgeConfidence } from '../../../../lib/domain/break-even/volume-outlook.ts';
import type { Projection } from '../../../../lib/domain/forecast/forecast.ts';

const PROJECTION: Projection = {
  ...{ point: 100, lo50: 90, hi50: 110, lo80: 80, hi80: 120, lo95: 60, hi95: 140 },
  ...{ pExceed: null, state: 'ready', method: 'a test', historyDays: 60 },
};

describe('spreadOutlook', () => {
  it('has as many volumes beyond each bound as the projection says', () => {
    const outlook = spreadOutlook(PROJECTION, 50);
    const ratios = outlook?.ratios ?? [];
    const share = (test: (ratio: number) => boolean) => ratios.filter(test).length / ratios.length;
    expect(outlook).toMatchObject({ lo80Ratio: 1.6, hi80Ratio: 2.4 });
    expect(share((ratio) => ratio < 2)).toBe(0.5);
    expect(share((ratio) => ratio < 1.6)).toBe(0.1);
    expect(share((ratio) => ratio > 2.2)).toBe(0.25);
    expect(Math.min(...ratios)).toBe(1.2);
    expect(Math.max(...ratios)).toBe(2.8);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
  });

  it('is the same every time', () => {
    expect(spreadOutlook(PROJECTION, 50)).toEqual(spreadOutlook(PROJECTION, 50));
  });

  it('says nothing where nothing is projected or nothing was recorded', () => {
    const none = { ...PROJECTION, point: null, lo50: null, hi50: null, lo80: null, hi80: null, lo95: null, hi95: null };
    expect(spreadOutlook(none, 50)).toBeNull();
    expect(spreadOutlook(PROJECTION, 0)).toBeNull();
  });
});

describe('judgeConfidence', () => {
  const BEST: ConfidenceEvidence = { probability: 0.9, fitErrorRatio: 0.09, isPeakMeasured: true, historyDays: 56 };

  it.each([
    [{}, 'high'],
    [{ probability: 0.89 }, 'medium'],
    [{ fitErrorRatio: 0.1 }, 'medium'],
    [{ isPeakMeasured: false }, 'medium'],
    [{ historyDays: 55 }, 'medium'],
    [{ probability: 0.8, historyDays: 28 }, 'medium'],
    [{ probability: 0.79 }, 'low'],
    [{ historyDays: 27 }, 'low'],
    [{ probability: null }, 'low'],
    [{ fitErrorRatio: null }, 'low'],
  ] as const)('with %j is %s', (change, label) => {
    expect(judgeConfidence({ ...BEST, ...change })).toBe(label);
  });
});
