import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { findRises, REJECT_RISE } from '../../../lib/domain/alerts/alert-rejects.ts';
import { type RejectAlertFacts, renderRejectAlert } from '../../../lib/domain/alerts/alert-rejects-message.ts';
import { NOON_MS } from '../../helpers/alert-world.ts';

const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url).pathname;

const FACTS: RejectAlertFacts = {
  alertId: '0123456789abcdef0123456789abcdef',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  rises: [
    { reason: 'impossible_usage', count: 412, before: 168 },
    { reason: 'not_json', count: 20, before: 1 },
  ],
  rule: REJECT_RISE,
  fromMs: NOON_MS - 3_000_000,
  asOfMs: NOON_MS + 5_000,
  apiUrl: 'https://ledger.example',
};

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe('a rise of rejects', () => {
  const rises = (recent: number, before: number) =>
    findRises(REJECT_RISE, new Map([['r', recent]]), new Map([['r', before]])).length;

  it('is twenty in an hour, and more than three times the hourly mean of the week before', () => {
    expect([rises(19, 0), rises(20, 0)]).toEqual([0, 1]);
    // A week has 168 hours: 1,120 before make 6.666 an hour, three times that is exactly 20.
    expect([rises(20, 1_120), rises(20, 1_119), rises(21, 1_120)]).toEqual([0, 1, 1]);
  });

  it('lists reasons by how many there are, then by name', () => {
    const recent = new Map([...[['b', 30] as const], ...[['c', 40] as const], ...[['a', 30] as const]]);
    expect(findRises(REJECT_RISE, recent, new Map()).map(({ reason }) => reason)).toEqual(['c', 'a', 'b']);
  });
});

describe('the message about a rise of rejects', () => {
  it('is as people read it', async () => {
    const { text, subject, sms } = renderRejectAlert(FACTS);
    await expect(`${subject}\n\n${text}\n${sms}\n`).toMatchFileSnapshot(golden('rejects.txt'));
  });

  it('is as programs read it, by the published schema', async () => {
    const { data } = renderRejectAlert(FACTS);
    await expect(`${JSON.stringify(data, null, 2)}\n`).toMatchFileSnapshot(golden('rejects.json'));
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('names a single reason, and where to look for senders without a tenant', () => {
    const { subject, text, data } = renderRejectAlert({ ...FACTS, tenant: '-', rises: FACTS.rises.slice(1) });
    expect(subject).toBe('[warning] 20 events refused in the last hour: not_json');
    expect(text).toContain('--reason not_json --since 2026-01-20T11:10:00.000Z --unassigned');
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('keeps to what a topic takes, whatever the number of reasons', () => {
    const many = Array.from({ length: 24 }, (_, n) => ({ reason: `reason_${n}`, count: 30, before: 0 }));
    const { subject, sms, text } = renderRejectAlert({ ...FACTS, rises: many });
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(sms).toMatch(/^[ -~]{1,140}$/);
    expect(text.length).toBeLessThan(10_000);
  });
});
