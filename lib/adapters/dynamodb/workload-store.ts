import { createHash } from 'node:crypto';
import type { StoredDay, WorkloadStore } from '../../app/workloads/workload-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { addDays } from '../../domain/local-time.ts';
import { withPatience } from './alert-store.ts';
import { pack, unpack } from './ledger/packing.ts';
import type { Item, Table } from './table.ts';
import { decodeDay, encodeDay } from './workload-codec.ts';

/** Largest piece of a day in one item, which may have 400 KB. */
export const MAX_PIECE_BYTES = 350_000;

/** Days are dropped so long after they were measured; who asks later has them measured again. */
const LIFE_MS = 120 * 86_400_000;

/**
 * Digests of days in the table: one item each, and more where a day is larger. Pieces are not written together; each
 * names the whole that it is of, so that pieces of different writers are never joined.
 */
export class TableWorkloadStore implements WorkloadStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(
    tenant: string,
    scopeKey: string,
    firstDay: string,
    lastDay: string,
  ): Promise<ReadonlyMap<string, StoredDay>> {
    const query = { pk: keys.workload(tenant, scopeKey), after: firstDay, upTo: addDays(lastDay, 1) };
    const items = await withPatience(() => this.#table.query(query), true);
    const days = new Map<string, StoredDay>();
    for (const [day, pieces] of Map.groupBy(items, ({ sk }) => sk.slice(0, 10))) {
      const body = joinPieces(pieces);
      const stored = body && decodeDay(unpack(body));
      if (stored) days.set(day, stored);
    }
    return days;
  }

  async save(tenant: string, scopeKey: string, day: StoredDay, nowMs: number): Promise<void> {
    const body = pack(encodeDay(day));
    const whole = nameWhole(body);
    const pieces = Math.ceil(body.length / MAX_PIECE_BYTES);
    for (let piece = 0; piece < pieces; piece++) {
      const item: Item = {
        pk: keys.workload(tenant, scopeKey),
        sk: `${day.digest.day}#${String(piece).padStart(4, '0')}`,
        whole,
        pieces: BigInt(pieces),
        b: body.subarray(piece * MAX_PIECE_BYTES, (piece + 1) * MAX_PIECE_BYTES),
        ttl: BigInt(Math.ceil((nowMs + LIFE_MS) / 1_000)),
      };
      await withPatience(() => this.#table.put(item), true);
    }
  }
}

/** The body whose pieces are all there; pieces of an earlier and larger one may lie behind them. */
function joinPieces(items: readonly Item[]): Uint8Array | undefined {
  const pieces = items.slice(0, Number(items[0]?.['pieces'] ?? 0));
  const body = Buffer.concat(pieces.map((item) => item['b'] as Uint8Array));
  return nameWhole(body) === items[0]?.['whole'] ? body : undefined;
}

function nameWhole(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 32);
}
