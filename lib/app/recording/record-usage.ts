import { checkEventTime } from '../../domain/events/event-window.ts';
import type { GpuSample } from '../../domain/events/gpu-sample.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import type { BookStamp } from '../../domain/prices/book-stamp.ts';
import { lacksPrice } from '../../domain/rating/compare-ratings.ts';
import type { RatedCall } from '../../domain/rating/rated-call.ts';
import type { AppendOutcome, Ledger, PriceBooks, TenantConfig, Tenants } from '../ports.ts';
import type { AcceptedAs, NewReject, Rejects } from '../rejects/reject-ports.ts';
import type { FieldsByApp, UnknownFieldCounts } from '../sources/source-ports.ts';
import { type DecodedMessage, decodeMessage } from './decode-message.ts';
import { checkClaim, keepRejects, NOBODY, refuseTenant, refuseWhole, shownFields } from './keep-rejects.ts';
import { type KeepSparePorts, keepSpareNumbers } from './keep-spare-numbers.ts';
import { rateAndConceal } from './rate-and-conceal.ts';
import { type Arrival, resolveArrival, type UsageMessage } from './resolve-arrival.ts';
import type { SenderPolicy } from './resolve-sender.ts';

export type { UsageMessage } from './resolve-arrival.ts';

/** Keeps what own deployments report of their GPUs. */
export interface GpuSamples {
  /** Keeping the same sample again changes nothing. */
  keep(tenant: string, samples: readonly GpuSample[]): Promise<void>;
}

/** What recording needs. */
export interface RecordUsagePorts extends KeepSparePorts {
  readonly ledger: Ledger;
  readonly tenants: Tenants;
  readonly rejects: Pick<Rejects, 'keep' | 'settle'>;
  readonly unknownFields: UnknownFieldCounts;
  readonly gpuSamples: GpuSamples;
  readonly priceBooks: PriceBooks;
  readonly senders: SenderPolicy;
  /** Evaluates a tenant's budgets; called whenever messages of the tenant were handled, duplicates or not. */
  evaluate(tenant: TenantConfig): Promise<void>;
  /** Tells about calls that were recorded without a full price; what is lost here is told by the sweep. */
  alertUnpriced(tenant: TenantConfig, calls: readonly RatedCall[]): Promise<void>;
  /** Told what went wrong without failing a message. */
  warn(message: string, cause: unknown): void;
}

interface Delivery {
  readonly message: UsageMessage;
  readonly tenant: TenantConfig;
  readonly decoded: DecodedMessage;
  readonly arrival: Arrival;
  readonly rejects: NewReject[];
  /** What became of the events that were taken. */
  readonly acceptedAs: AcceptedAs[];
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
  const arrival = await resolveArrival(ports.senders, message, ports.now());
  const tenant = arrival.tenant === undefined ? undefined : await ports.tenants.find(arrival.tenant);
  const decoded = decodeMessage(message.body);
  if (tenant) return { message, tenant, decoded, arrival, rejects: [], acceptedAs: [] };
  const rejects = refuseWhole(arrival, decoded, refuseTenant(arrival.tenant));
  const settled = { redrivenFrom: arrival.stamp.reject, rejects, acceptedAs: [] };
  await keepRejects(ports.rejects, NOBODY, [settled], ports.now());
  return undefined;
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
    const byApp = new Map<string, Map<string, number>>();
    for (const [index, { delivery, position, unknownFields, call }] of calls.entries()) {
      settle(delivery, position, call, outcomes[index] ?? 'unsettled', failed);
      if (outcomes[index] !== 'recorded') continue;
      countNames(unknown, unknownFields);
      const { app } = call.event;
      if (app === undefined || unknownFields.length === 0) continue;
      byApp.set(app, countNames(byApp.get(app) ?? new Map(), unknownFields));
    }
    await ports.gpuSamples.keep(tenant.tenant, samplesOf(deliveries));
    await keepSpareNumbers(ports, tenant, rated, outcomes);
    // An event that is not settled yet settles no reject: its message comes again.
    const settled = deliveries
      .filter(({ message, arrival }) => !arrival.stamp.reject || !failed.has(message.messageId))
      .map(({ arrival, rejects, acceptedAs }) => ({ redrivenFrom: arrival.stamp.reject, rejects, acceptedAs }));
    await keepRejects(ports.rejects, tenant, settled, ports.now());
    await countUnknown(ports, tenant, unknown, byApp);
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
    const { message, decoded, arrival, rejects } = delivery;
    const window = { firstArrivalMs: arrival.firstArrivalMs, allowOlder: message.queue === 'import' };
    for (const reject of decoded.rejects) rejects.push(arrival.refuse(reject));
    for (const { event, tenantClaim, unknownFields, index } of decoded.events) {
      const rejection = checkClaim(tenant.tenant, tenantClaim) ?? checkEventTime(event, window);
      const call = rejection ? undefined : rate(message, event);
      if (call) calls.push({ delivery, position: index, unknownFields, call });
      if (rejection) rejects.push(arrival.refuse({ ...rejection, index, fields: shownFields(event) }));
    }
    for (const { tenantClaim, index } of decoded.gpuSamples) {
      const rejection = checkClaim(tenant.tenant, tenantClaim);
      if (rejection) rejects.push(arrival.refuse({ ...rejection, index, fields: {} }));
    }
  }
  return { calls, book: book.stamp };
}

function settle(
  delivery: Delivery,
  index: number,
  { event }: RatedCall,
  outcome: AppendOutcome,
  failed: Set<string>,
): void {
  const { message, arrival, rejects, acceptedAs } = delivery;
  if (outcome === 'unsettled') failed.add(message.messageId);
  else if (outcome !== 'refused') acceptedAs.push(outcome);
  if (outcome !== 'refused') return;
  const refused = {
    reason: 'not_storable',
    field: null,
    message: 'the store refuses the entry whatever is tried',
  } as const;
  rejects.push(arrival.refuse({ ...refused, index, fields: shownFields(event) }));
}

function samplesOf(deliveries: readonly Delivery[]): GpuSample[] {
  return deliveries.flatMap(({ decoded, tenant }) =>
    decoded.gpuSamples.filter(({ tenantClaim }) => !checkClaim(tenant.tenant, tenantClaim)).map(({ sample }) => sample),
  );
}

/** Names of unknown fields are a courtesy to senders: failing to count them must not send anything back. */
async function countUnknown(
  ports: RecordUsagePorts,
  tenant: TenantConfig,
  names: ReadonlyMap<string, number>,
  byApp: FieldsByApp,
): Promise<void> {
  if (names.size === 0) return;
  try {
    await ports.unknownFields.count(tenant.tenant, names, byApp);
  } catch (cause) {
    ports.warn(`unknown fields of tenant ${tenant.tenant} were not counted`, cause);
  }
}

function countNames(counts: Map<string, number>, names: readonly string[]): Map<string, number> {
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
