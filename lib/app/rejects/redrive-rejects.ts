import type { AdminRecords } from '../access/access-ports.ts';
import type { Clock } from '../ports.ts';
import {
  checkPlanned,
  type FieldChanges,
  type NotRedrivable,
  planRedrive,
  type RedrivePlan,
  type RedrivePlanPorts,
} from './redrive-plan.ts';
import type { KeptReject, RedriveQueues, RejectFilter, Rejects, StampedMessage } from './reject-ports.ts';

/** What redriving takes. */
export interface RedrivePorts extends RedrivePlanPorts {
  readonly rejects: Rejects;
  readonly deadLetterQueues: RedriveQueues;
  readonly adminRecords: Pick<AdminRecords, 'append'>;
  readonly now: Clock;
}

/** Which rejects to send again: some by id, or a page of all that are not accepted. */
export type RedriveSelection =
  | { readonly ids: readonly string[] }
  | { readonly filter: Pick<RejectFilter, 'reason' | 'sinceMs'>; readonly cursor?: string };

/** What to do with them, and who asked. */
export interface RedriveOrder {
  /** Tenant under which they are kept, `-` for none. */
  readonly home: string;
  readonly selection: RedriveSelection;
  readonly changes: FieldChanges;
  readonly isDryRun: boolean;
  /** Whose administrative records it goes into, and by which key. */
  readonly by: { readonly tenant: string; readonly keyId: string };
}

/** What became of one reject. `would_be_...` is what a dry run says. */
export interface RedriveResult {
  readonly rejectId: string;
  readonly outcome: 'redriven' | 'would_be_accepted' | 'would_be_refused' | 'unknown_id' | NotRedrivable;
  /** Why, for whoever reads it; null where there is nothing to say. */
  readonly detail: string | null;
}

/** A page of results; with `next` there are more rejects to go through. */
export interface RedrivePage {
  readonly results: readonly RedriveResult[];
  readonly next?: string;
}

/**
 * Sends rejects through their queue again, each with its first arrival, so that it is accepted if it would be by now.
 * It may be repeated and interrupted at any point: an event counts by its id, and a reject that was accepted is left
 * alone. A reject is noted as redriven before it is sent, so that what becomes of it is never overwritten by the note.
 */
export async function redriveRejects(ports: RedrivePorts, order: RedriveOrder): Promise<RedrivePage> {
  const { home, selection, changes } = order;
  const { chosen, next } = await choose(ports, home, selection);
  const results: RedriveResult[] = [];
  const sending: { readonly queue: 'usage' | 'import'; readonly message: StampedMessage; readonly rejectId: string }[] =
    [];
  for (const { rejectId, reject } of chosen) {
    if (!reject) {
      results.push({ rejectId, outcome: 'unknown_id', detail: 'there is no such reject' });
      continue;
    }
    const plan = await planRedrive(ports, home, reject, changes, ports.now());
    if ('refusal' in plan) results.push({ rejectId, outcome: plan.refusal, detail: plan.detail });
    else if (order.isDryRun) results.push({ rejectId, ...foresee(plan) });
    else if ((await ports.rejects.markRedriven(home, rejectId, ports.now())) === 'marked') {
      sending.push({ queue: plan.queue, message: plan.message, rejectId });
      results.push({ rejectId, outcome: 'redriven', detail: null });
    } else results.push({ rejectId, outcome: 'accepted_before', detail: 'the ledger knows its id since' });
  }
  for (const [queue, messages] of Map.groupBy(sending, (each) => each.queue)) {
    await ports.deadLetterQueues.sendStamped(
      queue,
      messages.map(({ message }) => message),
    );
  }
  if (sending.length > 0) await record(ports, order, sending.length);
  return next === undefined ? { results } : { results, next };
}

async function choose(
  ports: RedrivePorts,
  home: string,
  selection: RedriveSelection,
): Promise<{
  readonly chosen: readonly { readonly rejectId: string; readonly reject: KeptReject | undefined }[];
  readonly next?: string;
}> {
  if ('ids' in selection) {
    const ids = [...new Set(selection.ids)];
    const found = await Promise.all(ids.map((rejectId) => ports.rejects.find(home, rejectId)));
    return { chosen: ids.map((rejectId, index) => ({ rejectId, reject: found[index] })) };
  }
  const filter: RejectFilter = { ...selection.filter, states: ['open', 'redriven', 'refused_again'] };
  const { rejects, next } = await ports.rejects.list(home, selection.cursor, filter);
  const chosen = rejects.map((reject) => ({ rejectId: reject.rejectId, reject }));
  return next === undefined ? { chosen } : { chosen, next };
}

function foresee(plan: Extract<RedrivePlan, { readonly queue: unknown }>): Omit<RedriveResult, 'rejectId'> {
  const rejection = checkPlanned(plan);
  if (!rejection) return { outcome: 'would_be_accepted', detail: null };
  return { outcome: 'would_be_refused', detail: `${rejection.reason}: ${rejection.message}` };
}

async function record(ports: RedrivePorts, { home, by, changes }: RedriveOrder, count: number): Promise<void> {
  await ports.adminRecords.append(by.tenant, {
    atMs: ports.now(),
    keyId: by.keyId,
    action: 'rejects.redriven',
    // Fields by name only: what they were set to may be a person.
    detail: { kept_under: home, count, fields_set: [...changes.keys()] },
  });
}
