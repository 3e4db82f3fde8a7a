import { describe, expect, it } from 'vitest';
import { renderAdvicePage } from '../../../helpers/advice-page.ts';
import { answerSituation, computeFigure, GUIDE_SITUATIONS } from '../../../helpers/guide-situations.ts';

describe('the situations of the guides', () => {
  it('are the 21: four scenarios, five use cases, three scenarios, case studies, sizes and phases', () => {
    const count = (prefix: string): number => GUIDE_SITUATIONS.filter(({ slug }) => slug.startsWith(prefix)).length;
    expect(GUIDE_SITUATIONS).toHaveLength(21);
    expect(['s0-', 's1-', 's4-case-', 's4-size-', 's4-phase-'].map(count)).toEqual([4, 5, 3, 3, 3]);
  });

  it.each(GUIDE_SITUATIONS)('$slug is answered as it is said there, and says what decides it', (situation) => {
    const { way, advice } = answerSituation(situation);
    expect(way === situation.guide.way).toBe(situation.agrees);
    expect(advice.decided_by.length + advice.unknown.length).toBeGreaterThan(0);
    expect(situation.why.length).toBeGreaterThan(40);
    expect(situation.guide.place).toMatch(/^guide S[0-4], lines? \d/);
  });

  it('have no advice in their files', () => {
    for (const { profile } of GUIDE_SITUATIONS) expect(Object.keys(profile)).not.toContain('answer');
  });

  it('have figures that are computed right where the guide slips', () => {
    const figures = new Map(
      GUIDE_SITUATIONS.flatMap(({ checks }) => checks.map((it) => [it.place, computeFigure(it)])),
    );
    // METHODS 4.1: 10,000 a day cost 58.50, the machine pays from 57.40 / 0.000195 = 294,382 a month.
    expect(figures.get('guide S1, line 809')).toBeCloseTo(58.5, 9);
    expect(figures.get('guide S1, line 856')).toBeCloseTo(294_382, 0);
    // A call of GPT-4 is 500 x 30 + 300 x 60 millionths = 0.033: 3,500 + 300,000 x 0.033 = 13,400.
    expect(figures.get('guide S4, line 647')).toBeCloseTo(13_400, 6);
    expect(figures.get('guide S4, line 653')).toBeCloseTo(50_000, 6);
    // 3,900 of 10,400 would be 37.5 %; with the API column corrected 1,900 of 10,400 are 18.3 %.
    expect(figures.get('guide S4, line 373')).toBeCloseTo(0.1827, 4);
    expect(figures.get('guide S4, lines 517-520')).toBeCloseTo(2_396, 6);
  });

  it('stand on the page of advice beside the legacy figures (`vitest run FILE --update` writes it anew)', async () => {
    const page = new URL('../../../../docs/advice.md', import.meta.url).pathname;
    await expect(renderAdvicePage()).toMatchFileSnapshot(page);
  });
});
