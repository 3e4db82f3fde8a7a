import { REJECT_REASONS } from '../../contracts/reject-reasons.ts';
import { type AlertMessage, toShortMessage, toSubject } from './alert.ts';
import type { RejectRise, RejectRiseRule } from './alert-rejects.ts';
import { toOneLine } from './alert-text.ts';

/** All that an alert about a rise of rejects says. */
export interface RejectAlertFacts {
  readonly alertId: string;
  /** `-`: rejects of senders without a tenant. */
  readonly tenant: string;
  readonly timeZone: string;
  /** Most rejects first, one at least. */
  readonly rises: readonly RejectRise[];
  readonly rule: RejectRiseRule;
  /** The window that was counted, epoch milliseconds; it ends when it was looked at. */
  readonly fromMs: number;
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

/** Writes the alert about events that are suddenly refused: one message for all reasons that rose at once. */
export function renderRejectAlert(facts: RejectAlertFacts): AlertMessage {
  const { alertId, tenant, rises } = facts;
  const kind = 'rejects';
  const severity = 'warning';
  const [only, ...others] = rises;
  const count = rises.reduce((sum, rise) => sum + rise.count, 0);
  const why = only && others.length === 0 ? only.reason : `${rises.length} reasons`;
  const headline = `${count} events refused in the last hour: ${why}`;
  return {
    alertId,
    kind,
    severity,
    tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts, count),
    sms: toShortMessage(`${headline}. They are kept and can be redriven. Alert ${alertId.slice(0, 8)}`),
    data: renderData(facts, severity, kind),
    about: listAbout(facts),
    attributes: { tenant, kind, severity, alert_id: alertId },
  };
}

function listAbout({ rises }: RejectAlertFacts): readonly string[] {
  return rises.map(({ reason }) => `rejects:${reason}`);
}

function renderText(facts: RejectAlertFacts, count: number): string {
  const { rises, rule, tenant } = facts;
  const where = tenant === '-' ? 'senders that belong to no tenant' : `tenant ${toOneLine(tenant)}`;
  return [
    `${count} events were refused since ${new Date(facts.fromMs).toISOString()}, far more than usual.`,
    '',
    `Where:    ${where}, the last ${describeSpan(rule.windowMs)} (${facts.timeZone})`,
    `Limit:    ${rule.atLeast} of one reason, and more than ${rule.factor} times the mean of the ${describeSpan(rule.baselineMs)} before`,
    'Reasons:',
    ...rises.flatMap((rise) => describeRise(rise, rule)),
    'Effect:   what was refused is in no total; it is kept, and can be sent again once the cause is mended',
    `As of:    ${new Date(facts.asOfMs).toISOString()}`,
    '',
    `Show it:  ${showCommand(facts)}`,
    `          ${showLink(facts)}`,
    'Fix:      mend the cause, then see what would be sent again, and send it without --dry-run',
    ...rises.map(({ reason }) => `          tokenledger redrive --reason ${reason}${scopeOf(tenant)} --dry-run`),
    'Silence:  none needed, a reason is told of once a day',
    `Alert:    ${facts.alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describeRise({ reason, count, before }: RejectRise, rule: RejectRiseRule): readonly string[] {
  const usual = describeMean(before, rule);
  return [`  ${reason}: ${count}, usually ${usual}`, `    ${meaningOf(reason)}`];
}

function meaningOf(reason: string): string {
  const known: Readonly<Record<string, { readonly means: string }>> = REJECT_REASONS;
  return known[reason]?.means ?? '';
}

/** The mean of one window with one decimal, rounded up, so that a little never reads as nothing. */
function describeMean(before: number, { windowMs, baselineMs }: RejectRiseRule): string {
  const tenths = Math.ceil((10 * before * windowMs) / baselineMs);
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

function describeSpan(spanMs: number): string {
  if (spanMs % 86_400_000 === 0) return `${spanMs / 86_400_000} days`;
  return spanMs === 3_600_000 ? 'hour' : `${Math.round(spanMs / 60_000)} minutes`;
}

function showCommand({ rises, fromMs, tenant }: RejectAlertFacts): string {
  const [only, ...others] = rises;
  const reason = only && others.length === 0 ? ` --reason ${only.reason}` : '';
  return `tokenledger rejects${reason} --since ${new Date(fromMs).toISOString()}${scopeOf(tenant)}`;
}

function scopeOf(tenant: string): string {
  return tenant === '-' ? ' --unassigned' : '';
}

function showLink({ rises, fromMs, tenant, apiUrl }: RejectAlertFacts): string {
  const [only, ...others] = rises;
  const reason = only && others.length === 0 ? `reason=${only.reason}&` : '';
  const unassigned = tenant === '-' ? '&unassigned=true' : '';
  const since = encodeURIComponent(new Date(fromMs).toISOString());
  return `${apiUrl ?? ''}/v1/rejects?${reason}since=${since}${unassigned}`;
}

function renderData(facts: RejectAlertFacts, severity: string, kind: string): Readonly<Record<string, unknown>> {
  const { rises, rule } = facts;
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind,
    severity,
    tenant: facts.tenant,
    about: listAbout(facts),
    as_of: new Date(facts.asOfMs).toISOString(),
    complete: false,
    incomplete_reasons: [{ reason: 'rejects', count: rises.reduce((sum, { count }) => sum + count, 0) }],
    rejects: {
      from: new Date(facts.fromMs).toISOString(),
      to: new Date(facts.asOfMs).toISOString(),
      time_zone: facts.timeZone,
      reasons: rises.map(({ reason, count, before }) => ({ reason, count, count_before: before })),
      rule: {
        at_least: rule.atLeast,
        factor: rule.factor,
        window_seconds: rule.windowMs / 1_000,
        baseline_seconds: rule.baselineMs / 1_000,
      },
    },
    show: { command: showCommand(facts), link: showLink(facts) },
  };
}
