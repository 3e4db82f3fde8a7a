import { createHash } from 'node:crypto';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import { renderSilenceAlert, type SilenceAlertFacts } from '../../domain/alerts/alert-silence-message.ts';
import { isSilent, SILENCE_RULE, type SilenceRule } from '../../domain/sources/silence.ts';
import type { Source } from '../../domain/sources/source.ts';
import type { SourceState } from '../../domain/sources/source-state.ts';
import type { TenantConfig } from '../ports.ts';
import type { SourceStates, StoredSources } from '../sources/source-ports.ts';
import { findZone } from '../zones.ts';
import type { PublishPorts } from './alert-ports.ts';
import { MAX_ALERT_BYTES, measureAlertBytes } from './measure-alert.ts';
import { nameAlert } from './name-alert.ts';
import { drawLease, publishHeld } from './publish-alerts.ts';

/** What telling of sources that fall silent takes. */
export interface SilenceAlertPorts extends PublishPorts {
  readonly sourceStates: Pick<SourceStates, 'save'>;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/** What one look at a tenant's sources came to. */
export interface SilenceReport {
  /** Sources that were told of: fallen silent, or back again. */
  readonly silent: number;
  readonly returned: number;
  /** Sources that may only seem silent, because messages wait to be recorded. */
  readonly held: number;
}

/** Sources that one message names; the next sweep tells of the others. Each is one claim. */
const MAX_NAMED = 50;

/**
 * Tells subscribers of sources that have fallen silent, once for each silence, and once when they are back, in one
 * message for all that are found together. A silence is noted in the state before it is claimed, so that one which
 * ends while nobody looks is still told to be over; whoever finds it noted and not known to be told claims it again,
 * which changes nothing where it was.
 *
 * @param stored - a state that holds every commit there is
 * @param isBackedUp - whether what is silent may have called nevertheless; asked only where something is
 */
export async function alertSilence(
  ports: SilenceAlertPorts,
  tenant: TenantConfig,
  stored: StoredSources,
  isBackedUp: () => Promise<boolean>,
  rule: SilenceRule = SILENCE_RULE,
): Promise<SilenceReport> {
  const zone = findZone(tenant.timeZone);
  const nowMs = ports.clock();
  const found = stored.state.sources.filter((source) => !source.silence && isSilent(rule, zone, source, nowMs));
  const isHeld = found.length > 0 && (await isBackedUp());
  const noted = isHeld ? stored : await noteSilence(ports, tenant, stored, new Set(found));
  if (!noted) return { silent: 0, returned: 0, held: 0 };
  const open = noted.state.sources.filter(({ silence }) => silence && !silence.isTold && silence.returnedMs === null);
  const over = noted.state.sources.filter(({ silence }) => silence && silence.returnedMs !== null);
  const told = await tell(ports, tenant, 'silent', open.slice(0, MAX_NAMED), rule);
  const heard = await dropUnheard(ports, tenant, over.slice(0, MAX_NAMED));
  const returned = await tell(ports, tenant, 'resolved', heard.told, rule);
  const settle = (source: Source): Source => {
    if (told.has(source)) return { ...source, silence: source.silence && { ...source.silence, isTold: true } };
    if (returned.has(source)) return { ...source, silence: null, returnedMs: source.silence?.returnedMs ?? null };
    return heard.untold.has(source) ? { ...source, silence: null } : source;
  };
  if (told.size + returned.size + heard.untold.size > 0) {
    await ports.sourceStates.save(tenant.tenant, noted, changeSources(noted.state, settle), new Map(), []);
  }
  return { silent: told.size, returned: returned.size, held: isHeld ? found.length : 0 };
}

/** @returns undefined when somebody else changed the state meanwhile, who sees to the silence as well */
async function noteSilence(
  ports: SilenceAlertPorts,
  { tenant }: TenantConfig,
  stored: StoredSources,
  found: ReadonlySet<Source>,
): Promise<StoredSources | undefined> {
  if (found.size === 0) return stored;
  const note = (source: Source): Source =>
    found.has(source)
      ? { ...source, silence: { sinceMs: source.lastArrivalMs, isTold: false, returnedMs: null } }
      : source;
  const state = changeSources(stored.state, note);
  const revision = await ports.sourceStates.save(tenant, stored, state, new Map(), []);
  return revision === undefined ? undefined : { ...stored, state, revision };
}

/** Divides sources that are back by whether anybody was told that they were away. */
async function dropUnheard(
  ports: SilenceAlertPorts,
  { tenant }: TenantConfig,
  over: readonly Source[],
): Promise<{ readonly told: readonly Source[]; readonly untold: ReadonlySet<Source> }> {
  const untold = new Set<Source>();
  for (const source of over)
    if (!source.silence?.isTold && !(await isClaimed(ports, tenant, nameClaim('silent', source)))) untold.add(source);
  return { told: over.filter((source) => !untold.has(source)), untold };
}

/** @returns the sources that are told of by now, by this call or by another one */
async function tell(
  ports: SilenceAlertPorts,
  config: TenantConfig,
  state: SilenceAlertFacts['state'],
  sources: readonly Source[],
  rule: SilenceRule,
): Promise<ReadonlySet<Source>> {
  const { tenant, timeZone } = config;
  const claims = sources.map((source) => nameClaim(state, source));
  const [first] = claims;
  if (first === undefined) return new Set();
  const alertId = nameAlert(tenant, first);
  const nowMs = ports.clock();
  const facts = { alertId, tenant, timeZone, state, sources, rule, asOfMs: nowMs, apiUrl: ports.apiUrl };
  const message: AlertMessage = renderSilenceAlert(facts);
  // Senders choose names, and quotes in them take four characters; the next sweep tells of the other half.
  if (sources.length > 1 && measureAlertBytes(message) > MAX_ALERT_BYTES) {
    return tell(ports, config, state, sources.slice(0, sources.length >> 1), rule);
  }
  const held = { alertId, tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
  if ((await ports.alerts.claim(claims, held)) === 'claimed') {
    await publishHeld(ports, held);
    return new Set(sources);
  }
  // Some were told of by somebody else, who did not come to say so in the state; the next sweep tells of the rest.
  const told = new Set<Source>();
  for (const [index, source] of sources.entries())
    if (await isClaimed(ports, tenant, claims[index] ?? '')) told.add(source);
  return told;
}

async function isClaimed({ alerts }: SilenceAlertPorts, tenant: string, claim: string): Promise<boolean> {
  return (await alerts.claims(tenant, claim)).has(claim);
}

function nameClaim(state: SilenceAlertFacts['state'], { kind, name, silence }: Source): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, name]))
    .digest('base64url')
    .slice(0, 22);
  const claim = `SILENT#${digest}#${String(silence?.sinceMs ?? 0).padStart(14, '0')}`;
  return state === 'silent' ? claim : `${claim}#RETURNED`;
}

function changeSources(state: SourceState, change: (source: Source) => Source): SourceState {
  return { ...state, sources: state.sources.map(change) };
}
