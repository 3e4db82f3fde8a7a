import { describe, expect, it } from 'vitest';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, time: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time, model: 'm-1', app: 'chat' },
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

/** Calls of three days; the clock stands at 2026-01-29T18:30Z, and the ledger's first day does not count. */
const EVENTS = [
  call('first', '2026-01-26T10:00:00Z'),
  call('a', '2026-01-27T10:00:00Z', { ttft_ms: 120, latency_ms: 300 }),
  call('b', '2026-01-27T10:00:30Z', { usage: { input_tokens: 3_000, cache_read_tokens: 1_000, output_tokens: 300 } }),
  call('c', '2026-01-28T10:00:00Z'),
  call('d', '2026-01-28T11:00:00Z', { operation: 'embeddings', usage: { input_tokens: 50 } }),
  call('e', '2026-01-28T12:00:00Z', { app: 'code', usage: { input_tokens: 500, output_tokens: 100 } }),
];

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events: EVENTS } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
  return { world, key, ask: (query = '') => world.ask('GET', `/v1/recommendation${query}`, { key }) };
}

type Input = { readonly input: string; readonly value: unknown; readonly origin: string };

const inputsOf = ({ json }: { readonly json: { readonly inputs: readonly Input[] } }) =>
  Object.fromEntries(json.inputs.map(({ input, value, origin }) => [input, [value, origin]]));

describe('GET /v1/recommendation', () => {
  it('reckons with what was recorded over complete days, and says which inputs that are', async () => {
    const { world, ask } = await createWorld();
    const answer = await ask();
    expect(answer.status).toBe(200);
    const inputs = inputsOf(answer as never);
    // 4 chat calls of 2 days: 4 / 2 x 365 / 12 = 60.833 a month; (1,000 + 3,000 + 1,000 + 500) / 4 tokens in
    expect(inputs['requests_per_month']?.[0]).toBeCloseTo(60.8333, 3);
    expect(inputs['input_tokens_per_request']).toEqual([1_375, 'recorded']);
    expect(inputs['output_tokens_per_request']).toEqual([150, 'recorded']);
    expect(inputs['api_model']).toEqual(['m-1', 'recorded']);
    // Bucket of 120 ms to the first token.
    expect(inputs['api_ttft_ms']?.[1]).toBe('recorded');
    expect(inputs['min_replicas']).toEqual([2, 'assumed']);
    // 4,500 x 1 + 1,000 x 0.1 + 600 x 2 = 5,800 millionths of a USD on 2 days: x 365 / 24 a month.
    expect(answer.json.cost_usd).toBe('0.0058');
    expect(inputs['current_monthly_usd']).toEqual([expect.closeTo(0.0882083, 6), 'recorded']);
    expect(inputs).not.toHaveProperty('team_expertise');
    expect(answer.json).toMatchObject({ recorded_days: 2, calls: 4, left_out_calls: { kind: 1 }, complete: true });
    expect(answer.json).toMatchObject({ from: '2026-01-01', to: '2026-01-29' });
    expect(world.failures).toEqual([]);
  });

  it('takes the mean quality of enough recorded chat calls for the accuracy, and of fewer none', async () => {
    const { world, key, ask } = await createWorld();
    expect(inputsOf((await ask()) as never)).not.toHaveProperty('base_accuracy_ratio');
    const judged = (count: number, fields: Record<string, unknown>) =>
      Array.from({ length: count }, (_, index) =>
        call(`${fields['app']}-${index}`, `2026-01-28T13:${String(index).padStart(2, '0')}:00Z`, fields),
      );
    const embedded = { app: 'find', operation: 'embeddings', usage: { input_tokens: 50 }, quality: 0.1 };
    const events = [
      ...judged(15, { app: 'good', quality: 0.9 }),
      ...judged(15, { app: 'bad', quality: 0.6 }),
      ...judged(20, embedded),
    ];
    await world.ask('POST', '/v1/imports', { key, body: { events } });
    await world.drain();
    // (15 x 0.9 + 15 x 0.6) / 30 = 0.75: below the 0.8 from which nothing asks for fine-tuning.
    const { json } = await ask('?is_domain_task=true');
    expect(inputsOf({ json } as never)['base_accuracy_ratio']).toEqual([0.75, 'recorded']);
    expect(json.answer.fine_tune).toBe(true);
    expect(inputsOf((await ask('?filter=app=good')) as never)).not.toHaveProperty('base_accuracy_ratio');
  });

  it('takes the first token of the models that chat, not of what was measured elsewhere', async () => {
    const { world, key, ask } = await createWorld();
    const before = inputsOf((await ask()) as never)['api_ttft_ms'];
    const events = Array.from({ length: 9 }, (_, index) =>
      call(`measured-${index}`, '2026-01-28T14:00:00Z', { app: 'tokenledger-measure', ttft_ms: 5, latency_ms: 9 }),
    );
    await world.ask('POST', '/v1/imports', { key, body: { events } });
    await world.drain();
    // 120 ms are in the bucket up to 50 x 2^1.5 = 141.4 ms.
    expect(before).toEqual([expect.closeTo(141.421, 2), 'recorded']);
    expect(inputsOf((await ask()) as never)['api_ttft_ms']).toEqual(before);
  });

  it('lets typed values go before recorded ones, and keeps to the filter', async () => {
    const { ask } = await createWorld();
    const answer = await ask(
      '?requests_per_month=5000000&filter=app=code&privacy_required=true&priorities=cost,privacy',
    );
    const inputs = inputsOf(answer as never);
    expect(inputs).toMatchObject({
      requests_per_month: [5_000_000, 'given'],
      input_tokens_per_request: [500, 'recorded'],
      privacy_required: [true, 'given'],
      priorities: [['cost', 'privacy'], 'given'],
    });
    expect(answer.json).toMatchObject({ calls: 1, answer: { approach: 'self_hosted' } });
  });

  it('reckons with the prices of the tenant', async () => {
    const { ask } = await createWorld();
    const { json } = await ask('?quality_need=very_good&requests_per_month=1000');
    // m-1 alone has a price here: $1, $0.1 cached and $2 per 1M. Of 5,500 tokens of chat 1,000 were cached, so a call is
    // 1,375 x (4,500 x 1 + 1,000 x 0.1) / 5,500 + 150 x 2 = 1,450 millionths, and 1,000 of them $1.45.
    expect(json.answer).toMatchObject({ approach: 'api_budget', what: 'm-1' });
    expect(json.answer.monthly_usd).toBeCloseTo(1.45, 9);
    expect(json.warnings.map(({ code }: { code: string }) => code)).not.toContain('unpriced_model');
  });

  it('says what is unknown where nothing was recorded', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const { status, json } = await world.ask('GET', '/v1/recommendation?api_model=m-1', { key });
    expect(status).toBe(200);
    expect(json).toMatchObject({ calls: 0, recorded_days: 0, cost_usd: '0', answer: { monthly_usd: null } });
    const unknown = json.unknown.map(({ input }: { input: string }) => input);
    expect(unknown).toEqual(expect.arrayContaining(['privacy_required', 'requests_per_month', 'team_expertise']));
  });

  it.each([
    ['?users=-1', 'users'],
    ['?users=many', 'users'],
    ['?users=1.5', 'users'],
    ['?quality_need=superb', 'quality_need'],
    ['?privacy_required=yes', 'privacy_required'],
    ['?stages=production', 'stages'],
    ['?filter=nothing', 'filter'],
    ['?filter=colour=red', 'filter'],
    ['?users=5&requests_per_month=5', 'users'],
    ['?self_host_monthly_usd=5', 'self_host_monthly_usd'],
    ['?priorities=cost,beauty', 'priorities'],
  ])('refuses %s and names the field', async (query, field) => {
    const { ask } = await createWorld();
    const { status, json } = await ask(query);
    expect(status).toBe(400);
    expect(json.errors[0].field).toContain(field);
  });
});

describe('POST /v1/recommendation', () => {
  it('takes a profile, weights among it', async () => {
    const { world, key } = await createWorld();
    const profile = { weights: { data_privacy: 2, scale: 1 }, quality_need: 'very_good', simple_share_ratio: null };
    const { status, json } = await world.ask('POST', '/v1/recommendation', { key, body: { profile } });
    expect(status).toBe(200);
    // (2 x 5 + 1 x 5) / 3 = 5 against (2 x 1 + 1 x 2) / 3 = 4/3
    const [scoring] = json.guides.filter(({ system }: { system: string }) => system === 'scoring_matrix');
    expect(scoring.says).toMatchObject({ answer: 'open_source', open_source: 5 });
    expect(json.answer.approach).toBe('api_budget');
  });

  it.each([
    [{ profile: { users: '5' } }, 'profile.users'],
    [{ profile: { weights: { beauty: 1 } } }, 'profile.weights'],
    [{ profile: { __proto__: null, surprise: 1 } }, 'surprise'],
    [{ profile: [] }, 'profile'],
    [{ profile: {}, ledger: true }, 'ledger'],
    [[], 'body'],
  ])('refuses %j', async (body, field) => {
    const { world, key } = await createWorld();
    const { status, json } = await world.ask('POST', '/v1/recommendation', { key, body });
    expect(status).toBe(400);
    expect(json.errors[0].field).toContain(field);
  });
});
