import { findZone } from '../../../app/zones.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { addCorrection, leafOf, type Sums } from '../../../domain/spend.ts';
import type { Item, Table } from '../table.ts';
import { dropEmpty, sumsOf } from './audit-compare.ts';
import { type AuditContext, damageOf, type Finding } from './audit-context.ts';
import { isAsCounted } from './audit-entry.ts';
import { readOne } from './audit-log-reader.ts';
import type { Commit, NamedCorrection } from './commit-codec.ts';
import { decodeCorrection, type StoredCorrection, stateAfter } from './correction-codec.ts';
import {
  addToContribution,
  type Contribution,
  contributionText,
  contributionWrites,
  NOTHING,
  readContribution,
} from './correction-sums.ts';
import { type RecordedEntry, recordedEntries } from './entry-reader.ts';
import { leafKey } from './leaf-dictionary.ts';

/** What a commit of corrections comes to. */
export interface CheckedCorrections {
  /** What it must have added, by day, hour and leaf. */
  readonly expected: ReadonlyMap<string, Sums>;
  readonly order: number;
  /** What it must have contributed to its order. */
  readonly contribution: Contribution;
}

/** What a commit contributed to an order, and the table does not say. */
export interface LostContribution extends Omit<CheckedCorrections, 'expected'> {
  readonly commit: number;
}

/**
 * Checks that each correction of a commit is there and readable.
 * @returns what they come to; `undefined` where that cannot be known
 */
export async function auditCorrections(
  context: AuditContext,
  commit: Commit,
  findings: Finding[],
): Promise<CheckedCorrections | undefined> {
  const expected = new Map<string, Sums>();
  let contribution = NOTHING;
  let order = 0;
  let isKnown = true;
  for (const named of commit.corrections) {
    const corrections = await findCorrections(context, commit, named, findings);
    const last = corrections?.at(-1);
    const entries = last && (await findBase(context, named.segmentId, last));
    isKnown = isKnown && entries !== undefined;
    if (!corrections || !last || !entries) continue;
    contribution = addToContribution(contribution, sumCorrection(context, entries, corrections, last, expected));
    order = last.order;
  }
  return isKnown ? { expected: dropEmpty(expected), order, contribution } : undefined;
}

/** The corrections of a segment up to the one that a commit names, all of them readable. */
async function findCorrections(
  { table, log }: AuditContext,
  commit: Commit,
  { segmentId, number }: NamedCorrection,
  findings: Finding[],
): Promise<StoredCorrection[] | undefined> {
  const pk = keys.corrections(log.tenant, segmentId);
  const items = await table.query({ pk, upTo: padNumber(number) });
  const where = `correction ${number} of segment ${segmentId}, commit ${commit.number}`;
  const own = items.find(({ sk }) => sk === padNumber(number));
  if (!own) {
    findings.push({ kind: 'missing_correction', where, expected: 'a correction', found: 'nothing' });
    return undefined;
  }
  const last = tryToDecode(own);
  if ('cause' in last || last.commit !== commit.number) {
    const found = 'cause' in last ? last.cause : `one of commit ${last.commit}`;
    findings.push({ kind: 'damaged_correction', where, expected: 'a readable correction', found });
    return undefined;
  }
  const read = items.map(tryToDecode);
  const corrections = read.flatMap((result) => ('number' in result ? [result] : []));
  // An earlier one that is missing or damaged is told of with the commit that brought it.
  return corrections.length === number ? corrections : undefined;
}

function tryToDecode(item: Item): StoredCorrection | { readonly cause: string } {
  try {
    return decodeCorrection(item);
  } catch (cause) {
    return { cause: String(cause) };
  }
}

/**
 * The entries of a segment that a correction is about; `undefined` where they are not as they were counted, which is
 * told of with the commit that counts them.
 */
async function findBase(
  { log, tenant }: AuditContext,
  segmentId: string,
  { recordedIn }: StoredCorrection,
): Promise<readonly RecordedEntry[] | undefined> {
  const zone = findZone(tenant.timeZone);
  try {
    const base = await log.find(recordedIn);
    const entries = base && (await recordedEntries(log, base)).filter((recorded) => recorded.segmentId === segmentId);
    return entries?.every(({ entry }) => isAsCounted(entry, zone)) ? entries : undefined;
  } catch (cause) {
    damageOf(cause);
    return undefined;
  }
}

/** Adds what the last of a segment's corrections changed, where its entries were recorded. */
function sumCorrection(
  { tenant }: AuditContext,
  entries: readonly RecordedEntry[],
  corrections: readonly StoredCorrection[],
  last: StoredCorrection,
  expected: Map<string, Sums>,
): Contribution {
  const zone = findZone(tenant.timeZone);
  const earlier = corrections.slice(0, -1);
  let corrected = 0n;
  const whole: Sums = new Map();
  for (const { entry, position } of entries) {
    const rating = last.ratings.get(position);
    if (rating === undefined) continue;
    const before = stateAfter(entry.rating, position, earlier);
    const after = stateAfter(entry.rating, position, corrections);
    const place = `${zone.localDay(entry.event.timeMs)} ${zone.utcHour(entry.event.timeMs)}`;
    const leaf = leafKey(leafOf(tenant, entry.event, entry.rating, entry.credit));
    const [from, to] = [before, after].map(({ rating: held, isVoid }) => (isVoid ? null : held));
    for (const sums of [sumsOf(expected, `${place} ${leaf}`), whole]) {
      addCorrection(sums, entry, from ?? null, to ?? null);
    }
    if (rating !== 'confirmed') corrected++;
  }
  const cost = whole.get('cost') ?? 0n;
  return { corrected, costPicoUsd: cost, listCostPicoUsd: cost + (whole.get('discount') ?? 0n) };
}

/**
 * Checks that an order's record of a commit says what its corrections changed. Only for corrections that come to what
 * their commit added: others were altered, and what they come to now is not what to put back.
 * @returns the right contribution, where the record says something else
 */
export async function auditContribution(
  { table, log }: AuditContext,
  commit: Commit,
  { order, contribution }: CheckedCorrections,
  findings: Finding[],
): Promise<LostContribution | undefined> {
  if (order === 0) return undefined;
  const item = await table.get({ pk: keys.orderCommits(log.tenant, order), sk: padNumber(commit.number) });
  const expected = contributionText(contribution);
  const found = contributionText(item ? readContribution(item) : NOTHING);
  if (expected === found) return undefined;
  const where = `order ${order}, commit ${commit.number}`;
  const mend = async (): Promise<boolean> => {
    await putContribution(table, log.tenant, order, commit.number, contribution);
    return true;
  };
  findings.push({ kind: 'wrong_order_sums', where, expected, found, mend });
  return { order, commit: commit.number, contribution };
}

/** Puts back what a commit contributed to its order; such an item is written once, by the commit itself. */
async function putContribution(
  table: Table,
  tenant: string,
  order: number,
  number: number,
  contribution: Contribution,
): Promise<void> {
  const [write] = contributionWrites(tenant, order, number, contribution);
  if (write?.type === 'put') await table.put(write.item);
  else await table.delete({ pk: keys.orderCommits(tenant, order), sk: padNumber(number) });
}

/** Every correction that a segment has must be named by the commit that brought it. */
export async function auditCorrectionsOf(
  { table, log }: AuditContext,
  commit: Commit,
  segmentId: string,
  head: number,
  findings: Finding[],
): Promise<void> {
  for (const item of await table.query({ pk: keys.corrections(log.tenant, segmentId) })) {
    const broughtBy = Number(item['commit'] ?? 0n);
    // What came after the head is looked at by a later audit.
    if (broughtBy > head) continue;
    const { commit: naming } = await readOne(log, broughtBy);
    // A commit that is missing or damaged is told of by itself.
    if (broughtBy > 0 && !naming) continue;
    const isNamed = naming?.corrections.some(
      (named) => named.segmentId === segmentId && named.number === Number(item.sk),
    );
    if (isNamed) continue;
    const where = `correction ${Number(item.sk)} of segment ${segmentId}, commit ${commit.number}`;
    findings.push({
      kind: 'unnamed_correction',
      where,
      expected: `named by commit ${broughtBy}`,
      found: 'not named',
    });
  }
}
