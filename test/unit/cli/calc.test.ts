import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { calcCommand } from '../../../lib/cli/calc.ts';
import { CALCULATORS } from '../../../lib/cli/calculators.ts';
import { runCommand } from '../../helpers/run-command.ts';

const casesPath = fileURLToPath(new URL('../../../../shared/data/calculator-cases.json', import.meta.url));
const hasCases = existsSync(casesPath);
if (!hasCases) console.warn('skipped: the worked calculator cases (calculator-cases.json) are not on this machine');

interface WorkedCase {
  readonly id: string;
  readonly fn: string;
  readonly inputs: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

const workedCases: readonly WorkedCase[] = hasCases ? JSON.parse(readFileSync(casesPath, 'utf8')).cases : [];
const answerable = workedCases.filter((worked) => CALCULATORS.has(worked.fn));

async function calculate(fn: string, inputs: unknown): Promise<Record<string, unknown>> {
  const { out } = await runCommand(calcCommand, [JSON.stringify({ id: 1, fn, inputs })]);
  return JSON.parse(out[0] ?? '{}');
}

/** Numbers within the tolerance of the case file, everything else equal. */
function expectClose(actual: unknown, expected: unknown): void {
  if (typeof expected !== 'number' || typeof actual !== 'number') {
    expect(actual).toEqual(expected);
    return;
  }
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.max(1e-9, 1e-6 * Math.abs(expected)));
}

describe.skipIf(!hasCases)('the worked cases (skipped where calculator-cases.json is missing)', () => {
  it.each(answerable.map((worked) => [worked.id, worked] as const))('%s comes out as worked', async (_id, worked) => {
    const answer = await calculate(worked.fn, worked.inputs);
    expect(answer['error']).toBeUndefined();
    const result = answer['result'] as Record<string, unknown>;
    expect(Object.keys(result).sort()).toEqual(Object.keys(worked.expect).sort());
    for (const [field, expected] of Object.entries(worked.expect)) expectClose(result[field], expected);
  });

  it('covers the three functions that migrate-now stands on', () => {
    const names = new Set(answerable.map((worked) => worked.fn));
    expect([...names]).toEqual(expect.arrayContaining(['stepped_breakeven', 'breakeven_requests', 'migrate_now']));
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
  });

  it('names the field that is missing, of the wrong type or out of bounds', async () => {
    const message = async (inputs: unknown) => JSON.stringify(await calculate('breakeven_requests', inputs));
    expect(await message({ self_fixed: 1, api_fixed: 0 })).toContain('inputs.api_unit: is missing');
    expect(await message({ self_fixed: '1', api_fixed: 0, api_unit: 1 })).toContain(
      'inputs.self_fixed: expected a number',
    );
    expect(await message({ self_fixed: 1, api_fixed: -2, api_unit: 1 })).toContain('inputs.api_fixed: -2 is below 0');
    expect(await message(undefined)).toContain('inputs: expected an object');
  });

  it('names the day of a migrate-now sequence that is wrong', async () => {
    const answer = await calculate('migrate_now', { params: {}, days: [] });
    expect(JSON.stringify(answer)).toContain('inputs.params.on_pct: is missing');
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
