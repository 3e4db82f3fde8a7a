import type { MigrationAssessment } from '../migrate-now/assess-migration.ts';
import { type MigrateAlertContext, renderMigrateAlert } from '../migrate-now/render-migrate-alert.ts';
import { type AlertMessage, toShortMessage, toSubject } from './alert.ts';

/** Puts the wording of a migrate-now message, or of its withdrawal, into the form of an alert. */
export function renderMigrationAlert(assessment: MigrationAssessment, context: MigrateAlertContext): AlertMessage {
  const isAlert = context.message === 'alert';
  const kind = isAlert ? 'migrate_now' : 'migrate_back_off';
  const severity = isAlert ? 'warning' : 'info';
  const rendered = renderMigrateAlert(assessment, context);
  const { name, scope } = assessment.profile;
  const about = [`migration:${name}`];
  const unpriced = Number(assessment.measures.unpricedCalls);
  const known = (['team', 'app', 'environment'] as const).flatMap((dimension) => {
    const value = scope[dimension];
    return value === undefined ? [] : [[dimension, value] as const];
  });
  return {
    alertId: context.alertId,
    kind,
    severity,
    tenant: context.tenant,
    subject: toSubject(`[${severity}] ${rendered.subject}`),
    text: rendered.text,
    sms: toShortMessage(`${rendered.subject}. Alert ${context.alertId.slice(0, 8)}`),
    data: {
      schema_version: 1,
      alert_id: context.alertId,
      kind,
      severity,
      tenant: context.tenant,
      about,
      as_of: context.asOf,
      complete: unpriced === 0,
      incomplete_reasons: unpriced === 0 ? [] : [{ reason: 'unpriced', count: unpriced }],
      migration: rendered.data,
    },
    about,
    attributes: { tenant: context.tenant, kind, severity, alert_id: context.alertId, ...Object.fromEntries(known) },
  };
}
