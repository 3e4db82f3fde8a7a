import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, holds, type Sent, SOUND_INPUTS } from '../../helpers/calculator-inputs.ts';
import { fitRows } from '../../helpers/calculator-values.ts';
import { expectNear } from '../../helpers/near.ts';

describe('straight bills', () => {
  it('breakeven_requests: both bills are equal there, and a call less does not pay', () => {
    holds('breakeven_requests', (inputs, { requests_per_month: requests }) => {
      const { self_fixed = 0, api_fixed = 0, api_unit = 0, self_unit = 0 } = inputs;
      const self = (calls: number) => self_fixed + calls * self_unit;
      const api = (calls: number) => api_fixed + calls * api_unit;
      if (requests === null) {
        expect(self(0)).toBeGreaterThan(api(0));
        expect(self(1e9)).toBeGreaterThan(api(1e9));
      } else if (requests === 0) {
        expect(self(0)).toBeLessThanOrEqual(api(0));
      } else {
        expectNear(self(requests), api(requests));
        expect(self(requests * 0.99)).toBeGreaterThan(api(requests * 0.99));
      }
    });
  });

  it('breakeven_requests: never rises with the price of a call', () => {
    holds('breakeven_requests', (inputs, { requests_per_month: requests }) => {
      const dearer = calculate('breakeven_requests', { ...inputs, api_unit: (inputs['api_unit'] ?? 0) + 0.001 });
      const value = (calls: number | null) => calls ?? Number.POSITIVE_INFINITY;
      expect(value(dearer['requests_per_month'])).toBeLessThanOrEqual(value(requests));
    });
  });

  it('breakeven_tokens: so many tokens cost the fixed bill', () => {
    holds('breakeven_tokens', ({ self_fixed = 0, usd_per_1k_tokens = 0 }, { tokens_per_month: tokens }) => {
      expect(tokens === null).toBe(self_fixed > 0 && usd_per_1k_tokens === 0);
      if (tokens !== null) expectNear((tokens / 1000) * usd_per_1k_tokens, self_fixed);
    });
  });

  it('payback_requests: so many calls save the price of the hardware', () => {
    holds('payback_requests', ({ capex = 0, api_unit = 0, self_variable_unit = 0 }, { requests }) => {
      expect(requests === null).toBe(api_unit <= self_variable_unit);
      if (requests !== null) expectNear(capex + requests * self_variable_unit, requests * api_unit);
    });
  });
});

describe('whole replicas', () => {
  it('stepped_breakeven: agrees with a walk over the numbers of replicas', () => {
    holds('stepped_breakeven', (inputs, result) => {
      const of = (name: string): number => inputs[name] ?? 0;
      const { capacity_requests_per_replica_month: capacity, marginal_replica_usd: replicaUsd } = result;
      const unit = of('api_unit');
      const gain = unit * capacity - replicaUsd;
      expectNear(result['value_of_full_replica_usd'], unit * capacity);
      expectNear(replicaUsd, of('replica_monthly') + of('ops_per_replica'));
      const least = of('min_replicas');
      const beyond = (replicas: number) => replicas * replicaUsd + of('ops_base') + of('other') - of('api_fixed');
      const bound = Math.max(beyond(0), 0) + unit * capacity;
      // Where a full replica earns next to nothing beyond its cost, which of very many crosses is a matter of rounding.
      fc.pre(Math.abs(gain) > 1e-6 * replicaUsd && (gain <= 0 || bound / gain < 20_000));
      fc.pre(Math.abs(beyond(least)) > 1e-6);
      let first: number | null = beyond(least) <= 0 ? 0 : null;
      let stable = 0;
      for (let replicas = least; replicas <= Math.max(least, gain > 0 ? bound / gain + 2 : least); replicas++) {
        const crossing = beyond(replicas) / unit;
        if (first === null && unit > 0 && crossing <= replicas * capacity * (1 + 1e-12)) first = crossing;
        const lower = replicas === least ? 0 : (replicas - 1) * capacity;
        if (crossing > lower * (1 + 1e-12)) stable = Math.max(stable, crossing);
      }
      const { first_requests_per_month: found, stable_requests_per_month: lasting, tokens_per_month_first } = result;
      expect(found === null).toBe(first === null);
      expect(lasting === null).toBe(first === null || gain <= 0);
      if (first !== null) expectNear(found, first);
      if (lasting !== null) expectNear(lasting, stable);
      if (found !== null) expectNear(tokens_per_month_first, found * (of('tin') + of('tout')));
    });
  });

  it('capacity: so many replicas serve the peak at the load aimed at, and one fewer does not', () => {
    holds('capacity', (inputs, result) => {
      const { peak_rps, max_rps_per_replica, replicas, service_s_per_request, mean_rps, gpu_monthly_usd } = result;
      const of = (name: string): number => inputs[name] ?? 0;
      const [input, output] = [of('tin'), of('tout')];
      expectNear(
        service_s_per_request,
        of('a') * input + of('b') * output + of('c') * (input * output + output ** 2 / 2),
      );
      expectNear(max_rps_per_replica * service_s_per_request, of('target_utilisation'));
      expectNear(mean_rps * of('hours_per_month') * 3600, of('requests_per_month'));
      expectNear(peak_rps, mean_rps * of('peak_factor'));
      expect(replicas * max_rps_per_replica).toBeGreaterThanOrEqual(peak_rps * (1 - 1e-9));
      if (replicas > of('min_replicas')) expect((replicas - 1) * max_rps_per_replica).toBeLessThan(peak_rps);
      expect(replicas).toBeGreaterThanOrEqual(of('min_replicas'));
      expectNear(gpu_monthly_usd, replicas * of('usd_per_hour_per_replica') * of('hours_per_month'));
    });
  });

  it('fits: in whole hundredths, a tie fits', () => {
    holds('fits', ({ weights_gb = 0, vram_gb_total = 0, usable_share = 0 }, { fits }) => {
      const hundredths = (value: number) => BigInt(Math.round(value * 100));
      expect(fits).toBe(hundredths(weights_gb) * 100n <= hundredths(vram_gb_total) * hundredths(usable_share));
    });
  });
});

describe('fit_service_time', () => {
  const errorOf = (rows: readonly (readonly number[])[], a: number, b: number, c: number): number =>
    rows.reduce((sum, [input = 0, output = 1, rate = 1]) => {
      const timeS = output / rate;
      return sum + ((a * input + b * output + c * output * (input + output / 2)) / timeS - 1) ** 2;
    }, 0);

  it('finds the terms that rows were made from', () => {
    const { a, b, c } = { a: 2e-5, b: 3e-5, c: 4e-8 };
    const lengths = [
      [100, 50],
      [1000, 100],
      [50, 800],
      [4000, 900],
    ] as const;
    const rows = lengths.map(([input, output]) => [
      input,
      output,
      output / (a * input + b * output + c * output * (input + output / 2)),
    ]);
    const fitted = calculate('fit_service_time', { rows });
    expect(fitted['a']).toBeCloseTo(a, 14);
    expect(fitted['b']).toBeCloseTo(b, 14);
    expect(fitted['c']).toBeCloseTo(c, 17);
    expect(fitted['max_err']).toBeLessThan(1e-9);
  });

  it('has no neighbour that is nearer to the rows, and no term below zero', () => {
    fc.assert(
      fc.property(fitRows, (rows) => {
        const { a, b, c, mape, max_err } = calculate('fit_service_time', { rows });
        expect(Math.min(a, b, c)).toBeGreaterThanOrEqual(0);
        expect(mape).toBeLessThanOrEqual(max_err);
        const best = errorOf(rows, a, b, c);
        for (const [da, db, dc] of [
          [1e-7, 0, 0],
          [0, 1e-7, 0],
          [0, 0, 1e-10],
          [1e-7, -1e-7, 0],
          [0, 1e-7, -1e-10],
          [1e-7, 0, -1e-10],
        ] as const) {
          for (const sign of [1, -1]) {
            const near = [a + sign * da, b + sign * db, c + sign * dc] as const;
            if (Math.min(...near) >= 0) expect(errorOf(rows, ...near)).toBeGreaterThanOrEqual(best - 1e-12);
          }
        }
      }),
    );
  });

  it('does not care for the order of rows', () => {
    fc.assert(
      fc.property(fitRows, (rows) => {
        const fitted = calculate('fit_service_time', { rows });
        const turned = calculate('fit_service_time', { rows: rows.toReversed() });
        // Terms are of the size of 1e-5 and 1e-8: compared by what they say of a call.
        for (const [input, output] of [
          [1000, 0],
          [0, 1000],
        ] as const) {
          const timeS = (fit: typeof fitted) => fit['a'] * input + fit['b'] * output + (fit['c'] * output * output) / 2;
          expectNear(timeS(turned), timeS(fitted));
        }
      }),
    );
  });

  it('is refused where rows cannot tell the terms apart', () => {
    const refused = (rows: unknown) => expect(() => calculate('fit_service_time', { rows }));
    const row = (input: number, output: number) => [input, output, 1000];
    refused([row(1, 1), row(2, 3), row(4, 5)]).toThrow('inputs.rows: expected a list of 4');
    refused([row(1, 1), row(1, 1), row(1, 1), row(2, 3)]).toThrow('inputs.rows: expected at least 4 different lengths');
    // One output length throughout: what each costs at once cannot be told from what it costs by context.
    refused([row(100, 50), row(200, 50), row(300, 50), row(400, 50)]).toThrow('tell a, b and c apart');
    refused([row(0, 50), row(0, 60), row(0, 70), row(0, 80)]).toThrow('tell a, b and c apart');
  });
});

describe('migrate_now', () => {
  it('agrees with the rules read one after another', () => {
    holds('migrate_now', (inputs, { states, alert_days }) => {
      const expected = walkDays(inputs['days'] as unknown as readonly Day[], inputs['params'] as unknown as Params);
      expect(states).toEqual(expected);
      expect(alert_days).toEqual(
        expected.flatMap((state, day) => (state === 'migrate_now' && expected[day - 1] !== state ? [day] : [])),
      );
    });
  });

  it('stays without a day, and alerts once for a gain that lasts', () => {
    const sound: fc.Arbitrary<Sent> = SOUND_INPUTS['migrate_now'] ?? fc.constant({});
    fc.assert(
      fc.property(sound, fc.integer({ min: 0, max: 30 }), ({ params }, length) => {
        const day = { history_days: 40, pct: 0.2, usd: 500, prob: 0.8, payback: 12 };
        const { alert_days } = calculate('migrate_now', { params, days: new Array(length).fill(day) });
        const { n_on } = params as Params;
        expect(alert_days).toEqual(length >= n_on ? [n_on - 1] : []);
      }),
    );
  });
});

interface Day {
  readonly history_days: number;
  readonly pct: number;
  readonly usd: number;
  readonly prob: number;
  readonly payback: number | null;
  readonly gates: boolean;
  readonly complete: boolean;
}

type Params = Readonly<Record<string, number>> & { readonly n_on: number };

/** The rules as METHODS words them, over the whole past of each day. */
function walkDays(days: readonly Day[], params: Params): readonly string[] {
  const of = (name: string): number => params[name] ?? 0;
  const good = (day: Day) =>
    day.gates &&
    day.history_days >= of('min_history') &&
    day.pct >= of('on_pct') &&
    day.usd >= of('on_usd') &&
    day.prob >= of('on_prob') &&
    (day.payback ?? 99) <= of('max_payback');
  const bad = (day: Day) => day.pct < of('off_pct') || day.usd < of('off_usd') || day.prob < of('off_prob');
  let state = 'stay';
  let run: boolean[] = [];
  let missing = 0;
  return days.map((day) => {
    missing = day.complete ? 0 : missing + 1;
    if (!day.complete) {
      if (missing > of('max_missing')) {
        run = [];
        if (state === 'watch') state = 'stay';
      }
      return state;
    }
    run.push(state === 'migrate_now' ? bad(day) : good(day));
    const needed = state === 'migrate_now' ? of('n_off') : of('n_on');
    const ended = run.length >= needed && run.slice(-needed).every(Boolean);
    if (state === 'migrate_now') {
      if (ended || !day.gates) state = 'stay';
      else return state;
    } else {
      state = ended ? 'migrate_now' : good(day) ? 'watch' : 'stay';
      if (!ended) return state;
    }
    run = [];
    return state;
  });
}
