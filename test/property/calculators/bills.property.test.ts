import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, holds, SOUND_INPUTS } from '../../helpers/calculator-inputs.ts';
import { share } from '../../helpers/calculator-values.ts';
import { expectNear } from '../../helpers/near.ts';

describe('bills of an API', () => {
  it('api_monthly: two parts of the calls cost what all of them cost, the fixed part once', () => {
    holds('api_monthly', (inputs, { monthly_usd, variable_usd, unit_usd }) => {
      const { requests = 0, fixed = 0, tin = 0, tout = 0, cached = 0, pin = 0, pout = 0, pcached = 0 } = inputs;
      const some = calculate('api_monthly', { ...inputs, requests: Math.floor(requests / 3), fixed: 0 });
      const rest = calculate('api_monthly', { ...inputs, requests: requests - Math.floor(requests / 3) });
      expectNear(some['monthly_usd'] + rest['monthly_usd'], monthly_usd);
      expectNear(variable_usd + fixed, monthly_usd);
      // Token by token: those read from cache, the other input, the output.
      expectNear(unit_usd * 1e6, cached * pcached + (tin - cached) * pin + tout * pout);
    });
  });

  it('api_monthly: input read from cache at the price of input costs what other input costs', () => {
    holds('api_monthly', (inputs) => {
      const { pin = 0 } = inputs;
      const cached = calculate('api_monthly', { ...inputs, pcached: pin });
      expectNear(cached['unit_usd'], calculate('api_monthly', { ...inputs, cached: 0 })['unit_usd']);
    });
  });

  it('flat_rate: twice the calls cost twice as much', () => {
    holds('flat_rate', ({ requests = 0, usd_per_request = 0 }, { usd }) => {
      expectNear(calculate('flat_rate', { requests: 2 * requests, usd_per_request })['usd'], 2 * usd);
    });
  });

  it('price_unit_convert: a text costs the same by characters and by tokens', () => {
    holds('price_unit_convert', ({ usd_per_1k_chars = 0, chars_per_token = 1 }, { usd_per_million_tokens }) => {
      // 12,000 characters
      expectNear((12_000 / chars_per_token / 1e6) * usd_per_million_tokens, 12 * usd_per_1k_chars);
    });
  });

  it('universal_monthly_cost: is the API bill of 30 days, or the self-hosted bill whatever the queries', () => {
    holds('universal_monthly_cost', (inputs, { queries_per_month, variable_usd, monthly_usd }) => {
      const { users = 0, queries_per_user_per_day = 0, input_tokens, output_tokens, ...rest } = inputs;
      expect(queries_per_month).toBe(users * queries_per_user_per_day * 30);
      if (inputs.deployment === 'api') {
        const { price_in: pin, price_out: pout, infrastructure = 0, operations = 0 } = rest;
        const asked = { requests: queries_per_month, tin: input_tokens, tout: output_tokens, pin, pout };
        const bill = calculate('api_monthly', { ...asked, fixed: infrastructure + operations });
        expectNear(monthly_usd, bill['monthly_usd']);
        expectNear(variable_usd, bill['variable_usd']);
      } else {
        expect(variable_usd).toBe(0);
        expectNear(monthly_usd, calculate('selfhost_formula', { ...rest, other: 0 })['monthly_usd']);
      }
    });
  });

  it('paper_breakeven_months: after that many months both ways have cost the same', () => {
    holds('paper_breakeven_months', ({ capex = 0, electricity_monthly = 0 }, { months, api_monthly_usd }) => {
      expect(months === null).toBe(api_monthly_usd <= electricity_monthly);
      if (months !== null) expectNear(capex + months * electricity_monthly, months * api_monthly_usd);
    });
  });

  it('paper_breakeven_months: the tokens are those of every second of every hour of every day', () => {
    holds('paper_breakeven_months', (inputs, { tokens_per_month, api_monthly_usd }) => {
      let seconds = 0;
      for (let day = 0; day < (inputs['days_per_month'] ?? 0); day++) seconds += 3600 * (inputs['hours_per_day'] ?? 0);
      expect(tokens_per_month).toBe(seconds * (inputs['tokens_per_s'] ?? 0));
      const asInput = tokens_per_month * (inputs['share_input'] ?? 0);
      const paid = asInput * (inputs['pin'] ?? 0) + (tokens_per_month - asInput) * (inputs['pout'] ?? 0);
      expectNear(api_monthly_usd, paid / 1e6);
    });
  });

  it('training_cost: each epoch costs the same, and finetune_training is it for the tokens of all examples', () => {
    holds('training_cost', (inputs, { training_tokens, usd }) => {
      const { epochs = 1 } = inputs;
      const one = calculate('training_cost', { ...inputs, epochs: 1 });
      expect(one['training_tokens'] * epochs).toBe(training_tokens);
      expectNear(one['usd'] * epochs, usd);
    });
    holds('finetune_training', ({ examples = 0, tokens_per_example = 0, ...rest }, result) => {
      expect(calculate('training_cost', { ...rest, tokens: examples * tokens_per_example })).toEqual(result);
    });
  });
});

describe('bills of own and rented hardware', () => {
  it('rented_monthly, rented_flat, discounted_monthly: a discount is taken off once, and instances add up', () => {
    holds('rented_monthly', (inputs, { monthly_usd }) => {
      const { reserved_discount = 0, instances = 0 } = inputs;
      const list = calculate('rented_monthly', { ...inputs, reserved_discount: 0 })['monthly_usd'];
      expectNear(calculate('discounted_monthly', { monthly_usd: list, reserved_discount })['monthly_usd'], monthly_usd);
      const single = calculate('rented_monthly', { ...inputs, instances: 1 })['monthly_usd'];
      expectNear(calculate('rented_flat', { gpus: instances, usd_month_per_gpu: single })['monthly_usd'], monthly_usd);
    });
  });

  it('rented_flat: one more costs one more', () => {
    holds('rented_flat', ({ gpus = 0, usd_month_per_gpu = 0 }, { monthly_usd }) => {
      const more = calculate('rented_flat', { gpus: gpus + 1, usd_month_per_gpu });
      expectNear(more['monthly_usd'], monthly_usd + usd_month_per_gpu);
    });
  });

  it('discounted_monthly: the rest and what is taken off are the whole', () => {
    holds('discounted_monthly', ({ monthly_usd = 0, reserved_discount = 0 }, result) => {
      expectNear(result['monthly_usd'] + monthly_usd * reserved_discount, monthly_usd);
    });
  });

  it('owned_monthly: over its life the depreciation is the price, and only it is no cash', () => {
    holds('owned_monthly', (inputs, { depreciation_usd, power_usd, monthly_usd, cash_monthly_usd }) => {
      const { n = 0, capex = 0, life_years = 1, maintenance = 0, watts = 0, pue = 1, usd_per_kwh = 0 } = inputs;
      expectNear(depreciation_usd * 12 * life_years, n * capex);
      expectNear(monthly_usd - depreciation_usd, cash_monthly_usd);
      expectNear(cash_monthly_usd - power_usd, maintenance);
      const hours = (inputs['hours_per_day'] ?? 0) * (inputs['days_per_month'] ?? 0);
      const powered = calculate('electricity_monthly', {
        gpus: n,
        kw_per_gpu: (watts * pue) / 1000,
        hours,
        usd_per_kwh,
      });
      expectNear(powered['usd'], power_usd);
    });
  });

  it('selfhost_formula: is rent, operations and the rest', () => {
    holds('selfhost_formula', (inputs, { monthly_usd }) => {
      const { other = 0, ...rest } = inputs;
      const gpu = calculate('rented_monthly', rest)['monthly_usd'];
      const ops = calculate('ops_cost', rest)['usd'];
      expectNear(calculate('selfhost_sum', { gpu, other, ops })['monthly_usd'], monthly_usd);
    });
  });

  it('ops_cost: one more instance adds its own part and nothing of the base', () => {
    holds('ops_cost', (inputs, { usd }) => {
      const { instances = 0, ops_per_instance = 0 } = inputs;
      expectNear(calculate('ops_cost', { ...inputs, instances: instances + 1 })['usd'], usd + ops_per_instance);
    });
  });

  it('selfhost_sum: does not care which part is which', () => {
    holds('selfhost_sum', ({ gpu, other, ops }, { monthly_usd, annual_usd }) => {
      expectNear(calculate('selfhost_sum', { gpu: ops, other: gpu, ops: other })['monthly_usd'], monthly_usd);
      expectNear(annual_usd / 12, monthly_usd);
    });
  });

  it('selfhost_reserved: saves the discount on the instances and nothing else', () => {
    holds('selfhost_reserved', ({ reserved_discount = 0, ...inputs }, { monthly_usd, annual_usd }) => {
      const list = calculate('selfhost_sum', inputs);
      expectNear(list['monthly_usd'] - monthly_usd, (inputs['gpu'] ?? 0) * reserved_discount);
      expectNear(annual_usd / 12, monthly_usd);
    });
  });

  it('hybrid_monthly: with no share local it is the API and the idle hardware, with all of it no call is paid', () => {
    holds('hybrid_monthly', (inputs, { local_usd, api_usd, monthly_usd }) => {
      const { self_usd = 0, api_fixed = 0, share_local = 0, requests = 0, api_unit = 0 } = inputs;
      const none = calculate('hybrid_monthly', { ...inputs, share_local: 0 });
      const all = calculate('hybrid_monthly', { ...inputs, share_local: 1 });
      expectNear(none['monthly_usd'], self_usd + requests * api_unit + api_fixed);
      expectNear(all['monthly_usd'], self_usd + api_fixed);
      // In between it lies on the straight line of both.
      expectNear(monthly_usd, share_local * all['monthly_usd'] + (1 - share_local) * none['monthly_usd']);
      expectNear(local_usd + api_usd, monthly_usd);
    });
  });

  it('electricity_monthly: GPUs add up', () => {
    holds('electricity_monthly', ({ gpus = 0, ...rest }, { usd }) => {
      let sum = 0;
      for (let gpu = 0; gpu < gpus; gpu++) sum += calculate('electricity_monthly', { ...rest, gpus: 1 })['usd'];
      expectNear(sum, usd);
    });
  });

  it('weights_gb: a byte a parameter is a GB a billion', () => {
    holds('weights_gb', ({ params_b = 0, bits = 0 }, { weights_gb }) => {
      expect(calculate('weights_gb', { params_b, bits: 8 })['weights_gb']).toBe(params_b);
      expectNear(weights_gb * (8 / bits), params_b);
    });
  });

  it('usd_per_million_output: the tokens of an hour cost the hour', () => {
    holds('usd_per_million_output', ({ usd_per_hour = 0, tokens_per_s = 0, utilisation = 0 }, { usd_per_million }) => {
      const millions = (tokens_per_s * utilisation * 3600) / 1e6;
      expect(usd_per_million === null).toBe(millions === 0);
      if (usd_per_million !== null) expectNear(usd_per_million * millions, usd_per_hour);
    });
  });
});

describe('a larger discount', () => {
  it('never makes a bill larger', () => {
    const sound = SOUND_INPUTS['selfhost_reserved'] ?? fc.constant({});
    fc.assert(
      fc.property(sound, share, share, (inputs, one, other) => {
        const bill = (discount: number) =>
          calculate('selfhost_reserved', { ...inputs, reserved_discount: discount })['monthly_usd'];
        expect(bill(Math.max(one, other))).toBeLessThanOrEqual(bill(Math.min(one, other)) * (1 + 1e-12));
      }),
    );
  });
});
