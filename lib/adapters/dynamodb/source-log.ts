import type { SourceLog } from '../../app/sources/source-ports.ts';
import type { SightedCommit, Sighting } from '../../domain/sources/sighting.ts';
import { columnReader, type Scalar } from './ledger/columns.ts';
import { CommitLog } from './ledger/commit-log.ts';
import { unpackBits } from './ledger/packing.ts';
import type { SegmentBody } from './ledger/segment-codec.ts';
import type { Table } from './table.ts';

/** Reads from the table who sent what: of each segment only the columns that tell, so it takes little of a minute. */
export class TableSourceLog implements SourceLog {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  head(tenant: string, known: number): Promise<number> {
    return new CommitLog(this.#table, tenant).findHead(known);
  }

  async *sightings(tenant: string, afterNumber: number, toNumber: number): AsyncIterable<SightedCommit> {
    const log = new CommitLog(this.#table, tenant);
    for await (const commit of log.read(afterNumber, toNumber)) {
      const sightings: Sighting[] = [];
      for (const { segmentId, length, counted } of commit.segments) {
        const body = await log.segment(commit, segmentId);
        // A segment that is lost is the audit's business; it must not keep anybody from being watched.
        if (body) sightings.push(...readSightings(body, unpackBits(counted, length)));
      }
      yield { number: commit.number, atMs: commit.atMs, sightings };
    }
  }
}

/** What the counted calls of a segment tell. Credits are no calls. */
function readSightings({ columns }: SegmentBody, counted: readonly boolean[]): readonly Sighting[] {
  const read = (name: string): ((row: number) => Scalar) => columnReader(columns[name] ?? { c: null });
  const [time, day, credit] = [read('timeMs'), read('=day'), read('=credit')];
  const [app, billingAccount, emitterVersion] = [read('app'), read('billing_account'), read('emitter.version')];
  const [emitterId, sequence] = [read('emitter.id'), read('emitter.seq')];
  return counted.flatMap((counts, row): Sighting[] => {
    if (!counts || credit(row) !== null) return [];
    return [
      {
        timeMs: Number(time(row)),
        day: String(day(row)),
        ...textOf('app', app(row)),
        ...textOf('billingAccount', billingAccount(row)),
        ...textOf('emitterId', emitterId(row)),
        ...(sequence(row) === null ? {} : { sequence: Number(sequence(row)) }),
        ...textOf('emitterVersion', emitterVersion(row)),
      },
    ];
  });
}

function textOf<Name extends string>(name: Name, value: Scalar): { readonly [Each in Name]?: string } {
  return value === null ? {} : ({ [name]: String(value) } as { readonly [Each in Name]: string });
}
