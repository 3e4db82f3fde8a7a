import middy from '@middy/core';
import { alertUnpricedModels } from '../../lib/app/alert-unpriced-models.ts';
import { type SettlePorts, settlePrices } from '../../lib/app/settle-prices.ts';
import { type SweepPorts, type SweepReport, sweep } from '../../lib/app/sweep.ts';
import { createAlerting, createDeadline } from '../shared/alerting.ts';
import { createTable } from '../shared/create-table.ts';
import { createRepricing } from '../shared/repricing.ts';

const ports = createPorts(process.env);
const drawDeadlineMs = createDeadline(process.env);

/** Runs every minute. Its failures are for an alarm: the next run does what this one could not. */
export const handler = middy<unknown, SweepReport>().handler(() => sweep(ports, drawDeadlineMs()));

function createPorts(env: NodeJS.ProcessEnv): SweepPorts {
  const table = createTable(env);
  const alerting = createAlerting(env, table);
  const repricing = createRepricing(table, alerting.reader);
  const unpricedAlerts = { ...alerting, priceBooks: repricing.catalogs.inForce, told: new Set<string>() };
  const settling: SettlePorts = {
    ...repricing,
    alertUnpriced: async (tenant, calls) => {
      await alertUnpricedModels(unpricedAlerts, tenant, calls);
    },
    passes: new Map(),
  };
  return { ...alerting, settle: (tenant, deadlineMs) => settlePrices(settling, tenant, deadlineMs) };
}
