import type { QueueWatches } from '../../app/watch-queues.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { QueueWatch } from '../../domain/queue-watch.ts';
import { textAttribute } from './item-attributes.ts';
import type { Table } from './table.ts';

/** The watch over the queues in the table: one item for the whole ledger, replaced only over what was read. */
export class TableQueueWatches implements QueueWatches {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find(): Promise<QueueWatch | undefined> {
    const item = await this.#table.get(keys.queueWatch);
    return item && (JSON.parse(textAttribute(item, 'watch')) as QueueWatch);
  }

  async save(from: QueueWatch | undefined, to: QueueWatch): Promise<'saved' | 'behind'> {
    const condition = from ? { attribute: 'watch', equals: toText(from) } : ({ absent: true } as const);
    const outcome = await this.#table.put({ ...keys.queueWatch, watch: toText(to) }, condition);
    return outcome === 'written' ? 'saved' : 'behind';
  }
}

/** Equal watches are equal text, whatever the order in which their fields were set. */
function toText({ clearedMs, emptyMs, restedMs }: QueueWatch): string {
  return JSON.stringify({ clearedMs, emptyMs, restedMs });
}
