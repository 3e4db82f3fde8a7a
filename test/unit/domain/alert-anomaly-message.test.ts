import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { type AnomalyAlertFacts, renderAnomalyAlert } from '../../../lib/domain/alerts/alert-anomaly-message.ts';
import { compareAmounts } from '../../../lib/domain/anomaly/finding.ts';
import { NOON_MS, USD } from '../../helpers/alert-world.ts';

const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url).pathname;

const contributor = (dimension: string, value: string, actual: bigint, expected: bigint) => ({
  dimension,
  value,
  actualPicoUsd: actual * USD,
  expectedPicoUsd: expected * USD,
  shareRatio: Number(actual - expected) / 40,
});

/** Ten minutes before noon that cost $50 and should have cost $10, all but one dollar of it by one app. */
const FACTS: AnomalyAlertFacts = {
  alertId: '0123456789abcdef0123456789abcdef',
  anomalyId: '2026-01-20_0123456789abcdefghijkl',
  days: { firstDay: '2026-01-20', lastDay: '2026-01-20' },
  others: [],
  unnamed: 0,
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  finding: {
    detector: 'burn_rate',
    key: null,
    period: { startMs: NOON_MS - 600_000, endMs: NOON_MS },
    evidence: {
      ...compareAmounts(50n * USD, 10n * USD, { limitRatio: 2.5, z: 11.25 }),
      contributors: [contributor('app', 'support-bot', 41n, 2n), contributor('model', 'gpt-4o', 45n, 6n)],
    },
    isTold: true,
  },
  asOfMs: NOON_MS + 5_000,
  apiUrl: 'https://ledger.example',
};

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe('the message about a surge', () => {
  it('is as people read it', async () => {
    const { text, subject, sms } = renderAnomalyAlert(FACTS);
    await expect(`${subject}\n\n${text}\n${sms}\n`).toMatchFileSnapshot(golden('anomaly.txt'));
  });

  it('is as programs read it, by the published schema', async () => {
    const { data } = renderAnomalyAlert(FACTS);
    await expect(`${JSON.stringify(data, null, 2)}\n`).toMatchFileSnapshot(golden('anomaly.json'));
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('names what it is about to filters: the value that surged, else the likeliest cause', () => {
    expect(renderAnomalyAlert(FACTS).attributes).toEqual({
      tenant: 'acme',
      kind: 'anomaly',
      severity: 'warning',
      app: 'support-bot',
      alert_id: FACTS.alertId,
    });
    const ofTeam = { ...FACTS, finding: { ...FACTS.finding, key: { dimension: 'team', value: 'cx' } } };
    expect(renderAnomalyAlert(ofTeam).attributes).toMatchObject({ team: 'cx' });
    const ofRegion = { ...FACTS, finding: { ...FACTS.finding, key: { dimension: 'region', value: 'eu' } } };
    expect(renderAnomalyAlert(ofRegion).attributes).not.toHaveProperty('region');
  });

  it('shows the hours around it, of the value that surged', () => {
    const of = (value: string) => {
      const finding = { ...FACTS.finding, key: { dimension: 'app', value } };
      return renderAnomalyAlert({ ...FACTS, finding }).data['show'] as { command: string; link: string };
    };
    expect(of("it's").command).toBe(
      'tokenledger spend --from 2026-01-20T11:00:00Z --to 2026-01-20T12:00:00Z --granularity hour --group-by model ' +
        "--filter 'app=it'\\''s'",
    );
    expect(of('a&b').link).toContain('&filter=app%3Da%26b');
  });

  it('keeps to what a topic takes, whatever the names', () => {
    const finding = { ...FACTS.finding, key: { dimension: 'app', value: `${'ü'.repeat(200)}\n\u202e` } };
    const { subject, sms, text } = renderAnomalyAlert({ ...FACTS, finding });
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(sms).toMatch(/^[ -~]{1,140}$/);
    expect(text).not.toContain('\u202e');
  });
});
