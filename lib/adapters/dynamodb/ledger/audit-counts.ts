import { keys } from '../../../contracts/table-keys.ts';
import { readReject } from '../reject-items.ts';
import type { Item, Table } from '../table.ts';
import type { AuditContext, Finding } from './audit-context.ts';
import { type AuditProgress, type AuditStep, nextPhase } from './audit-progress.ts';
import { tryTransact } from './audit-row-mend.ts';

/** Items counted with one request, and requests of one part. */
const ITEMS_AT_ONCE = 500;
const REQUESTS_PER_PART = 40;

/** Tries of one count: each is lost only to something being counted while it is. */
const MAX_TRIES = 20;

/** What the tenant's item of counts says, and the items that each is the number of. */
const COUNTED = {
  rejects: { partition: keys.rejects, isCounted: () => true },
  acceptedRejects: { partition: keys.rejects, isCounted: isAccepted },
  conflicts: { partition: keys.conflicts, isCounted: () => true },
} as const satisfies Record<string, { partition: (tenant: string) => string; isCounted: (item: Item) => boolean }>;

type Counted = keyof typeof COUNTED;

const ALL = Object.keys(COUNTED) as Counted[];

interface Position {
  readonly counted: Counted;
  /** The count before the first item was met. */
  readonly before: number;
  readonly items: number;
  readonly after: string;
}

/**
 * Checks how many rejects, accepted ones and conflicts are said to be kept. An item and its count change in one
 * transaction, so there are at least as many as the count said before, and at most as many as it says behind the last.
 */
export async function auditCounts(context: AuditContext, progress: AuditProgress): Promise<AuditStep<Finding>> {
  const { table, log } = context;
  const start = progress.after === '' ? await begin(context, 'rejects') : (JSON.parse(progress.after) as Position);
  const { items, after, isDone } = await countItems(table, log.tenant, start, REQUESTS_PER_PART);
  const done = { entries: 0, rollups: 0, findings: [], phaseRatio: 0.5 };
  if (!isDone) return { ...done, next: { ...progress, after: JSON.stringify({ ...start, items, after }) } };
  const behind = await readCount(table, log.tenant, start.counted);
  const [least, most] = [Math.min(start.before, behind), Math.max(start.before, behind)];
  const findings: Finding[] = [];
  if (items < least || items > most) {
    const where = `count of ${start.counted}`;
    const mend = () => mendCount(context, start.counted);
    findings.push({ kind: 'wrong_count', where, expected: String(items), found: String(behind), mend });
  }
  const other = ALL[ALL.indexOf(start.counted) + 1];
  if (other === undefined) {
    const next = nextPhase(progress);
    return { ...done, findings, phaseRatio: 1, ...(next ? { next } : {}) };
  }
  return { ...done, findings, next: { ...progress, after: JSON.stringify(await begin(context, other)) } };
}

function isAccepted(item: Item): boolean {
  try {
    return readReject(item).state === 'accepted';
  } catch {
    // What cannot be read is not known to be accepted.
    return false;
  }
}

async function readCount(table: Table, tenant: string, counted: Counted): Promise<number> {
  return Number((await table.get(keys.counts(tenant)))?.[counted] ?? 0n);
}

async function begin({ table, log }: AuditContext, counted: Counted): Promise<Position> {
  return { counted, before: await readCount(table, log.tenant, counted), items: 0, after: '' };
}

async function countItems(
  table: Table,
  tenant: string,
  from: Pick<Position, 'counted' | 'items' | 'after'>,
  maxRequests: number,
) {
  const { partition, isCounted } = COUNTED[from.counted];
  let { items, after } = from;
  for (let requests = 0; requests < maxRequests; requests++) {
    const page = await table.query({
      pk: partition(tenant),
      limit: ITEMS_AT_ONCE,
      ...(after === '' ? {} : { after }),
    });
    items += page.filter(isCounted).length;
    after = page.at(-1)?.sk ?? after;
    if (page.length < ITEMS_AT_ONCE) return { items, after, isDone: true };
  }
  return { items, after, isDone: false };
}

/**
 * Adds to a count what it lacks, so that whatever is counted meanwhile stays counted. The difference is right only if
 * nothing was counted while the items were, and only once: a mark that every mending moves on keeps two apart.
 */
async function mendCount({ table, log }: AuditContext, counted: Counted): Promise<boolean> {
  const key = { pk: keys.counts(log.tenant).pk, sk: 'mended' };
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const mark = (await table.get(key))?.['times'];
    const times = typeof mark === 'bigint' ? mark : 0n;
    const before = await readCount(table, log.tenant, counted);
    const from = { counted, items: 0, after: '' };
    const { items } = await countItems(table, log.tenant, from, Number.POSITIVE_INFINITY);
    if ((await readCount(table, log.tenant, counted)) !== before) continue;
    if (items === before) return true;
    const condition = mark === undefined ? ({ absent: true } as const) : { attribute: 'times', equals: times };
    const outcome = await tryTransact(table, [
      { type: 'put', item: { ...key, times: times + 1n }, condition },
      { type: 'add', key: keys.counts(log.tenant), set: {}, add: { [counted]: BigInt(items - before) } },
    ]);
    if (outcome === 'committed') return true;
  }
  return false;
}
