import type { SilenceRule } from '../sources/silence.ts';
import type { Source } from '../sources/source.ts';
import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import { toOneLine } from './alert-text.ts';

/** All that an alert about silent sources says. */
export interface SilenceAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  readonly timeZone: string;
  /** `silent`: they stopped calling; `resolved`: they call again. */
  readonly state: 'silent' | 'resolved';
  /** One at least. */
  readonly sources: readonly Source[];
  readonly rule: SilenceRule;
  /** When it was looked at, epoch milliseconds. */
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const KIND = 'source_silent';
const SHOW_COMMAND = 'tokenledger status';

/** Writes the alert about sources that stopped calling, or call again: one message for all that were found together. */
export function renderSilenceAlert(facts: SilenceAlertFacts): AlertMessage {
  const { alertId, tenant, state, sources } = facts;
  const severity: AlertSeverity = state === 'silent' ? 'warning' : 'info';
  const [only, ...others] = sources;
  const who = only && others.length === 0 ? describe(only) : `${sources.length} sources`;
  const headline = state === 'silent' ? `no calls from ${who}` : `calls again from ${who}`;
  const apps = sources.filter(({ kind }) => kind === 'app');
  const app = apps.length === 1 ? apps[0]?.name : undefined;
  return {
    alertId,
    kind: KIND,
    severity,
    tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}. ${SHOW_COMMAND} shows more. Alert ${alertId.slice(0, 8)}`),
    data: renderData(facts, severity),
    about: listAbout(facts),
    attributes: { tenant, kind: KIND, severity, ...(app === undefined ? {} : { app }), alert_id: alertId },
  };
}

function listAbout({ sources }: SilenceAlertFacts): readonly string[] {
  return sources.map(({ kind, name }) => `source:${kind}:${name}`);
}

function renderText(facts: SilenceAlertFacts): string {
  const { state, sources, rule, tenant, timeZone } = facts;
  const isSilent = state === 'silent';
  const count = sources.length === 1 ? 'A source' : `${sources.length} sources`;
  return [
    isSilent ? `${count} that called every day stopped calling.` : `${count} that had stopped calling is back.`,
    '',
    `Where:    tenant ${toOneLine(tenant)} (${timeZone})`,
    `Limit:    ${rule.silentHours} usual hours without a call, after calls on each of ${rule.historyDays} days`,
    `          (usual: calls at that hour on ${rule.usualDays} of them, and on the same day of the week)`,
    isSilent ? 'Silent:' : 'Back:',
    ...sources.flatMap(describeTimes),
    isSilent
      ? 'Effect:   spend since then may be missing; calls that were refused are in: tokenledger rejects'
      : 'Effect:   calls that were made meanwhile and never sent are still missing',
    `As of:    ${toTime(facts.asOfMs)}; complete but for calls of the half hour before, which may wait to be recorded`,
    '',
    `Show it:  ${SHOW_COMMAND}`,
    `          ${showLink(facts)}`,
    'Silence:  none needed, each silence is told of once; a source that has gone for good is told of no more',
    `Alert:    ${facts.alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describe({ kind, name }: Source): string {
  return `${kind === 'app' ? 'app' : 'billing account'} ${toOneLine(name)}`;
}

function describeTimes(source: Source): readonly string[] {
  const { silence, lastEventMs, lastArrivalMs } = source;
  const since = `last recorded ${toTime(silence?.sinceMs ?? lastArrivalMs)}`;
  const rest =
    typeof silence?.returnedMs === 'number' ? `back ${toTime(silence.returnedMs)}` : `last call ${toTime(lastEventMs)}`;
  return [`  ${describe(source)}`, `    ${since}, ${rest}`];
}

function showLink({ apiUrl }: SilenceAlertFacts): string {
  return `${apiUrl ?? ''}/v1/status`;
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function renderData(facts: SilenceAlertFacts, severity: AlertSeverity): Readonly<Record<string, unknown>> {
  const { rule } = facts;
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind: KIND,
    severity,
    tenant: facts.tenant,
    about: listAbout(facts),
    as_of: toTime(facts.asOfMs),
    // It holds no amount, and is only told of when the queues are not known to be backed up.
    complete: true,
    incomplete_reasons: [],
    source_silence: {
      state: facts.state,
      time_zone: facts.timeZone,
      sources: facts.sources.map(({ kind, name, lastEventMs, lastArrivalMs, silence }) => ({
        kind,
        name,
        last_recorded_at: toTime(silence?.sinceMs ?? lastArrivalMs),
        last_event_at: toTime(lastEventMs),
        returned_at: typeof silence?.returnedMs === 'number' ? toTime(silence.returnedMs) : null,
      })),
      rule: {
        history_days: rule.historyDays,
        usual_days: rule.usualDays,
        silent_hours: rule.silentHours,
        delivery_seconds: rule.deliveryMs / 1_000,
      },
    },
    show: { command: SHOW_COMMAND, link: showLink(facts) },
  };
}
