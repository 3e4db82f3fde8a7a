import { alertUnpricedModels } from '../../lib/app/alert-unpriced-models.ts';
import { settlePrices } from '../../lib/app/settle-prices.ts';
import type { SweepPorts } from '../../lib/app/sweep.ts';
import type { TellPorts } from '../../lib/app/tell-unpriced.ts';
import { wireAlerting } from './alerting.ts';
import type { Outside } from './outside.ts';
import { type CatalogInForce, wireRepricing } from './repricing.ts';

/** Makes the ports of the function that sweeps; once, at cold start. */
export function wireSweep(outside: Outside, catalog: CatalogInForce): SweepPorts {
  const alerting = wireAlerting(outside);
  const repricing = wireRepricing(outside.table, outside, alerting.reader, catalog);
  const unpricedAlerts = { ...alerting, priceBooks: repricing.catalogs.inForce, told: new Set<string>() };
  const settling: TellPorts = {
    ...repricing,
    alertUnpriced: async (tenant, calls) => {
      await alertUnpricedModels(unpricedAlerts, tenant, calls);
    },
  };
  return { ...alerting, settle: (tenant, deadlineMs) => settlePrices(settling, tenant, deadlineMs) };
}
