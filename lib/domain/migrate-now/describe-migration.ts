import type { MonthlyRange, TargetAssessment } from '../break-even/target-assessment.ts';
import type { SourcedRow } from '../reference/reference-rows.ts';
import type { MigrationAssessment } from './assess-migration.ts';
import { OUTLOOK_DAYS } from './project-outlook.ts';

/**
 * An assessment as plain JSON, for alerts and for whoever asks how a profile stands. Figures in USD are numbers: all of
 * them come out of a model.
 */
export function describeMigration(assessment: MigrationAssessment): Readonly<Record<string, unknown>> {
  const { profile, measures, target, migrateDay } = assessment;
  return {
    subject: profile.name,
    scope: profile.scope,
    target_model: profile.targetModel,
    hardware: profile.hardware,
    day: measures.day,
    window_days: measures.windowDays,
    history_days: measures.historyDays,
    unpriced_calls: Number(measures.unpricedCalls),
    lack: assessment.lack,
    ...(target === null ? {} : describeTarget(profile.priceSource, target)),
    probability: migrateDay.probability,
    outlook_days: OUTLOOK_DAYS,
    gates: assessment.gates,
    gates_together: migrateDay.gates,
    blockers: assessment.blockers,
    mandate: assessment.mandate,
    assumed: assessment.assumed,
  };
}

function describeTarget(priceSource: string | null, target: TargetAssessment): Readonly<Record<string, unknown>> {
  const { offer, breakEven, reversing, hybrid } = target;
  return {
    api_monthly: describeRange(target.api),
    self_monthly: describeRange(target.self),
    hybrid_monthly: { ...describeRange(hybrid), mode: hybrid.mode, self_hosted_share: hybrid.shareRatio },
    savings_usd: target.savingsUsd,
    savings_pct_of_api: target.savingsRatio,
    payback_months: target.paybackMonths,
    one_time_usd: target.oneTimeUsd,
    replicas: target.replicas,
    is_peak_measured: target.isPeakMeasured,
    peak_busy_replicas: target.peakBusyReplicas,
    requests_per_month: target.requestsPerMonth,
    tokens_per_month: target.inputTokensPerMonth + target.outputTokensPerMonth,
    first_requests_per_month: breakEven.firstRequests,
    stable_requests_per_month: breakEven.stableRequests,
    no_longer_pays_below_requests: reversing?.belowRequestsPerMonth ?? null,
    no_longer_pays_below_usd_per_million_output: reversing?.belowUsdPerMillionOutput ?? null,
    unservable: target.unservable.map(({ reason, calls }) => ({ reason, calls })),
    stays_on_api_usd: target.restMonthlyUsd,
    three_years: target.longRun.map((run) => ({
      api_decline_annual: run.apiDeclineAnnualRatio,
      api_usd: run.apiUsd,
      self_usd: run.selfUsd,
    })),
    tornado: target.tornado.slice(0, 3).map(({ name, low, high, atLow, atHigh }) => ({
      ...{ name, low, high, savings_at_low_usd: atLow, savings_at_high_usd: atHigh },
    })),
    confidence: target.confidence,
    rows: {
      purchase: offer.purchase,
      price: describeRow(offer.hardware, priceSource),
      model: describeRow(offer.target.model, null),
      throughput: offer.target.serviceTime.rows.map((row) => describeRow(row, null)),
    },
  };
}

function describeRange({ usd, lo80Usd, hi80Usd }: MonthlyRange) {
  return { usd, lo80_usd: lo80Usd, hi80_usd: hi80Usd };
}

function describeRow({ id, source, asOf, checkedOn }: SourcedRow, typedSource: string | null) {
  return { id, source: typedSource ?? source, as_of: asOf, checked_on: checkedOn === '' ? null : checkedOn };
}
