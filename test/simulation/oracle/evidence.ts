import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { ConflictStore, RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import type { AuditDifference, Conflict, RollupRow, TenantConfig } from '../../../lib/app/ports.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import { TENANTS } from '../history/tenants.ts';
import { ALL_DAYS } from '../world/act.ts';
import type { World } from '../world/world.ts';
import { type ExpectedCalls, expectCalls } from './expected-calls.ts';
import type { StoredPrice } from './pricing.ts';

type Reject = Awaited<ReturnType<RejectStore['list']>>['rejects'][number];

/** What the ledger of one tenant says when all is quiet, and what was sent for it. */
export interface TenantEvidence {
  readonly config: TenantConfig;
  readonly expected: ExpectedCalls;
  readonly head: number;
  readonly entries: readonly LedgerEntry[];
  readonly rows: Readonly<Record<'hour' | 'day' | 'month', readonly RollupRow[]>>;
  readonly differences: readonly AuditDifference[];
  readonly rejects: readonly Reject[];
  /** What redrive keeps of rejects beside, where it was parsed. */
  readonly parcels: readonly unknown[];
  readonly rejectCount: number;
  readonly conflicts: readonly Conflict[];
  readonly conflictCount: number;
  /** Overrides in the order in which a price book takes them: those of every tenant first. */
  readonly overrides: readonly StoredPrice[];
  /** How many of the overrides are those of every tenant. */
  readonly globalOverrides: number;
}

/** Everything that the invariants are checked against. */
export interface Evidence {
  readonly world: World;
  readonly tenants: readonly TenantEvidence[];
  /** Rejects of senders that belong to no tenant, with what must be there. */
  readonly strangers: { readonly rejects: readonly Reject[]; readonly expected: ExpectedCalls['rejects'] };
}

/** Reads the quiet ledger. */
export async function gatherEvidence(world: World): Promise<Evidence> {
  const expected = expectCalls(world);
  const tenants: TenantEvidence[] = [];
  for (const config of TENANTS) tenants.push(await gatherTenant(world, config, expected(config.tenant)));
  const strangers = { rejects: await allRejects(world, '-'), expected: expected('-').rejects };
  return { world, tenants, strangers };
}

async function gatherTenant(world: World, config: TenantConfig, expected: ExpectedCalls): Promise<TenantEvidence> {
  const { memory } = world;
  const { tenant } = config;
  const reader = new DynamoLedgerReader(memory, new TenantStore(memory, () => 0));
  const head = await reader.head(tenant);
  const rowsBy = async (granularity: 'hour' | 'day' | 'month') =>
    (await reader.rollups(tenant, { granularity, ...ALL_DAYS })).rows;
  const conflicts = new ConflictStore(memory);
  const rejects = await allRejects(world, tenant);
  const [global, own] = [storedPrices(world, '*'), storedPrices(world, tenant)];
  return {
    config,
    expected,
    head,
    entries: await allEntries(reader, tenant, head),
    rows: { hour: await rowsBy('hour'), day: await rowsBy('day'), month: await rowsBy('month') },
    differences: await auditAll(reader, tenant),
    rejects,
    parcels: await allParcels(world, tenant, rejects),
    rejectCount: await new RejectStore(memory).count(tenant),
    conflicts: await conflicts.list(tenant),
    conflictCount: await conflicts.count(tenant),
    overrides: [...global, ...own],
    globalOverrides: global.length,
  };
}

async function allEntries(reader: DynamoLedgerReader, tenant: string, head: number): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  let cursor: string | undefined;
  do {
    const days = { first: ALL_DAYS.fromDay, last: ALL_DAYS.toDay };
    const page = await reader.entriesOfDays(tenant, days, head, cursor);
    entries.push(...page.entries);
    cursor = page.next;
  } while (cursor !== undefined);
  return entries;
}

async function auditAll(reader: DynamoLedgerReader, tenant: string): Promise<readonly AuditDifference[]> {
  const differences: AuditDifference[] = [];
  let next: string | undefined;
  do {
    const page = await reader.audit(tenant, next);
    differences.push(...page.differences);
    next = page.next;
  } while (next !== undefined);
  return differences;
}

async function allRejects({ memory }: World, tenant: string): Promise<readonly Reject[]> {
  const rejects: Reject[] = [];
  let cursor: string | undefined;
  do {
    const page = await new RejectStore(memory).list(tenant, cursor);
    rejects.push(...page.rejects);
    cursor = page.next;
  } while (cursor !== undefined);
  return rejects;
}

/** The whole text of a body that is no JSON may be kept for a while; of everything else, fields of the contract alone. */
async function allParcels({ memory, time }: World, tenant: string, rejects: readonly Reject[]): Promise<unknown[]> {
  const store = new RejectStore(memory);
  const parcels = await Promise.all(rejects.map(({ rejectId }) => store.findParcel(tenant, rejectId, time.now())));
  return parcels.filter((parcel) => parcel !== undefined && parcel.raw === null);
}

function storedPrices({ memory }: World, scope: string): readonly StoredPrice[] {
  const items = [...memory.items()].filter(({ pk }) => pk === keys.overrides(scope));
  const inOrder = items.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  return inOrder.flatMap((item) => (JSON.parse(String(item['file'])) as { overrides: StoredPrice[] }).overrides);
}
