/** What a call asks of a model. A target of one kind never serves another. */
export const CALL_KINDS = ['chat', 'embedding', 'image', 'audio', 'rerank', 'other'] as const;

/** One of {@link CALL_KINDS}. */
export type CallKind = (typeof CALL_KINDS)[number];

/** Kinds of recorded calls: a call of `tokenledger measure` is a measurement whatever it asked, and no target is for it. */
export const RECORDED_KINDS = [...CALL_KINDS, 'measurement'] as const;

/** One of {@link RECORDED_KINDS}. */
export type RecordedKind = (typeof RECORDED_KINDS)[number];

/**
 * Sums over calls that the service time of any fit follows from: `a*in + b*out + c*(inOut + outOut/2)`, also with all
 * outputs longer or shorter by a factor. Whole numbers, exact up to 2^53 and rounded beyond.
 */
export interface LoadSums {
  readonly calls: number;
  /** Whole prompts, cached part included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Sum of input times output tokens of each call. */
  readonly inputOutputTokens: number;
  /** Sum of squared output tokens of each call. */
  readonly outputSquaredTokens: number;
}

/** What calls of one model cost, beside their load. */
export interface ModelLoad extends LoadSums {
  /** The model that answered; null = not sent. */
  readonly model: string | null;
  readonly provider: string | null;
  /** Spent, all corrections made. */
  readonly costPicoUsd: bigint;
  /** Calls that lack a full price; they are load, but their cost is not known. */
  readonly unpricedCalls: number;
}

/** The load of calls that started in one minute. */
export interface MinuteLoad extends LoadSums {
  /** Whole minutes since the epoch. */
  readonly minute: number;
}

/** Calls of one sort and size, so that those that a target cannot take are told apart exactly. */
export interface WorkloadClass {
  readonly kind: RecordedKind;
  /** Whether a prompt or an answer held something other than text, such as images or sound. */
  readonly isMultimodal: boolean;
  /** Whether a capacity with a fixed price covers them: they cost nothing of their own. */
  readonly isCovered: boolean;
  /** Input and output together were more than the next smaller bound and at most this; infinite for the last class. */
  readonly upToTokens: number;
  /** Minutes with a call, ascending. */
  readonly minutes: readonly MinuteLoad[];
  /** By model and provider. */
  readonly models: readonly ModelLoad[];
}

/** What one complete local day recorded of a scope. Plain data: kept once measured, and joined to windows. */
export interface WorkloadDay {
  /** `2026-01-29`. */
  readonly day: string;
  /** The first minute of the local day since the epoch, and how many it has (1,440 but for changes of the clock). */
  readonly firstMinute: number;
  readonly minutes: number;
  /** Sizes at which classes are cut, ascending: every window of a known model. */
  readonly boundsTokens: readonly number[];
  readonly classes: readonly WorkloadClass[];
}

/** The recorded calls of a scope over complete days, ascending; days that were not recorded are left out. */
export interface Workload {
  readonly days: readonly WorkloadDay[];
}
