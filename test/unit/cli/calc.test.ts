import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { calcCommand } from '../../../lib/cli/calc.ts';
import { CALCULATORS } from '../../../lib/domain/calculators/calculators.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { describeWithSharedData } from '../../helpers/shared-data.ts';

interface WorkedCase {
  readonly id: string;
  readonly fn: string;
  readonly inputs: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

async function calculate(fn: string, inputs: unknown): Promise<Record<string, unknown>> {
  const { out } = await runCommand(calcCommand, [JSON.stringify({ id: 1, fn, inputs })]);
  return JSON.parse(out[0] ?? '{}');
}

/** Numbers within the tolerance of the case file, wherever they stand; everything else equal. */
function expectClose(actual: unknown, expected: unknown, way: string): void {
  if (typeof expected === 'number' && typeof actual === 'number') {
    expect(Math.abs(actual - expected), way).toBeLessThanOrEqual(Math.max(1e-9, 1e-6 * Math.abs(expected)));
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    expect(Object.keys(actual).sort(), way).toEqual(Object.keys(expected).sort());
    for (const [name, part] of Object.entries(expected)) {
      expectClose((actual as Record<string, unknown>)[name], part, `${way}.${name}`);
    }
  } else {
    expect(actual, way).toEqual(expected);
  }
}

describeWithSharedData('calculator-cases.json', 'the worked cases', (path) => {
  const cases: readonly WorkedCase[] = JSON.parse(readFileSync(path, 'utf8')).cases;

  it.each(cases.map((worked) => [worked.id, worked] as const))('%s comes out as worked', async (_id, worked) => {
    const answer = await calculate(worked.fn, worked.inputs);
    expect(answer['error']).toBeUndefined();
    expect(answer['ignored']).toBeUndefined();
    expectClose(answer['result'], worked.expect, worked.fn);
  });

  it('are of every calculator there is, and there is one for each', () => {
    expect([...new Set(cases.map(({ fn }) => fn))].sort()).toEqual([...CALCULATORS.keys()].sort());
  });
});

describe('calc', () => {
  it('answers 0 when self-hosting has no larger fixed part, and null when no volume makes up for it', async () => {
    const even = { self_fixed: 100, api_fixed: 100, api_unit: 0.001 };
    expect(await calculate('breakeven_requests', even)).toEqual({ id: 1, result: { requests_per_month: 0 } });
    // 0.001 a call on both sides never earns 50 back.
    const never = { self_fixed: 150, api_fixed: 100, api_unit: 0.001, self_unit: 0.001 };
    expect(await calculate('breakeven_requests', never)).toEqual({ id: 1, result: { requests_per_month: null } });
  });

  it('names the known functions when asked for one it does not have', async () => {
    const answer = await calculate('toString', {});
    expect(answer).toMatchObject({ id: 1, error: { code: 'unknown_function' } });
    expect(JSON.stringify(answer)).toContain('stepped_breakeven');
    const { out } = await runCommand(calcCommand, ['{"id":2,"inputs":{}}']);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ id: 2, error: { code: 'invalid_inputs' } });
    expect(out[0]).toContain('but it is missing');
  });

  it('names every field that is missing, of the wrong type or out of bounds, and what it takes', async () => {
    const inputs = { self_fixed: '1', api_fixed: -2 };
    expect(await calculate('breakeven_requests', inputs)).toEqual({
      id: 1,
      error: {
        code: 'invalid_inputs',
        message:
          'inputs.self_fixed: expected a number of at least 0, not "1"; ' +
          'inputs.api_fixed: expected a number of at least 0, not -2; ' +
          'inputs.api_unit: expected a number of at least 0, but it is missing',
      },
    });
    const without = await calculate('breakeven_requests', undefined);
    expect(without['error']).toMatchObject({ message: 'inputs: expected an object, but it is missing' });
  });

  it('names inputs that it does not know, so that a misspelt option is not silently left out', async () => {
    const answer = await calculate('rented_monthly', { instances: 1, usd_per_hour: 2, reserved_dicount: 0.3 });
    expect(answer).toEqual({ id: 1, result: { monthly_usd: 1460 }, ignored: ['inputs.reserved_dicount'] });
  });

  it('names the day of a migrate-now sequence that is wrong', async () => {
    const day = { history_days: 40, pct: 0.3, usd: 3000, prob: 0.9, payback: 5 };
    const answer = await calculate('migrate_now', { params: {}, days: [day, { ...day, prob: 90 }] });
    expect(JSON.stringify(answer)).toContain('inputs.days[1].prob: expected a number of 0 to 1, not 90');
    expect(JSON.stringify(answer)).toContain('inputs.params.on_pct: expected a number');
  });

  it('refuses a result that a JSON number cannot hold instead of writing null', async () => {
    const answer = await calculate('flat_rate', { requests: 1e300, usd_per_request: 1e300 });
    expect(answer).toMatchObject({ error: { code: 'out_of_range' } });
  });

  it('takes no arguments', async () => {
    const run = await runCommand(calcCommand, [], ['--fast']);
    expect(run.code).toBe(2);
    expect(run.err[0]).toContain('usage');
  });
});
