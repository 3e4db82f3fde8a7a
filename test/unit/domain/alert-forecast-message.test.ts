import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import type { AlertMessage } from '../../../lib/domain/alerts/alert.ts';
import { type ForecastAlertFacts, renderForecastAlert } from '../../../lib/domain/alerts/alert-forecast-message.ts';
import { CALENDAR_MONTH } from '../../../lib/domain/budgets/periods/period-rule.ts';
import { NOON_MS, USD } from '../../helpers/alert-world.ts';

const pathOf = (name: string): string => new URL(`../../fixtures/golden/${name}`, import.meta.url).pathname;
const golden = (name: string): string => readFileSync(pathOf(name), 'utf8');

const FACTS: ForecastAlertFacts = {
  alertId: '0123456789abcdef0123456789abcdef',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  budget: {
    id: 'b1',
    name: "Support & Söhne's",
    version: 2,
    scope: { team: 'cx', 'tags.cost_center': '47 11' },
    each: null,
    schedule: { rule: CALENDAR_MONTH },
    amount: { unit: 'pico_usd', amounts: [500n * USD] },
    thresholdsPercent: [50, 80, 100],
    forecastThresholdsPercent: [80, 100, 120],
    owner: 'Ann',
    paused: false,
    createdAtMs: 0,
    changedAtMs: 0,
    sinceCommit: 0,
  },
  period: { name: '2026-01', fromDay: '2026-01-01', toDay: '2026-02-01' },
  part: '',
  status: 'firing',
  isClosed: false,
  thresholdsPercent: [80, 100],
  amount: 500n * USD,
  // $382.345 is 76.469 % of $500.
  spent: 382n * USD + 345_000_000_000n,
  forecast: {
    projection: {
      point: 585.1,
      lo50: 560,
      hi50: 610,
      lo80: 530.25,
      hi80: 640.5,
      lo95: 500,
      hi95: 700,
      pExceed: 0.93,
      state: 'ready',
      method: 'weighted_replay',
      historyDays: 61,
    },
    runOutDay: '2026-01-27',
  },
  standings: [
    { thresholdPercent: 80, probability: 0.9999, hoursLikely: 9, hoursUnlikely: 0 },
    { thresholdPercent: 100, probability: 0.93, hoursLikely: 2, hoursUnlikely: 0 },
    { thresholdPercent: 120, probability: 0.29, hoursLikely: 0, hoursUnlikely: 7 },
  ],
  today: '2026-01-20',
  contributorDimension: 'app',
  contributors: [
    { value: 'support-bot', spent: 300n * USD },
    { value: 'triage', spent: 70n * USD },
    { value: null, spent: 12n * USD },
  ],
  unpricedCalls: { unpriced: 3n, unpriced_unit: 0n, partially_priced: 1n },
  asOfMs: NOON_MS,
  commit: 812,
  apiUrl: 'https://ledger.example',
};

/** The tokens that each app may use in a week, seen for one app. */
const TOKENS_OF_APP: ForecastAlertFacts = {
  ...FACTS,
  budget: {
    ...FACTS.budget,
    name: 'Tokens',
    scope: {},
    each: 'app',
    schedule: { rule: { kind: 'week', firstDay: 'monday' } },
    amount: { unit: 'tokens', amounts: [2_000_000n] },
    forecastThresholdsPercent: [100],
    owner: null,
  },
  period: { name: 'week-2026-01-19', fromDay: '2026-01-19', toDay: '2026-01-26' },
  part: "bot 'n' co",
  thresholdsPercent: [100],
  amount: 2_000_000n,
  spent: 1_500_000n,
  forecast: {
    projection: { ...FACTS.forecast.projection, point: 2_600_000.4, lo80: 2_100_000, hi80: 3_000_000, pExceed: 0.96 },
    runOutDay: '2026-01-22',
  },
  standings: [{ thresholdPercent: 100, probability: 0.96, hoursLikely: 2, hoursUnlikely: 0 }],
  contributorDimension: 'model',
  contributors: [{ value: 'gpt-4o-mini', spent: 1_500_000n }],
};

/** What was told does not hold any more. */
const RESOLVED: ForecastAlertFacts = {
  ...FACTS,
  status: 'resolved',
  thresholdsPercent: [100],
  spent: 182n * USD,
  forecast: {
    projection: { ...FACTS.forecast.projection, point: 285.1, lo80: 230.25, hi80: 340.5, pExceed: 0.02 },
    runOutDay: null,
  },
  standings: FACTS.standings.map((standing, index) => ({
    ...standing,
    ...{ probability: [0.06, 0.02, 0.01][index] ?? 0, hoursLikely: 0, hoursUnlikely: 2 },
  })),
  contributors: [
    { value: 'support-bot', spent: 150n * USD },
    { value: 'triage', spent: 32n * USD },
  ],
  unpricedCalls: { unpriced: 0n, unpriced_unit: 0n, partially_priced: 0n },
};

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe.each([
  ['budget-forecast', FACTS],
  ['budget-forecast-tokens-each', TOKENS_OF_APP],
  ['budget-forecast-resolved', RESOLVED],
])('the message %s', (name, facts) => {
  const message: AlertMessage = renderForecastAlert(facts);

  it('reads as the golden file, word for word', async () => {
    await expect(`${message.subject}\n\n${message.text}`).toMatchFileSnapshot(pathOf(`${name}.txt`));
  });

  it('carries the data of the golden file, by the published schema', () => {
    expect(message.data).toEqual(JSON.parse(golden(`${name}.json`)));
    expect(validate(message.data), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...message.data, budget: undefined })).toBe(false);
  });

  it('has a subject and a short message of plain ASCII', () => {
    expect(message.subject).toMatch(/^[ -~]{1,99}$/);
    expect(message.sms).toMatch(/^[ -~]{1,140}$/);
  });
});

describe('an alert on a forecast', () => {
  it('names for filter policies what the budget fixes, the part of an each budget included', () => {
    expect(renderForecastAlert(FACTS).attributes).toEqual({
      tenant: 'acme',
      kind: 'budget_forecast',
      severity: 'warning',
      status: 'firing',
      budget: "Support & Söhne's",
      team: 'cx',
      alert_id: FACTS.alertId,
    });
    expect(renderForecastAlert(TOKENS_OF_APP).attributes).toMatchObject({ app: "bot 'n' co", severity: 'critical' });
  });

  it('is critical when the amount is gone within three days with 95 %, else a warning', () => {
    const severityOf = (runOutDay: string | null, pExceed: number | null) =>
      renderForecastAlert({
        ...FACTS,
        forecast: { projection: { ...FACTS.forecast.projection, pExceed }, runOutDay },
      }).severity;
    expect(severityOf('2026-01-23', 0.95)).toBe('critical');
    expect(severityOf('2026-01-24', 0.95)).toBe('warning');
    expect(severityOf('2026-01-23', 0.94)).toBe('warning');
    expect(severityOf(null, 1)).toBe('warning');
    expect(severityOf('2026-01-21', null)).toBe('warning');
  });

  it('is for information when it takes one back', () => {
    expect(renderForecastAlert({ ...RESOLVED, forecast: TOKENS_OF_APP.forecast }).severity).toBe('info');
  });

  it('shows only what is certain as 100 %', () => {
    const oddsOf = (probability: number) =>
      renderForecastAlert({
        ...FACTS,
        standings: [{ thresholdPercent: 100, probability, hoursLikely: 2, hoursUnlikely: 0 }],
      }).text.match(/^Odds: {5}(\d+) %/m)?.[1];
    // 0.29 x 100 is 28.999... in binary.
    expect([0, 0.29, 0.9999, 1].map(oddsOf)).toEqual(['0', '29', '99', '100']);
  });

  it('has a link without a host where the address is not known', () => {
    const { show } = renderForecastAlert({ ...TOKENS_OF_APP, apiUrl: null }).data as { show: { link: string } };
    expect(show.link).toBe("/v1/forecast?budget=Tokens&part=bot%20'n'%20co");
  });
});
