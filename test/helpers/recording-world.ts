import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import type { CacheLimits } from '../../lib/adapters/dynamodb/ledger/lane.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../lib/adapters/dynamodb/unknown-field-store.ts';
import type { AuditDifference, TenantConfig } from '../../lib/app/ports.ts';
import { CurrentPriceBooks } from '../../lib/app/prices/price-books.ts';
import { type RecordUsagePorts, recordUsage, type UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { createCatalog } from '../../lib/domain/prices/price-catalog.ts';
import type { steadySurroundings } from './ledger-fixtures.ts';

/** USD per million tokens in the tests' price list: 1 in, 2 out. One token costs 1e6 and 2e6 picoUSD. */
const OVERRIDES = {
  overrides: [
    { model: 'm-1', provider: '*', rates: { input_tokens: '1', output_tokens: '2' }, per: 1_000_000, replace: true },
  ],
};

const PRICE_CHANGE = {
  number: 1,
  version: 'v1',
  fileText: JSON.stringify(OVERRIDES),
  storedAtMs: 0,
  keyId: 'test',
};

/** A warm function environment: its own caches over a shared table; `other` stands in for some of its ports. */
export function createWriter(
  table: Table,
  surroundings: ReturnType<typeof steadySurroundings>,
  tenant: string,
  other: Partial<RecordUsagePorts> = {},
  limits?: CacheLimits,
) {
  const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
  const changes = { list: async () => [PRICE_CHANGE], append: async () => 'behind' as const };
  const ports: RecordUsagePorts = {
    ledger: new DynamoLedger(table, surroundings, limits),
    tenants: new TenantStore(table, surroundings.now),
    rejects: new RejectStore(table),
    unknownFields: new UnknownFieldStore(table),
    gpuSamples: new GpuSampleStore(table),
    spareNumbers: new TableSourceStates(table),
    priceBooks: new CurrentPriceBooks(changes, catalog),
    senders: { directory: { mode: 'trusted', tenant }, apiSenderId: 'api' },
    now: surroundings.now,
    evaluate: async () => {},
    alertUnpriced: async () => {},
    warn: () => {},
    ...other,
  };
  return (messages: readonly UsageMessage[], lifeMs = 50_000) =>
    recordUsage(ports, messages, surroundings.now() + lifeMs);
}

/** Every difference that a whole audit finds. */
export async function auditAll(table: Table, tenant: TenantConfig): Promise<AuditDifference[]> {
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const differences: AuditDifference[] = [];
  let next: string | undefined;
  do {
    const page = await reader.audit(tenant.tenant, next);
    differences.push(...page.differences);
    next = page.next;
  } while (next);
  return differences;
}
