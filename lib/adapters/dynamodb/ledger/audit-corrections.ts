import type { AuditDifference } from '../../../app/ports.ts';
import { findZone } from '../../../app/zones.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { addCorrection, leafOf, type Sums } from '../../../domain/spend.ts';
import type { Item } from '../table.ts';
import { dropEmpty, sumsOf } from './audit-compare.ts';
import type { AuditContext } from './audit-context.ts';
import type { Commit, NamedCorrection } from './commit-codec.ts';
import { decodeCorrection, type StoredCorrection, stateAfter } from './correction-codec.ts';
import {
  addToContribution,
  type Contribution,
  contributionText,
  NOTHING,
  readContribution,
} from './correction-sums.ts';
import { recordedEntries } from './entry-reader.ts';
import { leafKey } from './leaf-dictionary.ts';

/**
 * Checks a commit of corrections: each is there and readable, and the order's record of the commit says what it
 * changed.
 * @returns what the commit must have added, by day, hour and leaf; `undefined` where that cannot be known
 */
export async function auditCorrectionCommit(
  context: AuditContext,
  commit: Commit,
  differences: AuditDifference[],
): Promise<Map<string, Sums> | undefined> {
  const expected = new Map<string, Sums>();
  let contribution = NOTHING;
  let order = 0;
  for (const named of commit.corrections) {
    const corrections = await findCorrections(context, commit, named, differences);
    const last = corrections?.at(-1);
    if (!corrections || !last) return undefined;
    try {
      const made = await sumCorrection(context, named.segmentId, corrections, last, expected);
      contribution = addToContribution(contribution, made);
    } catch (cause) {
      const where = `correction ${named.number} of segment ${named.segmentId}, commit ${commit.number}`;
      differences.push({ kind: 'damaged_segment', where, expected: 'a readable segment', found: String(cause) });
      return undefined;
    }
    order = last.order;
  }
  if (order > 0) await auditContribution(context, commit, order, contribution, differences);
  return dropEmpty(expected);
}

/** The corrections of a segment up to the one that a commit names, all of them readable. */
async function findCorrections(
  { table, log }: AuditContext,
  commit: Commit,
  { segmentId, number }: NamedCorrection,
  differences: AuditDifference[],
): Promise<StoredCorrection[] | undefined> {
  const pk = keys.corrections(log.tenant, segmentId);
  const items = await table.query({ pk, upTo: padNumber(number) });
  const where = `correction ${number} of segment ${segmentId}, commit ${commit.number}`;
  if (items.length !== number || Number(items.at(-1)?.sk) !== number) {
    differences.push({ kind: 'missing_correction', where, expected: `${number}`, found: `${items.length}` });
    return undefined;
  }
  const read = items.map(tryToDecode);
  const corrections = read.flatMap((result) => ('number' in result ? [result] : []));
  const failure = read.find((result) => 'cause' in result);
  const broughtBy = corrections.at(-1)?.commit;
  if (!failure && broughtBy === commit.number) return corrections;
  const found = failure ? failure.cause : `one of commit ${broughtBy}`;
  differences.push({ kind: 'damaged_correction', where, expected: 'a readable correction', found });
  return undefined;
}

function tryToDecode(item: Item): StoredCorrection | { readonly cause: string } {
  try {
    return decodeCorrection(item);
  } catch (cause) {
    return { cause: String(cause) };
  }
}

/** Adds what the last of a segment's corrections changed, where its entries were recorded. */
async function sumCorrection(
  { log, tenant }: AuditContext,
  segmentId: string,
  corrections: readonly StoredCorrection[],
  last: StoredCorrection,
  expected: Map<string, Sums>,
): Promise<Contribution> {
  const zone = findZone(tenant.timeZone);
  const base = await log.find(last.recordedIn);
  const entries = base ? await recordedEntries(log, base) : [];
  const earlier = corrections.slice(0, -1);
  let corrected = 0n;
  const whole: Sums = new Map();
  for (const { entry, position } of entries.filter((recorded) => recorded.segmentId === segmentId)) {
    const rating = last.ratings.get(position);
    if (rating === undefined) continue;
    const before = stateAfter(entry.rating, position, earlier);
    const after = stateAfter(entry.rating, position, corrections);
    const place = `${zone.localDay(entry.event.timeMs)} ${zone.utcHour(entry.event.timeMs)}`;
    const leaf = leafKey(leafOf(tenant, entry.event, entry.rating));
    const [from, to] = [before, after].map(({ rating: held, isVoid }) => (isVoid ? null : held));
    for (const sums of [sumsOf(expected, `${place} ${leaf}`), whole]) {
      addCorrection(sums, entry, from ?? null, to ?? null);
    }
    if (rating !== 'confirmed') corrected++;
  }
  const cost = whole.get('cost') ?? 0n;
  return { corrected, costPicoUsd: cost, listCostPicoUsd: cost + (whole.get('discount') ?? 0n) };
}

async function auditContribution(
  { table, log }: AuditContext,
  commit: Commit,
  order: number,
  contribution: Contribution,
  differences: AuditDifference[],
): Promise<void> {
  const item = await table.get({ pk: keys.orderCommits(log.tenant, order), sk: padNumber(commit.number) });
  const expected = contributionText(contribution);
  const found = contributionText(item ? readContribution(item) : NOTHING);
  if (expected === found) return;
  differences.push({ kind: 'wrong_order_sums', where: `order ${order}, commit ${commit.number}`, expected, found });
}

/** Every correction that a segment has must be named by the commit that brought it. */
export async function auditCorrectionsOf(
  { table, log }: AuditContext,
  commit: Commit,
  segmentId: string,
  head: number,
  differences: AuditDifference[],
): Promise<void> {
  for (const item of await table.query({ pk: keys.corrections(log.tenant, segmentId) })) {
    const broughtBy = Number(item['commit'] ?? 0n);
    // What came after the head is looked at by a later audit.
    if (broughtBy > head) continue;
    const naming = broughtBy > 0 ? await log.find(broughtBy) : undefined;
    const isNamed = naming?.corrections.some(
      (named) => named.segmentId === segmentId && named.number === Number(item.sk),
    );
    if (isNamed) continue;
    const where = `correction ${Number(item.sk)} of segment ${segmentId}, commit ${commit.number}`;
    differences.push({
      kind: 'unnamed_correction',
      where,
      expected: `named by commit ${broughtBy}`,
      found: 'not named',
    });
  }
}
