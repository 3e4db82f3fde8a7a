import { hash } from 'node:crypto';
import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { HISTORY_START_MS, MAX_EVENT_LEAD_MS, MAX_ID_BYTES, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { TAG_PREFIX } from '../../domain/budgets/budget-scope.ts';
import { CREDIT_EVENT, type Credit, type CreditAllocation } from '../../domain/corrections/credit.ts';
import { LedgerError } from '../../domain/errors.ts';
import { canonicaliseEvent } from '../../domain/events/canonical-event.ts';
import { classifyId } from '../../domain/events/event-id.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import { textBytes } from '../../domain/field-reading.ts';
import { parseUsd } from '../../domain/money.ts';
import { toProviderId } from '../../domain/prices/model-name.ts';
import type { RatedCall } from '../../domain/rating/rated-call.ts';
import type { AdminRecords } from '../access/access-ports.ts';
import type { Clock, Ledger, LedgerReader, TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import { findZone } from '../zones.ts';

/** A credit as a request brings it. */
export interface CreditRequest {
  readonly id: string;
  /** What is given back: decimal text above zero with at most 12 decimals. */
  readonly amountUsd: string;
  /** Local days that it is for, from included, to excluded. */
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly allocation: CreditAllocation;
  /** Where it lands in spend: by dimension, or `tags.<name>` for a tag that the tenant keeps. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What giving a credit takes. */
export interface CreditPorts {
  readonly ledger: Ledger;
  readonly reader: Pick<LedgerReader, 'findEntries'>;
  readonly adminRecords: AdminRecords;
  readonly now: Clock;
}

/** What became of a credit. */
export interface CreditOutcome {
  /** `duplicate`: it is recorded already; `conflict`: the id is another entry's, and nothing was recorded. */
  readonly outcome: 'recorded' | 'duplicate' | 'conflict';
  /** Above zero, in picoUSD. */
  readonly amountPicoUsd: bigint;
  /** The local day that it lands on. */
  readonly day: string;
  /** Whether it was recorded before and voided since: it counts for nothing. */
  readonly isVoid: boolean;
}

/** A credit could not be settled in time; giving it again under the same id is safe. */
export class CreditUnsettledError extends LedgerError {
  override readonly name = 'CreditUnsettledError';
  readonly code = 'credit/unsettled';
  readonly retryable = true;
}

const MAX_REASON_BYTES = 500;

/** A credit for a period that begins later than this is a slip of the year. */
const MAX_LEAD_MS = 366 * 86_400_000;

/** What a credit cannot be narrowed to: it is no call of a model, and of nobody. */
const OTHER_DIMENSIONS: ReadonlySet<string> = new Set(['model', 'operation', 'user', 'tag1', 'tag2', 'tag3']);

/**
 * Records a credit: an entry that lowers cost on the first day of its period and leaves list cost as it is. It can be
 * voided and is never repriced. The same credit again, by its id, changes nothing.
 *
 * @param deadlineMs - epoch milliseconds after which no new attempt starts
 * @throws {@link InvalidRequestError} naming every field that is wrong
 * @throws {@link CreditUnsettledError} when it is not known to be recorded
 */
export async function giveCredit(
  ports: CreditPorts,
  tenant: TenantConfig,
  keyId: string,
  request: CreditRequest,
  deadlineMs: number,
): Promise<CreditOutcome> {
  const call = toEntry(tenant, request, ports.now());
  const amountPicoUsd = -(call.rating.costPicoUsd ?? 0n);
  const about = { amountPicoUsd, day: request.from, isVoid: false };
  const [known] = await ports.reader.findEntries(tenant.tenant, [request.id]);
  if (known?.status === 'recorded') {
    const { event, credit, recorded, isVoid } = known.entry;
    const isSame = credit !== undefined && contentOf({ event, credit, rating: recorded }) === contentOf(call);
    return isSame ? { ...about, isVoid, outcome: 'duplicate' } : { ...about, outcome: 'conflict' };
  }
  // The record comes first: a credit without one would be worse than a record of one that was only asked for.
  const { id, amountUsd, from, to, reason, allocation, dimensions } = request;
  const detail = { id, amount_usd: amountUsd, from, to, reason, allocation, dimensions };
  await ports.adminRecords.append(tenant.tenant, { atMs: ports.now(), keyId, action: 'credit.requested', detail });
  const [outcome] = await ports.ledger.append(tenant, [call], deadlineMs);
  if (outcome === 'recorded' || outcome === 'duplicate' || outcome === 'conflict') return { ...about, outcome };
  throw new CreditUnsettledError(`credit ${JSON.stringify(id)} is not known to be recorded`);
}

function toEntry(tenant: TenantConfig, request: CreditRequest, nowMs: number): RatedCall & { credit: Credit } {
  const issues = [...checkAmount(request), ...checkPeriod(tenant, request, nowMs), ...checkTexts(request, nowMs)];
  issues.push(...checkDimensions(tenant, request));
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const { id, from, to, reason, allocation } = request;
  const event: UsageEvent = {
    id,
    timeMs: findZone(tenant.timeZone).dayStartMs(from),
    ...CREDIT_EVENT,
    usage: {},
    ...toEventFields(request.dimensions),
  };
  const call = {
    event,
    rating: {
      status: 'priced',
      costPicoUsd: -(parseUsd(request.amountUsd) ?? 0n),
      listCostPicoUsd: 0n,
      price: null,
      unpricedUnits: [],
    },
    credit: { reason, fromDay: from, toDay: to, allocation },
  } as const;
  return { ...call, contentHash: Number.parseInt(hash('sha256', contentOf(call), 'hex').slice(0, 8), 16) };
}

/** The whole content of a credit as one text, by which a repeat is told from a conflict. */
function contentOf({ event, credit, rating }: Omit<RatedCall, 'contentHash'>): string {
  const { reason, fromDay, toDay, allocation } = credit ?? {};
  return JSON.stringify([canonicaliseEvent(event), String(rating.costPicoUsd), fromDay, toDay, allocation, reason]);
}

function toEventFields(dimensions: Readonly<Record<string, string>>): Partial<UsageEvent> {
  const fields: Record<string, string> = {};
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(dimensions)) {
    if (name.startsWith(TAG_PREFIX)) tags[name.slice(TAG_PREFIX.length)] = value;
    // Calls are kept under the provider's own id, so its credits are too.
    else fields[name] = name === 'provider' ? (toProviderId(value) ?? value) : value;
  }
  return Object.keys(tags).length === 0 ? fields : { ...fields, tags };
}

function checkAmount({ amountUsd }: CreditRequest): readonly RequestIssue[] {
  const isAmount = /^\d{1,12}(\.\d{1,12})?$/.test(amountUsd) && (parseUsd(amountUsd) ?? 0n) > 0n;
  const expected = 'decimal text above zero and below 1000000000000 with at most 12 decimals, such as "25.00"';
  return isAmount ? [] : [{ field: 'amount_usd', expected }];
}

function checkPeriod(tenant: TenantConfig, { from, to }: CreditRequest, nowMs: number): readonly RequestIssue[] {
  if (from >= to) return [{ field: 'to', expected: 'a day after "from"' }];
  const zone = findZone(tenant.timeZone);
  const startMs = zone.dayStartMs(from);
  if (zone.localDay(startMs) !== from) return [{ field: 'from', expected: `a day that ${zone.timeZone} has` }];
  const isNear = startMs >= HISTORY_START_MS && startMs <= nowMs + MAX_LEAD_MS;
  return isNear ? [] : [{ field: 'from', expected: 'a day from 2015 on, at most 366 days ahead' }];
}

function checkTexts({ id, reason }: CreditRequest, nowMs: number): readonly RequestIssue[] {
  const issues: RequestIssue[] = [];
  const inId = classifyId(id);
  if (!isText(id, MAX_ID_BYTES)) {
    issues.push({ field: 'id', expected: `text of 1 to ${MAX_ID_BYTES} bytes without control characters` });
  } else if (inId.timed && inId.timeMs > nowMs + MAX_EVENT_LEAD_MS) {
    issues.push({ field: 'id', expected: 'an id whose own time is not in the future' });
  }
  if (!isText(reason, MAX_REASON_BYTES)) {
    issues.push({ field: 'reason', expected: `text of 1 to ${MAX_REASON_BYTES} bytes without control characters` });
  }
  return issues;
}

function checkDimensions({ tagDimensions }: TenantConfig, { dimensions }: CreditRequest): readonly RequestIssue[] {
  const own = DIMENSIONS.filter((name) => !OTHER_DIMENSIONS.has(name));
  const known = new Set<string>([...own, ...tagDimensions.map((tag) => TAG_PREFIX + tag)]);
  return Object.entries(dimensions).flatMap(([name, value]) => {
    const field = `dimensions.${name}`;
    if (!known.has(name)) return [{ field, expected: `one of ${[...known].join(', ')}` }];
    const expected = `text of 1 to ${MAX_TEXT_BYTES} bytes without control characters`;
    return isText(value, MAX_TEXT_BYTES) ? [] : [{ field, expected }];
  });
}

function isText(text: string, maxBytes: number): boolean {
  const bytes = textBytes(text);
  return bytes > 0 && bytes <= maxBytes && text.trim() !== '';
}
