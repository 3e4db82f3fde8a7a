import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishHeld } from '../../../lib/app/alerts/publish-alerts.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld } from '../../helpers/api-world.ts';
import { claimMessage, plainMessage } from '../../helpers/held-alert.ts';

const world = createApiWorld();
let server: ApiServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startApiServer(world);
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol('acme') };
});
afterAll(() => server.stop());

const run = (...args: string[]) => runCli(['alerts', ...args], env);
const claim = () => claimMessage(world.ports.testAlerts, plainMessage('acme'));

describe('tokenledger alerts', () => {
  it('lists alerts with state, kind and who has seen them, and takes filters', async () => {
    const held = await claim();
    await publishHeld(world.ports.testAlerts, held);
    expect((await run('acknowledge', held.alertId, '--note', 'on it')).out[0]).toMatch(/^acknowledged by key_/);
    const [title, , line] = (await run('--state', 'published')).out;
    expect(title).toMatch(/^when +state +kind +severity +subject +seen by +id$/);
    expect(line).toMatch(new RegExp(`published +budget_actual +warning +Budget B +key_[0-9a-f]{12} +${held.alertId}$`));
    expect((await run('--kind', 'anomaly')).out).toHaveLength(2);
    const wrong = await run('--kind', 'budget');
    expect([wrong.code, wrong.err[0]]).toEqual([2, expect.stringMatching(/^kind: expected one of budget_actual,/)]);
    const shown = JSON.parse((await run('show', held.alertId)).out.join(''));
    expect(shown).toMatchObject({ alert_id: held.alertId, acknowledged: { note: 'on it' } });
  });

  it('snoozes and wakes what an alert is about', async () => {
    const { alertId } = await claim();
    const snoozed = await run('snooze', alertId, '--hours', '24');
    expect([snoozed.code, snoozed.out[0]]).toEqual([
      0,
      expect.stringMatching(/^budget:B: nothing is sent until 2026-/),
    ]);
    expect((await run('unsnooze', alertId)).out).toEqual(['budget:B: what waited is sent within a minute']);
    expect((await run('unsnooze', alertId)).out).toEqual(['nothing was snoozed']);
    const whole = await run('snooze', alertId, '--hours', '24', '--whole-budget');
    expect(whole.out[0]).toContain('budget:B: nothing is sent until');
    await run('unsnooze', alertId);
  });

  it.each([
    [['snooze', 'a'], 'snooze takes --hours or --until'],
    [['snooze', 'a', '--hours', '1', '--until', '2026-01-30T00:00:00Z'], 'snooze takes --hours or --until'],
    [['snooze', 'a', '--hours', 'all'], '--hours: expected a number, got "all"'],
    [['snooze'], 'ID is missing'],
    [['subscribe'], 'subscribe takes one of --email, --https and --sqs'],
    [['subscribe', '--email', 'a@b.c', '--https', 'https://b.c'], 'subscribe takes one of --email, --https and --sqs'],
    [['subscribe', '--email', 'a@b.c', '--filter', 'cx'], '--filter: expected NAME=VALUE, got "cx"'],
    [['test', '--filter', 'team=a', '--filter', 'team=b'], '--filter team: a message has one value of it'],
    [['hush'], 'alerts has no "hush"'],
  ])('%j is wrong use', async (args, message) => {
    const { code, err } = await run(...args);
    expect([code, err[0]]).toEqual([2, message]);
  });

  it('subscribes an address with a filter, lists and ends it', async () => {
    const made = await run(
      'subscribe',
      '--email',
      'a@b.c',
      '--filter',
      'team=cx',
      '--filter',
      'kind=anomaly',
      '--filter',
      'kind=rejects',
    );
    expect(made.out[0]).toMatch(/^sub_[0-9a-f]{16}: a@b\.c hears team=cx, kind=anomaly\|rejects$/);
    expect(made.out[1]).toMatch(/owner/);
    const id = made.out[0]?.split(':')[0] ?? '';
    expect((await run('subscriptions')).out[2]).toMatch(new RegExp(`^${id} +pending +email +a@b\\.c +team=cx, `));
    const early = await run('unsubscribe', id);
    expect([early.code, early.err[0]]).toEqual([1, expect.stringMatching(/^Nobody has confirmed/)]);
    for (const name of world.subscriber.subscriptions.keys()) world.subscriber.confirmed.add(name);
    expect((await run('unsubscribe', id)).out).toEqual([`${id}: ended`]);
    expect((await run('subscriptions', '--json')).out).toEqual(['{"subscriptions":[]}']);
  });

  it('sends a test message, and ends with 1 where it did not get through', async () => {
    const sent = await run('test', '--kind', 'anomaly', '--filter', 'team=cx');
    expect([sent.code, sent.out[0]]).toEqual([0, expect.stringMatching(/^[0-9a-f]{32}: published$/)]);
    world.channel.behave = () => 'refuse';
    expect((await run('test')).code).toBe(1);
  });
});
