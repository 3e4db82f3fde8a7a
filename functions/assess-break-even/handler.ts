import middy from '@middy/core';
import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableOwnRowStore } from '../../lib/adapters/dynamodb/own-row-store.ts';
import { type AssessReport, assessAllTenants } from '../../lib/app/break-even/assess-break-even.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { createDeadline, wireAlerting } from '../shared/alerting.ts';
import { createOutside } from '../shared/outside.ts';
import { wireWorkloads } from '../shared/workloads.ts';

const outside = createOutside(process.env);
const ports = {
  ...wireAlerting(outside),
  workloads: wireWorkloads(outside.table, bundledCatalog(), outside.now),
  ownRows: new TableOwnRowStore(outside.table),
  overrideChanges: new TableOverrideChanges(outside.table),
  capacities: new TableCapacityStore(outside.table),
};
const deadlineMs = createDeadline(process.env);

/** Runs daily. A run that was cut short is made good by the next: each profile goes on where it stands. */
export const handler = middy<unknown, readonly AssessReport[]>().handler(() => assessAllTenants(ports, deadlineMs()));
