import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createKey, type KeyRequest, type MadeKey } from '../../app/access/manage-keys.ts';
import { createTenant, type NewTenant } from '../../app/access/manage-tenants.ts';
import type { Clock } from '../../app/ports.ts';
import { TableApiKeys } from './key-store.ts';
import { SdkTable } from './sdk-table.ts';
import { TenantStore } from './tenant-store.ts';

/** Key administration straight on the table, for whoever holds rights to it and no key yet. */
export interface KeyAdministration {
  /** @throws {@link InvalidRequestError} naming the field at fault */
  createTenant(tenant: NewTenant): Promise<'created' | 'exists'>;
  /** @throws {@link InvalidRequestError} naming the field at fault, or when the tenant does not exist */
  createKey(request: KeyRequest): Promise<MadeKey>;
}

/** Opens key administration on a ledger's table. */
export function openKeyAdministration(client: DynamoDBClient, tableName: string, now: Clock): KeyAdministration {
  const table = new SdkTable(client, tableName);
  const ports = { apiKeys: new TableApiKeys(table), tenants: new TenantStore(table, now), now };
  return {
    createTenant: (tenant) => createTenant(ports, tenant),
    createKey: (request) => createKey(ports, request),
  };
}
