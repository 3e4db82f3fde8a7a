import { createHash } from 'node:crypto';
import {
  MAX_SPARE_GROUPS,
  type MissingCalls,
  type SequenceGaps,
  type SourceStates,
  type SpareGroup,
  type SpareNumber,
  type SpareNumbers,
  type StoredSources,
} from '../../app/sources/source-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { EmitterNumbers, Gap } from '../../domain/sources/emitter-numbers.ts';
import { countMissing, type MissingSpan } from '../../domain/sources/missing-spans.ts';
import { type SourceState, UNWATCHED } from '../../domain/sources/source-state.ts';
import { withPatience } from './alert-store.ts';
import { numberAttribute } from './item-attributes.ts';
import { pack, unpack } from './ledger/packing.ts';
import type { Item, Key, Table, TransactWrite } from './table.ts';

/**
 * Who sends to each tenant, in the table.
 *
 * - `SOURCES#tenant`, `STATE`: sources and how far the log was followed; every change is conditional on its revision.
 * - `SOURCES#tenant`, `MISSING`: missing calls by span of days, apart because every answer about money reads it.
 * - `SOURCES#tenant`, `SPARE#name`: numbers of calls that had been recorded before; gone when they are in the state.
 * - `EMITTERS#tenant`, number: a chunk of emitters. Written in the transactions of the state, and read after it, so
 *   whoever met newer chunks cannot store anything over them.
 */
export class TableSourceStates implements SourceStates, SequenceGaps, MissingCalls, SpareNumbers {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find(tenant: string): Promise<StoredSources> {
    // The state sorts last and what is missing first, with spare groups between them that may be very many.
    const limit = MAX_SPARE_GROUPS + 2;
    const items = await this.#table.query({ pk: keys.sources(tenant), descending: true, limit });
    const spare = items
      .filter(({ sk }) => sk.startsWith(SPARE))
      .slice(0, MAX_SPARE_GROUPS)
      .map(readSpare);
    const state = items.find(({ sk }) => sk === STATE);
    if (!state) return { state: UNWATCHED, revision: 0, spare };
    const { followedTo, freshestMs, sources, settlesAtMs } = unpack(bytesOf(state)) as StoredState;
    const found = items.find(({ sk }) => sk === MISSING);
    const missing = readMissing(
      found ?? (items.length < limit ? undefined : await this.#table.get(missingKey(tenant))),
    );
    return {
      state: { followedTo, freshestMs, sources, settlesAtMs, ...missing },
      revision: numberAttribute(state, 'revision'),
      spare,
    };
  }

  async emitters(tenant: string): Promise<readonly (readonly EmitterNumbers[])[]> {
    const chunks: EmitterNumbers[][] = [];
    for (const item of await this.#table.query({ pk: keys.emitters(tenant) }))
      chunks[Number(item.sk)] = (unpack(bytesOf(item)) as PackedEmitter[]).map(unpackEmitter);
    // A chunk is made when the one before it is full, so each of them is there.
    return chunks;
  }

  async save(
    tenant: string,
    from: StoredSources,
    to: SourceState,
    chunks: ReadonlyMap<number, readonly EmitterNumbers[]>,
    taken: readonly SpareGroup[],
  ): Promise<number | undefined> {
    const revision = from.revision + 1;
    const { followedTo, freshestMs, sources, settlesAtMs, missing, closed } = to;
    const stored: StoredState = { followedTo, freshestMs, sources, settlesAtMs };
    const isMissingSame = JSON.stringify([missing, closed]) === JSON.stringify([from.state.missing, from.state.closed]);
    const writes: TransactWrite[] = [
      {
        type: 'put',
        item: { ...stateKey(tenant), revision: BigInt(revision), b: pack(stored) },
        condition: from.revision === 0 ? { absent: true } : { attribute: 'revision', equals: BigInt(from.revision) },
      },
      ...(isMissingSame
        ? []
        : [{ type: 'put' as const, item: { ...missingKey(tenant), b: pack({ missing, closed }) } }]),
      ...[...chunks].map(([number, emitters]) => ({
        type: 'put' as const,
        item: { pk: keys.emitters(tenant), sk: String(number).padStart(4, '0'), b: pack(emitters.map(packEmitter)) },
      })),
      ...taken.map(({ name }) => ({ type: 'delete' as const, key: { pk: keys.sources(tenant), sk: SPARE + name } })),
    ];
    // A first try that was applied although its answer got lost makes the next one fail: it is read again then.
    const outcome = await withPatience(() => this.#table.transact(writes), true);
    return outcome === 'committed' ? revision : undefined;
  }

  async keepSpare(tenant: string, numbers: readonly SpareNumber[], atMs: number): Promise<void> {
    const packed = numbers.map(({ id, sequence, day, timeMs, app }): PackedSpare => [id, sequence, day, timeMs, app]);
    // Named by what it holds, so that a message which comes again and again keeps one group.
    const name = createHash('sha256').update(JSON.stringify(packed)).digest('base64url');
    const item = { pk: keys.sources(tenant), sk: SPARE + name, atMs: BigInt(atMs), b: pack(packed) };
    await withPatience(() => this.#table.put(item), true);
  }

  async countMissing(tenant: string, fromDay: string, toDay: string): Promise<number> {
    return countMissing(await this.listMissing(tenant), fromDay, toDay);
  }

  async listMissing(tenant: string): Promise<readonly MissingSpan[]> {
    const { missing, closed } = readMissing(await this.#table.get(missingKey(tenant)));
    return [...missing, ...closed];
  }
}

const STATE = 'STATE';
const MISSING = 'MISSING';
const SPARE = 'SPARE#';

const stateKey = (tenant: string): Key => ({ pk: keys.sources(tenant), sk: STATE });
const missingKey = (tenant: string): Key => ({ pk: keys.sources(tenant), sk: MISSING });

type StoredState = Omit<SourceState, 'missing' | 'closed'>;

function readMissing(item: Item | undefined): Pick<SourceState, 'missing' | 'closed'> {
  if (!item) return { missing: [], closed: [] };
  return unpack(bytesOf(item)) as { missing: readonly MissingSpan[]; closed: readonly MissingSpan[] };
}

type PackedSpare = readonly [string, number, string, number, string | null];

function readSpare(item: Item): SpareGroup {
  const numbers = (unpack(bytesOf(item)) as readonly PackedSpare[]).map(
    ([id, sequence, day, timeMs, app]): SpareNumber => ({ id, sequence, day, timeMs, app }),
  );
  return { name: item.sk.slice(SPARE.length), atMs: numberAttribute(item, 'atMs'), numbers };
}

/** With how many are missing where that is not all. */
type PackedGap = readonly [number, number, string, string, number, number?];
type PackedEmitter = readonly [string, string | null, number, string, number, number, string, number, ...PackedGap[]];

function packEmitter({ id, app, low, lowDay, lowTimeMs, high, highDay, lastMs, gaps }: EmitterNumbers): PackedEmitter {
  const packed = gaps.map((gap): PackedGap => {
    const bounds = [gap.from, gap.to, gap.dayBefore, gap.dayBehind, gap.noticedMs] as const;
    return gap.count === gap.to - gap.from + 1 ? bounds : [...bounds, gap.count];
  });
  return [id, app, low, lowDay, lowTimeMs, high, highDay, lastMs, ...packed];
}

function unpackEmitter(packed: PackedEmitter): EmitterNumbers {
  const [id, app, low, lowDay, lowTimeMs, high, highDay, lastMs, ...gaps] = packed;
  const unpackGap = ([from, to, dayBefore, dayBehind, noticedMs, count = to - from + 1]: PackedGap): Gap => {
    return { from, to, count, dayBefore, dayBehind, noticedMs };
  };
  return { id, app, low, lowDay, lowTimeMs, high, highDay, lastMs, gaps: gaps.map(unpackGap) };
}

function bytesOf(item: Item): Uint8Array {
  const bytes = item['b'];
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`${item.pk} ${item.sk} holds no bytes`);
}
