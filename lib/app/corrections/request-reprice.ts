import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { Zone } from '../../domain/local-time.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import { type DayRange, findDays, intersect, LogUnreadError, readExtent } from '../spend/ledger-days.ts';
import { findZone } from '../zones.ts';
import type { Order } from './correction-ports.ts';
import { giveOrder } from './give-order.ts';
import type { RepriceWindow } from './plan-order.ts';
import type { CatalogBooks, RepricingPorts } from './repricing-ports.ts';

/** Longest reason of a correction, in UTF-8 bytes, included. */
export const MAX_REASON_BYTES = 500;

/** How long a request looks for the calls of its window, in milliseconds. */
const SEARCH_MS = 10_000;

/** A window as it was asked for: texts, not yet checked. */
export interface RepriceRequest {
  /** Local day, month, or RFC 3339 time; included. */
  readonly from: string;
  /** The same; excluded. */
  readonly to: string;
  /** Model as sent by the calls. */
  readonly model?: string | undefined;
  readonly catalogVersion?: string | undefined;
}

/** @throws {@link InvalidRequestError} naming every field that is wrong; an unknown catalog with those that are known */
export async function checkWindow(
  ports: { readonly catalogs: Pick<CatalogBooks, 'versions'> },
  tenant: TenantConfig,
  { from, to, model, catalogVersion }: RepriceRequest,
): Promise<RepriceWindow> {
  const issues: RequestIssue[] = [];
  const zone = findZone(tenant.timeZone);
  const fromMs = readMoment(zone, 'from', from, issues);
  const toMs = readMoment(zone, 'to', to, issues);
  if (fromMs >= toMs) issues.push({ field: 'to', expected: 'a time after from; it is excluded' });
  if (model === '') issues.push({ field: 'model', expected: 'the name of a model as calls send it' });
  if (catalogVersion !== undefined) {
    const known = await ports.catalogs.versions();
    if (!known.includes(catalogVersion)) {
      issues.push({ field: 'catalog_version', expected: `one of ${known.join(', ')}` });
    }
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return { fromMs, toMs, model: model ?? null, catalogVersion: catalogVersion ?? null };
}

/** @throws {@link InvalidRequestError} when a reason is empty or over {@link MAX_REASON_BYTES} */
export function checkReason(reason: string): string {
  const text = reason.trim();
  if (text !== '' && Buffer.byteLength(text) <= MAX_REASON_BYTES) return text;
  throw new InvalidRequestError([{ field: 'reason', expected: `1 to ${MAX_REASON_BYTES} bytes of text` }]);
}

/**
 * Orders the repricing of a window; carrying it out is `runOrder`'s business.
 *
 * @returns null when the window holds no calls
 * @throws {@link InvalidRequestError} naming every field that is wrong
 * @throws {@link LogUnreadError} when time runs out before it is known what the window holds
 */
export async function requestReprice(
  ports: RepricingPorts,
  tenant: TenantConfig,
  keyId: string,
  request: RepriceRequest & { readonly reason: string },
): Promise<Order | null> {
  const reason = checkReason(request.reason);
  const window = await checkWindow(ports, tenant, request);
  const found = await findWindowDays(ports, tenant, window, ports.now() + SEARCH_MS);
  if (!found) throw new LogUnreadError(`the log of ${tenant.tenant} is not read to its end yet`);
  const { head, days } = found;
  if (days === null) return null;
  const draft = { request: { kind: 'reprice', ...window } as const, by: keyId, reason, upToCommit: head, days };
  return giveOrder(ports, tenant, draft);
}

/**
 * The days of a window on which the ledger has calls that it is about, up to a head.
 *
 * @param deadlineMs - epoch milliseconds after which no further piece of the log is read
 * @returns undefined when time ran out; asking again goes on
 */
export async function findWindowDays(
  ports: Pick<RepricingPorts, 'reader' | 'pricingStates' | 'now'>,
  tenant: TenantConfig,
  { fromMs, toMs, model }: RepriceWindow,
  deadlineMs: number,
): Promise<{ readonly head: number; readonly days: DayRange | null } | undefined> {
  const zone = findZone(tenant.timeZone);
  const extent = await readExtent(ports, tenant.tenant, deadlineMs);
  if (extent === undefined) return undefined;
  const asked = intersect({ first: zone.localDay(fromMs), last: zone.localDay(toMs - 1) }, extent.days);
  const modelAt = DIMENSIONS.indexOf('model');
  const days = await findDays(ports, tenant.tenant, asked, ({ leaf }) => model === null || leaf[modelAt] === model);
  return { head: extent.head, days };
}

/**
 * A local day, month or RFC 3339 time as epoch milliseconds, NaN where it is none of them.
 * @param issues - takes in the fault
 */
export function readMoment(zone: Zone, field: string, text: string, issues: RequestIssue[]): number {
  const day = /^\d{4}-\d{2}$/.test(text) ? `${text}-01` : text;
  if (parseDayNumber(day) !== undefined) return zone.dayStartMs(day);
  const timeMs = parseInstant(text);
  if (timeMs === undefined) {
    issues.push({ field, expected: 'a local day 2026-01-29, a month 2026-01, or an RFC 3339 time' });
  }
  return timeMs ?? Number.NaN;
}
