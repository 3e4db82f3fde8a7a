import type { LoadSums, ModelLoad } from './workload.ts';

/** Why a target is not to take a call; the first that applies, in this order. */
export const UNSERVABLE_REASONS = ['covered', 'measurement', 'kind', 'modality', 'context'] as const;

/**
 * One of {@link UNSERVABLE_REASONS}: a capacity with a fixed price covers it, so that nothing would be saved; it was made
 * to measure, which is no work; it asks something that the target does not do; it holds images or sound; its input and
 * output together are more than the target's window.
 */
export type UnservableReason = (typeof UNSERVABLE_REASONS)[number];

/** Sums over calls with what they cost now. */
export interface CallTotals extends LoadSums {
  /** Spent, all corrections made; of calls that lack a price only what is known. */
  readonly costPicoUsd: bigint;
  readonly unpricedCalls: number;
}

/** What calls asked of a target in one recorded hour. */
export interface HourDemand {
  /** Whole minutes since the epoch at which it began; hours are those of the local day. */
  readonly firstMinute: number;
  /** 60, but for what is left of a day whose length is not whole hours. */
  readonly minutes: number;
  readonly calls: number;
  /** Seconds of service demanded per second. */
  readonly meanBusyReplicas: number;
  /** The same of its busiest minute. */
  readonly peakBusyReplicas: number;
}

/** What calls asked of a target in one hour of the week, over all weeks recorded. */
export interface WeekHourDemand {
  /** 0 = Monday, in the tenant's zone. */
  readonly weekday: number;
  /** Of the local clock, 0 to 23. */
  readonly hour: number;
  /** How many such hours were recorded; the others are 0 where it is 0. */
  readonly recordedHours: number;
  readonly meanBusyReplicas: number;
  /** 99th percentile (nearest rank) of the minutes of all these hours, and never less than their mean. */
  readonly peakBusyReplicas: number;
}

/** What recorded or typed calls ask of one target: what it can serve of them, and how many replicas that keeps busy. */
export interface Demand {
  /** Whether the peak was measured by the minute; false = a typed or assumed factor. */
  readonly isPeakMeasured: boolean;
  /** Complete days measured; 0 for a typed profile. */
  readonly days: number;
  /** Length of the window, idle minutes included; a month of 730 hours for a typed profile. All sums are over it. */
  readonly minutes: number;
  /** Calls that the target can serve. */
  readonly servable: CallTotals;
  /** Those by model and provider, the dearest first; their sums are those of `servable`. */
  readonly models: readonly ModelLoad[];
  /** Calls that stay where they are, each under one reason. */
  readonly unservable: Readonly<Record<UnservableReason, CallTotals>>;
  /** Seconds of one replica that the servable calls take in all. */
  readonly serviceSeconds: number;
  /** The same per call: the mean of the times, not the time of mean lengths. 0 without calls. */
  readonly meanServiceS: number;
  /** Replicas busy on average: service seconds per second of the window. */
  readonly meanBusyReplicas: number;
  /**
   * Replicas busy in the 99th percentile (nearest rank) of the window's minutes, by the minute in which calls start;
   * never less than the mean, which has to be served whatever the rank.
   */
  readonly peakBusyReplicas: number;
  /** Peak over mean, 1 or more; 1 without calls. */
  readonly peakFactor: number;
  /** Replicas busy in each minute of the days, in order, idle ones among them; empty for a typed profile. */
  readonly busyByMinute: Float64Array;
  /** Recorded hours in order; empty for a typed profile. */
  readonly hours: readonly HourDemand[];
  /** 168 hours from Monday's first on; empty for a typed profile. Days on which clocks change are left out. */
  readonly weekHours: readonly WeekHourDemand[];
}
