import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { toSubject } from '../../../lib/domain/alerts/alert.ts';
import type { BudgetAlertFacts } from '../../../lib/domain/alerts/alert-budget-facts.ts';
import { renderBudgetAlert } from '../../../lib/domain/alerts/alert-budget-message.ts';
import { displayPercent, displayUsd, quoteWord } from '../../../lib/domain/alerts/alert-text.ts';
import { CALENDAR_MONTH } from '../../../lib/domain/budgets/periods/period-rule.ts';
import { NOON_MS, USD } from '../../helpers/alert-world.ts';

const golden = (name: string) => new URL(`../../fixtures/golden/${name}`, import.meta.url);

const FACTS: BudgetAlertFacts = {
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
    forecastThresholdsPercent: [100],
    owner: null,
    paused: false,
    createdAtMs: 0,
    changedAtMs: 0,
    sinceCommit: 0,
  },
  period: { name: '2026-01', fromDay: '2026-01-01', toDay: '2026-02-01' },
  part: '',
  status: 'firing',
  isClosed: false,
  thresholdsPercent: [50, 80],
  amount: 500n * USD,
  // $412.345 is 82.469 % of $500.
  spent: 412n * USD + 345_000_000_000n,
  forecast: {
    projection: {
      point: 655.1,
      lo50: 600,
      hi50: 700,
      lo80: 540.25,
      hi80: 790.5,
      lo95: 480,
      hi95: 900,
      pExceed: 0.93,
      state: 'learning',
      method: 'run_rate_28d',
      historyDays: 19,
    },
    runOutDay: '2026-01-24',
  },
  contributorDimension: 'app',
  contributors: [
    { value: 'support-bot', spent: 300n * USD },
    { value: 'triage', spent: 100n * USD },
    { value: null, spent: 12n * USD },
  ],
  unpricedCalls: { unpriced: 3n, unpriced_unit: 0n, partially_priced: 1n },
  asOfMs: NOON_MS,
  commit: 812,
  apiUrl: 'https://ledger.example',
};

/** One of each other kind: tokens, a part of a budget, thresholds that hold no longer, a period that is over. */
const VARIANTS = {
  tokens: {
    ...FACTS,
    budget: {
      ...FACTS.budget,
      name: 'Batch',
      scope: { app: 'batch' },
      schedule: { rule: { kind: 'week', firstDay: 'sunday' } },
      amount: { unit: 'tokens', amounts: [2_000_000n] },
    },
    period: { name: 'week-2026-01-18', fromDay: '2026-01-18', toDay: '2026-01-25' },
    amount: 2_000_000n,
    // 1,700,000 of 2,000,000 is 85 %.
    spent: 1_700_000n,
    forecast: FACTS.forecast && {
      projection: { ...FACTS.forecast.projection, point: 4_100_000.4, lo80: 3_600_000, hi80: 4_500_000 },
      runOutDay: '2026-01-21',
    },
    contributorDimension: 'model',
    contributors: [{ value: 'gpt-4o-mini', spent: 1_700_000n }],
  },
  each: {
    ...FACTS,
    budget: {
      ...FACTS.budget,
      name: 'Teams',
      scope: {},
      each: 'team',
      owner: 'Ann',
      schedule: { rule: { kind: 'day' } },
    },
    part: 'cx',
    period: { name: '2026-01-20', fromDay: '2026-01-20', toDay: '2026-01-21' },
  },
  resolved: {
    ...FACTS,
    status: 'resolved',
    thresholdsPercent: [80, 100],
    // $310 of $500 is 62 %.
    spent: 310n * USD,
    contributors: [
      { value: 'support-bot', spent: 240n * USD },
      { value: 'triage', spent: 58n * USD },
      { value: null, spent: 12n * USD },
    ],
  },
  late: {
    ...FACTS,
    period: { name: '2025-12', fromDay: '2025-12-01', toDay: '2026-01-01' },
    isClosed: true,
    forecast: null,
    thresholdsPercent: [100],
    spent: 505n * USD,
  },
} as const satisfies Readonly<Record<string, BudgetAlertFacts>>;

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

describe('the message of a budget alert', () => {
  const message = renderBudgetAlert(FACTS);

  it('reads as the golden file, word for word', async () => {
    await expect(`${message.subject}\n\n${message.text}`).toMatchFileSnapshot(golden('budget-alert.txt').pathname);
  });

  it('carries the data of the golden file', () => {
    expect(message.data).toEqual(JSON.parse(readFileSync(golden('budget-alert.json'), 'utf8')));
  });

  it('keeps to the published schema', () => {
    expect(validate(message.data), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...message.data, budget: undefined })).toBe(false);
  });

  it.each(Object.entries(VARIANTS))('reads as the golden files: %s', async (name, facts) => {
    const variant = renderBudgetAlert(facts);
    await expect(`${variant.subject}\n\n${variant.text}`).toMatchFileSnapshot(
      golden(`budget-alert-${name}.txt`).pathname,
    );
    expect(variant.data).toEqual(JSON.parse(readFileSync(golden(`budget-alert-${name}.json`), 'utf8')));
    expect(validate(variant.data), JSON.stringify(validate.errors)).toBe(true);
  });

  it('says all amounts of a plan to whoever would raise one of them', () => {
    const amounts = [100n, 200n, 300n, 400n].map((amount) => amount * USD);
    const schedule = { rule: { kind: 'quarter', anchorMonth: 1, anchorDay: 1 } } as const;
    const budget = { ...FACTS.budget, schedule, amount: { unit: 'pico_usd', amounts } } as const;
    expect(renderBudgetAlert({ ...FACTS, budget }).text).toContain(' --amount 100,200,300,400 --period quarter');
  });

  it('is for whoever subscribed to the value that a part is about', () => {
    expect(renderBudgetAlert(VARIANTS.each).attributes).toMatchObject({
      team: 'cx',
      budget: 'Teams',
      status: 'firing',
    });
    expect(renderBudgetAlert(VARIANTS.each).about).toEqual(['budget:Teams:cx']);
    const named = { ...VARIANTS.each, budget: { ...VARIANTS.each.budget, name: 'Teams:cx', each: null }, part: '' };
    expect(renderBudgetAlert(named).about).toEqual(['budget:Teams%3Acx']);
  });

  it('gives filter policies only what the budget fixes', () => {
    expect(message.attributes).toEqual({
      tenant: 'acme',
      kind: 'budget_actual',
      severity: 'warning',
      status: 'firing',
      budget: "Support & Söhne's",
      alert_id: FACTS.alertId,
      team: 'cx',
    });
  });

  it.each([
    [500n * USD, 'critical'],
    [500n * USD - 1n, 'warning'],
    [400n * USD, 'warning'],
    [400n * USD - 1n, 'info'],
  ])('of $500 with %s picoUSD spent is %s, whatever thresholds the budget has', (spent, severity) => {
    expect(renderBudgetAlert({ ...FACTS, spent, thresholdsPercent: [50] }).severity).toBe(severity);
  });

  it('says of a period that is over that late calls did it, and forecasts nothing', () => {
    const closed = renderBudgetAlert({ ...FACTS, isClosed: true, forecast: null });
    expect(closed.text).toContain('This period is over; calls that arrived late were added to it.');
    expect(closed.text).toContain('Forecast: none, the period is over');
    expect(closed.data['forecast']).toBeNull();
    expect(validate(closed.data), JSON.stringify(validate.errors)).toBe(true);
  });

  it('says that a budget is used up once it is', () => {
    expect(renderBudgetAlert({ ...FACTS, spent: 500n * USD }).text).toContain('Runs out: used up already');
  });

  it('has a subject of at most 99 ASCII characters whatever the name', () => {
    const budget = { ...FACTS.budget, name: '預算'.repeat(20) };
    const { subject, sms } = renderBudgetAlert({ ...FACTS, budget });
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(sms).toMatch(/^[ -~]{1,140}$/);
  });
});

describe('the words of an alert', () => {
  it('drops accents from a subject, cuts it, and lets no line break through', () => {
    expect(toSubject('Büdget\r\nBcc: x')).toBe('Budget Bcc: x');
    expect(toSubject('x'.repeat(120))).toBe(`${'x'.repeat(96)}...`);
  });

  it.each([
    [0n, '$0.00'],
    [1n, '$0.000000000001'],
    [9_999_999_999n, '$0.009999999999'],
    [10_000_000_000n, '$0.01'],
    // Half a cent goes to the even cent: 0.125 to 0.12, 0.135 to 0.14.
    [125_000_000_000n, '$0.12'],
    [135_000_000_000n, '$0.14'],
    [1_234_567n * USD + 995_000_000_000n, '$1,234,568.00'],
    [-5n * USD, '-$5.00'],
  ])('shows %s picoUSD as %s', (picoUsd, text) => {
    expect(displayUsd(picoUsd)).toBe(text);
  });

  it('never rounds a share up to 100 %', () => {
    expect(displayPercent(9_999n, 10_000n)).toBe('99.9');
    expect(displayPercent(10_000n, 10_000n)).toBe('100.0');
    expect(displayPercent(-1n, 10_000n)).toBe('0.0');
  });

  it('quotes what a shell would read otherwise', () => {
    expect(quoteWord('team=cx')).toBe('team=cx');
    expect(quoteWord("it's $(rm)")).toBe(`'it'\\''s $(rm)'`);
  });
});
