import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { toPublishInput } from '../../../lib/adapters/sns/alert-publisher.ts';
import { toChatInput } from '../../../lib/adapters/sns/chat-message.ts';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { ALERT_FILTER_KEYS } from '../../../lib/contracts/alert-filter.ts';
import { ALERT_KINDS } from '../../../lib/domain/alerts/alert.ts';
import { SAMPLE_ALERTS } from '../../helpers/sample-alerts.ts';

const golden = (name: string) => new URL(`../../fixtures/golden/forms/${name}`, import.meta.url).pathname;

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

interface Notification {
  readonly content: { readonly title: string; readonly description: string };
}

const readChat = (kind: (typeof ALERT_KINDS)[number]) =>
  JSON.parse(toChatInput('arn:chat', SAMPLE_ALERTS[kind]).Message ?? '') as Notification;

it('the schema knows every kind and no other', () => {
  expect([...schema.properties.kind.enum].sort()).toEqual([...ALERT_KINDS].sort());
});

describe.each(ALERT_KINDS)('an alert of kind %s', (kind) => {
  const message = SAMPLE_ALERTS[kind];

  it('is as people read it', async () => {
    const { subject, text, sms } = message;
    await expect(`${subject}\n\n${text}\n${sms}\n`).toMatchFileSnapshot(golden(`${kind}.txt`));
  });

  it('is as programs read it, by the published schema', async () => {
    await expect(`${JSON.stringify(message.data, null, 2)}\n`).toMatchFileSnapshot(golden(`${kind}.json`));
    expect(validate(message.data) || validate.errors).toBe(true);
  });

  it('is as chat channels show it', async () => {
    await expect(`${JSON.stringify(readChat(kind), null, 2)}\n`).toMatchFileSnapshot(golden(`${kind}.chat.json`));
  });

  it('is as SNS takes it, with the attributes that filters match', async () => {
    const { Message = '', ...input } = toPublishInput('arn:topic', message);
    const texts = JSON.parse(Message) as Record<string, string>;
    // Which form goes by which way; the forms themselves are in the other files.
    const forms = Object.entries(texts).map(([way, text]) => {
      const form = text === message.text ? 'text' : text === message.sms ? 'sms' : 'json';
      return [way, form];
    });
    const written = { ...input, Message: Object.fromEntries(forms) };
    await expect(`${JSON.stringify(written, null, 2)}\n`).toMatchFileSnapshot(golden(`${kind}.sns.json`));
  });

  it('can be sent: subject, sizes, and attributes that a filter may name', () => {
    expect(message.kind).toBe(kind);
    expect(message.subject).toMatch(/^[ -~]{1,99}$/);
    expect(message.sms).toMatch(/^[ -~]{1,140}$/);
    const names = Object.keys(message.attributes);
    expect(names).toEqual(expect.arrayContaining(['tenant', 'kind', 'severity', 'alert_id']));
    for (const name of names) expect(['tenant', 'alert_id', ...ALERT_FILTER_KEYS]).toContain(name);
    // A subscription with raw delivery to a queue takes ten and drops the message otherwise.
    expect(names.length).toBeLessThanOrEqual(10);
    expect(message.data).toMatchObject({ alert_id: message.alertId, kind, tenant: message.tenant });
    expect(message.data['about']).toEqual(message.about);
    expect(message.about.length).toBeGreaterThan(0);
  });

  it('says what, when, how to look at it and how to silence it', () => {
    for (const part of ['2026-01', 'tokenledger ', message.alertId]) expect(message.text).toContain(part);
    expect(message.text).toMatch(/silence/i);
  });
});

it('a name with characters that queues refuse is sent without them, in every form', () => {
  const plain = SAMPLE_ALERTS.budget_actual;
  const message = { ...plain, text: 'a\uFFFFb', attributes: { ...plain.attributes, team: 'c\uFFFEd' } };
  for (const input of [toPublishInput('arn', message), toChatInput('arn', message)]) {
    expect(JSON.stringify(input)).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(input.Message).toContain('a\uFFFDb');
    expect(input.MessageAttributes?.['team']?.StringValue).toBe('c\uFFFDd');
  }
});

describe('a message for chat channels', () => {
  it('holds nothing of a name that Slack or Teams would act on', () => {
    const { title, description } = readChat('unpriced_model').content;
    for (const text of [title, description.slice(4, -4)]) expect(text).not.toMatch(/[<>]|```/);
    expect(title).toContain('gpt-9 ‹!channel› [free] (https://example.com)');
  });

  it('is cut at a line where it is too long, and says so', () => {
    const text = Array.from({ length: 200 }, (_, line) => `line ${line} of many`).join('\n');
    const { Message = '' } = toChatInput('arn:chat', { ...SAMPLE_ALERTS.rejects, text });
    const { description } = (JSON.parse(Message) as Notification).content;
    expect(description.length).toBeLessThan(3_000);
    expect(description).toMatch(/line \d+ of many\n\.\.\. cut here; whole: GET \/v1\/alerts\/[0-9a-f]{32}\n```$/);
  });

  it('shares a thread with others about the same thing', () => {
    const threadOf = (kind: (typeof ALERT_KINDS)[number]) =>
      JSON.parse(toChatInput('arn:chat', SAMPLE_ALERTS[kind]).Message ?? '').metadata.threadId;
    expect(threadOf('budget_actual')).toBe('acme budget:support');
    expect(threadOf('budget_forecast')).toBe(threadOf('budget_actual'));
    expect(threadOf('anomaly')).not.toBe(threadOf('budget_actual'));
  });
});
