import { TableAnomalyStore } from '../../lib/adapters/dynamodb/anomaly-store.ts';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TableRuleStore } from '../../lib/adapters/dynamodb/rule-store.ts';
import { TableSourceLog } from '../../lib/adapters/dynamodb/source-log.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { TableSpendLog } from '../../lib/adapters/dynamodb/spend-log.ts';
import { alertUnpricedModels } from '../../lib/app/alerts/alert-unpriced-models.ts';
import { watchSurges } from '../../lib/app/anomalies/watch-surges.ts';
import { settlePrices } from '../../lib/app/corrections/settle-prices.ts';
import type { TellPorts } from '../../lib/app/corrections/tell-unpriced.ts';
import { type TendPorts, tendRejects } from '../../lib/app/rejects/tend-rejects.ts';
import { watchRules } from '../../lib/app/rules/watch-rules.ts';
import { watchSources } from '../../lib/app/sources/watch-sources.ts';
import type { SweepPorts } from '../../lib/app/sweep.ts';
import { type QueueCounts, watchQueues } from '../../lib/app/watch-queues.ts';
import { type Alerting, wireAlerting, withForecasts } from './alerting.ts';
import type { Outside } from './outside.ts';
import { type ReturnPaths, withSenderRoles } from './queues.ts';
import { type CatalogInForce, wireRepricing } from './repricing.ts';

/**
 * Makes the ports of the function that sweeps; once, at cold start.
 *
 * @param returnPaths - without them it leaves dead letters where they are
 * @param counts - without them nobody watches the queues, nor the sources that report through them
 */
export function wireSweep(
  outside: Outside,
  catalog: CatalogInForce,
  returnPaths?: ReturnPaths,
  counts?: QueueCounts,
): SweepPorts {
  const alerting = wireAlerting(outside);
  const repricing = wireRepricing(outside.table, outside, alerting.reader, catalog);
  const watches = new TableQueueWatches(outside.table);
  const unpricedAlerts = { ...alerting, priceBooks: repricing.catalogs.inForce, told: new Set<string>() };
  const settling: TellPorts = {
    ...repricing,
    alertUnpriced: async (tenant, calls) => {
      await alertUnpricedModels(unpricedAlerts, tenant, calls);
    },
  };
  return {
    ...withForecasts(alerting, outside, repricing.catalogs.inForce),
    ...(returnPaths ? { tendRejects: wireTending(outside, alerting, returnPaths) } : {}),
    ...(counts ? { watchQueues: () => watchQueues({ counts, watches, now: outside.now }) } : {}),
    ...(counts ? { watchSources: wireSources(outside, alerting, watches) } : {}),
    watchSurges: wireSurges(outside, alerting),
    watchRules: wireRules(outside, alerting),
    settle: (tenant, deadlineMs) => settlePrices(settling, tenant, deadlineMs),
  };
}

function wireTending(
  outside: Outside,
  alerting: Alerting,
  returnPaths: ReturnPaths,
): NonNullable<SweepPorts['tendRejects']> {
  const tending: TendPorts = {
    ...alerting,
    ...returnPaths,
    senders: withSenderRoles(returnPaths.senders, outside.table, outside.now),
    rejects: new RejectStore(outside.table),
    now: outside.now,
  };
  return (tenants, deadlineMs) => tendRejects(tending, tenants, deadlineMs);
}

function wireSurges({ table }: Outside, alerting: Alerting): NonNullable<SweepPorts['watchSurges']> {
  const stores = { spendLog: new TableSpendLog(table), anomalies: new TableAnomalyStore(table) };
  const watching = { ...alerting, ...stores, surges: new Map() };
  return (tenants, deadlineMs) => watchSurges(watching, tenants, deadlineMs);
}

function wireRules({ table }: Outside, alerting: Alerting): NonNullable<SweepPorts['watchRules']> {
  const stores = { rules: new TableRuleStore(table), gpuSamples: new GpuSampleStore(table) };
  const watching = { ...alerting, ...stores, judged: new Map() };
  return (tenants, deadlineMs) => watchRules(watching, tenants, deadlineMs);
}

function wireSources(
  outside: Outside,
  alerting: Alerting,
  watches: TableQueueWatches,
): NonNullable<SweepPorts['watchSources']> {
  const watching = {
    ...alerting,
    sourceLog: new TableSourceLog(outside.table),
    sourceStates: new TableSourceStates(outside.table),
    readClearedMs: async () => (await watches.find())?.clearedMs ?? undefined,
  };
  return (tenants, deadlineMs) => watchSources(watching, tenants, deadlineMs);
}
