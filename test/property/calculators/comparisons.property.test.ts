import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, holds, SOUND_INPUTS } from '../../helpers/calculator-inputs.ts';
import { share, usd } from '../../helpers/calculator-values.ts';
import { expectNear } from '../../helpers/near.ts';

const reversed = (list: unknown): readonly unknown[] => [...(list as readonly unknown[])].reverse();

describe('savings and payback', () => {
  it('savings: the other way round it is the same amount lost, and shares are of the bill that they name', () => {
    holds('savings', ({ api_usd = 0, self_usd = 0 }, result) => {
      const back = calculate('savings', { api_usd: self_usd, self_usd: api_usd });
      expectNear(back['savings_usd'], -result['savings_usd']);
      expect(result['savings_pct_of_api'] === null).toBe(api_usd === 0);
      expect(result['self_premium_pct'] === null).toBe(self_usd === 0);
      if (api_usd > 0) expectNear(api_usd * (1 - result['savings_pct_of_api']), self_usd);
      if (self_usd > 0) expectNear(self_usd * (1 + result['self_premium_pct']), api_usd);
    });
  });

  it('payback_months: after that many months both ways have cost the same; never is null', () => {
    holds('payback_months', ({ one_time = 0, api_monthly = 0, self_cash_monthly = 0 }, { months }) => {
      expect(months === null).toBe(api_monthly <= self_cash_monthly);
      if (months !== null) expectNear(one_time + months * self_cash_monthly, months * api_monthly);
    });
  });
});

describe('tco', () => {
  it('is the sum of the months one by one, prices falling after every twelfth', () => {
    holds('tco', (inputs, { api_usd, self_usd, savings_usd }) => {
      const { months = 0, api_variable = 0, api_fixed = 0, self_monthly = 0, one_time = 0 } = inputs;
      const { growth_monthly = 0, api_decline_annual = 0 } = inputs;
      let variable = api_variable;
      let api = 0;
      let self = one_time;
      for (let month = 1; month <= months; month++) {
        api += variable + api_fixed;
        self += self_monthly;
        variable *= 1 + growth_monthly;
        if (month % 12 === 0) variable *= 1 - api_decline_annual;
      }
      expectNear(api_usd, api);
      expectNear(self_usd, self);
      expectNear(savings_usd, api - self);
    });
  });
});

describe('month_end_from_paths', () => {
  it('does not care for the order of paths, and moves with what is spent', () => {
    holds('month_end_from_paths', (inputs, result) => {
      const { remaining_paths: paths, mtd = 0, budget = 0 } = inputs;
      const turned = calculate('month_end_from_paths', { ...inputs, remaining_paths: reversed(paths) });
      expect(turned).toEqual(result);
      const later = calculate('month_end_from_paths', { ...inputs, mtd: mtd + 7, budget: budget + 7 });
      for (const field of ['median', 'lo80', 'hi80', 'lo95', 'hi95']) expectNear(later[field], result[field] + 7);
    });
  });

  it('puts the bounds in order, and a path and its share of the weight at each', () => {
    holds('month_end_from_paths', (inputs, { median, lo80, hi80, lo95, hi95, p_exceed }) => {
      const paths = inputs['remaining_paths'] as unknown as readonly number[];
      expect(
        [lo95, lo80, median, hi80, hi95].every((value, at, all) => at === 0 || value >= (all[at - 1] ?? 0) - 1e-6),
      ).toBe(true);
      const totals = paths.map((rest) => (inputs['mtd'] ?? 0) + rest);
      expect(totals.filter((total) => total < median - 1e-6).length).toBeLessThanOrEqual(totals.length / 2);
      expect(p_exceed * totals.length).toBeCloseTo(totals.filter((total) => total > (inputs['budget'] ?? 0)).length, 9);
    });
  });
});

describe('savings_probability', () => {
  it('counts the paths that save enough, in whole cents', () => {
    holds('savings_probability', (inputs, { probability }) => {
      const paths = inputs['api_month_end_paths'] as unknown as readonly number[];
      const cents = (amount = 0) => BigInt(Math.round(amount * 100));
      // Everything in hundredths of a cent, so that ties are ties.
      const saves = paths.filter((path) => {
        const saved = 100n * (cents(path) - cents(inputs['self_monthly']));
        return saved >= cents(inputs['min_pct']) * cents(path) && saved >= 100n * cents(inputs['min_usd']);
      });
      expect(probability).toBe(saves.length / paths.length);
    });
  });

  it('never rises with the bill of self-hosting', () => {
    fc.assert(
      fc.property(SOUND_INPUTS['savings_probability'] ?? fc.constant({}), usd, usd, (inputs, one, other) => {
        const at = (self: number) => calculate('savings_probability', { ...inputs, self_monthly: self })['probability'];
        expect(at(Math.max(one, other))).toBeLessThanOrEqual(at(Math.min(one, other)));
      }),
    );
  });
});

describe('tornado', () => {
  it('is the saving of the whole model at each end, replicas sized anew', () => {
    holds('tornado', (inputs, { base_savings_usd, base_replicas, rows }) => {
      const base = inputs['base'] as unknown as Readonly<Record<string, number>>;
      const atBase = computeSaving(base);
      expect(base_replicas).toBe(atBase.replicas);
      expectNear(base_savings_usd, atBase.usd);
      for (const row of rows) {
        expectNear(row.savings_at_low, computeSaving({ ...base, [row.param]: row.low }).usd);
        expectNear(row.savings_at_high, computeSaving({ ...base, [row.param]: row.high }).usd);
        expectNear(row.swing, Math.abs(row.savings_at_high - row.savings_at_low));
      }
    });
  });

  it('has the same bars in whatever order they are asked for, the largest first and ties as given', () => {
    holds('tornado', (inputs, { order, rows }) => {
      const ranges = Object.entries(inputs['ranges'] as unknown as object);
      const turned = calculate('tornado', { ...inputs, ranges: Object.fromEntries(ranges.toReversed()) });
      const byName = (list: typeof rows) =>
        list.toSorted((a: { param: string }, b: { param: string }) => a.param.localeCompare(b.param));
      expect(byName(turned['rows'])).toEqual(byName(rows));
      expect(order).toEqual(rows.map(({ param }: { param: string }) => param));
      const given = ranges.map(([name]) => name);
      for (const [at, row] of rows.entries()) {
        const next = rows[at + 1];
        if (next === undefined) continue;
        expect(row.swing).toBeGreaterThanOrEqual(next.swing);
        if (row.swing === next.swing) expect(given.indexOf(row.param)).toBeLessThan(given.indexOf(next.param));
      }
    });
  });
});

/** The model written down once more, step by step. */
function computeSaving(model: Readonly<Record<string, number>>): { readonly usd: number; readonly replicas: number } {
  const of = (name: string): number => model[name] ?? 0;
  const serviceS = of('a') * of('tin') + of('b') * of('tout') + of('c') * of('tout') * (of('tin') + of('tout') / 2);
  const busy = ((of('requests') * of('peak_factor')) / (730 * 3600)) * (serviceS / of('rho'));
  let replicas = of('min_replicas');
  while (replicas < busy * (1 - 1e-12)) replicas += 1;
  const cached = of('cached') * of('pcached') + (of('tin') - of('cached')) * of('pin');
  const api = of('api_fixed') + (of('requests') * (cached + of('tout') * of('pout'))) / 1e6;
  const replica = of('usd_per_hour') * 730 * (1 - of('reserved_discount')) + of('ops_per_replica');
  return { usd: api - replicas * replica - of('ops_base') - of('other'), replicas };
}

describe('savings on tokens, time and calls', () => {
  it('reduction: what is left is the share left', () => {
    holds('reduction', ({ before = 0, after = 0 }, { reduction_pct }) => {
      expect(reduction_pct === null).toBe(before === 0);
      if (reduction_pct !== null) expectNear(before * (1 - reduction_pct), after);
    });
  });

  it('combined_reduction: does not care for the order, and is one reduction after another', () => {
    holds('combined_reduction', (inputs, { reduction_pct }) => {
      const reductions = inputs['reductions'] as unknown as readonly number[];
      expectNear(calculate('combined_reduction', { reductions: reversed(reductions) })['reduction_pct'], reduction_pct);
      let left = 1;
      for (const taken of reductions) left -= left * taken;
      expectNear(1 - left, reduction_pct);
    });
  });

  it('compression: the part that is not compressed stays, and the rest shrinks', () => {
    holds('compression', ({ share_compressed = 0, ratio = 1 }, { remaining_share, reduction_pct }) => {
      expectNear(remaining_share + reduction_pct, 1);
      // Of a text of 1,000 tokens.
      expectNear(remaining_share * 1000, 1000 * (1 - share_compressed) + (1000 * share_compressed) / ratio);
    });
  });

  it('ratio: times the second is the first', () => {
    holds('ratio', ({ a = 0, b = 0 }, { ratio }) => {
      expect(ratio === null).toBe(b === 0);
      if (ratio !== null) expectNear(ratio * b, a);
    });
  });

  it('prompt_cache: is the sum call by call, the first at the premium', () => {
    holds('prompt_cache', (inputs, { without_usd, with_usd, savings_pct }) => {
      const { n = 1, prefix = 0, dynamic = 0, price = 0, discount = 0, write_premium = 0 } = inputs;
      let [without, cached] = [0, 0];
      for (let call = 0; call < n; call++) {
        without += ((prefix + dynamic) * price) / 1e6;
        cached += ((prefix * (call === 0 ? 1 + write_premium : 1 - discount) + dynamic) * price) / 1e6;
      }
      expectNear(without_usd, without);
      expectNear(with_usd, cached);
      expect(savings_pct === null).toBe(without_usd === 0);
      if (savings_pct !== null) expectNear(without_usd * (1 - savings_pct), with_usd);
    });
  });

  it('prompt_cache: saves no smaller a share of more calls', () => {
    holds('prompt_cache', (inputs, { savings_pct }) => {
      const more = calculate('prompt_cache', { ...inputs, n: (inputs['n'] ?? 1) + 1 });
      if (savings_pct !== null) expect(more['savings_pct']).toBeGreaterThanOrEqual(savings_pct - 1e-12);
    });
  });

  it('cache_hit: hits save the API their share; own hardware saves whole instances whatever the hits', () => {
    holds('cache_hit', (inputs, { api_saving_usd, self_saving_usd }) => {
      const all = calculate('cache_hit', { ...inputs, hit_rate: 1 });
      expectNear(all['api_saving_usd'] * (inputs['hit_rate'] ?? 0), api_saving_usd);
      expect(all['self_saving_usd']).toBe(self_saving_usd);
      expect(calculate('cache_hit', { ...inputs, instances_removed: 0 })['self_saving_usd']).toBe(0);
    });
  });

  it('batching: the items of a batch take its time together', () => {
    holds('batching', ({ batch = 1, batch_ms = 0, single_ms = 0 }, { per_item_ms, savings_pct }) => {
      expectNear(per_item_ms * batch, batch_ms);
      expect(savings_pct === null).toBe(single_ms === 0);
      if (savings_pct !== null) expectNear(single_ms * (1 - savings_pct) * batch, batch_ms);
    });
  });

  it('routing_savings: does not care for the order of routes, and costs between the cheapest and the dearest', () => {
    holds('routing_savings', (inputs, { blended_usd, savings_pct }) => {
      const prices = inputs['usd_per_request'] as unknown as readonly number[];
      const turned = { shares: reversed(inputs['shares']), usd_per_request: reversed(prices) };
      expectNear(calculate('routing_savings', { ...inputs, ...turned })['blended_usd'], blended_usd);
      expect(blended_usd).toBeGreaterThanOrEqual(Math.min(...prices) - 1e-9);
      expect(blended_usd).toBeLessThanOrEqual(Math.max(...prices) + 1e-9);
      const baseline = inputs['baseline_usd_per_request'] ?? 0;
      expect(savings_pct === null).toBe(baseline === 0);
      if (savings_pct !== null) expectNear(baseline * (1 - savings_pct), blended_usd);
    });
  });

  it('implied_cost and cost_per_quality_point: times what they divide by are what they began with', () => {
    holds('implied_cost', ({ annual_saving = 0, multiple = 0 }, { implied_cost_usd }) => {
      expect(implied_cost_usd === null).toBe(multiple === 0);
      if (implied_cost_usd !== null) expectNear(implied_cost_usd * multiple, annual_saving);
    });
    holds('cost_per_quality_point', ({ annual_usd = 0, score = 0 }, { usd_per_point }) => {
      expect(usd_per_point === null).toBe(score === 0);
      if (usd_per_point !== null) expectNear(usd_per_point * score, annual_usd);
    });
  });

  it('implied_tokens: half the rate for twice the time makes as many', () => {
    holds('implied_tokens', ({ tokens_per_s = 0, seconds = 0 }, { tokens }) => {
      expectNear(
        calculate('implied_tokens', { tokens_per_s: tokens_per_s / 2, seconds: 2 * seconds })['tokens'],
        tokens,
      );
    });
  });

  it('compression: a larger part compressed never leaves more, where the ratio shrinks', () => {
    fc.assert(
      fc.property(share, share, fc.integer({ min: 1, max: 50 }), (one, other, ratio) => {
        const left = (part: number) => calculate('compression', { share_compressed: part, ratio })['remaining_share'];
        expect(left(Math.max(one, other))).toBeLessThanOrEqual(left(Math.min(one, other)) + 1e-12);
      }),
    );
  });
});
