import type { MigrationAssessment } from './assess-migration.ts';
import { formatCount, formatPercent, formatPicoUsd, formatUsd } from './format-figures.ts';

/** What the message needs to know beside the figures. */
export interface MigrateAlertContext {
  /** `alert`: it pays to migrate; `notice`: what an earlier alert said no longer holds. */
  readonly message: 'alert' | 'notice';
  readonly alertId: string;
  readonly tenant: string;
  /** IANA time zone of the days. */
  readonly timeZone: string;
  /** Every message accepted before this instant is in the figures; RFC 3339. */
  readonly asOf: string;
  /** The command that shows the alert. */
  readonly showCommand: string;
  /** The command or sentence that says how to stop it. */
  readonly silenceHint: string;
}

/** A message ready to publish. `data` is plain JSON: money of the ledger as decimal text, model figures as numbers. */
export interface RenderedMigrateAlert {
  /** At most 100 printable ASCII characters. */
  readonly subject: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Words one assessment as a message: what and where, the three bills, break-even against today's volume, what would
 * reverse it, the gates, and every input that was assumed. What this release does not compute is named as such.
 *
 * @see METHODS of the project, section 6 (what the alert must carry) and DESIGN, section 7 (order of a message)
 */
export function renderMigrateAlert(
  assessment: MigrationAssessment,
  context: MigrateAlertContext,
): RenderedMigrateAlert {
  return {
    subject: renderSubject(assessment, context),
    text: `${[
      ...renderHeadline(assessment, context),
      ...renderBills(assessment),
      ...renderBreakEven(assessment),
      ...renderReversal(assessment, context),
      ...renderGrounds(assessment),
      ...renderFooter(assessment, context),
    ].join('\n')}\n`,
    data: renderData(assessment, context),
  };
}

function renderSubject(assessment: MigrationAssessment, context: MigrateAlertContext): string {
  const name = assessment.profile.name.replace(/[^ -~]/g, '?');
  const short = name.length > 40 ? `${name.slice(0, 37)}...` : name;
  const text =
    context.message === 'notice'
      ? `Migrate-now withdrawn: ${short} no longer pays`
      : `Migrate now: ${short} saves ${formatUsd(assessment.savingsUsd)} a month (${formatPercent(assessment.savingsRatio)})`;
  return text.slice(0, 100);
}

function renderHeadline(assessment: MigrationAssessment, context: MigrateAlertContext): string[] {
  const { profile } = assessment;
  const scope = Object.entries(profile.scope).map(([dimension, value]) => `${dimension}=${value}`);
  const what =
    context.message === 'notice'
      ? `The advice to self-host "${profile.name}" is withdrawn: it has stopped paying, or a gate failed.`
      : `Self-hosting "${profile.name}" pays: the saving held for ${profile.policy.onDays} complete days running.`;
  return [
    what,
    `Where: tenant ${context.tenant}, ${scope.length === 0 ? 'all calls' : scope.join(', ')}.`,
    `Target: ${profile.targetModel} on ${profile.hardware}, replicas: ${assessment.replicas}.`,
    `Price source: ${profile.priceSource ?? 'not given'}.`,
    '',
  ];
}

function renderBills(assessment: MigrationAssessment): string[] {
  const { measures, profile } = assessment;
  const flat = assessment.threeYears.map(
    (years) =>
      `  ${describeDecline(years.apiDeclineAnnualRatio).padEnd(26)}` +
      `API ${formatUsd(years.apiUsd)}, self-hosted ${formatUsd(years.selfUsd)}`,
  );
  const payback = assessment.paybackMonths;
  return [
    `A month of 730 hours, from the ${measures.windowDays} complete days up to ${measures.day}:`,
    `  API            ${formatPicoUsd(assessment.apiMonthlyPicoUsd)} (recorded, scaled to a month)`,
    `  Self-hosted    ${formatUsd(assessment.selfMonthlyUsd)} (model)`,
    `  Saving         ${formatUsd(assessment.savingsUsd)}, ${formatPercent(assessment.savingsRatio)} of the API bill`,
    `  Payback        ${payback === null ? 'never' : `${payback.toFixed(1)} months`} of ${formatUsd(profile.oneTimeUsd)} one-time cost`,
    'Three years at this volume:',
    ...flat,
    '',
  ];
}

function describeDecline(declineRatio: number): string {
  return declineRatio === 0 ? 'API prices flat' : `API prices -${formatPercent(declineRatio)} a year`;
}

function renderBreakEven(assessment: MigrationAssessment): string[] {
  const tokens = assessment.meanInputTokens + assessment.meanOutputTokens;
  const toLine = (calls: number, requests: number) =>
    `${formatCount(calls)} calls, ${formatCount(requests * tokens)} tokens a month`;
  // Rounded up: one call less, and it does not pay yet.
  const line = (requests: number | null) => (requests === null ? 'never' : toLine(Math.ceil(requests), requests));
  return [
    'Break-even:',
    `  Recorded       ${toLine(assessment.requestsPerMonth, assessment.requestsPerMonth)}`,
    `  First pays at  ${line(assessment.firstRequests)}`,
    `  Pays for good  ${line(assessment.stableRequests)}`,
    '',
  ];
}

function renderReversal(assessment: MigrationAssessment, context: MigrateAlertContext): string[] {
  const { apiMonthlyPicoUsd, reversingRequests, requestsPerMonth, meanOutputTokens } = assessment;
  if (context.message === 'notice' || reversingRequests === null) return [];
  const outputMillions = (requestsPerMonth * meanOutputTokens) / 1e6;
  const price =
    outputMillions === 0
      ? ''
      : `, or where the API costs less than ${formatUsd(assessment.selfMonthlyUsd / outputMillions)} ` +
        `per 1M output tokens, input included (recorded: ${formatUsd(Number(apiMonthlyPicoUsd) / 1e12 / outputMillions)})`;
  return [
    `What would reverse it: it no longer pays below ${formatCount(Math.ceil(reversingRequests))} calls a month${price}.`,
    '',
  ];
}

function renderGrounds(assessment: MigrationAssessment): string[] {
  const { gates, migrateDay, profile } = assessment;
  const { data, ...typed } = gates;
  const judged = Object.entries(typed).map(([gate, outcome]) => `${gate} ${outcome}`);
  const mandate = {
    migrate_required: 'Privacy demands the move whatever it costs; that is apart from the saving.',
    never: 'Privacy forbids the move whatever it saves.',
  };
  return [
    ...(assessment.mandate === null ? [] : [mandate[assessment.mandate]]),
    `Probability that the saving holds: ${formatPercent(profile.savingsProbability)} (assumed). Confidence: low.`,
    `Gates: ${judged.join(', ')} (assumed); data ${data} (recorded); together ${migrateDay.gates}.`,
    `Assumed, not measured: ${assessment.assumedInputs.join(', ')}.`,
    'Not computed in this release: hybrid cost, 80% range, sensitivity of the saving.',
    '',
  ];
}

function renderFooter(assessment: MigrationAssessment, context: MigrateAlertContext): string[] {
  const { calls, unpricedCalls } = assessment.measures;
  const complete =
    unpricedCalls === 0n
      ? 'complete'
      : `incomplete: ${unpricedCalls} of ${calls} calls lack a price, so the API costs more`;
  return [
    `As of ${context.asOf} (days in ${context.timeZone}); ${complete}.`,
    `Show it: ${context.showCommand}`,
    `Silence it: ${context.silenceHint}`,
    `Alert ${context.alertId}`,
  ];
}

function renderData(assessment: MigrationAssessment, context: MigrateAlertContext): Readonly<Record<string, unknown>> {
  const { profile, measures } = assessment;
  return {
    alert_id: context.alertId,
    kind: 'migrate_now',
    message: context.message,
    tenant: context.tenant,
    subject: profile.name,
    scope: profile.scope,
    target_model: profile.targetModel,
    hardware: profile.hardware,
    price_source: profile.priceSource,
    day: measures.day,
    time_zone: context.timeZone,
    as_of: context.asOf,
    complete: measures.unpricedCalls === 0n,
    unpriced_calls: Number(measures.unpricedCalls),
    window_days: measures.windowDays,
    api_monthly_pico_usd: assessment.apiMonthlyPicoUsd.toString(),
    self_monthly_usd: assessment.selfMonthlyUsd,
    savings_usd: assessment.savingsUsd,
    savings_pct_of_api: assessment.savingsRatio,
    payback_months: assessment.paybackMonths,
    replicas: assessment.replicas,
    requests_per_month: assessment.requestsPerMonth,
    first_requests_per_month: assessment.firstRequests,
    stable_requests_per_month: assessment.stableRequests,
    no_longer_pays_below_requests: assessment.reversingRequests,
    three_years: assessment.threeYears.map((years) => ({
      api_decline_annual: years.apiDeclineAnnualRatio,
      api_usd: years.apiUsd,
      self_usd: years.selfUsd,
    })),
    probability: profile.savingsProbability,
    gates: assessment.gates,
    mandate: assessment.mandate,
    assumed: assessment.assumedInputs,
  };
}
