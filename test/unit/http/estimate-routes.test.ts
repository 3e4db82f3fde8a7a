import { describe, expect, it } from 'vitest';
import { createApiWorld } from '../../helpers/api-world.ts';

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'reader');
  return { world, key, post: (body: unknown) => world.ask('POST', '/v1/estimates', { key, body }) };
}

const RATIO = { fn: 'ratio', inputs: { a: 1, b: 4 } };

describe('estimates', () => {
  it('answer one calculator, with what of its inputs nothing read', async () => {
    const { post } = await createWorld();
    // 1 x 0.75 x 730 = 547.50
    const inputs = { instances: 1, usd_per_hour: 0.75, discount: 0.3 };
    expect(await post({ fn: 'rented_monthly', inputs })).toMatchObject({
      status: 200,
      json: { fn: 'rented_monthly', result: { monthly_usd: 547.5 }, ignored: ['inputs.discount'] },
    });
  });

  it('answer a list in its order', async () => {
    const { post } = await createWorld();
    const never = { fn: 'payback_months', inputs: { one_time: 5, api_monthly: 1, self_cash_monthly: 2 } };
    expect((await post([RATIO, never])).json).toEqual([
      { fn: 'ratio', result: { ratio: 0.25 }, ignored: [] },
      { fn: 'payback_months', result: { months: null }, ignored: [] },
    ]);
  });

  it('name the field of the estimate that is wrong, and answer none of its list', async () => {
    const { post } = await createWorld();
    const wrong = await post([RATIO, { fn: 'ratio', inputs: { a: 1 } }]);
    expect(wrong).toMatchObject({ status: 400, json: { type: 'urn:tokenledger:problem:estimate:invalid_inputs' } });
    expect(wrong.json.errors).toEqual([{ field: '[1].inputs.b', expected: 'a number, but it is missing' }]);
    const unknown = await post({ fn: 'constructor', inputs: {} });
    expect(unknown.json.errors).toMatchObject([{ field: 'fn' }]);
    expect(unknown.json.errors[0].expected).toContain('stepped_breakeven');
    expect((await post({})).json.errors).toMatchObject([{ field: 'fn' }]);
    expect((await post('"ratio"')).json.errors).toMatchObject([{ field: 'fn' }]);
    expect((await post({ fn: 'ratio' })).json.errors).toMatchObject([{ field: 'inputs' }]);
  });

  it('come in a list of 100 and not one more, nor in an empty one', async () => {
    const { post } = await createWorld();
    expect((await post(new Array(100).fill(RATIO))).json).toHaveLength(100);
    for (const length of [0, 101]) {
      const refused = await post(new Array(length).fill(RATIO));
      expect(refused).toMatchObject({ status: 400, json: { errors: [{ field: 'body' }] } });
    }
  });

  it('say that a result is beyond what a number holds', async () => {
    const { post } = await createWorld();
    const refused = await post({ fn: 'flat_rate', inputs: { requests: 1e300, usd_per_request: 1e300 } });
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toEqual([
      { field: 'inputs', expected: 'figures with which usd is within what a number holds' },
    ]);
  });
});
