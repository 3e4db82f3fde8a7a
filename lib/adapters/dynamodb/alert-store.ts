import {
  type Acknowledgement,
  ALERTS_PER_PAGE,
  type AlertPage,
  type AlertRecord,
  type AlertStore,
  type HeldAlert,
  type Lease,
  type PendingAlert,
  type Snooze,
} from '../../app/alerts/alert-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import {
  acknowledgementItem,
  acknowledgementKey,
  CLAIM,
  claimWrites,
  isSnoozedItem,
  outboxItem,
  owned,
  type PublishingState,
  pointerKey,
  RECORD,
  recordItem,
  recordKey,
  snoozeItem,
  toAcknowledgement,
  toMessage,
  toPending,
  toRecord,
  toSnooze,
} from './alert-items.ts';
import { textAttribute } from './item-attributes.ts';
import { readMany } from './ledger/patient-table.ts';
import { type Table, TableBusyError, TableUnknownError, type TransactWrite } from './table.ts';

const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 20;

/**
 * Claims, pending alerts, the alerts on record and what people said of them, in the table.
 *
 * - `ALERT#tenant`, `CLAIM#...`: a claim, put if absent and never changed.
 * - `ALERT#tenant`, `SENT#time#id`: the alert on record with its message and delivery state.
 * - `ALERT#tenant`, `ID#id`: where that is.
 * - `ALERT#tenant`, `ACK#id`: its acknowledgement, put if absent and never changed.
 * - `OUTBOX`, id: a pending alert with its lease. Every change of it is conditional on the owner that was read.
 * - `SNOOZE#tenant`, what it is about: until when alerts about it wait. An alert is made to wait only while the snooze
 *   is what was read, and who ends one looks for waiting alerts afterwards: so none waits for a snooze that is gone.
 */
export class TableAlertStore implements AlertStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async claims(tenant: string, prefix: string, after?: string): Promise<ReadonlySet<string>> {
    const behind = after === undefined ? {} : { after: `${CLAIM}${after}` };
    const items = await this.#table.query({ pk: keys.alerts(tenant), prefix: `${CLAIM}${prefix}`, ...behind });
    return new Set(items.map(({ sk }) => sk.slice(CLAIM.length)));
  }

  async claim(claims: readonly string[], held: HeldAlert): Promise<'claimed' | 'lost'> {
    return (await this.#transact(claimWrites(claims, held), held)) ? 'claimed' : 'lost';
  }

  async pending(): Promise<readonly PendingAlert[]> {
    const items = await this.#table.query({ pk: keys.alertOutbox });
    // What waited for the same moment is told in the order in which it happened.
    return items.map(toPending).sort((a, b) => a.lease.untilMs - b.lease.untilMs || a.claimedAtMs - b.claimedAtMs);
  }

  async take(pending: PendingAlert, lease: Lease): Promise<HeldAlert | undefined> {
    const taken = { ...pending, lease, attempts: pending.attempts + 1 };
    const write = { type: 'put', item: outboxItem(taken), condition: owned(pending) } as const;
    if (!(await this.#transact([write], taken))) return undefined;
    const record = await this.#table.get(recordKey(taken));
    invariant(record, `alert ${taken.alertId} is pending but not on record`);
    return { ...taken, message: toMessage(record) };
  }

  async markPublished(held: HeldAlert, atMs: number): Promise<'marked' | 'lost'> {
    const writes: TransactWrite[] = [
      { type: 'delete', key: { pk: keys.alertOutbox, sk: held.alertId }, condition: owned(held) },
      { type: 'put', item: recordItem(held, { publishedAtMs: atMs }) },
    ];
    // Repeating is safe: the first success deletes the pending alert, and with it the owner that the rest needs.
    const result = await withPatience(() => this.#table.transact(writes), true);
    return result === 'committed' ? 'marked' : 'lost';
  }

  async release(held: HeldAlert, error: string): Promise<void> {
    const released = { ...held, lease: { owner: held.lease.owner, untilMs: 0 } };
    await withPatience(() => this.#table.transact(changeWrites(held, released, { lastError: error })), false);
  }

  async noteUnknown(held: HeldAlert, error: string): Promise<void> {
    await withPatience(() => this.#table.transact(changeWrites(held, held, { lastError: error })), false);
  }

  async postpone(held: HeldAlert, snoozes: ReadonlyMap<string, Snooze>): Promise<'postponed' | 'changed'> {
    const untilMs = Math.min(...[...snoozes.values()].map((snooze) => snooze.untilMs));
    // Nothing was begun under this lease, so it does not count as an attempt.
    const waiting = { ...held, attempts: held.attempts - 1, lease: { owner: held.lease.owner, untilMs } };
    const writes: TransactWrite[] = [
      { type: 'put', item: outboxItem(waiting, true), condition: owned(held) },
      { type: 'put', item: recordItem(waiting, { snoozedUntilMs: untilMs }) },
      ...[...snoozes].map(([about, snooze]) => ({
        type: 'put' as const,
        item: snoozeItem(held.tenant, about, snooze),
        condition: { attribute: 'untilMs', equals: BigInt(snooze.untilMs) },
      })),
    ];
    const result = await withPatience(() => this.#table.transact(writes), false);
    return result === 'committed' ? 'postponed' : 'changed';
  }

  async list(tenant: string, cursor?: string): Promise<AlertPage> {
    // `SENT#~` sorts behind every time; a cursor is the key of the last alert shown, which itself is left out.
    const upTo = cursor === undefined ? `${RECORD}~` : `${RECORD}${cursor.replace(/[^\w#-]/g, '')}`;
    const query = { pk: keys.alerts(tenant), prefix: RECORD, upTo, descending: true, limit: ALERTS_PER_PAGE + 2 };
    const found = (await this.#table.query(query)).filter(({ sk }) => sk !== upTo);
    const page = found.slice(0, ALERTS_PER_PAGE);
    const last = page.at(-1);
    const acknowledgements = await readMany(
      this.#table,
      page.map((item) => acknowledgementKey(tenant, toMessage(item).alertId)),
    );
    const alerts = page.map((item, index) => toRecord(item, acknowledgements[index]));
    return found.length > ALERTS_PER_PAGE && last ? { alerts, next: last.sk.slice(RECORD.length) } : { alerts };
  }

  async find(tenant: string, alertId: string): Promise<AlertRecord | undefined> {
    const pointer = await this.#table.get(pointerKey(tenant, alertId));
    if (!pointer) return undefined;
    const record = await this.#table.get({ pk: keys.alerts(tenant), sk: textAttribute(pointer, 'record') });
    invariant(record, `alert ${alertId} has an id but is not on record`);
    return toRecord(record, await this.#table.get(acknowledgementKey(tenant, alertId)));
  }

  async acknowledge(tenant: string, alertId: string, acknowledgement: Acknowledgement): Promise<Acknowledgement> {
    const item = acknowledgementItem(tenant, alertId, acknowledgement);
    const result = await withPatience(() => this.#table.put(item, { absent: true }), true);
    if (result === 'written') return acknowledgement;
    const standing = await this.#table.get(acknowledgementKey(tenant, alertId));
    return standing ? toAcknowledgement(standing) : acknowledgement;
  }

  async snoozes(tenant: string): Promise<ReadonlyMap<string, Snooze>> {
    const items = await this.#table.query({ pk: keys.snoozes(tenant) });
    return new Map(items.map((item) => [item.sk, toSnooze(item)]));
  }

  async snooze(tenant: string, about: readonly string[], snooze: Snooze): Promise<void> {
    for (const thing of about) {
      await withPatience(() => this.#table.put(snoozeItem(tenant, thing, snooze)), true);
    }
    await this.#wake(tenant);
  }

  async endSnooze(tenant: string, about: readonly string[]): Promise<readonly string[]> {
    const snoozed = await this.snoozes(tenant);
    const ended = about.filter((thing) => snoozed.has(thing));
    for (const sk of ended) await withPatience(() => this.#table.delete({ pk: keys.snoozes(tenant), sk }), true);
    await this.#wake(tenant);
    return ended;
  }

  /** Ends the wait of all alerts of a tenant; the sweep that takes one makes it wait again where it should. */
  async #wake(tenant: string): Promise<void> {
    const items = await this.#table.query({ pk: keys.alertOutbox });
    for (const item of items) {
      const pending = toPending(item);
      if (pending.tenant !== tenant || !isSnoozedItem(item)) continue;
      const woken = outboxItem({ ...pending, lease: { owner: pending.lease.owner, untilMs: 0 } });
      await withPatience(() => this.#table.put(woken, owned(pending)), true);
    }
  }

  /** Whether the writes happened; after an unknown outcome the pending alert tells, by the name of its owner. */
  async #transact(writes: readonly TransactWrite[], held: PendingAlert): Promise<boolean> {
    try {
      return (await withPatience(() => this.#table.transact(writes), false)) === 'committed';
    } catch (cause) {
      if (!(cause instanceof TableUnknownError)) throw cause;
      const item = await this.#table.get({ pk: keys.alertOutbox, sk: held.alertId });
      return item !== undefined && toPending(item).lease.owner === held.lease.owner;
    }
  }
}

/** The writes by which the owner of a pending alert changes it, and what the record says of it. */
function changeWrites(held: HeldAlert, changed: HeldAlert, state: PublishingState): readonly TransactWrite[] {
  return [
    { type: 'put', item: outboxItem(changed), condition: owned(held) },
    { type: 'put', item: recordItem(changed, state) },
  ];
}

/**
 * Repeats a request while the table is busy, and where repeating is harmless also while the outcome is unknown.
 * Contention is expected: many evaluations may claim the same threshold at once.
 */
export async function withPatience<T>(request: () => Promise<T>, repeatsUnknown: boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (cause) {
      const isRepeatable = cause instanceof TableBusyError || (repeatsUnknown && cause instanceof TableUnknownError);
      if (!isRepeatable || attempt === MAX_TRIES) throw cause;
    }
    await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random())));
  }
}
