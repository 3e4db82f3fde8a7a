import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import type { CacheLimits } from '../../lib/adapters/dynamodb/ledger/lane.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { UnknownFieldStore } from '../../lib/adapters/dynamodb/unknown-field-store.ts';
import { alertUnpricedModels } from '../../lib/app/alerts/alert-unpriced-models.ts';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { CurrentPriceBooks } from '../../lib/app/prices/price-books.ts';
import type { RecordUsagePorts } from '../../lib/app/recording/record-usage.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';
import { wireAlerting, withForecasts } from './alerting.ts';
import type { Outside } from './outside.ts';
import { withSenderRoles } from './queues.ts';

/** Time kept free at the end of an invocation, for budgets and the answer. */
export const RECORD_RESERVE_MS = 5_000;

/** What recording is told beside the services it uses. */
export interface RecordingSettings extends Pick<RecordUsagePorts, 'senders' | 'warn'> {
  readonly catalog: Catalog;
  /**
   * How much a warm function remembers.
   * @default what fits into its memory
   */
  readonly limits?: CacheLimits;
}

/** Makes the ports of a function that records usage; once, at cold start. */
export function wireRecording(outside: Outside, settings: RecordingSettings): RecordUsagePorts {
  const { catalog, senders, warn, limits } = settings;
  const { table, now } = outside;
  const alerting = wireAlerting(outside);
  const priceBooks = new CurrentPriceBooks(new TableOverrideChanges(table), catalog);
  const evaluating = withForecasts(alerting, outside, priceBooks);
  const unpricedAlerts = { ...alerting, priceBooks, told: new Set<string>() };
  return {
    ledger: new DynamoLedger(table, outside, limits),
    tenants: alerting.tenants,
    rejects: new RejectStore(table),
    unknownFields: new UnknownFieldStore(table),
    gpuSamples: new GpuSampleStore(table),
    spareNumbers: new TableSourceStates(table),
    priceBooks,
    senders: withSenderRoles(senders, table, now),
    now,
    evaluate: async (tenant) => {
      await evaluateBudgets(evaluating, tenant);
    },
    alertUnpriced: async (tenant, calls) => {
      await alertUnpricedModels(unpricedAlerts, tenant, calls);
    },
    warn,
  };
}
