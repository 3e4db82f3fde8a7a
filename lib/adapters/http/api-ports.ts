import type { AdminRecords, ApiKeys, Identities } from '../../app/access/access-ports.ts';
import type { AlertStore, MigrationStore } from '../../app/alerts/alert-ports.ts';
import type { TestAlertPorts } from '../../app/alerts/send-test-alert.ts';
import type { AlertSubscriber, SubscriptionStore } from '../../app/alerts/subscription-ports.ts';
import type { AnomalyStore } from '../../app/anomalies/anomaly-ports.ts';
import type { Rebuilder } from '../../app/audits/rebuild-ports.ts';
import type { BudgetStore } from '../../app/budgets/budget-ports.ts';
import type { CheckMemory } from '../../app/budgets/check-budgets.ts';
import type { CapacityStore } from '../../app/capacity/capacity-ports.ts';
import type { CatalogFinder } from '../../app/corrections/explain-entry.ts';
import type { RepricingPorts } from '../../app/corrections/repricing-ports.ts';
import type { PlannedChangeStore } from '../../app/forecasts/planned-change-ports.ts';
import type { ProjectionStore } from '../../app/forecasts/projection-ports.ts';
import type { Clock, Conflicts, Ledger, LedgerReader, PriceBooks, TenantRegister } from '../../app/ports.ts';
import type { OverrideChanges } from '../../app/prices/override-ports.ts';
import type { SenderPolicy } from '../../app/recording/resolve-sender.ts';
import type { OwnRowStore } from '../../app/reference/own-row-ports.ts';
import type { DeadLetterQueues, Rejects } from '../../app/rejects/reject-ports.ts';
import type { GpuSampleReader, RuleStore } from '../../app/rules/rule-ports.ts';
import type { MissingCalls, SourceStates, UnknownFieldCounts } from '../../app/sources/source-ports.ts';
import type { FreshnessReader, WatchedQueues } from '../../app/spend/query-completeness.ts';
import type { Workloads } from '../../app/workloads/workload-ports.ts';

/** Everything the API's routes reach for. */
export interface ApiPorts {
  readonly ledger: Ledger;
  readonly reader: LedgerReader;
  readonly tenants: TenantRegister;
  readonly apiKeys: ApiKeys;
  /** For whom the ledger takes callers that the gateway checked. */
  readonly identities: Identities;
  readonly adminRecords: AdminRecords;
  readonly overrideChanges: OverrideChanges;
  readonly repricing: RepricingPorts;
  readonly capacities: CapacityStore;
  readonly rebuilder: Rebuilder;
  readonly catalogFinder: CatalogFinder;
  readonly priceBooks: PriceBooks;
  readonly plannedChanges: PlannedChangeStore;
  readonly ownRows: OwnRowStore;
  readonly missingCalls: MissingCalls;
  readonly budgets: BudgetStore;
  /** What checks of budgets remember between requests, by tenant. */
  readonly budgetChecks: Map<string, CheckMemory>;
  readonly projections: Pick<ProjectionStore, 'list'>;
  readonly alerts: AlertStore;
  /** The way of alerts to subscribers, for test messages. */
  readonly testAlerts: TestAlertPorts;
  readonly subscriptions: SubscriptionStore;
  readonly subscriber: AlertSubscriber;
  readonly rules: RuleStore;
  readonly gpuSamples: GpuSampleReader;
  readonly profiles: MigrationStore;
  readonly anomalies: AnomalyStore;
  readonly workloads: Workloads;
  readonly rejects: Rejects;
  readonly conflicts: Conflicts;
  readonly unknownFields: UnknownFieldCounts;
  readonly sourceStates: Pick<SourceStates, 'find'>;
  readonly queues: WatchedQueues;
  readonly readFreshness: FreshnessReader;
  /** The way back into the queues, from rejects and from dead letters. */
  readonly deadLetterQueues: DeadLetterQueues;
  /** Who sends for whom, for messages that were not accepted or not recorded. */
  readonly senders: SenderPolicy;
  readonly senderMode: 'trusted' | 'mapped';
  readonly now: Clock;
  /** Told of every failure that is answered with a 5xx; must not throw. */
  readonly reportError: (error: unknown) => void;
}
