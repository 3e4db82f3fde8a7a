/**
 * Keys of the one table. `lane` is in every key of the ledger so that a tenant can be split over several commit logs
 * later; it is fixed at {@link LANE} for now.
 */
export const LANE = 1;

/** Commits per partition of the commit log. */
export const COMMITS_PER_BLOCK = 10_000;

/** Text that sorts as the number does, up to 10^14. */
export const padNumber = (value: number): string => String(value).padStart(14, '0');

const ledger = (kind: string, tenant: string): string => `${kind}#${tenant}#${LANE}`;

export const keys = {
  commitBlock: (tenant: string, number: number) =>
    `${ledger('C', tenant)}#${Math.floor(number / COMMITS_PER_BLOCK)}` as const,
  commit: (tenant: string, number: number) => ({ pk: keys.commitBlock(tenant, number), sk: padNumber(number) }),
  segment: (tenant: string, segmentId: string) => ({ pk: `${ledger('S', tenant)}#${segmentId}`, sk: '-' }),
  corrections: (tenant: string, segmentId: string) => `${ledger('X', tenant)}#${segmentId}`,
  dayIndex: (tenant: string, day: string) => `${ledger('D', tenant)}#${day}`,
  idPages: (tenant: string, slot: number) => `${ledger('P', tenant)}#${slot}`,
  claim: (tenant: string, idHash: string) => ({ pk: `${ledger('I', tenant)}#${idHash}`, sk: '-' }),
  leaves: (tenant: string, month: string) => `${ledger('L', tenant)}#${month}`,
  monthRows: (tenant: string, month: string) => `${ledger('RM', tenant)}#${month}`,
  dayRows: (tenant: string, month: string) => `${ledger('RD', tenant)}#${month}`,
  hourRows: (tenant: string, day: string) => `${ledger('RH', tenant)}#${day}`,
  tenants: 'TENANT',
  apiKeys: 'KEY',
  /** One item per role that reports for a tenant by the tenant's own settings. */
  senderRole: (roleId: string) => ({ pk: 'SENDER', sk: roleId }),
  rejects: (tenant: string) => `REJECT#${tenant}`,
  /** One item per reject under the same sort key; it expires. */
  rejectParcels: (tenant: string) => `PARCEL#${tenant}`,
  rejectParcelKey: (tenant: string) => ({ pk: `PARCELKEY#${tenant}`, sk: '-' }),
  rejectHistogram: (tenant: string) => ({ pk: `REJECTCOUNT#${tenant}`, sk: '-' }),
  /** One item per ten minutes, under their start; it expires. */
  rejectRates: (tenant: string) => `REJECTRATE#${tenant}`,
  conflicts: (tenant: string) => `CONFLICT#${tenant}`,
  counts: (tenant: string) => ({ pk: `COUNT#${tenant}`, sk: '-' }),
  /** One item per local month, with the counts of its days. */
  dayCounts: (tenant: string) => `COUNTDAY#${tenant}`,
  queueWatch: { pk: 'QUEUEWATCH', sk: '-' },
  unknownFields: (tenant: string) => ({ pk: `UNKNOWN#${tenant}`, sk: '-' }),
  gpuSamples: (tenant: string, deployment: string) => `GPU#${tenant}#${deployment}`,
  /** One item per UTC day and deployment that sent a sample of it. */
  gpuDeployments: (tenant: string) => `GPUS#${tenant}`,
  /** What a tenant wants to hear of, and what it was told of. */
  rules: (tenant: string) => `RULES#${tenant}`,
  correctionFence: (tenant: string) => ({ pk: `${ledger('F', tenant)}`, sk: '-' }),
  orders: (tenant: string) => `ORDER#${tenant}`,
  openOrders: (tenant: string) => `OPEN#${tenant}`,
  orderCommits: (tenant: string, order: number) => `${ledger('O', tenant)}#${padNumber(order)}`,
  pricing: (tenant: string) => ({ pk: `PRICING#${tenant}`, sk: '-' }),
  catalogs: 'CATALOG',
  catalog: (version: string) => ({ pk: `CATALOG#${version}`, sk: '-' }),
  overrides: (tenant: string) => `OVERRIDE#${tenant}`,
  budgets: (tenant: string) => `BUDGET#${tenant}`,
  /** The last projection of the month and of each budget's running period. */
  projections: (tenant: string) => `PROJECTION#${tenant}`,
  budgetTotals: (tenant: string) => `TOTAL#${tenant}`,
  plannedChanges: (tenant: string) => ({ pk: `PLANNED#${tenant}`, sk: '-' }),
  ownRows: (tenant: string) => ({ pk: `OWNROWS#${tenant}`, sk: '-' }),
  alerts: (tenant: string) => `ALERT#${tenant}`,
  alertOutbox: 'OUTBOX',
  snoozes: (tenant: string) => `SNOOZE#${tenant}`,
  subscriptions: (tenant: string) => `SUBSCRIPTION#${tenant}`,
  migration: (tenant: string) => `MIGRATE#${tenant}`,
  /** What days asked of models, by a digest of the scope; it can be measured again and expires. */
  workload: (tenant: string, scopeKey: string) => `WORKLOAD#${tenant}#${scopeKey}`,
  /** How the days of capacities with a fixed price were split. */
  capacities: (tenant: string) => `CAPACITY#${tenant}`,
  anomalies: (tenant: string) => `ANOMALY#${tenant}`,
  sources: (tenant: string) => `SOURCES#${tenant}`,
  /** One item per chunk of emitters. */
  emitters: (tenant: string) => `EMITTERS#${tenant}`,
  auditRecords: (tenant: string) => `ADMIN#${tenant}`,
} as const;
