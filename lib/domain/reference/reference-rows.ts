/**
 * How far a row may be relied on. `stated`: a price list or a measurement says so. `estimate`: its source calls it
 * approximate, or a range. `legacy`: kept because readers of a guide look for it; superseded or wrong, and never chosen.
 */
export const STANDINGS = ['stated', 'estimate', 'legacy'] as const;

/** One of {@link STANDINGS}. */
export type Standing = (typeof STANDINGS)[number];

/** What every row says of itself. */
export interface SourcedRow {
  /** Unique within its kind. */
  readonly id: string;
  /** Where the figure can be read. */
  readonly source: string;
  /** Of the figure, as exact as the source has it: `2025`, `2025-11` or `2025-11-21`; null where it gives none. */
  readonly asOf: string | null;
  /** Day on which the source was looked up, `YYYY-MM-DD`. */
  readonly checkedOn: string;
  readonly standing: Standing;
  /** What a reader must know besides, such as what a legacy row should say. */
  readonly note: string | null;
}

interface Machine {
  /** Canonical name of {@link toGpuName}; null for none, or where the source does not say. */
  readonly gpu: string | null;
  /** 0 = a machine without GPU; null = unknown. */
  readonly gpuCount: number | null;
  /** GB of all its GPUs together; null = unknown. */
  readonly vramGb: number | null;
}

/** A machine by the hour; its prices are model inputs, never ledger money. */
export interface RentedHardware extends SourcedRow, Machine {
  readonly kind: 'rented';
  readonly provider: string;
  readonly instance: string;
  readonly region: string | null;
  readonly vcpu: number | null;
  readonly ramGb: number | null;
  /** On demand, of the whole machine. */
  readonly hourlyUsd: number | null;
  /** With a commitment or paid up front. */
  readonly reservedHourlyUsd: number | null;
  /** May be taken away at short notice. */
  readonly spotHourlyUsd: number | null;
}

/** A machine that is bought. */
export interface OwnedHardware extends SourcedRow, Machine {
  readonly kind: 'owned';
  readonly name: string;
  readonly capexUsd: number | null;
  readonly lifeYears: number | null;
  /** Of the GPUs under load. */
  readonly powerWatts: number | null;
  /** Power drawn by the site for each watt of the machine, at least 1. */
  readonly pueRatio: number | null;
  /** USD per kWh. */
  readonly tariffUsd: number | null;
  readonly maintenanceMonthlyUsd: number | null;
  /** What it is sold for at the end of its life. */
  readonly salvageUsd: number | null;
}

/** A server of which only a range of monthly bills is known. */
export interface FlatHardware extends SourcedRow, Machine {
  readonly kind: 'flat';
  readonly name: string;
  readonly lowMonthlyUsd: number;
  readonly highMonthlyUsd: number;
}

/** A machine that a model can run on. */
export type HardwareRow = RentedHardware | OwnedHardware | FlatHardware;

/** How a throughput was come by; capacity may be sized by {@link SIZING_KINDS} only. */
export const THROUGHPUT_KINDS = [
  'max-load',
  'concurrency-sweep',
  'single-stream',
  'paper-estimate',
  'guide-single-stream-low',
  'guide-single-stream-high',
] as const;

/** One of {@link THROUGHPUT_KINDS}. */
export type ThroughputKind = (typeof THROUGHPUT_KINDS)[number];

/** Kinds of measurement with many requests at once; one stream alone is tens to hundreds of times slower. */
export const SIZING_KINDS: ReadonlySet<ThroughputKind> = new Set(['max-load', 'concurrency-sweep']);

/** Tokens per second of one replica (all its GPUs together) at one mix of lengths. Null = the source does not say. */
export interface ThroughputRow extends SourcedRow {
  readonly model: string;
  /** Billions of parameters. */
  readonly paramsB: number | null;
  /** Of a machine without GPU its own name: what a processor carries differs from machine to machine. */
  readonly gpu: string | null;
  /** 0 = a machine without GPU. */
  readonly gpuCount: number | null;
  readonly precision: string | null;
  readonly engine: string | null;
  /** Requests in flight; null at maximum load, where all are queued. */
  readonly concurrency: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly inputTokensPerS: number | null;
  readonly outputTokensPerS: number;
  readonly kind: ThroughputKind;
}

/** A score on a named scale; scores on different scales say nothing about each other. */
export interface QualityRow extends SourcedRow {
  readonly model: string;
  readonly score: number;
  readonly scale: string;
}

/** A figure of training or hosting that is no price of a machine: a price, a share, a factor, as a range. */
export interface FigureRow extends SourcedRow {
  readonly about: string;
  readonly model: string | null;
  readonly low: number;
  /** Equal to `low` where the source gives one figure. */
  readonly high: number;
  /** What one is, such as `USD per 1M training tokens`. */
  readonly unit: string;
}

/** What decides whether a model with open weights can serve a call on a machine. */
export interface OpenModelRow extends SourcedRow {
  /** Further names, in any spelling of {@link toModelKey}. */
  readonly names: readonly string[];
  readonly kind: 'chat' | 'embedding';
  /** Billions of parameters, all of which must be in memory. */
  readonly paramsB: number;
  /** Billions that work on a token, in a mixture of experts; null = all. */
  readonly activeParamsB: number | null;
  /** Most tokens of input and output together, without stretching; null = differs by release or unknown. */
  readonly contextTokens: number | null;
  /** Bytes of 16-bit cache of keys and values that a token takes; null = unknown. */
  readonly cacheTokenBytes: number | null;
  readonly licence: string;
}

/** All rows of reference, checked by {@link checkReference}. */
export interface Reference {
  /** Hash of the rows. */
  readonly version: string;
  readonly hardware: readonly HardwareRow[];
  readonly throughput: readonly ThroughputRow[];
  readonly quality: readonly QualityRow[];
  readonly training: readonly FigureRow[];
  readonly hosting: readonly FigureRow[];
  readonly models: readonly OpenModelRow[];
}
