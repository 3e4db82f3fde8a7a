import type { SenderRoles } from '../../app/access/access-ports.ts';
import type { Clock } from '../../app/ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { textAttribute } from './item-attributes.ts';
import type { Table } from './table.ts';

const MAX_AGE_MS = 30_000;
/** A queue policy lets in far fewer roles than that. */
const MAX_REMEMBERED = 10_000;

/**
 * Sender roles in the table, written by {@link TenantStore} and remembered for at most 30 s, also those that report for
 * nobody: a sender without a tenant sends as often as any other.
 */
export class TableSenderRoles implements SenderRoles {
  readonly #table: Table;
  readonly #now: Clock;
  readonly #known = new Map<string, { readonly tenant: string | undefined; readonly readAtMs: number }>();

  constructor(table: Table, now: Clock) {
    this.#table = table;
    this.#now = now;
  }

  async find(roleId: string): Promise<string | undefined> {
    // A key of the table has at least one character.
    if (roleId === '') return undefined;
    const known = this.#known.get(roleId);
    if (known && this.#now() - known.readAtMs < MAX_AGE_MS) return known.tenant;
    const item = await this.#table.get(keys.senderRole(roleId));
    const tenant = item && textAttribute(item, 'tenant');
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(roleId, { tenant, readAtMs: this.#now() });
    return tenant;
  }
}
