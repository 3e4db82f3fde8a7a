import type { InputPart, UsageUnit } from '../../contracts/usage-units.ts';

/** Counts per unit as sent; a unit that is absent is zero. Unknown units (other keys) are kept and never priced. */
export type Usage = Readonly<Partial<Record<UsageUnit, number>> & Record<string, number>>;

/**
 * A usage event of contract v1 that passed validation: one model call as its service reported it. Fields keep the
 * contract's own names, because they are data (dimensions, columns, answers) rather than variables; absent optional
 * fields are absent here too. `timeMs` is `time` in epoch milliseconds; text after the third fraction digit is cut.
 */
export interface UsageEvent {
  readonly id: string;
  readonly timeMs: number;
  readonly model: string;
  readonly usage: Usage;
  readonly app?: string;
  readonly environment?: string;
  readonly team?: string;
  readonly feature?: string;
  readonly user?: string;
  readonly session?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly provider?: string;
  readonly operation?: string;
  readonly service_tier?: string;
  readonly region?: string;
  readonly billing_account?: string;
  readonly input_parts?: Readonly<Partial<Record<InputPart, number>>>;
  readonly route?: {
    readonly complexity?: string;
    readonly confidence?: number;
    readonly fallback_of?: string;
    readonly attempt?: number;
  };
  readonly latency_ms?: number;
  readonly ttft_ms?: number;
  /** Absent means `ok`. */
  readonly status?: 'ok' | 'error' | 'aborted';
  readonly error?: string;
  readonly response_cache_hit?: boolean;
  readonly quality?: number;
  readonly quota_used_ratio?: number;
  /** Decimal text of the provider's own charge in USD. */
  readonly reported_cost_usd?: string;
  readonly deployment?: string;
  readonly emitter?: { readonly id?: string; readonly seq?: number; readonly version?: string };
}
