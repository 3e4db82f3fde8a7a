import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ROLES, type Role } from '../../app/access-ports.ts';
import { createKey, createTenant, type NewTenant } from '../../app/manage-keys.ts';
import { TableAdminRecords } from './admin-records.ts';
import { TableApiKeys } from './key-store.ts';
import { SdkTable } from './sdk-table.ts';
import { TenantStore } from './tenant-store.ts';

/** Key administration straight on the table, for whoever holds rights to it and no key yet. */
export interface KeyAdministration {
  /** @throws {@link InvalidRequestError} naming the field at fault */
  createTenant(tenant: NewTenant): Promise<'created' | 'exists'>;
  /** @throws {@link InvalidRequestError} when the tenant does not exist */
  createKey(request: { tenant: string; role: Role; label: string }): Promise<{ key: string; keyId: string }>;
}

/** Opens key administration on a ledger's table. */
export function openKeyAdministration(client: DynamoDBClient, tableName: string): KeyAdministration {
  const table = new SdkTable(client, tableName);
  const now = Date.now;
  const ports = {
    apiKeys: new TableApiKeys(table),
    tenants: new TenantStore(table, now),
    adminRecords: new TableAdminRecords(table),
    now,
  };
  return {
    createTenant: (tenant) => createTenant(ports, tenant),
    createKey: (request) => createKey(ports, request),
  };
}

/** The role of this name, if there is one. */
export function findRole(name: string): Role | undefined {
  return ROLES.find((role) => role === name);
}
