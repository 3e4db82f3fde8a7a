import type { AdminRecord } from '../../app/access/access-ports.ts';
import type { Clock, SenderTaken, TenantConfig, TenantRegister } from '../../app/ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { TENANT_NAME } from '../../contracts/tenant-name.ts';
import { adminRecordItem } from './admin-records.ts';
import type { Item, Table, TransactWrite } from './table.ts';

const MAX_AGE_MS = 30_000;

/** Tenants in the table, remembered for at most 30 s. Roles that report for a tenant have an item each beside it. */
export class TenantStore implements TenantRegister {
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
    return this.read(tenant);
  }

  async read(tenant: string): Promise<TenantConfig | undefined> {
    // Headers, paths and claims may hold what the service takes for no key at all.
    if (!TENANT_NAME.test(tenant)) return undefined;
    const item = await this.#table.get({ pk: keys.tenants, sk: tenant });
    if (!item) return undefined;
    const config = readConfig(item);
    this.#known.set(tenant, { config, readAtMs: this.#now() });
    return config;
  }

  async create(config: TenantConfig, record?: AdminRecord): Promise<'created' | 'exists' | SenderTaken> {
    const senders = config.senders ?? [];
    const outcome = await this.#table.transact([
      { type: 'put', item: toItem(config), condition: { absent: true } },
      ...senders.map((roleId) => claimSender(config.tenant, roleId)),
      ...recordWrites(config.tenant, record),
    ]);
    if (outcome === 'committed') return 'created';
    return (await this.#findTaken(config.tenant, senders)) ?? 'exists';
  }

  async change(
    before: TenantConfig,
    after: TenantConfig,
    record: AdminRecord,
  ): Promise<'changed' | 'behind' | SenderTaken> {
    const { tenant } = before;
    const [had, has] = [before.senders ?? [], after.senders ?? []];
    const added = has.filter((roleId) => !had.includes(roleId));
    const gone = had.filter((roleId) => !has.includes(roleId));
    const outcome = await this.#table.transact([
      { type: 'put', item: toItem(after), condition: { attribute: 'config', equals: JSON.stringify(before) } },
      ...added.map((roleId) => claimSender(tenant, roleId)),
      ...gone.map((roleId) => ({ type: 'delete' as const, key: keys.senderRole(roleId) })),
      ...recordWrites(tenant, record),
    ]);
    if (outcome === 'failed') return (await this.#findTaken(tenant, added)) ?? 'behind';
    this.#known.set(tenant, { config: after, readAtMs: this.#now() });
    return 'changed';
  }

  async list(): Promise<readonly TenantConfig[]> {
    return (await this.#table.query({ pk: keys.tenants })).map(readConfig);
  }

  /** The first of these roles that reports for another tenant. */
  async #findTaken(tenant: string, roleIds: readonly string[]): Promise<SenderTaken | undefined> {
    const items = await Promise.all(roleIds.map((roleId) => this.#table.get(keys.senderRole(roleId))));
    const taken = items.find((item) => item !== undefined && item['tenant'] !== tenant);
    return taken && { takenRoleId: taken.sk };
  }
}

function claimSender(tenant: string, roleId: string): TransactWrite {
  return { type: 'put', item: { ...keys.senderRole(roleId), tenant }, condition: { absent: true } };
}

function recordWrites(tenant: string, record: AdminRecord | undefined): TransactWrite[] {
  return record ? [{ type: 'put', item: adminRecordItem(tenant, record) }] : [];
}

function toItem(config: TenantConfig): Item {
  return { pk: keys.tenants, sk: config.tenant, config: JSON.stringify(config) };
}

function readConfig(item: Item): TenantConfig {
  return JSON.parse(String(item['config'])) as TenantConfig;
}
