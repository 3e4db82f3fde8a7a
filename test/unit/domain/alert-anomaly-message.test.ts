import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { type AnomalyAlertFacts, renderAnomalyAlert } from '../../../lib/domain/alerts/alert-anomaly-message.ts';
import { readAnomalySettings } from '../../../lib/domain/anomaly/anomaly-settings.ts';
import { compareAmounts, type Finding } from '../../../lib/domain/anomaly/finding.ts';
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
  isDoubtful: false,
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

const WEEK = { firstDay: '2026-01-15', lastDay: '2026-01-19' };
const DAY_MS = 86_400_000;
const MIDNIGHT_MS = Date.UTC(2026, 0, 18, 23);
const ofDay = (over: Partial<Finding>): Finding => ({
  ...FACTS.finding,
  period: { startMs: MIDNIGHT_MS, endMs: MIDNIGHT_MS + DAY_MS },
  ...over,
});
const nothing = compareAmounts(0n, 0n, { limitRatio: null, z: null });
const bot = { dimension: 'app', value: 'support-bot' };
const model = { dimension: 'model', value: 'gpt-4o' };

/** One finding of each detector beside that of minutes. */
const FINDINGS: readonly Finding[] = [
  ofDay({ detector: 'daily_spike' }),
  ofDay({ detector: 'drop', key: bot, evidence: compareAmounts(2n * USD, 40n * USD, { limitRatio: 0.6, z: -9 }) }),
  ofDay({ detector: 'level_shift', key: bot }),
  ofDay({ detector: 'first_use', key: model, evidence: compareAmounts(31n * USD, 0n, { limitRatio: null, z: null }) }),
  ofDay({
    detector: 'price_change',
    key: model,
    evidence: {
      ...nothing,
      actualPicoUsd: 31n * USD,
      expectedPicoUsd: null,
      prices: [{ model: 'gpt-4o', unit: 'input_tokens per 1000000', beforeUsd: '2.5', nowUsd: '5' }],
    },
  }),
  ofDay({
    detector: 'budget_pace',
    evidence: {
      ...compareAmounts(7n * USD, 10n * USD, { limitRatio: 3, z: null }),
      budget: {
        name: 'support',
        part: '',
        remainingPicoUsd: 20n * USD,
        minutesLeft: 40,
        projectedDayPicoUsd: 31n * USD,
      },
    },
  }),
  {
    ...FACTS.finding,
    detector: 'call_outlier',
    key: model,
    period: { startMs: NOON_MS, endMs: NOON_MS + 1 },
    evidence: {
      ...compareAmounts(3n * USD, USD / 100n, { limitRatio: 20, z: null }),
      calls: { id: 'call-1', count: 3 },
      contributors: [contributor('app', 'support-bot', 3n, 0n)],
    },
  },
];

describe('the message about what another detector found', () => {
  const render = (finding: Finding) =>
    renderAnomalyAlert({ ...FACTS, finding, days: { firstDay: '2026-01-19', lastDay: '2026-01-19' } });

  it('is as people read it', async () => {
    const texts = FINDINGS.map((finding) => {
      const { subject, text, sms } = render(finding);
      return `${subject}\n\n${text}\n${sms}\n`;
    });
    await expect(texts.join('\n----\n\n')).toMatchFileSnapshot(golden('anomaly-detectors.txt'));
  });

  it.each(FINDINGS.map((finding) => [finding.detector, finding] as const))(
    'keeps to the published schema (%s)',
    (_, finding) => {
      const { data, severity, attributes } = render(finding);
      expect(validate(data) || validate.errors).toBe(true);
      expect(data).toMatchObject({ severity, kind: 'anomaly' });
      expect(attributes['severity']).toBe(severity);
    },
  );

  it('is critical where a budget is gone within the hour, and says of which day what else was found', () => {
    const pace = FINDINGS.find(({ detector }) => detector === 'budget_pace');
    expect(pace && render(pace)).toMatchObject({ severity: 'critical', attributes: { budget: 'support' } });
    const [spike, , shift] = FINDINGS;
    if (!spike || !shift) throw new Error('findings are missing');
    const { text } = renderAnomalyAlert({
      ...FACTS,
      finding: spike,
      others: [{ finding: shift, days: WEEK }],
      unnamed: 4,
    });
    expect(text).toContain('Also:     app support-bot: spend moved to 5.0 times the usual, 2026-01-15 to 2026-01-19');
    expect(text).toContain('4 smaller anomalies of that day');
  });

  it('names five others at the most and counts the rest', () => {
    const [spike, , shift] = FINDINGS;
    if (!spike || !shift) throw new Error('findings are missing');
    const others = Array.from({ length: 300 }, () => ({ finding: shift, days: WEEK }));
    const { text, data } = renderAnomalyAlert({ ...FACTS, finding: spike, others });
    expect(text.match(/^Also: /gm)).toHaveLength(6);
    expect(text).toContain('Also:     295 more of the same kind');
    expect(data).toHaveProperty('anomaly.also.length', 5);
  });

  it.each(FINDINGS.map((finding) => [finding.detector, finding] as const))(
    'says how to let it wait, and how to hear of its like no more, by a setting that there is (%s)',
    (_, finding) => {
      const { text } = render(finding);
      expect(text).toContain(`Silence:  tokenledger alerts snooze ${FACTS.alertId} --hours 24\n`);
      const [, detector = '', field = ''] = /tokenledger anomalies set (\w+)\.(\w+)=false/.exec(text) ?? [];
      expect(detector).toBe(finding.detector);
      expect(readAnomalySettings({ [detector]: { [field]: false } })).toHaveProperty('written');
    },
  );
});
