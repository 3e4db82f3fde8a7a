import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { AnomalyDecision, AnomalyStore, WatchedDays } from '../../app/anomalies/anomaly-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { WrittenSettings } from '../../domain/anomaly/anomaly-settings.ts';
import { adminRecordItem } from './admin-records.ts';
import { withPatience } from './alert-store.ts';
import { textAttribute } from './item-attributes.ts';
import type { Item, Key, Table, TransactWrite } from './table.ts';

/**
 * What is kept about the anomalies of each tenant, in the table under `ANOMALY#tenant`.
 *
 * - `SETTINGS`: what the tenant said of detectors, in full.
 * - `DECIDED#id`: the last decision about an anomaly; ids begin with a day, so they are in the order of days.
 * - `WATCHED`: the last day that was looked at; every change is conditional on the day that was read.
 */
export class TableAnomalyStore implements AnomalyStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async settings(tenant: string): Promise<WrittenSettings | undefined> {
    const item = await this.#table.get(settingsKey(tenant));
    return item && (readJson(item) as WrittenSettings);
  }

  async putSettings(tenant: string, settings: WrittenSettings, record: AdminRecord): Promise<void> {
    await this.#putWithRecord(tenant, { ...settingsKey(tenant), json: JSON.stringify(settings) }, record);
  }

  async decisions(tenant: string): Promise<readonly AnomalyDecision[]> {
    const items = await this.#table.query({ pk: keys.anomalies(tenant), prefix: DECIDED });
    return items.map((item) => {
      const { days, ...decision } = readJson(item) as StoredDecision;
      return {
        ...decision,
        days: days.map(([day, expected]) => ({ day, expectedPicoUsd: BigInt(expected) })),
      };
    });
  }

  async decide(tenant: string, { days, ...decision }: AnomalyDecision, record: AdminRecord): Promise<void> {
    const stored: StoredDecision = {
      ...decision,
      days: days.map(({ day, expectedPicoUsd }) => [day, expectedPicoUsd.toString()] as const),
    };
    const key = { pk: keys.anomalies(tenant), sk: `${DECIDED}${decision.id}` };
    await this.#putWithRecord(tenant, { ...key, json: JSON.stringify(stored) }, record);
  }

  async watched(tenant: string): Promise<WatchedDays | undefined> {
    const item = await this.#table.get(watchedKey(tenant));
    return item && { lastDay: textAttribute(item, 'lastDay'), told: readJson(item) as WatchedDays['told'] };
  }

  async saveWatched(
    tenant: string,
    { lastDay, told }: WatchedDays,
    overDay: string | undefined,
  ): Promise<'saved' | 'behind'> {
    const item = { ...watchedKey(tenant), lastDay, json: JSON.stringify(told) };
    const condition = overDay === undefined ? ({ absent: true } as const) : { attribute: 'lastDay', equals: overDay };
    return (await withPatience(() => this.#table.put(item, condition), false)) === 'written' ? 'saved' : 'behind';
  }

  async #putWithRecord(tenant: string, item: Item, record: AdminRecord): Promise<void> {
    const writes: TransactWrite[] = [
      { type: 'put', item },
      { type: 'put', item: adminRecordItem(tenant, record), condition: { absent: true } },
    ];
    // Where the outcome stays unknown the caller is told, and may say the same again.
    await withPatience(() => this.#table.transact(writes), false);
  }
}

const DECIDED = 'DECIDED#';

const settingsKey = (tenant: string): Key => ({ pk: keys.anomalies(tenant), sk: 'SETTINGS' });
const watchedKey = (tenant: string): Key => ({ pk: keys.anomalies(tenant), sk: 'WATCHED' });

type StoredDecision = Omit<AnomalyDecision, 'days'> & { readonly days: readonly (readonly [string, string])[] };

function readJson(item: Item): unknown {
  return JSON.parse(textAttribute(item, 'json'));
}
