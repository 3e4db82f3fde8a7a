import type {
  AlertPage,
  AlertRecord,
  AlertStore,
  HeldAlert,
  Lease,
  PendingAlert,
} from '../../app/alerts/alert-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import { invariant } from '../../domain/errors.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import { type Item, type Key, type Table, TableBusyError, TableUnknownError, type TransactWrite } from './table.ts';

const PAGE_SIZE = 50;
const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 20;

/**
 * Claims, pending alerts and the alerts on record, in the table.
 *
 * - `ALERT#tenant`, `CLAIM#...`: a claim, put if absent and never changed.
 * - `ALERT#tenant`, `SENT#time#id`: the alert on record with its message and delivery state.
 * - `OUTBOX`, id: a pending alert with its lease. Every change of it is conditional on the owner that was read.
 */
export class TableAlertStore implements AlertStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async claims(tenant: string, prefix: string): Promise<ReadonlySet<string>> {
    const items = await this.#table.query({ pk: keys.alerts(tenant), prefix: `${CLAIM}${prefix}` });
    return new Set(items.map(({ sk }) => sk.slice(CLAIM.length)));
  }

  async claim(claims: readonly string[], held: HeldAlert): Promise<'claimed' | 'lost'> {
    return (await this.#transact(claimWrites(claims, held), held)) ? 'claimed' : 'lost';
  }

  async pending(): Promise<readonly PendingAlert[]> {
    const items = await this.#table.query({ pk: keys.alertOutbox });
    return items.map(toPending).sort((a, b) => a.lease.untilMs - b.lease.untilMs);
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
    const writes: TransactWrite[] = [
      {
        type: 'put',
        item: outboxItem({ ...held, lease: { owner: held.lease.owner, untilMs: 0 } }),
        condition: owned(held),
      },
      { type: 'put', item: recordItem(held, { lastError: error }) },
    ];
    await withPatience(() => this.#table.transact(writes), false);
  }

  async list(tenant: string, cursor?: string): Promise<AlertPage> {
    // `SENT#~` sorts behind every time; a cursor is the key of the last alert shown, which itself is left out.
    const upTo = cursor === undefined ? `${RECORD}~` : `${RECORD}${cursor.replace(/[^\w#-]/g, '')}`;
    const query = { pk: keys.alerts(tenant), prefix: RECORD, upTo, descending: true, limit: PAGE_SIZE + 2 };
    const found = (await this.#table.query(query)).filter(({ sk }) => sk !== upTo);
    const page = found.slice(0, PAGE_SIZE);
    const last = page.at(-1);
    const alerts = page.map(toRecord);
    return found.length > PAGE_SIZE && last ? { alerts, next: last.sk.slice(RECORD.length) } : { alerts };
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

/** The writes that claim an alert, for a transaction that may hold more. At most one per claim and two. */
export function claimWrites(claims: readonly string[], held: HeldAlert): readonly TransactWrite[] {
  const absent = { absent: true } as const;
  return [
    ...claims.map((claim) => ({
      type: 'put' as const,
      item: { pk: keys.alerts(held.tenant), sk: `${CLAIM}${claim}`, alertId: held.alertId },
      condition: absent,
    })),
    { type: 'put', item: outboxItem(held), condition: absent },
    { type: 'put', item: recordItem(held, {}), condition: absent },
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

const CLAIM = 'CLAIM#';
const RECORD = 'SENT#';

function owned(pending: PendingAlert): { readonly attribute: string; readonly equals: string } {
  return { attribute: 'owner', equals: pending.lease.owner };
}

function recordKey(pending: PendingAlert): Key {
  return { pk: keys.alerts(pending.tenant), sk: `${RECORD}${padNumber(pending.claimedAtMs)}#${pending.alertId}` };
}

function outboxItem(pending: PendingAlert): Item {
  return {
    pk: keys.alertOutbox,
    sk: pending.alertId,
    tenant: pending.tenant,
    owner: pending.lease.owner,
    leaseUntilMs: BigInt(pending.lease.untilMs),
    claimedAtMs: BigInt(pending.claimedAtMs),
    attempts: BigInt(pending.attempts),
  };
}

function recordItem(held: HeldAlert, delivery: { readonly publishedAtMs?: number; readonly lastError?: string }): Item {
  return {
    ...recordKey(held),
    message: JSON.stringify(held.message),
    claimedAtMs: BigInt(held.claimedAtMs),
    attempts: BigInt(held.attempts),
    ...(delivery.publishedAtMs === undefined ? {} : { publishedAtMs: BigInt(delivery.publishedAtMs) }),
    ...(delivery.lastError === undefined ? {} : { lastError: delivery.lastError }),
  };
}

function toPending(item: Item): PendingAlert {
  return {
    alertId: item.sk,
    tenant: textAttribute(item, 'tenant'),
    claimedAtMs: numberAttribute(item, 'claimedAtMs'),
    attempts: numberAttribute(item, 'attempts'),
    lease: { owner: textAttribute(item, 'owner'), untilMs: numberAttribute(item, 'leaseUntilMs') },
  };
}

function toMessage(item: Item): AlertMessage {
  return JSON.parse(textAttribute(item, 'message')) as AlertMessage;
}

function toRecord(item: Item): AlertRecord {
  const { alertId, kind, severity, subject, data } = toMessage(item);
  const isPublished = item['publishedAtMs'] !== undefined;
  return {
    alertId,
    kind,
    severity,
    subject,
    data,
    state: isPublished ? 'published' : 'claimed',
    claimedAtMs: numberAttribute(item, 'claimedAtMs'),
    publishedAtMs: isPublished ? numberAttribute(item, 'publishedAtMs') : null,
    attempts: numberAttribute(item, 'attempts'),
    lastError: item['lastError'] === undefined ? null : textAttribute(item, 'lastError'),
  };
}
