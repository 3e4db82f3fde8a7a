import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assessMigration, type MigrationMeasures } from '../../../../lib/domain/migrate-now/assess-migration.ts';
import { parseMigrationProfile } from '../../../../lib/domain/migrate-now/parse-migration-profile.ts';
import {
  type MigrateAlertContext,
  renderMigrateAlert,
} from '../../../../lib/domain/migrate-now/render-migrate-alert.ts';

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
const measures: MigrationMeasures = {
  day: '2026-11-20',
  complete: true,
  historyDays: 40,
  windowDays: 28,
  calls: 3_500_000n,
  unpricedCalls: 0n,
  costPicoUsd: 14_875_000_000_000_000n,
  inputTokens: 1_750_000_000n,
  outputTokens: 1_050_000_000n,
};
const context: MigrateAlertContext = {
  message: 'alert',
  alertId: 'migrate-7f3a',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  asOf: '2026-11-21T03:00:00Z',
  showCommand: 'tokenledger alerts',
  silenceHint: 'remove the profile support-bot on 2 x H100',
};
const assessment = assessMigration(parseMigrationProfile(file), measures);

describe('renderMigrateAlert', () => {
  it('reads as the golden file', () => {
    const { subject, text } = renderMigrateAlert(assessment, context);
    const golden = readFileSync(new URL('../../../fixtures/golden/migrate-now.txt', import.meta.url), 'utf8');
    expect(`Subject: ${subject}\n\n${text}`).toBe(golden);
  });

  it('names a number of calls that pays, where the break-even lies between two', () => {
    const between = { ...assessment, firstRequests: 1_358.07, stableRequests: 1_358.07, reversingRequests: 1_358.07 };
    const { text } = renderMigrateAlert(between, context);
    expect(text).toContain('First pays at  1,359 calls');
    expect(text).toContain('Pays for good  1,359 calls');
    expect(text).toContain('no longer pays below 1,359 calls a month');
  });

  it('keeps the subject to 100 printable ASCII characters', () => {
    const long = parseMigrationProfile({ ...file, name: 'Übersetzungsdienst\n'.repeat(20) });
    for (const message of ['alert', 'notice'] as const) {
      const { subject } = renderMigrateAlert(assessMigration(long, measures), { ...context, message });
      expect(subject).toMatch(/^[ -~]{1,100}$/);
    }
  });

  it('carries the ledger money as decimal text and nothing that JSON cannot hold', () => {
    const { data } = renderMigrateAlert(assessment, context);
    expect(JSON.parse(JSON.stringify(data))).toEqual(data);
    // 14,875 x 730 / 672 = 16,158.854166666666...
    expect(data).toMatchObject({ alert_id: 'migrate-7f3a', api_monthly_pico_usd: '16158854166666667', complete: true });
  });

  it('says that the bill is larger when calls lack a price', () => {
    const partly = assessMigration(parseMigrationProfile(file), { ...measures, unpricedCalls: 7n });
    const { text, data } = renderMigrateAlert(partly, context);
    expect(text).toContain('incomplete: 7 of 3500000 calls lack a price');
    expect(data).toMatchObject({ complete: false, unpriced_calls: 7 });
  });

  it('withdraws without naming a reversal that has happened', () => {
    const { subject, text } = renderMigrateAlert(assessment, { ...context, message: 'notice' });
    expect(subject).toBe('Migrate-now withdrawn: support-bot on 2 x H100 no longer pays');
    expect(text).toContain('is withdrawn');
    expect(text).not.toContain('would reverse it');
  });
});
