import { describe, expect, it } from 'vitest';
import {
  type MigrateAlertContext,
  renderMigrateAlert,
} from '../../../../lib/domain/migrate-now/render-migrate-alert.ts';

import { assessSample, type SampleWindow } from '../../../helpers/migrate-fixtures.ts';

const file = {
  name: 'support-bot on 2 x H100',
  scope: { app: 'support-bot', environment: 'prod' },
  target_model: 'llama-3.3-70b fp8',
  hardware: '2 x H100 per replica',
  price_source: '$6.38 an hour, checked 2026-11-01',
  replica_monthly_usd: 4657.4,
  ops_base_usd: 500,
  ops_per_replica_usd: 200,
  other_usd: 250,
  a: 6.862785766e-5,
  b: 7.097362447e-5,
  c: 6.835685545e-8,
  one_time_usd: 20_000,
  savings_probability: 0.9,
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};
const WINDOW: SampleWindow = { calls: 3_500_000, costUsd: 14_875 };
const context: MigrateAlertContext = {
  message: 'alert',
  alertId: 'migrate-7f3a',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  asOf: '2026-11-21T03:00:00Z',
  showCommand: 'tokenledger alerts',
  silenceHint: 'remove the profile support-bot on 2 x H100',
};
const assessment = assessSample(file, WINDOW);

describe('renderMigrateAlert', () => {
  it('reads as the golden file', async () => {
    const { subject, text } = renderMigrateAlert(assessment, context);
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot('../../../fixtures/golden/migrate-now.txt');
  });

  it('keeps the subject to 100 printable ASCII characters', () => {
    const long = assessSample({ ...file, name: 'Übersetzungsdienst '.repeat(15) }, WINDOW);
    for (const message of ['alert', 'notice'] as const) {
      const { subject } = renderMigrateAlert(long, { ...context, message });
      expect(subject).toMatch(/^[ -~]{1,100}$/);
    }
  });

  it('carries everything that a reader needs, and nothing that JSON cannot hold', () => {
    const { data } = renderMigrateAlert(assessment, context);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    // 14,875 x 730 / 672 = 16,158.854166666666...
    expect(data).toMatchObject({
      alert_id: 'migrate-7f3a',
      api_monthly: { usd: expect.closeTo(16_158.854166, 5) },
      complete: true,
      blockers: [],
    });
    expect(data['tornado']).toHaveLength(3);
    expect(data['three_years']).toHaveLength(3);
  });

  it('says that the bill is larger when calls lack a price', () => {
    const { text, data } = renderMigrateAlert(assessSample(file, { ...WINDOW, unpricedCalls: 7 }), context);
    expect(text).toContain('incomplete: 7 of 3500000 calls lack a price');
    expect(data).toMatchObject({ complete: false, unpriced_calls: 7 });
  });

  it('withdraws also what can no longer be assessed', () => {
    const none = assessSample(file, { calls: 0 });
    const { text } = renderMigrateAlert(none, { ...context, message: 'notice' });
    expect(text).toContain('It can no longer be assessed: no calls.');
  });

  it('withdraws without naming a reversal that has happened', () => {
    const { subject, text } = renderMigrateAlert(assessment, { ...context, message: 'notice' });
    expect(subject).toBe('Migrate-now withdrawn: support-bot on 2 x H100 no longer pays');
    expect(text).toContain('is withdrawn');
    expect(text).not.toContain('would reverse it');
  });

  it('says what ended it: a gate that failed, else the days that did not pay', () => {
    const notice = { ...context, message: 'notice' } as const;
    const forbidden = assessSample({ ...file, gates: { ...file.gates, privacy: 'forbidden' } }, WINDOW);
    expect(renderMigrateAlert(forbidden, notice).text).toContain('is withdrawn: gate privacy failed.');
    expect(renderMigrateAlert(assessment, notice).text).toContain('it has not paid for 7 complete days running.');
  });
});
