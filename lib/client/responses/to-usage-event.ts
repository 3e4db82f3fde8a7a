import { HISTORY_START_MS, MAX_COUNT, TIMED_ID_FROM_MS, TIMED_ID_UNTIL_MS } from '../../contracts/limits.ts';
import { formatDecimal } from '../../domain/decimal.ts';
import { LedgerError } from '../../domain/errors.ts';
import { parseUsageEvent } from '../../domain/events/parse-usage-event.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import { type DisjointUsage, joinInclusive } from '../../domain/events/usage-shapes.ts';
import { formatUsd, parseUsd } from '../../domain/money.ts';
import { toProviderId } from '../../domain/prices/model-name.ts';
import type { ResponseReading } from './response-adapter.ts';
import { makeTimedId, makeUntimedId } from './response-event-id.ts';

/** A usage event of contract v1 as it is sent: `time` as RFC 3339 text, and the tenant that a sender may name. */
export type UsageEventMessage = Omit<UsageEvent, 'timeMs'> & { readonly time: string; readonly tenant?: string };

/** What a response cannot say of its call, under the contract's own names. All of it is optional. */
export interface CallContext
  extends Partial<Omit<UsageEventMessage, 'time' | 'usage' | 'status' | 'operation' | 'reported_cost_usd'>> {
  /** When the call was made, in milliseconds since 1970: used where the response does not say. */
  readonly timeMs?: number;
}

/** The response does not hold what an event needs, and the context does not help out; sending it again cannot help. */
export class UnusableResponseError extends LedgerError {
  override readonly name = 'UnusableResponseError';
  readonly code = 'client/unusable-response';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[]) {
    super(`no usage event can be made of the response: ${issues.join('; ')}`);
    this.issues = issues;
  }
}

/**
 * Makes a usage event of what a response says. Two senders that report the same response make the same event: its time
 * is the response's own where there is one, and its id is made of that time, the provider and the response's id
 * (a UUIDv7, which the ledger recognises cheaply), or of provider and response id alone where no time is known.
 * A call that failed without usage reports zero tokens, and is counted as a failed call.
 *
 * @param context - its `provider`, `model`, `service_tier` and `region` win over the response's
 * @throws {@link UnusableResponseError} when usage, model, time or id cannot be known, or the ledger would refuse the event
 */
export function toUsageEvent(reading: ResponseReading, context: CallContext = {}): UsageEventMessage {
  const { timeMs: givenMs, ...fields } = context;
  // Spelled alike, however a sender spells it: the id is made of it.
  const provider = toProviderId(context.provider) ?? reading.provider;
  const model = context.model ?? reading.model;
  const timeMs = usableMs(reading.createdMs) ?? usableMs(givenMs);
  const id = context.id ?? makeId(reading, provider);
  const issues: string[] = reading.usage.ok ? [] : [...reading.usage.issues];
  if (model === null) issues.push('model: the response names none, pass the one that was asked for');
  if (timeMs === null) issues.push('timeMs: the response tells no time, pass the one at which the call was made');
  if (id === undefined) issues.push('id: the response has no id, pass one that every report of the call will repeat');
  const usage = reading.usage.ok ? toEventUsage(reading.usage.usage, issues) : {};
  if (issues.length > 0 || model === null || timeMs === null || id === undefined) {
    throw new UnusableResponseError(issues);
  }
  const costPicoUsd = reading.reportedCostUsd === null ? undefined : parseUsd(reading.reportedCostUsd);
  return checked({
    ...fields,
    id,
    time: new Date(timeMs).toISOString(),
    model,
    usage,
    ...present('provider', provider),
    ...present('operation', reading.operation),
    ...present('service_tier', context.service_tier ?? reading.serviceTier),
    ...present('region', context.region ?? reading.region),
    ...present('status', reading.status === 'ok' ? null : reading.status),
    // A charge computed in floating point trails digits that mean nothing; the ledger counts picodollars.
    ...present('reported_cost_usd', costPicoUsd === undefined ? null : formatUsd(costPicoUsd)),
  });
}

/** The ledger would refuse it: better known here than found among the rejects. */
function checked(event: UsageEventMessage): UsageEventMessage {
  const parsed = parseUsageEvent(event);
  if ('reason' in parsed) throw new UnusableResponseError([`${parsed.field ?? 'event'}: ${parsed.message}`]);
  return event;
}

/** A time that an event may have; null for that of a clock which was never set, or of no clock. */
function usableMs(timeMs: number | null | undefined): number | null {
  return typeof timeMs === 'number' && timeMs >= HISTORY_START_MS && timeMs < TIMED_ID_UNTIL_MS ? timeMs : null;
}

function makeId(reading: ResponseReading, provider: string | null): string | undefined {
  const { responseId, createdMs } = reading;
  if (responseId === null) return undefined;
  const isPlausible = createdMs !== null && createdMs >= TIMED_ID_FROM_MS && createdMs < TIMED_ID_UNTIL_MS;
  return isPlausible ? makeTimedId(createdMs, provider, responseId) : makeUntimedId(provider, responseId);
}

function toEventUsage(usage: DisjointUsage, issues: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [unit, count] of joinInclusive(usage)) {
    if (count > BigInt(MAX_COUNT)) issues.push(`${unit} ${count} is more than an event can hold`);
    counts[unit] = Number(count);
  }
  if (usage.audioSeconds !== null) counts['audio_seconds'] = Number(formatDecimal(usage.audioSeconds));
  // An event reports one unit at least.
  return Object.keys(counts).length > 0 ? counts : { input_tokens: 0 };
}

function present<K extends string, V>(name: K, value: V | null): { [name in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { [name in K]: V });
}
