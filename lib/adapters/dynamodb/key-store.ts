import { type ApiKey, type ApiKeys, ROLES } from '../../app/access-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Table } from './table.ts';

/** API keys on the ledger's table: one small item per key, found by the key's hash. */
export class TableApiKeys implements ApiKeys {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async find(keyHash: string): Promise<ApiKey | undefined> {
    const item = await this.#table.get({ pk: keys.apiKeys, sk: keyHash });
    return item && toApiKey(item);
  }

  async create(keyHash: string, key: ApiKey): Promise<'created' | 'exists'> {
    const item: Item = {
      pk: keys.apiKeys,
      sk: keyHash,
      keyId: key.keyId,
      tenant: key.tenant,
      role: key.role,
      label: key.label,
      createdAtMs: BigInt(key.createdAtMs),
    };
    return (await this.#table.put(item, { absent: true })) === 'written' ? 'created' : 'exists';
  }
}

function toApiKey(item: Item): ApiKey {
  const role = ROLES.find((known) => known === item['role']);
  invariant(role, `key ${item.sk.slice(0, 12)} has no known role`);
  return {
    keyId: textAttribute(item, 'keyId'),
    tenant: textAttribute(item, 'tenant'),
    role,
    label: textAttribute(item, 'label'),
    createdAtMs: numberAttribute(item, 'createdAtMs'),
  };
}
