import type { FieldsByApp, UnknownFieldCounts } from '../../app/sources/source-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { OTHER_FIELDS } from '../../domain/field-reading.ts';
import type { Table } from './table.ts';

/** Names of unknown fields that are told apart; each is part of every write of their counts. */
const MAX_KEPT_NAMES = 100;

/** Apps times names that are told apart, and their length together; beyond, a field is counted without its app. */
const MAX_KEPT_PAIRS = 200;
const MAX_PAIRS_CHARACTERS = 8_000;

/** Keep names that senders chose apart from the item's own attributes, and from each other. */
const PREFIX = 'field:';
const APP_PREFIX = 'app:';

/** Counts of unknown field names, all in one item; names beyond a bound are counted under one name. */
export class UnknownFieldStore implements UnknownFieldCounts {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async count(tenant: string, names: ReadonlyMap<string, number>, byApp: FieldsByApp = new Map()): Promise<void> {
    // Writers that meet new names at the same time may each keep some: the bound is a soft one.
    const item = (await this.#table.get(keys.unknownFields(tenant))) ?? {};
    const kept = new Set(namesUnder(item, PREFIX));
    const keptPairs = new Set(namesUnder(item, APP_PREFIX));
    let characters = [...keptPairs].reduce((sum, { length }) => sum + length, 0);
    const hasRoom = ({ length }: string): boolean =>
      keptPairs.size < MAX_KEPT_PAIRS && characters + length <= MAX_PAIRS_CHARACTERS;
    const sums: Record<string, bigint> = {};
    const add = (name: string, count: number): void => {
      sums[name] = (sums[name] ?? 0n) + BigInt(count);
    };
    const show = (name: string): string => (kept.has(name) || kept.size < MAX_KEPT_NAMES ? name : OTHER_FIELDS);
    for (const [name, count] of names) {
      const shown = show(name);
      if (shown === name) kept.add(name);
      add(PREFIX + shown, count);
    }
    for (const [app, fields] of byApp) {
      for (const [name, count] of fields) {
        const pair = JSON.stringify([app, show(name)]);
        if (!keptPairs.has(pair)) {
          if (!hasRoom(pair)) continue;
          keptPairs.add(pair);
          characters += pair.length;
        }
        add(APP_PREFIX + pair, count);
      }
    }
    await this.#table.add(keys.unknownFields(tenant), sums);
  }

  async list(tenant: string): Promise<ReadonlyMap<string, number>> {
    const item: Readonly<Record<string, unknown>> = (await this.#table.get(keys.unknownFields(tenant))) ?? {};
    return new Map(namesUnder(item, PREFIX).map((name) => [name, Number(item[PREFIX + name])]));
  }

  async listByApp(tenant: string): Promise<FieldsByApp> {
    const item: Readonly<Record<string, unknown>> = (await this.#table.get(keys.unknownFields(tenant))) ?? {};
    const byApp = new Map<string, Map<string, number>>();
    for (const pair of namesUnder(item, APP_PREFIX)) {
      const [app, name] = JSON.parse(pair) as [string, string];
      byApp.set(app, (byApp.get(app) ?? new Map<string, number>()).set(name, Number(item[APP_PREFIX + pair])));
    }
    return byApp;
  }
}

function namesUnder(item: Readonly<Record<string, unknown>>, prefix: string): readonly string[] {
  return Object.keys(item).flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}
