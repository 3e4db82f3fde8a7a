/** What happened in one history or in many, in numbers. */
export interface Tally {
  histories: number;
  /** Calls sent for the first time. */
  calls: number;
  /** Calls in all messages that the queues accepted. */
  sentEvents: number;
  deliveries: number;
  /** Deliveries of messages that were handed out before. */
  repeatedDeliveries: number;
  deadLettered: number;
  crashes: number;
  corrections: number;
  alertsClaimed: number;
  alertsDelivered: number;
  rejects: number;
  conflicts: number;
  tableCalls: number;
  /** How often each fault happened to each call. */
  faults: Record<string, number>;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    histories: 0,
    calls: 0,
    sentEvents: 0,
    deliveries: 0,
    repeatedDeliveries: 0,
    deadLettered: 0,
    crashes: 0,
    corrections: 0,
    alertsClaimed: 0,
    alertsDelivered: 0,
    rejects: 0,
    conflicts: 0,
    tableCalls: 0,
    faults: {},
  };
}

/** Adds one tally to another. */
export function addTally(sum: Tally, more: Tally): void {
  for (const [name, count] of Object.entries(more.faults)) sum.faults[name] = (sum.faults[name] ?? 0) + count;
  for (const name of Object.keys(sum)) {
    if (isCount(name)) sum[name] += more[name];
  }
}

/** All faults together. */
export function countFaults({ faults }: Tally): number {
  return Object.values(faults).reduce((sum, count) => sum + count, 0);
}

type Count = Exclude<keyof Tally, 'faults'>;

function isCount(name: string): name is Count {
  return name !== 'faults';
}
