import type { Clock, TenantConfig, Tenants } from '../../app/ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { Item, Table } from './table.ts';

const MAX_AGE_MS = 30_000;

/** Tenants in the table, remembered for at most 30 s. */
export class TenantStore implements Tenants {
  readonly #table: Table;
  readonly #now: Clock;
  readonly #known = new Map<string, { readonly config: TenantConfig; readonly readAtMs: number }>();

  constructor(table: Table, now: Clock) {
    this.#table = table;
    this.#now = now;
  }

  async find(tenant: string): Promise<TenantConfig | undefined> {
    const known = this.#known.get(tenant);
    if (known && this.#now() - known.readAtMs < MAX_AGE_MS) return known.config;
    const item = await this.#table.get({ pk: keys.tenants, sk: tenant });
    if (!item) return undefined;
    const config = readConfig(item);
    this.#known.set(tenant, { config, readAtMs: this.#now() });
    return config;
  }

  async create(config: TenantConfig): Promise<'created' | 'exists'> {
    const item = { pk: keys.tenants, sk: config.tenant, config: JSON.stringify(config) };
    return (await this.#table.put(item, { absent: true })) === 'written' ? 'created' : 'exists';
  }

  async list(): Promise<readonly TenantConfig[]> {
    return (await this.#table.query({ pk: keys.tenants })).map(readConfig);
  }
}

function readConfig(item: Item): TenantConfig {
  return JSON.parse(String(item['config'])) as TenantConfig;
}
