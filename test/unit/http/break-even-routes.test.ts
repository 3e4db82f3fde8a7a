import { describe, expect, it } from 'vitest';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const DAYS = Array.from({ length: 28 }, (_, index) => `2026-01-${String(index + 1).padStart(2, '0')}`);

/** A call of 1,000 tokens in and 100 out, $0.0012, at ten in the morning. */
const call = (day: string, index: number, fields: Record<string, unknown> = {}) => ({
  ...{ id: `${day}-${index}`, time: `${day}T10:00:00Z`, model: 'm-1', app: 'chat' },
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

async function createWorld(events: readonly unknown[]) {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
  return { world, key, ask: (query = '') => world.ask('GET', `/v1/break-even${query}`, { key }) };
}

describe('GET /v1/break-even', () => {
  it('scales what was recorded to a month and leaves on the API what a target cannot serve', async () => {
    const { ask } = await createWorld([
      ...DAYS.map((day) => call(day, 1)),
      call('2026-01-20', 2, { usage: { input_tokens: 140_000, output_tokens: 100 } }),
      call('2026-01-20', 3, { operation: 'embeddings', app: 'search' }),
    ]);
    const { status, json } = await ask('?target_model=llama-3.3-70b&hardware=lambda/gpu_2x_h100_sxm5&limit=1');
    expect(status).toBe(200);
    // The ledger's first day, the 1st, may be a part of a day, and is none: 27 days and 29 calls are left.
    expect(json).toMatchObject({ from: '2026-01-01', to: '2026-01-29', recorded_days: 27, calls: 29 });
    // 28 calls of $0.0012 and 140,000 x $1/M + 100 x $2/M = $0.1402
    expect(json.cost_usd).toBe('0.1738');
    const [row] = json.rows;
    expect(row.unservable).toEqual([
      { reason: 'kind', calls: 1, cost_usd: '0.0012' },
      { reason: 'context', calls: 1, cost_usd: '0.1402' },
    ]);
    // 27 calls in 27 x 24 hours are 30.4167 in a month of 730, and $0.0365.
    expect(row.requests_per_month).toBeCloseTo(30.4167, 4);
    expect(row.api.usd).toBeCloseTo(0.0365, 9);
    // Two replicas of 2 x H100 at $6.38 an hour, 500 + 2 x 200 for operations and 140 besides
    expect(row.self.usd).toBeCloseTo(2 * 6.38 * 730 + 500 + 400 + 140, 6);
    expect(row.hybrid).toMatchObject({ share_ratio: 0 });
    // Unservable: $0.1414 in 27 days
    expect(row.best_monthly_usd).toBeCloseTo(0.0365 + (0.1414 * 730) / (27 * 24), 9);
    expect(row.hardware).toMatchObject({ id: 'lambda/gpu_2x_h100_sxm5' });
    expect(row.decided_by).toHaveLength(3);
    expect(json.rows_left_out).toBeGreaterThan(0);
  });

  it('looks ahead from all that was recorded, also where a part of it is compared', async () => {
    const { ask } = await createWorld(DAYS.map((day) => call(day, 1)));
    const { json } = await ask('?from=2026-01-15&to=2026-01-22&limit=1');
    // Every day is alike, and so are the coming 30: about as much as 30 times the mean day of the window.
    expect(json).toMatchObject({ recorded_days: 7, history_days: 28 });
    const { lo80_ratio: low, hi80_ratio: high } = json.volume_outlook;
    expect([low < 1, high > 1]).toEqual([true, true]);
    expect(Math.sqrt(low * high)).toBeCloseTo(1, 1);
  });

  it('sizes from no call that was made to measure, and tells of it', async () => {
    const { ask } = await createWorld([
      ...DAYS.map((day) => call(day, 1)),
      call('2026-01-20', 2, { app: 'tokenledger-measure', operation: 'chat' }),
    ]);
    const { json } = await ask('?target_model=llama-3.3-70b&limit=1');
    expect(json).toMatchObject({ calls: 28, cost_usd: '0.0336' });
    expect(json.rows[0].unservable).toEqual([{ reason: 'measurement', calls: 1, cost_usd: '0.0012' }]);
    // 27 calls in 27 days, as if nobody had measured
    expect(json.rows[0].requests_per_month).toBeCloseTo(30.4167, 4);
  });

  it('says how many days are measured as long as some are not, and goes on with them', async () => {
    const { world, ask } = await createWorld(DAYS.map((day) => call(day, 1)));
    // Where a look at the clock takes five seconds, a request has time for two or three pages.
    let tickedMs = 0;
    const now = (): number => {
      tickedMs += 5_000;
      return world.ports.now() + tickedMs;
    };
    Object.assign(world.ports, { workloads: { ...world.ports.workloads, now } });
    const seen: number[] = [];
    for (let round = 0; round < 30; round++) {
      tickedMs = 0;
      const { status, json } = await ask('?limit=1');
      if (status === 200) break;
      expect({ status, days: json.days_in_all }).toEqual({ status: 202, days: 27 });
      seen.push(json.days_done);
    }
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThan(30);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('goes back 731 days, whose spend is read up to now', async () => {
    const { ask } = await createWorld([call('2026-01-20', 1)]);
    expect((await ask('?from=2024-01-29&to=2024-02-20')).status).toBe(200);
  });

  it.each([
    ['filter=team', 'filter'],
    ['filter=colour=red', 'filter'],
    ['filter=app=a&filter=app=b', 'filter'],
    ['from=2026-02-01&to=2026-01-01', 'from'],
    ['from=2025-01-01&to=2026-01-01', 'to'],
    ['to=2026-02-30', 'to'],
    // 731 days before the 29th of January 2026 are the 29th of January 2024.
    ['from=2024-01-28&to=2024-02-20', 'from'],
    ['from=0001-01-01&to=0001-02-01', 'from'],
    ['target_model=gpt-4o', 'target_model'],
    ['hardware=nothing', 'hardware'],
    ['rho=0', 'rho'],
    ['rho=seven', 'rho'],
    ['q_min=70', 'quality_scale'],
    ['quality_scale=MMLU%20%25', 'q_min'],
    ['colour=red', 'colour'],
    ['limit=51', 'limit'],
  ])('refuses %s by the name of the parameter', async (query, field) => {
    const { ask } = await createWorld([call('2026-01-20', 1)]);
    const { status, json } = await ask(`?${query}`);
    expect(status).toBe(400);
    expect(json.errors.map((error: { field: string }) => error.field)).toContain(field);
  });
});

const PROFILE = {
  requests_per_month: 6_000_000,
  input_tokens: 500,
  output_tokens: 300,
  input_usd: 2.5,
  output_usd: 10,
};

describe('POST /v1/break-even', () => {
  async function post(body: unknown) {
    const world = createApiWorld();
    const key = await world.enrol('default', 'reader');
    return world.ask('POST', '/v1/break-even', { key, body });
  }

  it('finds the break-even of METHODS 5.3 for a 70B model on two H100', async () => {
    const { json } = await post({
      ...PROFILE,
      ...{ target_model: 'Llama-3.3-70B', hardware: 'lambda/gpu_2x_h100_sxm5' },
      policy: { ops_base_usd: 2_000, ops_per_replica_usd: 200, other_usd: 250 },
    });
    expect(json.api_monthly_usd).toBeCloseTo(6 * 4_250, 6);
    const row = json.rows.find(({ offer }: { offer: string }) => offer.includes('/fp8/2xH100/TensorRT-LLM'));
    // Cases of the calculators: a full replica earns 28,354 and costs 4,857; 2 x 4,857.4 + 2,250 = 11,964.8 over 0.00425
    expect(row.break_even.full_replica_value_usd).toBeCloseTo(28_353.64, 1);
    expect(row.break_even.replica_usd).toBeCloseTo(4_857.4, 6);
    expect(row.break_even.first_requests).toBeCloseTo(11_964.8 / 0.00425, 0);
    expect(row).toMatchObject({ peak_measured: false, confidence: 'low', probability: null });
  });

  it('charges cached tokens their own price, and that of the others where they have none', async () => {
    const cached = { ...PROFILE, cached_tokens: 400, limit: 1 };
    // 6 million calls of 100 x $2.50/M + 400 x $1.25/M + 300 x $10/M
    expect((await post({ ...cached, cached_usd: 1.25 })).json.api_monthly_usd).toBeCloseTo(6 * 3_750, 6);
    expect((await post(cached)).json.api_monthly_usd).toBeCloseTo(6 * 4_250, 6);
  });

  it("offers guide S0's server without GPU once somebody has measured a model on it", async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    const row = {
      ...{ kind: 'concurrency-sweep', model: 'TinyLlama', gpu: 'basic-cpu-server', gpu_count: 0, precision: 'q4_k_m' },
      ...{ concurrency: 4, input_tokens: 300, output_tokens: 100, output_tokens_per_s: 40 },
      ...{ source: 'measured here', as_of: '2026-01-02' },
    };
    const body = { ...PROFILE, requests_per_month: 20_000, input_tokens: 300, output_tokens: 100, hardware: row.gpu };
    const before = await world.ask('POST', '/v1/break-even', { key, body });
    expect(before.json.rows).toEqual([]);
    expect(before.json.not_offered).toContainEqual({ kind: 'hardware', id: row.gpu, reason: 'no_throughput' });
    expect((await world.ask('POST', '/v1/reference-rows', { key, body: { kind: 'throughput', row } })).status).toBe(
      201,
    );
    const { json } = await world.ask('POST', '/v1/break-even', { key, body });
    // 2.5 s a call: 50,000 s a month, four times as much at the peak, of 2,628,000 x 0.7; $100 for each of the least two
    expect(json.rows).toHaveLength(1);
    expect(json.rows[0]).toMatchObject({ model: 'TinyLlama', gpus_per_replica: 0, replicas: 2, machines: 2 });
    expect(json.rows[0].service_time_s).toBeCloseTo(2.5, 9);
    expect(json.rows[0].self.usd).toBeCloseTo(2 * 100 + 500 + 2 * 200 + 140, 9);
  });

  it.each([
    [{ ...PROFILE, colour: 'red' }, 'body.colour'],
    [{ ...PROFILE, requests_per_month: 0 }, 'body.requests_per_month'],
    [{ ...PROFILE, cached_tokens: 501 }, 'cached_tokens'],
    [{ ...PROFILE, api_monthly_usd: 10 }, 'api_monthly_usd'],
    [{ ...PROFILE, output_usd: undefined }, 'output_usd'],
    [{ ...PROFILE, policy: { rho: 2 } }, 'body.policy.rho'],
    [{ ...PROFILE, policy: { q_min: 2 } }, 'policy.quality_scale'],
    [{ ...PROFILE, target_model: 'gpt-4o' }, 'target_model'],
  ])('refuses a profile by the field at fault: %#', async (body, field) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json.errors.map((error: { field: string }) => error.field).join()).toContain(field.split('.').at(-1));
  });
});
