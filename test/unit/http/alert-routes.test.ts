import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { subscribeToAlerts } from '../../../lib/app/alerts/manage-subscriptions.ts';
import { publishHeld } from '../../../lib/app/alerts/publish-alerts.ts';
import type { AlertSubscriber } from '../../../lib/app/alerts/subscription-ports.ts';
import type { AlertMessage } from '../../../lib/domain/alerts/alert.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';
import { claimMessage, plainMessage } from '../../helpers/held-alert.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const EMAIL = { protocol: 'email', endpoint: 'cx@example.com' };

let world: ApiWorld;
let key: string;
let keyId: string;
beforeEach(async () => {
  world = createApiWorld();
  key = await world.enrol('acme');
  keyId = (await world.ports.apiKeys.list('acme'))[0]?.keyId ?? '';
});

const post = (path: string, body: unknown = {}) => world.ask('POST', path, { key, body });
const get = async (path: string) => (await world.ask('GET', path, { key })).json;
const claim = (about?: readonly string[]) => claimMessage(world.ports.testAlerts, plainMessage('acme', about));
const fieldsOf = ({ json }: { json: { errors: { field: string }[] } }) => json.errors.map(({ field }) => field);
const actions = async () => (await world.ports.adminRecords.list('acme')).map(({ action }) => action);

describe('acknowledging an alert', () => {
  it('is on record with who and when, and the first one stands', async () => {
    const { alertId } = await claim();
    const { status, json } = await post(`/v1/alerts/${alertId}/acknowledge`, { note: 'on it' });
    const acknowledged = { at: new Date(START_MS).toISOString(), by: keyId, note: 'on it' };
    expect([status, json]).toMatchObject([200, { alert_id: alertId, acknowledged }]);
    await post(`/v1/alerts/${alertId}/acknowledge`, { note: 'me too' });
    expect(await get(`/v1/alerts/${alertId}`)).toMatchObject({ acknowledged });
    expect((await actions()).filter((action) => action === 'alert.acknowledged')).toHaveLength(1);
  });

  it('is answered 404 for an alert of another tenant', async () => {
    const { alertId } = await claimMessage(world.ports.testAlerts, plainMessage('globex'));
    for (const verb of ['acknowledge', 'snooze']) {
      expect((await post(`/v1/alerts/${alertId}/${verb}`, verb === 'snooze' ? { hours: 1 } : {})).status).toBe(404);
    }
    expect((await world.ask('GET', `/v1/alerts/${alertId}`, { key })).status).toBe(404);
  });
});

describe('an id that no alert has', () => {
  it('is answered 404 however long it is', async () => {
    // The table takes keys of 1,024 bytes and fails on longer ones.
    const find = world.ports.alerts.find.bind(world.ports.alerts);
    world.ports.alerts.find = (tenant, id) => (id.length > 900 ? Promise.reject(new Error('key')) : find(tenant, id));
    const path = `/v1/alerts/${'a'.repeat(3_000)}`;
    expect((await world.ask('GET', path, { key })).status).toBe(404);
    expect((await post(`${path}/acknowledge`)).status).toBe(404);
    expect((await world.ask('DELETE', `${path}/snooze`, { key })).status).toBe(404);
  });
});

describe('snoozing an alert', () => {
  it('lets later ones about the same thing wait, says so, and ends when told', async () => {
    const first = await claim();
    const snoozed = await post(`/v1/alerts/${first.alertId}/snooze`, { hours: 24 });
    const snoozed_until = new Date(START_MS + 24 * HOUR_MS).toISOString();
    expect(snoozed.json).toEqual({ about: ['budget:B'], snoozed_until });
    const second = await claim();
    expect(await publishHeld(world.ports.testAlerts, second)).toBe('snoozed');
    expect(await get(`/v1/alerts/${second.alertId}`)).toMatchObject({ state: 'snoozed', snoozed_until, attempts: 0 });
    const ended = await world.ask('DELETE', `/v1/alerts/${second.alertId}/snooze`, { key });
    expect(ended.json).toEqual({ ended: ['budget:B'] });
    expect(await actions()).toEqual(expect.arrayContaining(['alert.snoozed', 'alert.unsnoozed']));
    expect((await world.ask('DELETE', `/v1/alerts/${second.alertId}/snooze`, { key })).json).toEqual({ ended: [] });
  });

  it('of one part of a budget silences that part, or all parts when asked to', async () => {
    const [cx, ops, other] = [
      await claim(['budget:B:cx']),
      await claim(['budget:B:ops:2']),
      await claim(['budget:B2:cx']),
    ];
    const publish = (held: typeof cx) => publishHeld(world.ports.testAlerts, held);
    const part = await post(`/v1/alerts/${cx.alertId}/snooze`, { hours: 2 });
    expect(part.json['about']).toEqual(['budget:B:cx']);
    expect([await publish(await claim(['budget:B:cx'])), await publish(ops)]).toEqual(['snoozed', 'published']);
    const whole = await post(`/v1/alerts/${cx.alertId}/snooze`, { hours: 24, whole_budget: true });
    expect(whole.json['about']).toEqual(['budget:B']);
    const waiting = await claim(['budget:B:ops:2']);
    expect([await publish(waiting), await publish(other)]).toEqual(['snoozed', 'published']);
    // The part was snoozed for two hours, the whole for 24: it is the longer that counts.
    const ofPart = await claim(['budget:B:cx']);
    await publish(ofPart);
    const snoozed_until = new Date(START_MS + 24 * HOUR_MS).toISOString();
    expect(await get(`/v1/alerts/${ofPart.alertId}`)).toMatchObject({ snoozed_until });
    const ended = await world.ask('DELETE', `/v1/alerts/${cx.alertId}/snooze`, { key });
    expect(ended.json).toEqual({ ended: ['budget:B:cx', 'budget:B'] });
    expect(await publish(await claim(['budget:B:ops:2']))).toBe('published');
  });

  it.each([
    [{}, 'hours'],
    [{ hours: 1, until: '2026-01-30' }, 'hours'],
    [{ hours: 0.5 }, 'hours'],
    [{ hours: 721 }, 'hours'],
    [{ hours: 'one' }, 'hours'],
    [{ until: 'tomorrow' }, 'until'],
    [{ until: new Date(START_MS).toISOString() }, 'until'],
    [{ until: new Date(START_MS + 721 * HOUR_MS).toISOString() }, 'until'],
    [{ days: 1 }, 'days'],
  ])('%j is answered with the field at fault', async (body, field) => {
    const { alertId } = await claim();
    const answer = await post(`/v1/alerts/${alertId}/snooze`, body);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)).toContain(field);
  });
});

describe('limits of what is said about alerts', () => {
  it('a snooze may last 720 hours, a note may have 1,000 characters, and neither more', async () => {
    const { alertId } = await claim();
    const statusOf = async (verb: string, body: object) => (await post(`/v1/alerts/${alertId}/${verb}`, body)).status;
    expect([await statusOf('snooze', { hours: 720 }), await statusOf('snooze', { hours: 720.1 })]).toEqual([200, 400]);
    const note = 'n'.repeat(1_000);
    expect(await statusOf('acknowledge', { note: `${note}n` })).toBe(400);
    expect(await statusOf('acknowledge', { note })).toBe(200);
  });

  it('500 things may be snoozed at a time; those that are over do not count', async () => {
    const { alerts, clock } = world.ports.testAlerts;
    const until = (untilMs: number) => ({ untilMs, sinceMs: clock(), by: keyId });
    const things = Array.from({ length: 499 }, (_, index) => `source:app:${index}`);
    await alerts.snooze('acme', things, until(clock() + HOUR_MS));
    await alerts.snooze('acme', ['over'], until(clock()));
    const snooze = async (...about: string[]) =>
      (await post(`/v1/alerts/${(await claim(about)).alertId}/snooze`, { hours: 1 })).status;
    expect(await snooze('the 500th', 'and one more')).toBe(409);
    expect(await snooze('the 500th')).toBe(200);
    expect(await snooze('one more')).toBe(409);
    expect(await snooze('source:app:7')).toBe(200);
    expect((await alerts.snoozes('acme')).has('over')).toBe(false);
  });

  it('a filter takes 4 names, values of 256 characters, and 150 combinations of them', async () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`);
    const statusOf = async (filter: object) =>
      (await post('/v1/subscriptions', { ...EMAIL, endpoint: `${Math.random()}@b.c`, filter })).status;
    const four = { team: ['a'], app: ['a'], model: ['a'], rule: ['a'] };
    expect([await statusOf(four), await statusOf({ ...four, budget: ['a'] })]).toEqual([201, 400]);
    expect([await statusOf({ team: ['t'.repeat(256)] }), await statusOf({ team: ['t'.repeat(257)] })]).toEqual([
      201, 400,
    ]);
    const crossed = (teams: number) => statusOf({ team: values(teams), app: values(10) });
    expect([await crossed(15), await crossed(16)]).toEqual([201, 400]);
  });
});

describe('the list of alerts', () => {
  it('can be asked by kind, severity, thing and state', async () => {
    const published = await claim();
    await publishHeld(world.ports.testAlerts, published);
    const waiting = await claim(['rejects:bad_time', 'rejects:bad_usage']);
    const idsOf = async (query: string) =>
      (await get(`/v1/alerts?${query}`)).alerts.map(({ alert_id }: { alert_id: string }) => alert_id);
    expect(await idsOf('state=published')).toEqual([published.alertId]);
    expect(await idsOf('state=claimed')).toEqual([waiting.alertId]);
    expect(await idsOf('about=rejects:bad_usage')).toEqual([waiting.alertId]);
    expect(await idsOf('kind=budget_actual&severity=warning')).toHaveLength(2);
    expect(await idsOf('kind=anomaly')).toEqual([]);
    const wrong = await world.ask('GET', '/v1/alerts?kind=budget&state=sent', { key });
    expect(fieldsOf(wrong).sort()).toEqual(['kind', 'state']);
    expect((await get(`/v1/alerts/${published.alertId}`)).deliveries).toEqual([
      { channel: 'topic', accepted_at: new Date(START_MS).toISOString() },
    ]);
  });

  it('shows alerts of releases that did not say what an alert is about, which cannot be snoozed', async () => {
    const { about, ...old } = plainMessage('acme');
    const { alertId } = await claimMessage(world.ports.testAlerts, old as AlertMessage);
    expect(await get(`/v1/alerts/${alertId}`)).toMatchObject({ alert_id: alertId, about: [] });
    expect((await get(`/v1/alerts?about=${about[0]}`)).alerts).toEqual([]);
    expect((await post(`/v1/alerts/${alertId}/snooze`, { hours: 1 })).status).toBe(409);
  });

  it('is paged through whatever is asked for', async () => {
    for (let index = 0; index < 120; index++) await claim([index % 40 === 0 ? 'unpriced' : 'budget:B']);
    expect((await get('/v1/alerts?about=unpriced')).alerts).toHaveLength(3);
    const first = await get('/v1/alerts?about=budget:B');
    expect(first.alerts.length).toBeGreaterThanOrEqual(50);
    const rest = await get(`/v1/alerts?about=budget:B&cursor=${encodeURIComponent(first.next)}`);
    expect(first.alerts.length + rest.alerts.length).toBe(117);
    expect(rest.next).toBeUndefined();
  });
});

describe('a test message', () => {
  it('goes the way of every alert, says what it is, and carries the attributes asked for', async () => {
    const { status, json } = await post('/v1/alerts/test', { attributes: { kind: 'anomaly', team: 'cx' } });
    expect([status, json.outcome]).toEqual([200, 'published']);
    expect(world.channel.delivered).toEqual([json.alert_id]);
    const alert = await get(`/v1/alerts/${json.alert_id}`);
    expect(alert).toMatchObject({ kind: 'test', severity: 'info', state: 'published', about: ['test'] });
    expect(alert.subject).toMatch(/nothing has happened/);
    expect(alert.data.test).toEqual({ requested_by: keyId, attributes: { kind: 'anomaly', team: 'cx' } });
    expect(await actions()).toContain('alert.tested');
  });

  it('says when it was refused, and stays to be sent', async () => {
    world.channel.behave = () => 'refuse';
    const { json } = await post('/v1/alerts/test');
    expect(json.outcome).toBe('failed');
    expect(await get(`/v1/alerts/${json.alert_id}`)).toMatchObject({
      state: 'claimed',
      last_error: 'topic: throttled',
    });
  });

  it.each([
    [{ attributes: { tenant: 'globex' } }, 'attributes.tenant'],
    [{ attributes: { alert_id: 'a' } }, 'attributes.alert_id'],
    [{ attributes: { kind: 'budget' } }, 'attributes.kind'],
    [{ attributes: { team: '' } }, 'attributes.team'],
    // SNS would refuse such a message for ever, and every sweep would try it again.
    [{ attributes: { team: 'a\u0000b' } }, 'attributes.team'],
    [{ attributes: { team: '\ud800' } }, 'attributes.team'],
    [{ attributes: { team: '\uffff' } }, 'attributes.team'],
    [{ kind: 'anomaly' }, 'kind'],
  ])('%j is answered with the field at fault', async (body, field) => {
    const answer = await post('/v1/alerts/test', body);
    expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]]);
    expect(world.channel.attempts).toBe(0);
  });
});

describe('subscribing', () => {
  it('always pins the tenant of the key, and twice changes nothing', async () => {
    const filter = { team: ['cx'], kind: ['budget_actual', 'anomaly'] };
    const made = await post('/v1/subscriptions', { ...EMAIL, filter });
    expect([made.status, made.json]).toMatchObject([201, { ...EMAIL, filter, needs_confirmation: true }]);
    expect([...world.subscriber.subscriptions.values()]).toEqual([{ ...filter, tenant: ['acme'] }]);
    const again = await post('/v1/subscriptions', { ...EMAIL, filter });
    expect([again.status, again.json]).toEqual([200, made.json]);
    expect((await actions()).filter((action) => action === 'alert.subscribed')).toHaveLength(1);
    expect((await get('/v1/subscriptions')).subscriptions).toMatchObject([{ id: made.json.id, state: 'pending' }]);
  });

  it('finds what it made when the record of it was lost', async () => {
    const { json } = await post('/v1/subscriptions', EMAIL);
    await world.ports.subscriptions.remove('acme', json.id);
    expect((await post('/v1/subscriptions', EMAIL)).json.id).toBe(json.id);
    expect((await get('/v1/subscriptions')).subscriptions).toHaveLength(1);
  });

  it.each([
    [{ ...EMAIL, endpoint: 'cx' }, 'endpoint'],
    [{ protocol: 'https', endpoint: 'http://example.com' }, 'endpoint'],
    [{ protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:111111111111:q.fifo' }, 'endpoint'],
    [{ protocol: 'https', endpoint: 'https://example.invalid' }, 'endpoint'],
    [{ ...EMAIL, protocol: 'sms' }, 'protocol'],
    [{ ...EMAIL, filter: { tenant: ['globex'] } }, 'filter.tenant'],
    [{ ...EMAIL, filter: { tem: ['cx'] } }, 'filter.tem'],
    [{ ...EMAIL, filter: { kind: ['budget'] } }, 'filter.kind'],
    [{ ...EMAIL, filter: { team: [] } }, 'filter.team'],
    [{ ...EMAIL, filter: { team: ['a\n'] } }, 'filter.team'],
    [{ ...EMAIL, filter: { team: 'cx' } }, 'filter.team'],
    [{ ...EMAIL, filter: { team: ['a'], app: ['a'], model: ['a'], rule: ['a'], budget: ['a'] } }, 'filter'],
  ])('%j is answered with the field at fault', async (body, field) => {
    const answer = await post('/v1/subscriptions', body);
    expect([answer.status, fieldsOf(answer)]).toEqual([400, [field]]);
    expect(world.subscriber.subscriptions.size).toBe(0);
  });

  it('is refused where the endpoint hears with another filter, of this tenant or of another', async () => {
    await post('/v1/subscriptions', { ...EMAIL, filter: { team: ['cx'] } });
    expect((await post('/v1/subscriptions', EMAIL)).status).toBe(409);
    const globex = await world.enrol('globex');
    expect((await world.ask('POST', '/v1/subscriptions', { key: globex, body: EMAIL })).status).toBe(409);
    expect((await world.ask('GET', '/v1/subscriptions', { key: globex })).json).toEqual({ subscriptions: [] });
  });

  it('is refused with another filter where the service would keep the old one without a word', async () => {
    const subscriber: AlertSubscriber = {
      subscribe: async () => ({ status: 'subscribed', name: 'arn' }),
      unsubscribe: async () => 'pending',
      state: async () => 'pending',
    };
    const ports = { ...world.ports, subscriber };
    const carer = { tenant: 'acme', key: { keyId, tenant: 'acme', role: 'admin' } as const };
    const ask = (team: string) =>
      subscribeToAlerts({ ...ports, clock: ports.now }, carer, {
        protocol: 'email',
        endpoint: 'cx@example.com',
        filter: { team: [team] },
      });
    expect((await ask('cx')).isNew).toBe(true);
    expect((await ask('cx')).isNew).toBe(false);
    await expect(ask('bot')).rejects.toThrow('another filter');
  });

  it('is bounded', async () => {
    for (let index = 0; index < 40; index++) {
      expect((await post('/v1/subscriptions', { ...EMAIL, endpoint: `${index}@example.com` })).status).toBe(201);
    }
    expect((await post('/v1/subscriptions', EMAIL)).status).toBe(409);
    expect((await post('/v1/subscriptions', { ...EMAIL, endpoint: '0@example.com' })).status).toBe(200);
  });

  it('can be ended by its tenant alone, once it is confirmed', async () => {
    const { id } = (await post('/v1/subscriptions', EMAIL)).json;
    const globex = await world.enrol('globex');
    const end = (of: string) => world.ask('DELETE', `/v1/subscriptions/${id}`, { key: of });
    expect((await end(globex)).status).toBe(404);
    expect((await end(key)).status).toBe(409);
    for (const name of world.subscriber.subscriptions.keys()) world.subscriber.confirmed.add(name);
    expect((await end(key)).status).toBe(204);
    expect(world.subscriber.subscriptions.size).toBe(0);
    expect((await end(key)).status).toBe(404);
    expect(await actions()).toContain('alert.unsubscribed');
  });
});

describe('the schema of alerts', () => {
  it('is there for everybody and can be used', async () => {
    const { status, json } = await world.ask('GET', '/v1/schemas/alert');
    expect(status).toBe(200);
    const { json: sent } = await post('/v1/alerts/test');
    const { data } = await get(`/v1/alerts/${sent.alert_id}`);
    expect(new Ajv2020({ strict: false, validateFormats: false }).validate(json, data)).toBe(true);
  });
});
