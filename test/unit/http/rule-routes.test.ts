import { describe, expect, it } from 'vitest';
import { describeEssence, MAX_STORED_RULES } from '../../../lib/domain/rules/alert-rule.ts';
import { DEFAULT_RULES } from '../../../lib/domain/rules/default-rules.ts';
import type { RuleEvidence } from '../../../lib/domain/rules/judge-rule.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

/** The world stands on 2026-01-29 at 18:30; the last complete hour begins at 17:00. */
const LAST_HOUR = '2026-01-29T17:00:00.000Z';

async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  const put = (name: string, body: unknown) => world.ask('PUT', `/v1/alert-rules/${name}`, { key, body });
  const get = (path: string) => world.ask('GET', path, { key });
  return { world, key, put, get };
}

/** So many calls of an app in the last complete hour, the first of which failed; a dollar per million tokens. */
const calls = (app: string, count: number, failed: number, hour = '17') =>
  Array.from({ length: count }, (_, index) => ({
    id: `${app}-${hour}-${index}`,
    time: `2026-01-29T${hour}:${String(index % 60).padStart(2, '0')}:00Z`,
    model: 'm-1',
    app,
    usage: { input_tokens: 60_000 },
    status: index < failed ? 'error' : 'ok',
    latency_ms: 840,
  }));

const OWN = { metric: 'error_ratio', threshold: '0.02', each: 'app', filter: { team: 'cx' } };

describe('GET /v1/alert-rules', () => {
  it('names the defaults without anybody having stored them', async () => {
    const { get } = await createWorld();
    const { json } = await get('/v1/alert-rules');
    expect(json.rules.map(({ name }: { name: string }) => name)).toEqual(DEFAULT_RULES.map(({ name }) => name).sort());
    expect(json.rules.find(({ name }: { name: string }) => name === 'error-rate')).toEqual({
      ...{ name: 'error-rate', metric: 'error_ratio', comparison: 'above', threshold: '0.01', window_hours: 6 },
      ...{ minimum_count: 500, filter: {}, each: null, severity: 'warning', enabled: true, origin: 'default' },
    });
    expect((await get('/v1/alert-rules/none-such')).status).toBe(404);
  });
});

describe('PUT /v1/alert-rules/{name}', () => {
  it('changes a default for the tenant alone, and DELETE brings it back', async () => {
    const { world, key, put, get } = await createWorld();
    const other = await world.enrol('other', 'admin');
    expect((await put('error-rate', { threshold: '0.05', enabled: false })).json).toMatchObject({
      ...{ threshold: '0.05', enabled: false, minimum_count: 500, origin: 'changed', change: 'changed' },
    });
    expect((await put('error-rate', { enabled: true })).json).toMatchObject({ threshold: '0.05', enabled: true });
    expect((await put('error-rate', { enabled: true })).json).toMatchObject({ change: 'unchanged' });
    const ofOther = await world.ask('GET', '/v1/alert-rules/error-rate', { key: other });
    expect(ofOther.json).toMatchObject({ threshold: '0.01', origin: 'default' });
    expect((await world.ask('DELETE', '/v1/alert-rules/error-rate', { key })).status).toBe(204);
    expect((await get('/v1/alert-rules/error-rate')).json).toMatchObject({ threshold: '0.01', origin: 'default' });
    expect((await world.ask('DELETE', '/v1/alert-rules/error-rate', { key })).status).toBe(404);
    expect(world.failures).toEqual([]);
  });

  it('creates an own rule, which DELETE removes; each leaves a record', async () => {
    const { world, key, put, get } = await createWorld();
    const created = await put('cx-errors', OWN);
    expect([created.status, created.json.change, created.json.origin]).toEqual([201, 'created', 'own']);
    expect((await world.ask('DELETE', '/v1/alert-rules/cx-errors', { key })).status).toBe(204);
    expect((await get('/v1/alert-rules/cx-errors')).status).toBe(404);
    const { json } = await get('/v1/admin-records');
    const details = new Map(json.records.map((one: Record<string, unknown>) => [one['action'], one['detail']]));
    expect(details.get('rule.stored')).toMatchObject({ name: 'cx-errors', threshold: '0.02', change: 'created' });
    expect(details.get('rule.removed')).toEqual({ name: 'cx-errors', outcome: 'removed' });
  });

  it('names every field at fault', async () => {
    const { put } = await createWorld();
    const { status, json } = await put('Bad', { metric: 'error_ratio', threshold: 0.5, each: 'planet', more: 1 });
    expect(status).toBe(400);
    expect(json.errors.map(({ field }: { field: string }) => field)).toEqual(['more', 'name', 'threshold', 'each']);
  });

  it('takes forty rules of a tenant and not one more, whereas those that are there may be changed', async () => {
    const { put } = await createWorld();
    const names = Array.from({ length: MAX_STORED_RULES }, (_, index) => `rule-${index}`);
    for (const name of names) expect((await put(name, OWN)).status).toBe(201);
    expect(await put('one-more', OWN)).toMatchObject({ status: 409 });
    expect(await put('error-rate', { enabled: false })).toMatchObject({ status: 409 });
    expect(await put('rule-0', { threshold: '0.5' })).toMatchObject({ status: 200 });
  });

  it('tells one of two at the same moment that it was too late', async () => {
    const { put } = await createWorld();
    const both = await Promise.all([put('a', OWN), put('b', OWN)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('GET /v1/alert-rule-checks', () => {
  async function createUsed() {
    const { world, key, put, get } = await createWorld();
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    await put('error-rate', { window_hours: 1, minimum_count: 200 });
    const events = [...calls('bot', 150, 3), ...calls('mail', 100, 1), ...calls('bot', 50, 50, '18')];
    await world.ask('POST', '/v1/events', { key, body: { events } });
    await world.drain();
    return { world, key, put, get };
  }

  it('measures the last complete hours and tells nobody', async () => {
    const { world, get } = await createUsed();
    const { json } = await get('/v1/alert-rule-checks?name=error-rate');
    // 3 + 1 of 250 calls = 1.6 %; the hour that is not over is not in it.
    expect(json.checks).toEqual([
      {
        rule: expect.objectContaining({ name: 'error-rate' }),
        from: LAST_HOUR,
        to: '2026-01-29T18:00:00.000Z',
        looks: [
          {
            ...{ key: null, verdict: 'breach', low: '0.016', high: '0.016', count: '250' },
            broken_since: null,
            contributors: {
              dimension: 'app',
              by: 'failed_calls',
              largest: [
                { value: 'bot', amount: '3' },
                { value: 'mail', amount: '1' },
              ],
            },
          },
        ],
        keys_left_out: 0,
        deployments_cut: false,
      },
    ]);
    expect(json).toMatchObject({ complete: true, incomplete_reasons: [] });
    expect((await get('/v1/alerts')).json.alerts).toEqual([]);
    expect(world.failures).toEqual([]);
  });

  it('shows what was told of, however few calls it has by now, and since when', async () => {
    const { world, put, get } = await createUsed();
    const values = Array.from({ length: 20 }, (_, index) => `app-${index}`);
    const key = await world.enrol('many', 'admin');
    const body = { events: values.flatMap((app) => calls(app, 5, 0)) };
    await world.ask('POST', '/v1/events', { key, body });
    await world.ask('POST', '/v1/events', { key, body: { events: calls('small', 1, 1) } });
    await world.drain();
    await put('by-app', { ...OWN, filter: {} });
    await world.ask('PUT', '/v1/alert-rules/by-app', { key, body: { ...OWN, filter: {} } });
    const [rule] = (await world.ports.rules.rules('many')).rules;
    if (!rule) throw new Error('it was stored');
    const toldAtMs = Date.parse('2026-01-29T10:05:00Z');
    const evidence: RuleEvidence = {
      ...{ window: { startMs: 0, endMs: 0 }, low: '1', high: '1', count: '1', lackingPrice: [], dimension: null },
      ...{ by: 'failed_calls' as const, contributors: [] },
    };
    for (const [app, state] of [
      ['small', 'firing'],
      ['gone', 'firing'],
      ['fine', 'resolved'],
    ] as const)
      await world.ports.rules.saveFiring(
        'many',
        {
          ...{ rule: 'by-app', key: app, essence: describeEssence(rule), state, isTold: true, evidence },
          ...{ firedAtMs: toldAtMs, firedEndMs: 0, seenEndMs: 0 },
        },
        undefined,
      );
    const { json } = await world.ask('GET', '/v1/alert-rule-checks?name=by-app', { key });
    const { looks } = json.checks[0];
    const broken = looks.filter(({ broken_since: since }: { broken_since: string | null }) => since !== null);
    expect(broken).toMatchObject([
      { key: 'small', verdict: 'too_few', count: '1', broken_since: '2026-01-29T10:05:00.000Z' },
      { key: 'gone', verdict: 'no_data', count: null, broken_since: '2026-01-29T10:05:00.000Z' },
    ]);
    expect(looks).toHaveLength(21);
    // Another tenant was told of nothing.
    const other = (await get('/v1/alert-rule-checks?name=by-app')).json.checks[0].looks;
    expect(other.map((look: { key: string; broken_since: null }) => [look.key, look.broken_since])).toEqual([
      ['bot', null],
      ['mail', null],
    ]);
    // Of a rule that has changed since, nothing was told.
    const changed = await world.ask('PUT', '/v1/alert-rules/by-app', { key, body: { threshold: '0.03' } });
    expect(changed.json.change).toBe('changed');
    const anew = (await world.ask('GET', '/v1/alert-rule-checks?name=by-app', { key })).json.checks[0].looks;
    expect(anew.every((look: { broken_since: null }) => look.broken_since === null)).toBe(true);
    await world.ask('PUT', '/v1/alert-rules/by-app', { key, body: { threshold: '0.02' } });
    // Switched off, nothing is told of any more.
    await world.ask('PUT', '/v1/alert-rules/by-app', { key, body: { enabled: false } });
    const off = (await world.ask('GET', '/v1/alert-rule-checks?name=by-app', { key })).json.checks[0].looks;
    expect(off.every((look: { broken_since: null }) => look.broken_since === null)).toBe(true);
  });

  it('judges every rule, also one that is switched off, and says where there is nothing to judge', async () => {
    const { put, get } = await createUsed();
    await put('error-rate', { enabled: false });
    const { json } = await get('/v1/alert-rule-checks');
    const verdicts = json.checks.map(({ rule, looks }: { rule: { name: string }; looks: { verdict: string }[] }) => [
      rule.name,
      ...looks.map(({ verdict }) => verdict),
    ]);
    expect(verdicts).toEqual([
      // 249 x 60,000 tokens and more at $1 per million = $0.06 a call
      ['cost-per-call', 'breach'],
      ['error-rate', 'breach'],
      ['gpu-busy'],
      ['gpu-idle'],
      ['latency-p95', 'clear'],
      ['prompt-cache', 'no_data'],
      ['quota-use', 'no_data'],
    ]);
    expect((await get('/v1/alert-rule-checks?name=none-such')).status).toBe(404);
  });

  it('reads the samples of a deployment that nobody calls', async () => {
    const { world, key, get } = await createUsed();
    const samples = Array.from({ length: 24 }, (_, index) => ({
      ...{ type: 'gpu_sample', deployment: 'llama-1', gpu_utilisation_ratio: 0.1 },
      time: new Date(Date.parse('2026-01-29T16:00:00Z') + index * 300_000).toISOString(),
    }));
    await world.ask('POST', '/v1/events', { key, body: { events: samples } });
    await world.drain();
    const { json } = await get('/v1/alert-rule-checks?name=gpu-idle');
    // Twelve samples an hour from 16:00 to 18:00, each of 10 %.
    expect(json.checks[0].looks).toMatchObject([{ key: 'llama-1', verdict: 'breach', low: '0.1', count: '24' }]);
  });
});

describe('tokenledger rules', () => {
  async function createCommand() {
    const { world, key } = await createWorld();
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const run = async (...args: string[]) => {
      const { code, out, err } = await runCli(args, env);
      return { code, out: out.join('\n'), err: err.join('\n') };
    };
    return { run, close: () => server.stop(), world, key };
  }

  it('lists, changes, checks and removes', async () => {
    const { run, close, world, key } = await createCommand();
    await world.ask('POST', '/v1/events', { key, body: { events: calls('bot', 250, 5) } });
    await world.drain();
    const listed = await run('rules');
    expect(listed.out).toMatch(/error-rate +error_ratio +above 1 % +6 +500 +all +warning +default/);
    const set = await run(
      'rules',
      'set',
      'error-rate',
      '--above',
      '0.05',
      '--hours',
      '2',
      '--minimum-count',
      '200',
      '--each',
      'app',
    );
    expect(set.out).toContain('error-rate: changed, error_ratio above 5 %');
    const checked = await run('rules', 'check', 'error-rate');
    expect(checked.out).toMatch(/error-rate +bot +2026-01-29T16:00:00.000Z +2 +2 % +250 +above 5 % +clear/);
    expect(JSON.parse((await run('rules', 'check', '--json')).out).checks).toHaveLength(DEFAULT_RULES.length);
    expect((await run('rules', 'remove', 'error-rate')).out).toContain('error-rate: as everybody has it, above 1 %');
    expect((await run('rules', 'remove', 'error-rate')).code).toBe(1);
    await close();
  });

  it('says what is wrong with how it is used', async () => {
    const { run, close } = await createCommand();
    expect(await run('rules', 'set', 'x', '--above', '1', '--below', '2')).toMatchObject({ code: 2 });
    expect(await run('rules', 'set', 'x', '--enable', '--disable')).toMatchObject({ code: 2 });
    expect(await run('rules', 'set', 'x', '--hours', 'two')).toMatchObject({ code: 2 });
    expect(await run('rules', 'set', 'x', '--filter', 'app')).toMatchObject({ code: 2 });
    expect(await run('rules', 'set', 'x', '--filter', 'app=a', '--filter', 'app=b')).toMatchObject({ code: 2 });
    expect(await run('rules', 'set')).toMatchObject({ code: 2 });
    expect(await run('rules', 'turn')).toMatchObject({ code: 2 });
    const refused = await run('rules', 'set', 'x', '--metric', 'error_ratio', '--threshold', '1e9');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('threshold: expected');
    await close();
  });
});
