import type { HardwareRow, OpenModelRow, ThroughputRow } from '../reference/reference-rows.ts';
import type { ServiceTimeFit } from './service-time.ts';

/** How the service time of a target was come by. */
export interface TargetServiceTime {
  readonly fit: ServiceTimeFit;
  /** `fitted` to four or more mixes of lengths, or scaled from the `nearest` one measured. */
  readonly method: 'fitted' | 'nearest';
  /** Mean relative error of the fit over its rows; null for `nearest`. */
  readonly meanErrorRatio: number | null;
  /** The rows it rests on. */
  readonly rows: readonly ThroughputRow[];
}

/** A model with open weights as somebody measured it: on so many GPUs, at a precision, with an engine. */
export interface HostingTarget {
  /** `Llama-3.3-70B/fp8/2xH100/TensorRT-LLM`. */
  readonly id: string;
  readonly model: OpenModelRow & { readonly contextTokens: number };
  /** As rows have it; null = they do not say, and 16 bits are reckoned with. */
  readonly precision: string | null;
  /** Bits of a weight. */
  readonly bits: number;
  /** The machine's own name where it has no GPU. */
  readonly gpu: string;
  /** 0 = a machine without GPU, all of which one replica takes. */
  readonly gpusPerReplica: number;
  readonly engine: string | null;
  readonly serviceTime: TargetServiceTime;
}

/** How a machine is paid for. */
export type Purchase = 'on_demand' | 'reserved' | 'owned';

/** A target on a machine that holds it, paid for in one way. USD figures are model inputs. */
export interface HostingOffer {
  /** The target's id, the hardware row's and how it is paid for. */
  readonly id: string;
  readonly target: HostingTarget;
  readonly hardware: HardwareRow;
  readonly purchase: Purchase;
  readonly replicasPerMachine: number;
  readonly machine: MachineCost;
  /** Prices for the same GPUs over all offers on the market: cheapest and dearest over this one's. */
  readonly marketRatios: { readonly low: number; readonly high: number };
  /** Names of what the row does not say and the policy stands in for. */
  readonly assumed: readonly string[];
}

/** What one machine costs in USD. */
export interface MachineCost {
  /** A whole month, depreciation included. */
  readonly monthlyUsd: number;
  /** What is paid out of it each month; without depreciation. */
  readonly cashMonthlyUsd: number;
  /** An hour, for what is rented on demand; else null. */
  readonly hourlyUsd: number | null;
  /** A month on spot, where the row has such a price; never part of a bill that is compared. */
  readonly spotMonthlyUsd: number | null;
  /** Bought: its price, how long it lasts and what it then brings; 0 where rented. */
  readonly capexUsd: number;
  readonly lifeMonths: number;
  readonly salvageUsd: number;
}

/** Why something is not on offer. */
export type NotOfferedReason =
  | 'unknown_model'
  | 'unknown_context_window'
  | 'no_throughput'
  | 'no_machine'
  | 'no_price'
  | 'unknown_size'
  | 'memory'
  | 'no_calls';

/** Something that might have been expected among the offers. */
export interface NotOffered {
  /** A model, a target or a machine. */
  readonly kind: 'model' | 'target' | 'hardware';
  readonly id: string;
  readonly reason: NotOfferedReason;
}
