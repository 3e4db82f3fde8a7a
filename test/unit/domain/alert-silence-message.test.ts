import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { renderSilenceAlert, type SilenceAlertFacts } from '../../../lib/domain/alerts/alert-silence-message.ts';
import { SILENCE_RULE } from '../../../lib/domain/sources/silence.ts';
import type { Source, SourceKind } from '../../../lib/domain/sources/source.ts';
import { NOON_MS } from '../../helpers/alert-world.ts';

const HOUR_MS = 3_600_000;

const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url).pathname;

const sourceOf = (kind: SourceKind, name: string, returnedMs: number | null = null): Source => ({
  kind,
  name,
  firstEventMs: NOON_MS - 40 * 24 * HOUR_MS,
  lastEventMs: NOON_MS - 7 * HOUR_MS - 2_000,
  firstArrivalMs: NOON_MS - 40 * 24 * HOUR_MS,
  lastArrivalMs: NOON_MS - 7 * HOUR_MS,
  hours: {},
  versions: {},
  silence: { sinceMs: NOON_MS - 7 * HOUR_MS, isTold: false, returnedMs },
  returnedMs: null,
});

const FACTS: SilenceAlertFacts = {
  alertId: '0123456789abcdef0123456789abcdef',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  state: 'silent',
  sources: [sourceOf('app', 'support-bot'), sourceOf('billing_account', 'org-main')],
  rule: SILENCE_RULE,
  asOfMs: NOON_MS,
  apiUrl: 'https://ledger.example',
};

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe('the message about silent sources', () => {
  it('is as people read it', async () => {
    const { text, subject, sms } = renderSilenceAlert(FACTS);
    await expect(`${subject}\n\n${text}\n${sms}\n`).toMatchFileSnapshot(golden('source-silent.txt'));
  });

  it('is as programs read it, by the published schema', async () => {
    const { data } = renderSilenceAlert(FACTS);
    await expect(`${JSON.stringify(data, null, 2)}\n`).toMatchFileSnapshot(golden('source-silent.json'));
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('says who is back and since when, and that it is nothing to worry about', () => {
    const back = sourceOf('app', 'support-bot', NOON_MS - 60_000);
    const { subject, severity, data, text } = renderSilenceAlert({ ...FACTS, state: 'resolved', sources: [back] });
    expect([subject, severity]).toEqual(['[info] calls again from app support-bot', 'info']);
    expect(data['source_silence']).toMatchObject({
      state: 'resolved',
      sources: [{ name: 'support-bot', returned_at: '2026-01-20T11:59:00.000Z' }],
    });
    expect(text).toContain('back 2026-01-20T11:59:00.000Z');
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('names the app to filters where there is one', () => {
    expect(renderSilenceAlert(FACTS).attributes).toEqual({
      tenant: 'acme',
      kind: 'source_silent',
      severity: 'warning',
      app: 'support-bot',
      alert_id: FACTS.alertId,
    });
    const two = [sourceOf('app', 'a'), sourceOf('app', 'b')];
    expect(renderSilenceAlert({ ...FACTS, sources: two }).attributes).not.toHaveProperty('app');
  });

  it('keeps to what a topic takes, whatever the names', () => {
    const many = Array.from({ length: 50 }, (_, n) => sourceOf('app', `${'ü'.repeat(60)}\n${n}`));
    const { subject, sms, text, data } = renderSilenceAlert({ ...FACTS, sources: many });
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(sms).toMatch(/^[ -~]{1,140}$/);
    expect(JSON.stringify(data).length + text.length).toBeLessThan(30_000);
    expect(text).not.toContain('ü\n');
    const [first] = many;
    expect(renderSilenceAlert({ ...FACTS, sources: first ? [first] : [] }).subject).toMatch(/^[ -~]{1,99}$/);
  });
});
