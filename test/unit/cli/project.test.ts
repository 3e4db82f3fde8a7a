import { describe, expect, it } from 'vitest';
import { projectCommand } from '../../../lib/cli/project.ts';
import { runCommand } from '../../helpers/run-command.ts';

const line = (fields: object) => JSON.stringify({ id: 'x', ...fields });
const january = { as_of: '2026-01-10', period_start: '2026-01-01', period_end: '2026-01-31' };
const tenDays = Array.from({ length: 10 }, (_, day) => [`2026-01-${String(day + 1).padStart(2, '0')}`, 10]);

async function project(fields: object): Promise<Record<string, unknown>> {
  const { code, out } = await runCommand(projectCommand, [line(fields)]);
  expect(code).toBe(0);
  return JSON.parse(out[0] ?? '{}');
}

describe('project', () => {
  it('answers with exactly the fields of its contract', async () => {
    const answer = await project({ ...january, series: tenDays, budget: 400 });
    expect(Object.keys(answer)).toEqual(
      expect.arrayContaining('id point lo50 hi50 lo80 hi80 lo95 hi95 p_exceed state method history_days'.split(' ')),
    );
    expect(Object.keys(answer)).toHaveLength(12);
    // 10 days at 10 so far and 21 days at 10 to come, both ends included.
    expect(answer['point']).toBeCloseTo(310, 6);
    expect(answer).toMatchObject({ id: 'x', state: 'provisional', history_days: 10 });
  });

  it('gives no probability without a budget, and nothing at all without data', async () => {
    expect(await project({ ...january, series: tenDays })).toMatchObject({ p_exceed: null });
    const empty = await project({ ...january, series: [], budget: 5 });
    expect(empty).toMatchObject({
      point: null,
      lo95: null,
      hi95: null,
      p_exceed: null,
      state: 'no_data',
      history_days: 0,
    });
  });

  it('answers a line the same wherever it stands among others, wrong ones included', async () => {
    const uneven = tenDays.map(([day], index) => [day, 5 + ((index * 7) % 11)]);
    const lines = [
      line({ ...january, series: uneven, budget: 300, id: 'a' }),
      line({ ...january, series: 'none', id: 'b' }),
      'no JSON',
      line({ ...january, series: tenDays, id: 'c' }),
    ];
    const forwards = await runCommand(projectCommand, [lines.join('\n')]);
    const backwards = await runCommand(projectCommand, [[...lines].reverse().join('\n')]);
    expect(backwards.out).toEqual([...forwards.out].reverse());
    expect(forwards.out.map((text) => JSON.parse(text).error?.code)).toEqual([
      undefined,
      'invalid_inputs',
      'invalid_json',
      undefined,
    ]);
  });

  it('names the field at fault', async () => {
    const error = async (fields: object) =>
      JSON.stringify((await project({ ...january, series: tenDays, ...fields }))['error']);
    expect(await error({ as_of: '2025-12-30' })).toContain('as_of');
    expect(await error({ period_end: '2026-02-30' })).toContain('period_end');
    expect(await error({ series: [['2026-01-01', '10']] })).toContain('series[0]');
    expect(
      await error({
        series: [
          ['2026-01-01', 1],
          ['2026-01-01', 2],
        ],
      }),
    ).toContain('2026-01-01');
    expect(await error({ series: [['2026-01-01', -1]] })).toContain('series');
    expect(await error({ budget: -1 })).toContain('budget');
    expect(await error({ period_start: undefined })).toContain('period_start');
  });
});
