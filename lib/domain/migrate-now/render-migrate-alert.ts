import type { MonthlyRange, TargetAssessment } from '../break-even/target-assessment.ts';
import { nameUnservable } from '../break-even/unservable-words.ts';
import type { MigrationAssessment } from './assess-migration.ts';
import { describeMigration } from './describe-migration.ts';
import { formatCount, formatPercent, formatUsd } from './format-figures.ts';
import { OUTLOOK_DAYS } from './project-outlook.ts';

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
 * Words one assessment as a message: what and where, the bills with their range, break-even against today's volume, what
 * would reverse it, what decides it, the gates, the rows it rests on, and what was assumed.
 *
 * @see METHODS of the project, section 6 (what the alert must carry) and DESIGN, section 7 (order of a message)
 */
export function renderMigrateAlert(
  assessment: MigrationAssessment,
  context: MigrateAlertContext,
): RenderedMigrateAlert {
  const { target } = assessment;
  return {
    subject: renderSubject(assessment, context),
    text: `${[
      ...renderHeadline(assessment, context),
      ...(target === null ? renderLack(assessment) : renderTarget(assessment, target, context)),
      ...renderGrounds(assessment),
      ...renderFooter(assessment, context),
    ].join('\n')}\n`,
    data: renderData(assessment, context),
  };
}

function renderSubject({ profile, target }: MigrationAssessment, context: MigrateAlertContext): string {
  const name = profile.name.replace(/[^ -~]/g, '?');
  const short = name.length > 40 ? `${name.slice(0, 37)}...` : name;
  const saving = target ? ` saves ${formatUsd(target.savingsUsd)} a month (${formatPercent(target.savingsRatio)})` : '';
  const text =
    context.message === 'notice' ? `Migrate-now withdrawn: ${short} no longer pays` : `Migrate now: ${short}${saving}`;
  return text.slice(0, 100);
}

function renderHeadline(assessment: MigrationAssessment, context: MigrateAlertContext): string[] {
  const { profile, target } = assessment;
  const scope = Object.entries(profile.scope).map(([dimension, value]) => `${dimension}=${value}`);
  const what =
    context.message === 'notice'
      ? `The advice to self-host "${profile.name}" is withdrawn: ${describeEnd(assessment)}.`
      : `Self-hosting "${profile.name}" pays: the saving held for ${profile.policy.onDays} complete days running.`;
  const size = target ? `, replicas: ${target.replicas}` : '';
  return [
    what,
    `Where: tenant ${context.tenant}, ${scope.length === 0 ? 'all calls' : scope.join(', ')}.`,
    `Target: ${profile.targetModel} on ${profile.hardware}${size}.`,
    '',
  ];
}

/** A failed gate ends it at once, whatever is saved. */
function describeEnd({ profile, gates }: MigrationAssessment): string {
  const failed = Object.entries(gates).flatMap(([gate, outcome]) => (outcome === 'fail' ? [gate] : []));
  if (failed.length > 0) return `${failed.length === 1 ? 'gate' : 'gates'} ${failed.join(', ')} failed`;
  return `it has not paid for ${profile.policy.offDays} complete days running`;
}

function renderLack({ lack }: MigrationAssessment): string[] {
  return [`It can no longer be assessed: ${(lack ?? 'unknown').replaceAll('_', ' ')}.`, ''];
}

function renderTarget(
  assessment: MigrationAssessment,
  target: TargetAssessment,
  context: MigrateAlertContext,
): string[] {
  return [
    ...renderBills(assessment, target),
    ...renderBreakEven(target),
    ...(context.message === 'notice' ? [] : renderReversal(target)),
    ...renderDeciders(target),
  ];
}

function renderBills({ measures }: MigrationAssessment, target: TargetAssessment): string[] {
  const { hybrid, paybackMonths } = target;
  const years = target.longRun.map(
    (run) =>
      `  ${describeDecline(run.apiDeclineAnnualRatio).padEnd(26)}` +
      `API ${formatUsd(run.apiUsd)}, self-hosted ${formatUsd(run.selfUsd)}`,
  );
  return [
    `A month of 730 hours, from the ${measures.windowDays} complete days up to ${measures.day} (80% range of the coming ${OUTLOOK_DAYS} days):`,
    `  API            ${describeRange(target.api)}`,
    `  Self-hosted    ${describeRange(target.self)}`,
    `  Hybrid         ${describeRange(hybrid)}, a ${hybrid.mode} with ${formatPercent(hybrid.shareRatio)} self-hosted`,
    `  Saving         ${formatUsd(target.savingsUsd)}, ${formatPercent(target.savingsRatio)} of the API bill`,
    `  Payback        ${paybackMonths === null ? 'never' : `${paybackMonths.toFixed(1)} months`} of ${formatUsd(target.oneTimeUsd)} one-time cost`,
    ...renderRest(target),
    'Three years at this volume:',
    ...years,
    '',
  ];
}

function describeRange({ usd, lo80Usd, hi80Usd }: MonthlyRange): string {
  const range = lo80Usd === null || hi80Usd === null ? '' : ` (${formatUsd(lo80Usd)} to ${formatUsd(hi80Usd)})`;
  return `${formatUsd(usd)}${range}`;
}

function renderRest({ unservable, restMonthlyUsd }: TargetAssessment): string[] {
  if (unservable.length === 0) return [];
  const counts = unservable.map(({ reason, calls }) => `${formatCount(calls)} ${nameUnservable(reason)}`);
  return [`  Stays as it is ${formatUsd(restMonthlyUsd)} of calls that the target cannot take: ${counts.join(', ')}`];
}

function describeDecline(declineRatio: number): string {
  return declineRatio === 0 ? 'API prices flat' : `API prices -${formatPercent(declineRatio)} a year`;
}

function renderBreakEven(target: TargetAssessment): string[] {
  const { requestsPerMonth, inputTokensPerMonth, outputTokensPerMonth, breakEven } = target;
  const tokens = (inputTokensPerMonth + outputTokensPerMonth) / requestsPerMonth;
  const toLine = (calls: number, requests: number) =>
    `${formatCount(calls)} calls, ${formatCount(requests * tokens)} tokens a month`;
  // Rounded up: one call less, and it does not pay yet.
  const line = (requests: number | null) => (requests === null ? 'never' : toLine(Math.ceil(requests), requests));
  return [
    'Break-even:',
    `  Now            ${toLine(requestsPerMonth, requestsPerMonth)}`,
    `  First pays at  ${line(breakEven.firstRequests)}`,
    `  Pays for good  ${line(breakEven.stableRequests)}`,
    '',
  ];
}

function renderReversal({ reversing, api, outputTokensPerMonth }: TargetAssessment): string[] {
  if (reversing === null) return [];
  const { belowRequestsPerMonth, belowUsdPerMillionOutput } = reversing;
  const now = formatUsd((api.usd / outputTokensPerMonth) * 1e6);
  const price =
    belowUsdPerMillionOutput === null
      ? ''
      : `, or where the API costs less than ${formatUsd(belowUsdPerMillionOutput)} per 1M output tokens, ` +
        `input included (now: ${now})`;
  return [
    `What would reverse it: it no longer pays below ${formatCount(Math.ceil(belowRequestsPerMonth))} calls a month${price}.`,
    '',
  ];
}

/** Bars of the tornado that are named. */
const NAMED_BARS = 3;

function renderDeciders({ tornado }: TargetAssessment): string[] {
  const bars = tornado.slice(0, NAMED_BARS).map(({ name, atLow, atHigh }) => {
    const [least, most] = [Math.min(atLow, atHigh), Math.max(atLow, atHigh)];
    return `  ${name.replaceAll('_', ' ').padEnd(19)}${formatUsd(least)} to ${formatUsd(most)} saved a month`;
  });
  return ['What decides it:', ...bars, ''];
}

function renderGrounds({ profile, target, gates, mandate, migrateDay, assumed }: MigrationAssessment): string[] {
  const judged = Object.entries(gates).map(([gate, outcome]) => `${gate} ${outcome}`);
  const sentence = {
    migrate_required: 'Privacy demands the move whatever it costs; that is apart from the saving.',
    never: 'Privacy forbids the move whatever it saves.',
  };
  const isTyped = profile.typed.savingsProbability !== null;
  return [
    ...(mandate === null ? [] : [sentence[mandate]]),
    `Probability that the saving holds over the coming ${OUTLOOK_DAYS} days: ${formatPercent(migrateDay.probability)}${isTyped ? ' (assumed)' : ''}. Confidence: ${target?.confidence ?? 'low'}.`,
    `Gates: ${judged.join(', ')}; together ${migrateDay.gates}.`,
    ...(target === null ? [] : renderRows(profile.priceSource, target)),
    `Assumed, not measured: ${assumed.join('; ')}.`,
    '',
  ];
}

function renderRows(typedSource: string | null, { offer }: TargetAssessment): string[] {
  const { hardware, target, purchase } = offer;
  const rows = target.serviceTime.rows.map(({ id }) => id);
  const price = typedSource ?? `${hardware.source}, ${describeDate(hardware.asOf, hardware.checkedOn)}`;
  return [
    `Price: ${hardware.id}, ${purchase.replace('_', ' ')}: ${price}.`,
    `Model: ${target.model.id}, ${describeDate(target.model.asOf, target.model.checkedOn)}. ` +
      `Service time: ${rows.length === 0 ? 'typed' : `${target.serviceTime.method} to ${rows.join(', ')}`}.`,
  ];
}

function describeDate(asOf: string | null, checkedOn: string): string {
  const parts = [...(asOf === null ? [] : [`of ${asOf}`]), ...(checkedOn === '' ? [] : [`checked ${checkedOn}`])];
  return parts.length === 0 ? 'without a date' : parts.join(', ');
}

function renderFooter({ measures }: MigrationAssessment, context: MigrateAlertContext): string[] {
  const { calls, unpricedCalls } = measures;
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
  const { measures } = assessment;
  return {
    alert_id: context.alertId,
    kind: 'migrate_now',
    message: context.message,
    tenant: context.tenant,
    time_zone: context.timeZone,
    as_of: context.asOf,
    complete: measures.unpricedCalls === 0n,
    ...describeMigration(assessment),
  };
}
