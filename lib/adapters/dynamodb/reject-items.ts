import { type KeptReject, type NewReject, RATE_STEP_MS, type RejectCount } from '../../app/rejects/reject-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { INPUT_PARTS, USAGE_UNITS } from '../../contracts/usage-units.ts';
import { EVENT_FIELDS } from '../../domain/events/parse-usage-event.ts';
import type { Item, TransactWrite } from './table.ts';

/** How long counts of ten minutes are kept, in seconds: the week before the last hour, twice over. */
const RATE_LIFE_SECONDS = 15 * 86_400;

/** A reject as it is kept first. */
export function toKeptReject({ parcel, ...reject }: NewReject): KeptReject {
  return {
    ...reject,
    state: 'open',
    redrives: 0,
    redrivenAtMs: null,
    settledAtMs: null,
    acceptedAs: null,
    firstReason: reject.reason,
    restorableUntilMs: parcel && !parcel.raw?.isCut ? parcel.expiresAtMs : null,
  };
}

/** The item of a reject; its key follows from the delivery, which every redelivery repeats. */
export function toRejectItem(tenant: string, reject: KeptReject, revision = 0): Item {
  const sk = `${new Date(reject.receivedAtMs).toISOString()}#${reject.rejectId}`;
  const day = reject.day === undefined ? {} : { day: reject.day };
  return { pk: keys.rejects(tenant), sk, reject: JSON.stringify(reject), revision: BigInt(revision), ...day };
}

/** The reject in its item. */
export function readReject(item: Item): KeptReject {
  return JSON.parse(String(item['reject'])) as KeptReject;
}

/**
 * Writes that count rejects by reason and field, and by the ten minutes in which they were kept.
 *
 * @param keptAtMs - undefined where they are only taken out of the first count
 */
export function countRejects(
  tenant: string,
  rejects: readonly KeptReject[],
  keptAtMs: number | undefined,
  each: 1n | -1n = 1n,
): readonly TransactWrite[] {
  const histogram: TransactWrite = {
    type: 'add',
    key: keys.rejectHistogram(tenant),
    set: {},
    add: sumBy(rejects, ({ reason, field }) => `${PREFIX}${reason}:${foldField(field)}`, each),
  };
  if (keptAtMs === undefined) return [histogram];
  const stepMs = Math.floor(keptAtMs / RATE_STEP_MS) * RATE_STEP_MS;
  const rate: TransactWrite = {
    type: 'add',
    key: { pk: keys.rejectRates(tenant), sk: nameStep(stepMs) },
    set: { ttl: BigInt(Math.ceil(stepMs / 1_000) + RATE_LIFE_SECONDS) },
    add: sumBy(rejects, ({ reason }) => `${PREFIX}${reason}:`, each),
  };
  return [histogram, rate];
}

/** Writes that count a reject under another reason and field than before; none where both are the same. */
export function moveCount(tenant: string, from: KeptReject, to: KeptReject): readonly TransactWrite[] {
  const [before, after] = [from, to].map(({ reason, field }) => `${PREFIX}${reason}:${foldField(field)}`);
  if (before === undefined || after === undefined || before === after) return [];
  return [{ type: 'add', key: keys.rejectHistogram(tenant), set: {}, add: { [before]: -1n, [after]: 1n } }];
}

/** The counts in an item that {@link countRejects} wrote, those above zero. */
export function readCounts(item: Readonly<Record<string, unknown>>): RejectCount[] {
  return Object.entries(item).flatMap(([name, count]) => {
    if (!name.startsWith(PREFIX) || typeof count !== 'bigint' || count <= 0n) return [];
    const [reason = '', field = ''] = name.slice(PREFIX.length).split(':');
    return [{ reason, field: field === '' ? null : field, count: Number(count) }];
  });
}

/** Sort key of a step of time, which sorts as time does. */
export function nameStep(stepMs: number): string {
  return new Date(stepMs).toISOString();
}

/** Keeps counts apart from the item's own attributes. */
const PREFIX = 'n:';

const FIELDS: ReadonlySet<string> = new Set([
  ...EVENT_FIELDS,
  ...USAGE_UNITS.map((unit) => `usage.${unit}`),
  ...INPUT_PARTS.map((part) => `input_parts.${part}`),
]);

/** Senders name units, tags and fields as they like; the counts stay one small item. */
function foldField(field: string | null): string {
  if (field === null) return '';
  if (FIELDS.has(field)) return field;
  const [first = ''] = field.split('.');
  return /^\w{1,40}$/.test(first) && (EVENT_FIELDS.has(first) || ENVELOPE_FIELDS.has(first)) ? first : '(other)';
}

const ENVELOPE_FIELDS: ReadonlySet<string> = new Set([
  ...['data', 'data_base64', 'encoding', 'events', 'specversion', 'gpu_utilisation_ratio', 'gpu_memory_used_ratio'],
  'gpus',
]);

function sumBy(
  rejects: readonly KeptReject[],
  nameOf: (reject: KeptReject) => string,
  each: bigint,
): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const reject of rejects) sums[nameOf(reject)] = (sums[nameOf(reject)] ?? 0n) + each;
  return sums;
}
