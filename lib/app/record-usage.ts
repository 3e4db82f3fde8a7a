import type { Rejection } from '../contracts/reject-reasons.ts';
import type { BookStamp } from '../domain/book-stamp.ts';
import { lacksPrice } from '../domain/compare-ratings.ts';
import { checkEventTime } from '../domain/event-window.ts';
import type { GpuSample } from '../domain/gpu-sample.ts';
import type { RatedCall } from '../domain/rated-call.ts';
import type { UsageEvent } from '../domain/usage-event.ts';
import { type DecodedMessage, decodeMessage } from './decode-message.ts';
import type {
  AppendOutcome,
  Clock,
  Ledger,
  PriceBooks,
  Reject,
  Rejects,
  TenantConfig,
  Tenants,
  UnknownFields,
} from './ports.ts';
import { rateAndConceal } from './rate-and-conceal.ts';
import { resolveSender, type SenderPolicy } from './resolve-sender.ts';

/** A message as a queue delivered it. */
export interface UsageMessage {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  /** When the queue accepted it, epoch milliseconds. */
  readonly sentAtMs: number;
  /** Through which queue; older history is accepted only by the import queue. */
  readonly queue: 'usage' | 'import';
  /** What the API function stamped on it; means nothing from anyone else. */
  readonly stamp: { readonly tenant?: string; readonly firstArrivalMs?: number };
}

/** Keeps what own deployments report of their GPUs. */
export interface GpuSamples {
  /** Keeping the same sample again changes nothing. */
  keep(tenant: string, samples: readonly GpuSample[]): Promise<void>;
}

/** What recording needs. */
export interface RecordUsagePorts {
  readonly ledger: Ledger;
  readonly tenants: Tenants;
  readonly rejects: Rejects;
  readonly unknownFields: UnknownFields;
  readonly gpuSamples: GpuSamples;
  readonly priceBooks: PriceBooks;
  readonly senders: SenderPolicy;
  readonly now: Clock;
  /** Evaluates a tenant's budgets; called whenever messages of the tenant were handled, duplicates or not. */
  evaluate(tenant: TenantConfig): Promise<void>;
  /** Tells about calls that were recorded without a full price; what is lost here is told by the sweep. */
  alertUnpriced(tenant: TenantConfig, calls: readonly RatedCall[]): Promise<void>;
  /** Told what went wrong without failing a message. */
  warn(message: string, cause: unknown): void;
}

/** Rejects of senders that belong to no tenant are kept under this name. */
export const NO_TENANT = '-';

interface Delivery {
  readonly message: UsageMessage;
  readonly tenant: TenantConfig;
  readonly decoded: DecodedMessage;
  readonly firstArrivalMs: number;
  readonly rejects: Reject[];
}

/**
 * Records every event of a batch of messages, each once: decoded, checked against its sender and arrival, priced,
 * appended with its totals. What cannot be accepted becomes a kept reject and never stops its neighbours.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @returns ids of the messages that must be delivered again, because something of them could not be settled in time
 */
export async function recordUsage(
  ports: RecordUsagePorts,
  messages: readonly UsageMessage[],
  deadlineMs: number,
): Promise<readonly string[]> {
  const failed = new Set<string>();
  const deliveries: Delivery[] = [];
  for (const message of messages) {
    try {
      const delivery = await receive(ports, message);
      if (delivery) deliveries.push(delivery);
    } catch (cause) {
      ports.warn(`message ${message.messageId} could not be received`, cause);
      failed.add(message.messageId);
    }
  }
  const byTenant = [...Map.groupBy(deliveries, ({ tenant }) => tenant.tenant).values()];
  // The quiet ones first, and each with its share of the time that is left: no tenant waits for one whose writes are slow.
  byTenant.sort((a, b) => countEvents(a) - countEvents(b));
  for (const [index, ofTenant] of byTenant.entries()) {
    const shareMs = (deadlineMs - ports.now()) / (byTenant.length - index);
    await recordTenant(ports, ofTenant, ports.now() + shareMs, failed);
  }
  return [...failed];
}

const countEvents = (deliveries: readonly Delivery[]): number =>
  deliveries.reduce((sum, { decoded }) => sum + decoded.events.length, 0);

/** Finds the message's tenant and reads its body. Without a tenant, each of its events is kept as a reject. */
async function receive(ports: RecordUsagePorts, message: UsageMessage): Promise<Delivery | undefined> {
  const sender = resolveSender(ports.senders, message);
  const firstArrivalMs = sender.isApi ? (message.stamp.firstArrivalMs ?? message.sentAtMs) : message.sentAtMs;
  const tenant = sender.tenant === undefined ? undefined : await ports.tenants.find(sender.tenant);
  const decoded = decodeMessage(message.body);
  if (tenant) return { message, tenant, decoded, firstArrivalMs, rejects: [] };
  const rejection: Rejection =
    sender.tenant === undefined
      ? { reason: 'sender_unknown', field: null, message: 'the sender belongs to no tenant' }
      : { reason: 'tenant_unknown', field: null, message: 'the tenant of the sender does not exist' };
  const items = [
    ...decoded.events.map(({ event, index }) => ({ ...rejection, index, fields: keptFields(event) })),
    ...decoded.gpuSamples.map(({ index }) => ({ ...rejection, index, fields: {} })),
    ...decoded.rejects,
  ];
  await ports.rejects.keep(
    NO_TENANT,
    items.map((item) => toReject(message, firstArrivalMs, item)),
  );
  return undefined;
}

/** What a reject keeps of an event that parses: everything but the person and the conversation it belongs to. */
function keptFields(event: UsageEvent): Readonly<Record<string, unknown>> {
  const { user: _user, session: _session, ...kept } = event;
  return kept;
}

async function recordTenant(
  ports: RecordUsagePorts,
  deliveries: readonly Delivery[],
  deadlineMs: number,
  failed: Set<string>,
): Promise<void> {
  const [first] = deliveries;
  if (!first) return;
  const { tenant } = first;
  const unpriced: RatedCall[] = [];
  try {
    const { calls, book } = await rateAll(ports, tenant, deliveries, failed);
    const rated = calls.map(({ call }) => call);
    const outcomes = await ports.ledger.append(tenant, rated, deadlineMs, book);
    unpriced.push(...rated.filter(({ rating }, index) => outcomes[index] === 'recorded' && lacksPrice(rating)));
    const unknown = new Map<string, number>();
    for (const [index, { delivery, position, unknownFields, call }] of calls.entries()) {
      settle(delivery, position, call, outcomes[index] ?? 'unsettled', failed);
      if (outcomes[index] !== 'recorded') continue;
      for (const name of unknownFields) unknown.set(name, (unknown.get(name) ?? 0) + 1);
    }
    await ports.gpuSamples.keep(tenant.tenant, samplesOf(deliveries));
    await ports.rejects.keep(
      tenant.tenant,
      deliveries.flatMap(({ rejects }) => rejects),
    );
    await countUnknown(ports, tenant, unknown);
  } catch (cause) {
    // Whatever was committed is met again as a duplicate, so the whole of it may go back.
    ports.warn(`messages of tenant ${tenant.tenant} go back to their queue`, cause);
    for (const { message } of deliveries) failed.add(message.messageId);
  }
  await leaveToSweep(ports, `budgets of tenant ${tenant.tenant}`, () => ports.evaluate(tenant));
  if (unpriced.length === 0) return;
  const told = `calls without a price of tenant ${tenant.tenant}`;
  await leaveToSweep(ports, told, () => ports.alertUnpriced(tenant, unpriced));
}

/** Alerts must not send back what is recorded: one that fails here is made good within a minute. */
async function leaveToSweep(ports: RecordUsagePorts, what: string, alert: () => Promise<void>): Promise<void> {
  try {
    await alert();
  } catch (cause) {
    ports.warn(`${what} are left to the sweep`, cause);
  }
}

interface Prepared {
  readonly delivery: Delivery;
  readonly position: number;
  readonly unknownFields: readonly string[];
  readonly call: RatedCall;
}

/**
 * Checks each event against its delivery and prices it; what fails the check becomes a reject of its delivery. An event
 * that cannot be priced at all, a fault of ours, sends its message back and stops no other.
 */
async function rateAll(
  ports: RecordUsagePorts,
  tenant: TenantConfig,
  deliveries: readonly Delivery[],
  failed: Set<string>,
): Promise<{ readonly calls: readonly Prepared[]; readonly book: BookStamp }> {
  const book = await ports.priceBooks.current(tenant.tenant);
  const rate = (message: UsageMessage, event: UsageEvent): RatedCall | undefined => {
    try {
      return rateAndConceal(tenant, book, event);
    } catch (cause) {
      if (!failed.has(message.messageId)) ports.warn(`message ${message.messageId} could not be priced`, cause);
      failed.add(message.messageId);
      return undefined;
    }
  };
  const calls: Prepared[] = [];
  for (const delivery of deliveries) {
    const { message, decoded, firstArrivalMs, rejects } = delivery;
    const window = { firstArrivalMs, allowOlder: message.queue === 'import' };
    for (const reject of decoded.rejects) rejects.push(toReject(message, firstArrivalMs, reject));
    for (const { event, tenantClaim, unknownFields, index } of decoded.events) {
      const rejection = checkClaim(tenant, tenantClaim) ?? checkEventTime(event, window);
      const call = rejection ? undefined : rate(message, event);
      if (call) calls.push({ delivery, position: index, unknownFields, call });
      if (rejection)
        rejects.push(toReject(message, firstArrivalMs, { ...rejection, index, fields: keptFields(event) }));
    }
    for (const { tenantClaim, index } of decoded.gpuSamples) {
      const rejection = checkClaim(tenant, tenantClaim);
      if (rejection) rejects.push(toReject(message, firstArrivalMs, { ...rejection, index, fields: {} }));
    }
  }
  return { calls, book: book.stamp };
}

function checkClaim(tenant: TenantConfig, claim: string | undefined): Rejection | undefined {
  if (claim === undefined || claim === tenant.tenant) return undefined;
  return { reason: 'tenant_mismatch', field: 'tenant', message: 'the event names another tenant than its sender has' };
}

function settle(
  delivery: Delivery,
  index: number,
  { event }: RatedCall,
  outcome: AppendOutcome,
  failed: Set<string>,
): void {
  const { message, firstArrivalMs, rejects } = delivery;
  if (outcome === 'unsettled') failed.add(message.messageId);
  if (outcome !== 'refused') return;
  const refused = {
    reason: 'not_storable',
    field: null,
    message: 'the store refuses the entry whatever is tried',
  } as const;
  rejects.push(toReject(message, firstArrivalMs, { ...refused, index, fields: keptFields(event) }));
}

function samplesOf(deliveries: readonly Delivery[]): GpuSample[] {
  return deliveries.flatMap(({ decoded, tenant }) =>
    decoded.gpuSamples.filter(({ tenantClaim }) => !checkClaim(tenant, tenantClaim)).map(({ sample }) => sample),
  );
}

/** Names of unknown fields are a courtesy to senders: failing to count them must not send anything back. */
async function countUnknown(
  ports: RecordUsagePorts,
  tenant: TenantConfig,
  names: ReadonlyMap<string, number>,
): Promise<void> {
  if (names.size === 0) return;
  try {
    await ports.unknownFields.count(tenant.tenant, names);
  } catch (cause) {
    ports.warn(`unknown fields of tenant ${tenant.tenant} were not counted`, cause);
  }
}

function toReject(
  message: UsageMessage,
  receivedAtMs: number,
  reject: Rejection & { readonly index: number; readonly fields: Reject['fields'] },
): Reject {
  return {
    rejectId: `${message.messageId}#${reject.index}`,
    reason: reject.reason,
    field: reject.field,
    message: reject.message,
    receivedAtMs,
    messageId: message.messageId,
    index: reject.index,
    fields: reject.fields,
  };
}
