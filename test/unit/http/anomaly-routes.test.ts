import { describe, expect, it } from 'vitest';
import { nameAnomaly } from '../../../lib/app/anomalies/name-anomaly.ts';
import { addDays } from '../../../lib/domain/local-time.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

/** The world stands on 2026-01-29; the history begins on a Monday, 60 days earlier. */
const FIRST_DAY = '2025-12-01';
const HISTORY_DAYS = 59;

/** A call of so many dollars: a million input tokens of the model each. */
const call = (app: string, day: string, usd: number, fields: Record<string, unknown> = {}) => ({
  id: `${app}-${day}`,
  time: `${day}T10:00:00Z`,
  model: 'm-1',
  app,
  team: app === 'batch' ? 'ops' : 'cx',
  usage: { input_tokens: usd * 1_000_000 },
  ...fields,
});

/** Bots at about $40, mail at about $60 and a batch at about $100 a day; on 2026-01-20 a bot costs what `usd` says. */
function history(usd = 400): readonly unknown[] {
  return Array.from({ length: HISTORY_DAYS }, (_, index) => {
    const day = addDays(FIRST_DAY, index);
    const wobble = (index * 3) % 5;
    const bot = day === '2026-01-20' ? usd : 40 + wobble;
    return [call('bot', day, bot), call('mail', day, 60 + wobble), call('batch', day, 100 - wobble)];
  }).flat();
}

/** The event, with another amount where it is of that app and day. */
function atDay(event: unknown, app: string, day: string, usd: number): unknown {
  const { id } = event as { id: string };
  return id === `${app}-${day}` ? call(app, day, usd) : event;
}

async function record(world: ApiWorld, key: string, events: readonly unknown[]): Promise<void> {
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const sent = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(sent.json.rejected).toEqual([]);
  await world.drain();
}

async function createHistory(events: readonly unknown[] = history()) {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin');
  await record(world, key, events);
  return { world, key };
}

describe('GET /v1/anomalies', () => {
  it('tells the day on which one app made all spend three times the usual, with that app as the top cause', async () => {
    const { world, key } = await createHistory();
    const { json } = await world.ask('GET', '/v1/anomalies', { key });
    expect(json).toMatchObject({ from_day: '2025-12-30', to_day: '2026-01-29', history_days: HISTORY_DAYS });
    expect(json.anomalies).toHaveLength(1);
    const [{ dimension, value, from_day, to_day, findings }] = json.anomalies;
    expect([dimension, value, from_day, to_day]).toEqual([null, null, '2026-01-20', '2026-01-21']);
    const [finding] = findings;
    // 400 + 60 + 100 = $560 (day 50 of the history wobbles by 0), where about $200 is usual.
    expect(finding).toMatchObject({ detector: 'daily_spike', actual_usd: '560' });
    expect(Number(finding.expected_usd)).toBeGreaterThan(190);
    expect(Number(finding.expected_usd)).toBeLessThan(215);
    expect(Number(finding.expected_usd) + Number(finding.excess_usd)).toBeCloseTo(560, 6);
    expect(finding.contributors[0]).toMatchObject({ dimension: 'app', value: 'bot', actual_usd: '400' });
    expect(world.failures).toEqual([]);
  });

  it('tells of one app where all spend hardly moves, and not of its team again', async () => {
    // $33 more of $205 is nothing special, 1.8 times what the bot usually costs is.
    const { world, key } = await createHistory(history(75));
    const { json } = await world.ask('GET', '/v1/anomalies', { key });
    expect(json.anomalies.map((one: Record<string, unknown>) => [one['dimension'], one['value']])).toEqual([
      ['app', 'bot'],
    ]);
  });

  it('tells of a model that costs more than $20 on its first day', async () => {
    const first = call('trial', '2026-01-25', 21, { model: 'm-2' });
    const { world, key } = await createHistory([...history(40), first]);
    // Its price comes later, and so does its cost.
    const overrides = PRICES.overrides.map((override) => ({ ...override, model: 'm-2' }));
    await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides } });
    await world.settle();
    const { json } = await world.ask('GET', '/v1/anomalies', { key });
    expect(json.anomalies).toHaveLength(1);
    expect(json.anomalies[0]).toMatchObject({
      dimension: 'model',
      value: 'm-2',
      findings: [{ detector: 'first_use', from_day: '2026-01-25', actual_usd: '21', expected_usd: '0', ratio: null }],
    });
  });

  it('holds nothing where nothing is out of the ordinary, and nothing of the running day', async () => {
    const { world, key } = await createHistory([...history(40), call('bot', '2026-01-29', 900)]);
    const { json } = await world.ask('GET', '/v1/anomalies?from=2026-01-01&to=2026-03-01', { key });
    expect(json).toMatchObject({ from_day: '2026-01-01', to_day: '2026-01-29', anomalies: [], values: 6 });
  });

  it('says how little it knows where there is no history', async () => {
    const world = createApiWorld();
    const key = await world.enrol('default');
    const { json } = await world.ask('GET', '/v1/anomalies', { key });
    expect(json).toMatchObject({ anomalies: [], history_days: 0, values: 0, values_left_out: 0, complete: true });
  });

  it.each([
    ['from=2026-01-29', 'from'],
    ['from=2026-01-20&to=2026-01-20', 'from'],
    ['from=2026-02-30', 'from'],
    ['to=yesterday', 'to'],
    ['from=2025-01-01&to=2025-06-01', 'to'],
    ['day=2026-01-20', 'day'],
  ])('refuses %s and names the parameter', async (query, field) => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'reader');
    const answer = await world.ask('GET', `/v1/anomalies?${query}`, { key });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });
});

describe('an anomaly that somebody confirmed', () => {
  it('is a one-off from then on: told with what it cost too much, and no measure for other days', async () => {
    // The bot costs 400 instead of 40 on the 20th and, what would be a second spike beside 40, 90 on the 27th.
    const { world, key } = await createHistory(history().map((event) => atDay(event, 'bot', '2026-01-27', 90)));
    const before = await world.ask('GET', '/v1/anomalies', { key });
    const [bot, total] = before.json.anomalies;
    expect([bot.from_day, bot.value, total.from_day, total.state]).toEqual(['2026-01-27', 'bot', '2026-01-20', 'open']);
    const path = `/v1/anomalies/${total.id}/confirm`;
    const { status, json } = await world.ask('POST', path, { key, body: { note: 'load test' } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ state: 'confirmed', dimension: null, note: 'load test' });
    expect(json.masked_days).toEqual([{ day: '2026-01-20', expected_usd: total.findings[0].expected_usd }]);
    const after = (await world.ask('GET', '/v1/anomalies', { key })).json;
    const confirmed = after.anomalies.at(-1);
    // 560 less what it should have cost.
    expect(Number(confirmed.one_off_usd)).toBeCloseTo(560 - Number(json.masked_days[0].expected_usd), 9);
    // Of the calls together as of the anomaly, to the picodollar.
    expect(after.one_off_usd).toBe(confirmed.one_off_usd);
    expect(confirmed.decided).toMatchObject({ note: 'load test' });
    // With the 20th at 200 the 27th is further off than it was.
    expect(after.anomalies[0].findings[0].z).toBeGreaterThanOrEqual(bot.findings[0].z);
    const records = await world.ask('GET', '/v1/admin-records?action=anomaly.confirmed', { key });
    expect(records.json.records).toHaveLength(1);
    expect(world.failures).toEqual([]);
  });

  it('is open to another verdict, the last of which counts', async () => {
    const { world, key } = await createHistory();
    const [{ id }] = (await world.ask('GET', '/v1/anomalies', { key })).json.anomalies;
    await world.ask('POST', `/v1/anomalies/${id}/confirm`, { key, body: {} });
    const dismissed = await world.ask('POST', `/v1/anomalies/${id}/dismiss`, { key, body: {} });
    expect(dismissed.json).toMatchObject({ state: 'dismissed', masked_days: [] });
    const { json } = await world.ask('GET', '/v1/anomalies', { key });
    expect(json.anomalies[0]).toMatchObject({ id, state: 'dismissed', one_off_usd: '0' });
    expect(json.one_off_usd).toBe('0');
  });

  it('may be one of minutes of a day that is not over, by the id in its alert', async () => {
    const { world, key } = await createHistory([...history(40), call('bot', '2026-01-29', 900)]);
    const id = nameAnomaly('2026-01-29', { dimension: 'app', value: 'bot' });
    const { status, json } = await world.ask('POST', `/v1/anomalies/${id}/confirm`, { key, body: {} });
    expect(status).toBe(200);
    expect(Number(json.masked_days[0].expected_usd)).toBeGreaterThan(35);
    expect(Number(json.masked_days[0].expected_usd)).toBeLessThan(50);
  });

  it.each([
    ['a day without calls', nameAnomaly('2025-06-01', null)],
    ['a value that had none on the day', nameAnomaly('2026-01-20', { dimension: 'app', value: 'other' })],
    ['a day to come', nameAnomaly('2027-01-01', null)],
    ['what is no id', 'x'],
  ])('is not %s', async (_, id) => {
    const { world, key } = await createHistory();
    const answer = await world.ask('POST', `/v1/anomalies/${encodeURIComponent(id)}/confirm`, { key, body: {} });
    expect(answer.status).toBe(404);
  });
});

describe('the settings of detectors', () => {
  it('are the defaults until somebody says otherwise, and decide what is found', async () => {
    const { world, key } = await createHistory();
    const { json } = await world.ask('GET', '/v1/anomaly-settings', { key });
    expect(json.settings.daily_spike).toEqual({ enabled: true, told: true, ratio: 1.16, z: 1.55, usd: '10' });
    // $358 more than usual is not $400 more.
    const put = await world.ask('PUT', '/v1/anomaly-settings', { key, body: { daily_spike: { usd: '400' } } });
    expect(put.json.settings.daily_spike).toMatchObject({ usd: '400', z: 1.55 });
    expect((await world.ask('GET', '/v1/anomalies', { key })).json.anomalies).toEqual([]);
    await world.ask('PUT', '/v1/anomaly-settings', { key, body: {} });
    expect((await world.ask('GET', '/v1/anomalies', { key })).json.anomalies).toHaveLength(1);
    const records = await world.ask('GET', '/v1/admin-records?action=anomaly_settings.changed', { key });
    expect(records.json.records).toHaveLength(2);
  });

  it.each([
    [{ daily_spike: { usd: '-1' } }, 'daily_spike.usd'],
    [{ daily_spike: { ratio: 0.5 } }, 'daily_spike.ratio'],
    [{ burn_rate: { z: '5' } }, 'burn_rate.z'],
    [{ drop: { days: 2.5 } }, 'drop.days'],
    [{ drop: { told: 'yes' } }, 'drop.told'],
    [{ first_use: { days: 3 } }, 'first_use.days'],
    [{ surge: {} }, 'surge'],
    [{ drop: 3 }, 'drop'],
  ])('%j is refused by name', async (body, field) => {
    const world = createApiWorld();
    const key = await world.enrol('default', 'admin');
    const answer = await world.ask('PUT', '/v1/anomaly-settings', { key, body });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
  });
});

describe('tokenledger anomalies', () => {
  it('shows a line for each finding, or says that there is none', async () => {
    const { world, key } = await createHistory();
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    try {
      const shown = await runCli(['anomalies'], env);
      expect(shown.code).toBe(0);
      expect(shown.out[2]).toMatch(
        /^2026-01-20 +all spend +daily spike +560\.00 +20\d\.\d\d +2\.\d +app=bot \(\d+ %\) +open +2026-01-20_[\w-]{22}$/,
      );
      const none = await runCli(['anomalies', '--from', '2025-12-20', '--to', '2026-01-10'], env);
      expect(none.out[0]).toBe('nothing out of the ordinary from 2025-12-20 to before 2026-01-10');
      expect(JSON.parse((await runCli(['anomalies', '--json'], env)).out.join('')).anomalies).toHaveLength(1);
      expect((await runCli(['anomalies', '--from', '2026-02-30'], env)).code).toBe(2);
      const id = shown.out[2]?.split(' ').at(-1) ?? '';
      const confirmed = await runCli(['anomalies', 'confirm', id, '--note', 'load test'], env);
      expect(confirmed.out[0]).toBe('confirmed: all spend');
      expect(confirmed.out[1]).toMatch(/^2026-01-20 counts as \$20\d\.\d\d$/);
      expect((await runCli(['anomalies'], env)).out.join('\n')).toMatch(/confirmed one-offs: \$35\d\.\d\d/);
      expect((await runCli(['anomalies', 'dismiss', id], env)).out).toEqual(['dismissed: all spend']);
      const set = await runCli(['anomalies', 'set', 'drop.told=true', 'burn_rate.usd=2'], env);
      expect(set.out.join('\n')).toMatch(/drop\.told +true[\s\S]*burn_rate\.usd +2/);
      const back = await runCli(['anomalies', 'set', 'burn_rate.usd=default'], env);
      expect(back.out.join('\n')).toMatch(/drop\.told +true[\s\S]*burn_rate\.usd +0\.5/);
      expect((await runCli(['anomalies', 'set', 'drop.told=3'], env)).err.join('\n')).toContain('drop.told');
      expect((await runCli(['anomalies', 'set', 'drop.size=default'], env)).err.join('\n')).toContain('drop.size');
      await runCli(['anomalies', 'set', '__proto__.polluted=true'], env);
      expect(Object.prototype).not.toHaveProperty('polluted');
    } finally {
      await server.stop();
    }
  });
});
