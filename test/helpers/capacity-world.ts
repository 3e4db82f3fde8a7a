import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { accrueAgain } from '../../lib/app/capacity/accrue-again.ts';
import { accrueCapacities } from '../../lib/app/capacity/accrue-capacities.ts';
import { endCapacity, putCapacity } from '../../lib/app/capacity/manage-capacities.ts';
import { reportUse } from '../../lib/app/capacity/report-use.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';
import { steadySurroundings, TENANT } from './ledger-fixtures.ts';
import { createRepricingWorld, widgetCall } from './repricing-world.ts';

/** Noon of a day in UTC. */
export const noonOf = (day: string): number => Date.parse(`${day}T12:00:00Z`);

/** A call on the own deployment: 10 input tokens of `acme/widget`, whose list cost is 10^7 picoUSD, unless said otherwise. */
export function ownCall(tail: number, day: string, event: Partial<UsageEvent> = {}): UsageEvent {
  return widgetCall(tail, { timeMs: noonOf(day), deployment: 'own', ...event });
}

/** A capacity of $24 a day from 2026-01-05 on, covering the deployment `own`. */
export const OWN = {
  kind: 'self_hosted',
  from: '2026-01-05',
  price_usd: '24',
  per: 'day',
  covers: { deployment: 'own' },
} as const;

/** A ledger with capacities at 2026-01-29T18:30Z; functions come and go, the table stays. */
export function createCapacityWorld(catalog?: Catalog, tenant: TenantConfig = TENANT) {
  const world = createRepricingWorld(catalog, [tenant]);
  const surroundings = steadySurroundings();
  const overrideChanges = new TableOverrideChanges(world.table);
  /** The ports of one function, over the table or one that fails. */
  const ports = (table: Table = world.table) => ({
    overrideChanges: new TableOverrideChanges(table),
    capacities: new TableCapacityStore(table),
    ledger: new DynamoLedger(table, surroundings),
    reader: world.reader,
    gpuSamples: new GpuSampleStore(table),
    adminRecords: new TableAdminRecords(table),
    repricing: world.start(catalog),
    now: surroundings.now,
  });
  const deadlineMs = () => surroundings.now() + 50_000;
  return {
    ...world,
    tenant,
    ports,
    overrideChanges,
    gpuSamples: new GpuSampleStore(world.table),
    put: (name: string, json: Readonly<Record<string, unknown>> = OWN) =>
      putCapacity(ports(), tenant, 'key_admin', name, json),
    end: (name: string, day?: string) => endCapacity(ports(), tenant, 'key_admin', name, day),
    accrue: (table?: Table) => accrueCapacities(ports(table), tenant, deadlineMs()),
    again: (name: string, from: string, to: string, isDryRun = false, table?: Table) =>
      accrueAgain(ports(table), tenant, 'key_admin', name, { from, to, reason: 'a test', isDryRun }, deadlineMs()),
    report: (name: string, from: string, to: string) =>
      reportUse(
        {
          ...ports(),
          readFreshness: async () => ({
            asOfMs: surroundings.now(),
            queued: { usage: 0, import: 0 },
            deadLetters: 0,
            rejects: 0,
            conflicts: 0,
            missing: 0,
          }),
        },
        tenant,
        name,
        { from, to },
      ),
    /** Cost by day, operation and app of everything that is no call, in picoUSD. */
    async booked(): Promise<Readonly<Record<string, bigint>>> {
      const window = { granularity: 'day', fromDay: '2025-01-01', toDay: '2027-01-01' } as const;
      const found: [string, bigint][] = [];
      for (const { period, leaf, measures } of (await world.reader.rollups(tenant.tenant, window)).rows) {
        const [app, , , , , model, operation] = leaf;
        if (!model?.startsWith('capacity:') || (measures.cost ?? 0n) === 0n) continue;
        found.push([`${period} ${model} ${operation} ${app}`, measures.cost ?? 0n]);
      }
      return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
}
