import { describe, expect, it } from 'vitest';
import type { PlanIssue } from '../../../../lib/domain/budgets/periods/parse-period-rule.ts';
import {
  formatFactor,
  MAX_PLANNED_TEXT_BYTES,
  parsePlannedChange,
} from '../../../../lib/domain/forecast-conditions/planned-change.ts';

const GOOD = { date: '2026-07-01', factor: '1.50', filter: { team: 'cx', 'tags.cost_center': '4711' }, note: 'launch' };

function parse(json: Readonly<Record<string, unknown>>) {
  const issues: PlanIssue[] = [];
  const change = parsePlannedChange(json, { tagDimensions: ['cost_center'], trackUsers: false }, issues);
  return { change, fields: issues.map(({ field }) => field) };
}

describe('a planned change', () => {
  it('is read with its factor as the decimal it is', () => {
    const { change, fields } = parse(GOOD);
    expect(fields).toEqual([]);
    expect(change).toMatchObject({ day: '2026-07-01', scope: GOOD.filter, note: 'launch' });
    expect(formatFactor(change)).toBe('1.5');
    expect(formatFactor(parse({ ...GOOD, factor: 2 }).change)).toBe('2');
    expect(parse({ date: '2026-07-01', factor: 0 })).toMatchObject({ change: { scope: {}, note: null }, fields: [] });
  });

  it.each([
    ['date', { date: '2026-02-30' }],
    ['date', { date: '1999-12-31' }],
    ['date', { date: undefined }],
    ['factor', { factor: '1000.000001' }],
    ['factor', { factor: -1 }],
    ['factor', { factor: '1e3' }],
    ['factor', { factor: '0.1234567' }],
    ['factor', { factor: undefined }],
    ['filter', { filter: 'team=cx' }],
    ['filter.planet', { filter: { planet: 'mars' } }],
    ['filter.tags.other', { filter: { 'tags.other': '1' } }],
    ['filter', { filter: { team: 'é'.repeat(100), app: 'é'.repeat(100), feature: 'é'.repeat(100) } }],
    ['note', { note: `${'é'.repeat(MAX_PLANNED_TEXT_BYTES / 2)}.` }],
    ['note', { note: 'two\nlines' }],
    ['until', { until: '2026-08-01' }],
  ])('with a wrong %s is refused by that name', (field, wrong) => {
    expect(parse({ ...GOOD, ...wrong }).fields).toContain(field);
  });
});
