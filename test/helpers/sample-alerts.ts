import type { AlertKind, AlertMessage } from '../../lib/domain/alerts/alert.ts';
import { renderAnomalyAlert } from '../../lib/domain/alerts/alert-anomaly-message.ts';
import type { BudgetAlertFacts, BudgetForecast } from '../../lib/domain/alerts/alert-budget-facts.ts';
import { renderBudgetAlert } from '../../lib/domain/alerts/alert-budget-message.ts';
import { renderForecastAlert } from '../../lib/domain/alerts/alert-forecast-message.ts';
import { renderMigrateBackAlert } from '../../lib/domain/alerts/alert-migrate-back-message.ts';
import { renderMigrationAlert } from '../../lib/domain/alerts/alert-migration-message.ts';
import { REJECT_RISE } from '../../lib/domain/alerts/alert-rejects.ts';
import { renderRejectAlert } from '../../lib/domain/alerts/alert-rejects-message.ts';
import { renderSilenceAlert } from '../../lib/domain/alerts/alert-silence-message.ts';
import { renderTestAlert } from '../../lib/domain/alerts/alert-test-message.ts';
import { renderUnpricedAlert } from '../../lib/domain/alerts/alert-unpriced-message.ts';
import { compareAmounts } from '../../lib/domain/anomaly/finding.ts';
import { CALENDAR_MONTH } from '../../lib/domain/budgets/periods/period-rule.ts';
import { assessBack } from '../../lib/domain/migrate-now/assess-back.ts';
import { DEFAULT_MIGRATE_POLICY } from '../../lib/domain/migrate-now/migrate-state.ts';
import type { MigrateAlertContext } from '../../lib/domain/migrate-now/render-migrate-alert.ts';
import { judgeRule } from '../../lib/domain/rules/judge-rule.ts';
import { renderRuleAlert } from '../../lib/domain/rules/render-rule-alert.ts';
import { stepFiring } from '../../lib/domain/rules/rule-firing.ts';
import { SILENCE_RULE } from '../../lib/domain/sources/silence.ts';
import { sampleMigrationProfile } from '../../lib/sample/sample-settings.ts';
import { NOON_MS, USD } from './alert-world.ts';
import { assessSample } from './migrate-fixtures.ts';
import { factsOf, rowOf, ruleOf } from './rule-fixtures.ts';

const COMMON = {
  alertId: '0123456789abcdef0123456789abcdef',
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  apiUrl: 'https://ledger.example',
  asOfMs: NOON_MS,
} as const;

const FORECAST: BudgetForecast = {
  projection: {
    ...{ point: 655.1, lo50: 600, hi50: 700, lo80: 540.25, hi80: 790.5, lo95: 480, hi95: 900 },
    ...{ pExceed: 0.93, state: 'ready', method: 'weighted_replay', historyDays: 61 },
  },
  runOutDay: '2026-01-24',
};

/** $420 of $500 by the 20th, the month heading for $655. */
const BUDGET: BudgetAlertFacts = {
  ...COMMON,
  budget: {
    id: 'b1',
    name: 'support',
    version: 1,
    scope: { team: 'cx' },
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
  thresholdsPercent: [80],
  amount: 500n * USD,
  spent: 420n * USD,
  forecast: FORECAST,
  contributorDimension: 'app',
  contributors: [
    { value: 'support-bot', spent: 300n * USD },
    { value: 'triage', spent: 120n * USD },
  ],
  unpricedCalls: { unpriced: 0n, unpriced_unit: 0n, partially_priced: 0n },
  commit: 812,
};

/** One message of every kind. A kind that is added is missing here until it is written down. */
export const SAMPLE_ALERTS: Readonly<Record<AlertKind, AlertMessage>> = {
  budget_actual: renderBudgetAlert(BUDGET),
  budget_forecast: renderForecastAlert({
    ...BUDGET,
    forecast: FORECAST,
    spent: 380n * USD,
    contributors: [
      { value: 'support-bot', spent: 300n * USD },
      { value: 'triage', spent: 80n * USD },
    ],
    thresholdsPercent: [100],
    standings: [{ thresholdPercent: 100, probability: 0.93, hoursLikely: 2, hoursUnlikely: 0 }],
    today: '2026-01-20',
  }),
  unpriced_model: renderUnpricedAlert({
    ...COMMON,
    models: [
      {
        ...{ provider: 'openai', model: 'gpt-9 <!channel> [free](https://example.com)', status: 'unpriced' },
        ...{ cause: 'unknown_model', calls: 2, month: '2026-01', sinceMs: NOON_MS - 60_000 },
        units: new Map([['input_tokens', 13_000n]]),
        unpricedUnits: [],
        capacity: null,
        serviceTiers: ['default'],
        query: { provider: 'openai', model: 'gpt-9', timeMs: NOON_MS, serviceTier: null, region: null },
      },
    ],
    ...{ moreModels: 0, moreCalls: 0, isCapped: false, months: { first: '2026-01', last: '2026-01' } },
  }),
  rejects: renderRejectAlert({
    ...COMMON,
    rises: [
      { reason: 'impossible_usage', count: 412, before: 168 },
      { reason: 'not_json', count: 20, before: 1 },
    ],
    rule: REJECT_RISE,
    fromMs: NOON_MS - 3_000_000,
  }),
  source_silent: renderSilenceAlert({
    ...COMMON,
    state: 'silent',
    sources: [
      {
        ...{ kind: 'app', name: 'support-bot', hours: {}, versions: {}, returnedMs: null },
        firstEventMs: NOON_MS - 40 * 86_400_000,
        lastEventMs: NOON_MS - 7 * 3_600_000,
        firstArrivalMs: NOON_MS - 40 * 86_400_000,
        lastArrivalMs: NOON_MS - 7 * 3_600_000,
        silence: { sinceMs: NOON_MS - 7 * 3_600_000, isTold: false, returnedMs: null },
      },
    ],
    rule: SILENCE_RULE,
  }),
  anomaly: renderAnomalyAlert({
    ...COMMON,
    anomalyId: '2026-01-20_0123456789abcdefghijkl',
    days: { firstDay: '2026-01-20', lastDay: '2026-01-20' },
    ...{ others: [], unnamed: 0, isDoubtful: false },
    finding: {
      detector: 'burn_rate',
      key: { dimension: 'app', value: 'support-bot' },
      period: { startMs: NOON_MS - 600_000, endMs: NOON_MS },
      evidence: { ...compareAmounts(50n * USD, 10n * USD, { limitRatio: 2.5, z: 11.25 }), contributors: [] },
      isTold: true,
    },
  }),
  operational: renderOperational(),
  migrate_now: renderMigration('alert'),
  migrate_back_off: renderMigration('notice'),
  migrate_back: renderMigrationBack('alert'),
  migrate_back_withdrawn: renderMigrationBack('notice'),
  test: renderTestAlert({ ...COMMON, by: 'key_0123456789ab', attributes: { kind: 'anomaly', team: 'cx' } }),
};

/** 120 of 1,200 calls of a team failed: 10 %. */
function renderOperational(): AlertMessage {
  const rule = ruleOf({ each: 'team', severity: 'critical' });
  const facts = factsOf([rowOf({ calls: 1_200n, errors: 120n }, { team: 'cx', app: 'support-bot' })]);
  const [look] = judgeRule(rule, facts, NOON_MS).looks;
  const firing = look && stepFiring(rule, undefined, look, NOON_MS, COMMON.asOfMs);
  if (!firing) throw new Error('the rule is not broken');
  return renderRuleAlert({ ...COMMON, rule, firing });
}

function renderMigrationBack(message: MigrateAlertContext['message']): AlertMessage {
  const { alertId, tenant, timeZone } = COMMON;
  const measures = {
    ...{ capacity: 'h100', day: '2026-01-19', historyDays: 40, windowDays: 28 },
    ...{ costPicoUsd: 2_240n * USD, listPicoUsd: 700n * USD, calls: 84_000n, callsWithoutList: 0n },
  };
  return renderMigrateBackAlert(assessBack(measures, null, DEFAULT_MIGRATE_POLICY), {
    ...{ message, alertId, tenant, timeZone },
    asOf: '2026-01-20T02:10:00Z',
    showCommand: 'tokenledger capacities report h100',
    silenceHint: `tokenledger alerts snooze ${alertId} --hours 720`,
  });
}

function renderMigration(message: MigrateAlertContext['message']): AlertMessage {
  const { alertId, tenant, timeZone } = COMMON;
  const window = { calls: 3_500_000, costUsd: 14_875, model: 'claude-opus-4-1' };
  const assessment = assessSample(sampleMigrationProfile(), window);
  return renderMigrationAlert(assessment, {
    ...{ message, alertId, tenant, timeZone },
    asOf: '2026-01-20T02:10:00Z',
    showCommand: `tokenledger alerts show ${alertId}`,
    silenceHint: `tokenledger alerts snooze ${alertId} --hours 720`,
  });
}
