import type { BackAssessment } from '../migrate-now/assess-back.ts';
import { formatCount, formatPercent, formatUsd } from '../migrate-now/format-figures.ts';
import { OUTLOOK_DAYS } from '../migrate-now/project-outlook.ts';
import type { MigrateAlertContext } from '../migrate-now/render-migrate-alert.ts';
import { type AlertMessage, toShortMessage, toSubject } from './alert.ts';

/** Words that a deployment no longer pays, or that it does again. */
export function renderMigrateBackAlert(assessment: BackAssessment, context: MigrateAlertContext): AlertMessage {
  const { measures, migrateDay, selfMonthlyUsd, apiMonthlyUsd } = assessment;
  const isAlert = context.message === 'alert';
  const kind = isAlert ? 'migrate_back' : 'migrate_back_withdrawn';
  const severity = isAlert ? 'warning' : 'info';
  const saving = `${formatUsd(migrateDay.savingsUsd)} a month (${formatPercent(migrateDay.savingsRatio)})`;
  const subject = isAlert
    ? `Migrate back: ${measures.capacity} costs ${saving} more than the API`
    : `Migrate-back withdrawn: ${measures.capacity} pays again`;
  const { calls, callsWithoutList } = measures;
  const isComplete = callsWithoutList === 0n;
  const about = [`capacity:${measures.capacity}`];
  const text = [
    isAlert
      ? `The deployment "${measures.capacity}" has not paid for days running.`
      : `The advice to move "${measures.capacity}" back is withdrawn.`,
    `Where: tenant ${context.tenant}, capacity ${measures.capacity}.`,
    '',
    `A month of 730 hours, from the ${measures.windowDays} accrued days up to ${measures.day}:`,
    `  Deployment       ${formatUsd(selfMonthlyUsd)}, used or not`,
    `  Its calls        ${formatUsd(apiMonthlyUsd)} at list price, ${formatCount(Number(calls))} calls in these days`,
    `  Difference       ${saving}`,
    `Probability that it stays so over the coming ${OUTLOOK_DAYS} days: ${formatPercent(migrateDay.probability)}.`,
    'What would reverse it: calls worth more than the deployment, or a cheaper deployment.',
    '',
    `As of ${context.asOf} (days in ${context.timeZone}); ${isComplete ? 'complete' : `incomplete: ${callsWithoutList} of ${calls} calls lack a list price`}.`,
    `Show it: ${context.showCommand}`,
    `Silence it: ${context.silenceHint}`,
    `Alert ${context.alertId}`,
  ];
  return {
    alertId: context.alertId,
    kind,
    severity,
    tenant: context.tenant,
    subject: toSubject(`[${severity}] ${subject}`),
    text: `${text.join('\n')}\n`,
    sms: toShortMessage(`${subject}. Alert ${context.alertId.slice(0, 8)}`),
    data: {
      schema_version: 1,
      alert_id: context.alertId,
      kind,
      severity,
      tenant: context.tenant,
      about,
      as_of: context.asOf,
      complete: isComplete,
      incomplete_reasons: isComplete ? [] : [{ reason: 'unpriced', count: Number(callsWithoutList) }],
      migration_back: describeBack(assessment),
    },
    about,
    attributes: { tenant: context.tenant, kind, severity, alert_id: context.alertId },
  };
}

/** An assessment of the way back as plain JSON; what the ledger holds as decimal text of picoUSD. */
export function describeBack(assessment: BackAssessment): Readonly<Record<string, unknown>> {
  const { measures, migrateDay, selfMonthlyUsd, apiMonthlyUsd, blockers } = assessment;
  return {
    capacity: measures.capacity,
    day: measures.day,
    window_days: measures.windowDays,
    history_days: measures.historyDays,
    cost_pico_usd: measures.costPicoUsd.toString(),
    list_cost_pico_usd: measures.listPicoUsd.toString(),
    self_monthly_usd: selfMonthlyUsd,
    api_monthly_usd: apiMonthlyUsd,
    savings_usd: migrateDay.savingsUsd,
    savings_pct_of_self: migrateDay.savingsRatio,
    probability: migrateDay.probability,
    outlook_days: OUTLOOK_DAYS,
    blockers,
  };
}
