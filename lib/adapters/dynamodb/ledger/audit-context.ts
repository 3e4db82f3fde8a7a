import type { TenantConfig } from '../../../app/ports.ts';
import type { Table } from '../table.ts';
import type { CommitLog } from './commit-log.ts';
import type { Dictionaries } from './dictionaries.ts';

/** What an audit needs of its surroundings. */
export interface AuditContext {
  readonly table: Table;
  readonly log: CommitLog;
  readonly dictionaries: Dictionaries;
  readonly tenant: TenantConfig;
}
