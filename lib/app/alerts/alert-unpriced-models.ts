import { createHash } from 'node:crypto';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import {
  findCause,
  groupUnpriced,
  mergeMonths,
  nameUnpriced,
  type UnpricedCall,
  type UnpricedModel,
} from '../../domain/alerts/alert-unpriced.ts';
import { renderUnpricedAlert } from '../../domain/alerts/alert-unpriced-message.ts';
import type { PriceBooks, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { PublishPorts } from './alert-ports.ts';
import { MAX_ALERT_BYTES, measureAlertBytes } from './measure-alert.ts';
import { nameAlert } from './name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from './publish-alerts.ts';

/** What telling about calls without a price takes. */
export interface UnpricedAlertPorts extends PublishPorts {
  readonly priceBooks: PriceBooks;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
  /** Claims known to be taken, of any tenant: kept by a warm function, empty at cold start. */
  readonly told: Set<string>;
}

/** Models that one message names; the others found with them are counted. */
const MAX_NAMED = 50;

/** A claim is one write of a transaction of 100, in which three are the alert's own. */
const MAX_CLAIMS = 97;

/** Senders choose the names of models: beyond so many in a month, further ones are told of together, once a day. */
const MAX_TOLD_A_MONTH = 100;

const MAX_REMEMBERED = 50_000;

/** Tries of one message: every loss means that somebody else told about one of its models. */
const MAX_CLAIM_TRIES = 10;

/**
 * Tells subscribers about recorded calls that lack a full price: once for each provider, model and status in a local
 * month, in one message for all that are new. Costs nothing where a warm function told about all of them before.
 *
 * @returns how the publishing ended; undefined when there was nothing new to tell
 */
export async function alertUnpricedModels(
  ports: UnpricedAlertPorts,
  tenant: TenantConfig,
  calls: readonly UnpricedCall[],
): Promise<PublishOutcome | undefined> {
  const found = groupUnpriced(findZone(tenant.timeZone), calls);
  for (let attempt = 0; attempt < MAX_CLAIM_TRIES; attempt++) {
    const untold = found.filter((model) => !ports.told.has(memoryKey(tenant, nameClaim(model))));
    if (untold.length === 0) return undefined;
    const plan = await planClaims(ports, tenant, untold);
    if (plan.models.length === 0) return undefined;
    const outcome = await tell(ports, tenant, plan);
    if (outcome !== 'lost') return outcome;
  }
  return undefined;
}

interface ClaimPlan {
  /** Claimed with the message, largest first. */
  readonly claims: readonly string[];
  /** What the message is about, largest first. */
  readonly models: readonly UnpricedModel[];
  readonly isCapped: boolean;
}

/** Leaves out what others told about, and what goes beyond a month's measure after today's message about it. */
async function planClaims(
  ports: UnpricedAlertPorts,
  tenant: TenantConfig,
  untold: readonly UnpricedModel[],
): Promise<ClaimPlan> {
  const open: UnpricedModel[] = [];
  const beyond: UnpricedModel[] = [];
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const dailyClaims = new Set<string>();
  for (const [month, models] of Map.groupBy(untold, (model) => model.month)) {
    const claimed = await ports.alerts.claims(tenant.tenant, claimPrefix(month));
    remember(ports, tenant, claimed);
    const fresh = models.filter((model) => !claimed.has(nameClaim(model)));
    const room = Math.max(0, MAX_TOLD_A_MONTH - claimed.size);
    open.push(...fresh.slice(0, room));
    const daily = `${claimPrefix(month)}${DAILY}${today}`;
    if (fresh.length <= room || claimed.has(daily)) continue;
    beyond.push(...fresh.slice(room));
    dailyClaims.add(daily);
  }
  const claims = [...open.map(nameClaim), ...dailyClaims].slice(0, MAX_CLAIMS);
  return { claims, models: [...open, ...beyond], isCapped: beyond.length > 0 };
}

async function tell(
  ports: UnpricedAlertPorts,
  tenant: TenantConfig,
  { claims, models, isCapped }: ClaimPlan,
): Promise<PublishOutcome | 'lost'> {
  const alertId = nameAlert(tenant.tenant, claims[0] ?? '');
  const book = await ports.priceBooks.current(tenant.tenant);
  const merged = mergeMonths(models).map((model) => ({ ...model, cause: findCause(book, model) }));
  const months = models.map(({ month }) => month).sort();
  const nowMs = ports.clock();
  const render = (named: number): AlertMessage =>
    renderUnpricedAlert({
      alertId,
      tenant: tenant.tenant,
      timeZone: tenant.timeZone,
      models: merged.slice(0, named),
      moreModels: Math.max(0, merged.length - named),
      moreCalls: merged.slice(named).reduce((sum, model) => sum + model.calls, 0),
      isCapped,
      asOfMs: nowMs,
      months: { first: months[0] ?? '', last: months.at(-1) ?? '' },
      apiUrl: ports.apiUrl,
    });
  let message = render(MAX_NAMED);
  for (let named = MAX_NAMED; named > 1 && measureAlertBytes(message) > MAX_ALERT_BYTES; ) {
    named = Math.floor(named / 2);
    message = render(named);
  }
  // The lease starts after the message is written, so that all of it is left for publishing.
  const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
  if ((await ports.alerts.claim(claims, held)) === 'lost') return 'lost';
  remember(ports, tenant, claims);
  return publishHeld(ports, held);
}

/** Sorts behind every digest. */
const DAILY = '~';

function claimPrefix(month: string): string {
  return `UNPRICED#${month}#`;
}

function nameClaim(model: UnpricedModel): string {
  const digest = createHash('sha256').update(nameUnpriced(model)).digest('base64url');
  return claimPrefix(model.month) + digest.slice(0, 22);
}

function memoryKey(tenant: TenantConfig, claim: string): string {
  return `${tenant.tenant}#${claim}`;
}

function remember(ports: UnpricedAlertPorts, tenant: TenantConfig, claims: Iterable<string>): void {
  if (ports.told.size > MAX_REMEMBERED) ports.told.clear();
  for (const claim of claims) ports.told.add(memoryKey(tenant, claim));
}
