import type { CorrectionReport, Corrections, Decision } from '../../../app/corrections/correction-ports.ts';
import type { TenantConfig } from '../../../app/ports.ts';
import {
  type CorrectionAuthority,
  type CorrectionTarget,
  judgeTarget,
} from '../../../domain/corrections/correction.ts';
import { invariant } from '../../../domain/errors.ts';
import type { EntryPlace, LedgerEntry } from '../../../domain/events/entry.ts';
import type { BookStamp } from '../../../domain/prices/book-stamp.ts';
import { leafOf } from '../../../domain/spend.ts';
import { type Table, TableBusyError, TableRefusedError, TableUnknownError, type TransactWrite } from '../table.ts';
import { monthOf } from './commit-codec.ts';
import { CommitLog } from './commit-log.ts';
import { type Base, type BasePlaces, cutBases, groupPlaces, learnCorrections, loadBases } from './correction-bases.ts';
import type { CorrectedRating } from './correction-codec.ts';
import { type Stand, takeStand } from './correction-fence.ts';
import { type Change, type ChangeTerms, countFitting, prepareCorrections } from './correction-transaction.ts';
import { toLedgerEntry } from './entry-reader.ts';
import { LeafDictionary, leafKey } from './leaf-dictionary.ts';
import { LedgerUnavailableError, PatientTable, pause, type Surroundings } from './patient-table.ts';
import type { SegmentEntry } from './segment-codec.ts';

/** Asked what entries should come to, in the order given. */
type Decide = (entries: readonly LedgerEntry[]) => Promise<Decision>;

/**
 * The ledger's corrections on DynamoDB. Per transaction: take a stand, read the head and what was corrected so far,
 * have it decided, then commit the differences as head + 1 if that number, the next correction number of each segment
 * and the stand are still as they were. Whoever loses reads and decides again. See docs/adr/0010-corrections.md.
 */
export class DynamoCorrections implements Corrections {
  readonly #table: Table;
  readonly #surroundings: Surroundings;

  constructor(table: Table, surroundings: Surroundings) {
    this.#table = table;
    this.#surroundings = surroundings;
  }

  async correct(
    tenant: TenantConfig,
    authority: CorrectionAuthority,
    places: readonly EntryPlace[],
    decide: Decide,
    deadlineMs: number,
  ): Promise<CorrectionReport> {
    const author = new Author(this.#table, this.#surroundings, deadlineMs, tenant, authority);
    if (places.length === 0) await author.begin();
    const bases = groupPlaces(places);
    for (const list of cutBases(bases)) await author.correctAll(list, decide);
    const entries = bases.reduce((sum, { positions }) => sum + positions.length, 0);
    return { corrected: author.corrected, unchanged: entries - author.corrected };
  }
}

/** An entry that has no outcome yet. */
interface Open {
  readonly base: Base;
  readonly position: number;
  readonly entry: SegmentEntry;
}

/** One call's way through corrections. */
class Author {
  readonly #table: PatientTable;
  readonly #surroundings: Surroundings;
  readonly #deadlineMs: number;
  readonly #tenant: TenantConfig;
  readonly #authority: CorrectionAuthority;
  readonly #log: CommitLog;
  readonly #dictionaries = new Map<string, LeafDictionary>();
  /** In every correction that this call writes: how it finds its own after an unknown outcome. */
  readonly #token: string;
  readonly #corrected = new Set<string>();
  #head = 0;

  constructor(
    table: Table,
    surroundings: Surroundings,
    deadlineMs: number,
    tenant: TenantConfig,
    authority: CorrectionAuthority,
  ) {
    this.#table = new PatientTable(table, surroundings, deadlineMs);
    this.#surroundings = surroundings;
    this.#deadlineMs = deadlineMs;
    this.#tenant = tenant;
    this.#authority = authority;
    this.#log = new CommitLog(this.#table, tenant.tenant);
    this.#token = Array.from({ length: 12 }, () => Math.floor(surroundings.random() * 36).toString(36)).join('');
  }

  /** Entries that have a new correction by this call. */
  get corrected(): number {
    return this.#corrected.size;
  }

  /** Only takes a stand: from now on nothing holds that was decided before. */
  async begin(): Promise<void> {
    await takeStand(this.#table, this.#tenant.tenant, this.#authority);
  }

  /** Brings the entries of some segments to what is decided, in as many transactions as it takes. */
  async correctAll(places: readonly BasePlaces[], decide: Decide): Promise<void> {
    const bases = await loadBases(this.#log, places);
    let open: readonly Open[] = bases.flatMap((base) =>
      [...base.entries].map(([position, entry]) => ({ base, position, entry })),
    );
    for (let tries = 0; open.length > 0; tries++) {
      this.#checkDeadline();
      // The stand comes before all that the decision rests on, the price book among it.
      const stand = await takeStand(this.#table, this.#tenant.tenant, this.#authority);
      if (!stand) return;
      this.#head = await this.#log.findHead(this.#head);
      await this.#learn([...new Set(open.map(({ base }) => base))]);
      const [changes, terms] = await this.#decideOn(open, decide, stand);
      const committed = changes.length === 0 ? 0 : await this.#commit(terms, changes);
      if (committed === changes.length) return;
      if (committed > 0) [open, tries] = [changes.slice(committed), 0];
      else await pause(this.#surroundings, tries);
    }
  }

  /** Reads what was corrected meanwhile, and recognises what this call did itself. */
  async #learn(bases: readonly Base[]): Promise<void> {
    for (const { segmentId, correction } of await learnCorrections(this.#log, bases)) {
      if (correction.token !== this.#token) continue;
      for (const [position, after] of correction.ratings) this.#note(segmentId, position, after);
    }
  }

  #note(segmentId: string, position: number, after: CorrectedRating): void {
    if (after !== 'confirmed') this.#corrected.add(`${segmentId} ${position}`);
  }

  async #decideOn(open: readonly Open[], decide: Decide, stand: Stand): Promise<readonly [Change[], ChangeTerms]> {
    const entries = open.map(({ base, position, entry }) => {
      const place = { commit: base.commit.number, segmentId: base.segmentId, position };
      return toLedgerEntry({ ...place, entry }, base.corrections);
    });
    const { book, targets, confirmed } = await decide(entries);
    invariant(targets.length === entries.length, `${entries.length} entries were given ${targets.length} targets`);
    const changes: Change[] = [];
    for (const [index, current] of entries.entries()) {
      const at = open[index];
      const confirms = stand.confirms || confirmed?.[index] === true;
      const after = at && this.#judge(current, at.base, book, targets[index] ?? 'keep', confirms);
      if (!at || after === undefined) continue;
      const { base, position, entry } = at;
      const leafNumber = await this.#leafNumber(
        entry.day,
        leafKey(leafOf(this.#tenant, entry.event, entry.rating, entry.credit)),
      );
      changes.push({ base, position, entry, leafNumber, before: current.rating, after });
    }
    const terms = { tenant: this.#tenant.tenant, authority: this.#authority, book, token: this.#token };
    return [changes, { ...terms, guards: stand.guards }];
  }

  /** What is to be written for an entry; `undefined` = nothing. It is confirmed once, and only where a race can be. */
  #judge(
    current: LedgerEntry,
    base: Base,
    book: BookStamp,
    target: CorrectionTarget,
    confirms: boolean,
  ): CorrectedRating | undefined {
    const { kind, order } = this.#authority;
    invariant(target === 'keep' || (target === 'void') === (kind === 'void'), `a ${kind} cannot do something else`);
    const judged = judgeTarget(current, base.commit.book, this.#authority, book, target);
    if (judged === 'left' || target === 'keep') return undefined;
    if (target === 'void') return null;
    if (judged === 'corrected') return target;
    return confirms && current.corrections.every((earlier) => earlier.order < order) ? 'confirmed' : undefined;
  }

  async #leafNumber(day: string, key: string): Promise<number> {
    const month = monthOf(day);
    const dictionary = this.#dictionaries.get(month) ?? new LeafDictionary();
    this.#dictionaries.set(month, dictionary);
    if (dictionary.number(key) === undefined) await dictionary.refresh(this.#table, this.#tenant.tenant, month);
    const number = dictionary.number(key);
    invariant(number !== undefined, `leaf ${key} of ${month} is in no dictionary item of ${this.#tenant.tenant}`);
    return number;
  }

  /**
   * Commits as many of the changes as one transaction takes, under the first number that can be had.
   * @returns how many; 0 when what they rest on may have changed, or the outcome is unknown
   */
  async #commit(terms: ChangeTerms, changes: readonly Change[]): Promise<number> {
    let count = countFitting(changes);
    let prepared = prepareCorrections(terms, changes.slice(0, count));
    for (let tries = 0; ; tries++) {
      this.#checkDeadline();
      const writes = prepared(this.#head + 1, this.#surroundings.now());
      const outcome = writes ? await this.#send(writes) : 'too-large';
      if (outcome === 'committed') {
        this.#head += 1;
        for (const { base, position, after } of changes.slice(0, count)) this.#note(base.segmentId, position, after);
        return count;
      }
      if (outcome === 'too-large') {
        invariant(count > 1, 'the correction of one entry is larger than a transaction');
        count = Math.ceil(count / 2);
        prepared = prepareCorrections(terms, changes.slice(0, count));
        continue;
      }
      if (outcome === 'unknown') return 0;
      if (outcome === 'busy') await pause(this.#surroundings, tries);
      if (!(await this.#isWorthAnotherNumber(outcome))) return 0;
    }
  }

  async #send(writes: readonly TransactWrite[]): Promise<'committed' | 'lost' | 'busy' | 'unknown' | 'too-large'> {
    try {
      return (await this.#table.transact(writes)) === 'committed' ? 'committed' : 'lost';
    } catch (cause) {
      if (cause instanceof TableBusyError) return 'busy';
      if (cause instanceof TableUnknownError) return 'unknown';
      if (cause instanceof TableRefusedError) return 'too-large';
      throw cause;
    }
  }

  /**
   * Whether a decision may be tried again under another number. It may where its number was taken: had anything changed
   * that it rests on, the segment's correction number or the fence would tell. So busy writers cannot starve it.
   */
  async #isWorthAnotherNumber(outcome: 'lost' | 'busy'): Promise<boolean> {
    const before = this.#head;
    this.#head = await this.#log.findHead(before);
    return outcome === 'busy' || this.#head > before;
  }

  #checkDeadline(): void {
    if (this.#surroundings.now() < this.#deadlineMs) return;
    throw new LedgerUnavailableError('not all entries could be corrected in time; doing it again is safe');
  }
}
