import type { AppendOutcome, Ledger, TenantConfig } from '../../../app/ports.ts';
import { findZone } from '../../../app/zones.ts';
import { keys } from '../../../contracts/table-keys.ts';
import { type BookStamp, NO_OVERRIDES } from '../../../domain/prices/book-stamp.ts';
import type { RatedCall } from '../../../domain/rating/rated-call.ts';
import { keepCounted } from '../counted-items.ts';
import { type Table, TableBusyError, TableRefusedError, TableUnknownError } from '../table.ts';
import { cutChunk, sortForCutting } from './chunk.ts';
import type { Commit } from './commit-codec.ts';
import { drawSegmentId, outlives } from './commit-log.ts';
import { claimUntimed, settleAgainstCommits, settleClaimed, settleRemembered, settleTimed } from './known-ids.ts';
import { CACHE_LIMITS, type CacheLimits, Lane } from './lane.ts';
import { pack, unpackBits } from './packing.ts';
import { LedgerUnavailableError, PatientTable, pause, type Surroundings } from './patient-table.ts';
import { type Pending, toPending } from './pending.ts';
import { encodeSegment } from './segment-codec.ts';
import { type Attempt, buildTransaction, type Transaction } from './transaction.ts';

/** A body up to this size costs no more inside its commit than as an item of its own; see docs/adr/0004. */
const INLINE_BYTES = 1_024;

/** An item holds 400 KB; a larger body is cut before it is sent. */
const MAX_BODY_BYTES = 390_000;

/**
 * The ledger's write path on DynamoDB. Per transaction: learn which ids are committed up to a head, put the segment,
 * then commit head + 1 with its index, pages and sums if that number is still free. Whoever loses the number reads
 * what was committed instead, drops the ids it holds, and tries the next one under the same segment id.
 */
export class DynamoLedger implements Ledger {
  readonly #table: Table;
  readonly #surroundings: Surroundings;
  readonly #limits: CacheLimits;
  readonly #lanes = new Map<string, Lane>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param limits - how much is remembered between appends */
  constructor(table: Table, surroundings: Surroundings, limits: CacheLimits = CACHE_LIMITS) {
    this.#table = table;
    this.#surroundings = surroundings;
    this.#limits = limits;
  }

  append(
    tenant: TenantConfig,
    calls: readonly RatedCall[],
    deadlineMs: number,
    book: BookStamp = NO_OVERRIDES,
  ): Promise<readonly AppendOutcome[]> {
    // One append at a time: what a lane knows is changed between requests, not while they are under way.
    const result = this.#last.then(() => this.#append(tenant, calls, deadlineMs, book));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #append(
    tenant: TenantConfig,
    calls: readonly RatedCall[],
    deadlineMs: number,
    book: BookStamp,
  ): Promise<AppendOutcome[]> {
    const zone = findZone(tenant.timeZone);
    const pending = calls.map((call) => toPending(tenant, zone, call));
    const lane = this.#useLane(tenant.tenant);
    const writer = new LaneWriter(lane, this.#table, this.#surroundings, deadlineMs, book);
    try {
      await writer.recordAll(pending);
    } catch (cause) {
      // The deadline is an outcome: what is settled stays settled, the rest goes back to its queue.
      if (!(cause instanceof LedgerUnavailableError)) throw cause;
    } finally {
      lane.trim();
    }
    return pending.map((call) => call.outcome ?? 'unsettled');
  }

  #useLane(tenant: string): Lane {
    const lane = this.#lanes.get(tenant) ?? new Lane(tenant, this.#limits);
    this.#lanes.delete(tenant);
    this.#lanes.set(tenant, lane);
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size > this.#limits.lanes && oldest !== undefined) this.#lanes.delete(oldest);
    return lane;
  }
}

/** What an attempt at a group came to; `outlived`: its segment id is too old to be found by, a fresh one must be drawn. */
type Result = 'settled' | 'too-large' | 'outlived';

/** One append's way through one lane. */
class LaneWriter {
  readonly #lane: Lane;
  readonly #table: PatientTable;
  readonly #surroundings: Surroundings;
  readonly #deadlineMs: number;
  readonly #book: BookStamp;

  constructor(lane: Lane, table: Table, surroundings: Surroundings, deadlineMs: number, book: BookStamp) {
    this.#lane = lane;
    this.#table = new PatientTable(table, surroundings, deadlineMs);
    this.#surroundings = surroundings;
    this.#deadlineMs = deadlineMs;
    this.#book = book;
  }

  /** Settles every call. The first of several with one id goes first; the others follow from what it came to. */
  async recordAll(pending: readonly Pending[]): Promise<void> {
    let open = pending;
    while (open.length > 0) {
      const first = new Map<string, Pending>();
      for (const call of open) if (!first.has(call.entry.event.id)) first.set(call.entry.event.id, call);
      await this.#recordDistinct([...first.values()]);
      const repeats = open.filter((call) => first.get(call.entry.event.id) !== call);
      for (const call of repeats) settleRepeat(call, first.get(call.entry.event.id));
      open = repeats.filter((call) => call.outcome === undefined);
    }
  }

  async #recordDistinct(calls: readonly Pending[]): Promise<void> {
    const sorted = sortForCutting(calls);
    for (let start = 0; start < sorted.length; ) {
      const end = cutChunk(this.#lane, sorted, start);
      await this.#recordChunk(sorted.slice(start, end));
      start = end;
    }
  }

  /** Records one chunk, or its halves where the table takes it only in parts. Conflicts are kept once it is settled. */
  async #recordChunk(chunk: readonly Pending[]): Promise<void> {
    try {
      const result = await this.#commit(chunk);
      if (result === 'settled') await this.#keepConflicts(chunk);
      else if (result === 'outlived') await this.#recordChunk(chunk);
      else await this.#recordHalves(chunk);
    } catch (cause) {
      // A conflict is settled once it is kept; those of a group that failed must be found again.
      for (const call of chunk) if (call.outcome === 'conflict') delete call.outcome;
      throw cause;
    }
  }

  async #recordHalves(chunk: readonly Pending[]): Promise<void> {
    const [only] = chunk;
    if (chunk.length === 1 && only) {
      only.outcome = 'refused';
      return;
    }
    const middle = Math.ceil(chunk.length / 2);
    for (const half of [chunk.slice(0, middle), chunk.slice(middle)]) await this.#recordChunk(half);
  }

  /** One attempt at a group: its ids are looked up and claimed under one fresh segment id. */
  async #commit(chunk: readonly Pending[]): Promise<Result> {
    const lane = this.#lane;
    const log = lane.log(this.#table);
    if (this.#surroundings.now() >= this.#deadlineMs) throw new LedgerUnavailableError('no time for another attempt');
    // The head comes before claims and pages: what is committed later takes its number, and is met by losing it.
    lane.head = await log.findHead(lane.head);
    const segmentId = drawSegmentId(lane.head, this.#surroundings.now(), this.#surroundings.random);
    await settleTimed(this.#table, lane, chunk, lane.head);
    settleRemembered(lane, chunk);
    await claimUntimed(this.#table, lane, chunk, segmentId);
    await settleClaimed(log, lane, chunk, lane.head);
    const pending = chunk.filter((call) => call.outcome === undefined);
    if (pending.length === 0) return 'settled';
    await this.#learnLeaves(pending);
    const body = encodeSegment(pending.map((call) => call.entry));
    const bytes = pack(body);
    if (bytes.byteLength > MAX_BODY_BYTES) return 'too-large';
    const inlineBody = bytes.byteLength <= INLINE_BYTES ? body : undefined;
    try {
      if (!inlineBody) await this.#table.put({ ...keys.segment(lane.tenant, segmentId), b: bytes }, { absent: true });
      return await this.#takeNumber({ segmentId, pending, inlineBody, book: this.#book });
    } catch (cause) {
      if (cause instanceof TableRefusedError) return 'too-large';
      throw cause;
    }
  }

  /** Tries number after number until this segment is committed or nothing of it is left to count. */
  async #takeNumber(attempt: Attempt): Promise<Result> {
    const lane = this.#lane;
    for (let tries = 0; ; tries++) {
      const number = (lane.head ?? 0) + 1;
      const transaction = buildTransaction(lane, attempt, number, this.#surroundings.now());
      if (!transaction) return 'too-large';
      const outcome = await this.#send(transaction);
      if (outcome === 'committed') {
        this.#absorb(attempt.segmentId, transaction, number);
        return 'settled';
      }
      if (this.#surroundings.now() >= this.#deadlineMs) {
        throw new LedgerUnavailableError(`no commit number could be had for ${attempt.pending.length} calls in time`);
      }
      if (outcome !== 'lost') await pause(this.#surroundings, tries);
      const found = await this.#catchUp(attempt);
      if (found === 'recorded') return 'settled';
      if (found === 'outlived') return 'outlived';
      if (attempt.pending.every((call) => call.outcome !== undefined)) return 'settled';
    }
  }

  async #send(transaction: Transaction): Promise<'committed' | 'lost' | 'busy' | 'unknown'> {
    try {
      return (await this.#table.transact(transaction.writes)) === 'committed' ? 'committed' : 'lost';
    } catch (cause) {
      if (cause instanceof TableBusyError) return 'busy';
      if (cause instanceof TableUnknownError) return 'unknown';
      throw cause;
    }
  }

  /**
   * Reads what was committed since the known head. An own commit among it settles an unknown outcome; otherwise the
   * ids it holds are dropped from the attempt. Not found does not mean that it will not happen: the number decides.
   */
  async #catchUp(attempt: Attempt): Promise<'recorded' | 'open' | 'outlived'> {
    const lane = this.#lane;
    const log = lane.log(this.#table);
    const newer: Commit[] = [];
    for await (const commit of log.read(lane.head ?? 0)) newer.push(commit);
    const own = newer.find((commit) => commit.segments.some(({ segmentId }) => segmentId === attempt.segmentId));
    if (own) {
      markCounted(attempt, own);
      lane.head = newer.at(-1)?.number ?? lane.head;
      return 'recorded';
    }
    await this.#learnLeaves(attempt.pending);
    const head = newer.at(-1)?.number;
    if (head === undefined) return 'open';
    await settleTimed(this.#table, lane, attempt.pending, head);
    await settleAgainstCommits(log, lane, attempt.pending, newer);
    lane.head = head;
    return newer.some((commit) => outlives(commit, attempt.segmentId)) ? 'outlived' : 'open';
  }

  /** Reads on in the dictionaries of months in which a call's leaf is not known yet. */
  async #learnLeaves(pending: readonly Pending[]): Promise<void> {
    const unknown = pending.filter(({ month, leafKey }) => this.#lane.dictionary(month).number(leafKey) === undefined);
    for (const month of new Set(unknown.map((call) => call.month))) {
      await this.#lane.dictionary(month).refresh(this.#table, this.#lane.tenant, month);
    }
  }

  /** Takes what an own successful transaction wrote into the lane's knowledge. */
  #absorb(segmentId: string, transaction: Transaction, number: number): void {
    const lane = this.#lane;
    if (transaction.counted.some((call) => call.slot === null)) {
      // All of the segment's ids, timed ones too: a segment that is known is known whole.
      const ids = transaction.counted.map(({ entry }) => [entry.event.id, entry.contentHash] as const);
      lane.segments.remember(segmentId, new Map(ids));
    }
    for (const [month, { first, leaves }] of transaction.newLeaves) lane.dictionary(month).append(first, leaves);
    for (const call of transaction.counted) {
      call.outcome = 'recorded';
      if (call.slot !== null) lane.slots.use(call.slot).add(call.idHash, call.entry.contentHash);
    }
    for (const slotNumber of new Set(transaction.counted.map((call) => call.slot))) {
      const slot = slotNumber === null ? undefined : lane.slots.use(slotNumber);
      // Only a slot known up to the number just before is known up to this one too.
      if (slot && slot.mark === number - 1) slot.mark = number;
    }
    lane.head = number;
  }

  /** Conflicts are written after the commit that decided them, keyed by id and content, so that a repeat is the same item. */
  async #keepConflicts(chunk: readonly Pending[]): Promise<void> {
    const conflicts = chunk.filter((call) => call.outcome === 'conflict');
    const items = conflicts.map(({ entry, claimHash }) => {
      const contentHash = entry.contentHash.toString(16).padStart(8, '0');
      const sk = `${claimHash}#${contentHash}`;
      const seenAtMs = BigInt(this.#surroundings.now());
      return { pk: keys.conflicts(this.#lane.tenant), sk, id: entry.event.id, contentHash, seenAtMs, day: entry.day };
    });
    await keepCounted(this.#table, this.#lane.tenant, 'conflicts', items);
  }
}

/** A commit found in the log under this attempt's segment id: what it counts is recorded. */
function markCounted(attempt: Attempt, commit: Commit): void {
  const named = commit.segments.find(({ segmentId }) => segmentId === attempt.segmentId);
  const counted = unpackBits(named?.counted ?? 0, attempt.pending.length);
  for (const [index, call] of attempt.pending.entries()) if (counted[index]) call.outcome = 'recorded';
}

/** The same id again in one group: the same content repeats the first, other content waits for its own look-up. */
function settleRepeat(call: Pending, first: Pending | undefined): void {
  if (first?.outcome === undefined || first.entry.contentHash !== call.entry.contentHash) return;
  call.outcome = first.outcome === 'recorded' ? 'duplicate' : first.outcome;
}
