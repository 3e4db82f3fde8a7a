import type { Leaf } from '../../contracts/dimensions.ts';
import type { InputPart } from '../../contracts/usage-units.ts';
import type { CapacityVersion } from '../capacity/capacity.ts';
import type { UsageEvent } from '../events/usage-event.ts';

/**
 * What can be changed, in the order in which changes take effect on a call: who answers it, at whose price, how long its
 * prompt is, and how much of that a prompt cache serves.
 */
export const CHANGE_KINDS = [
  'response_cache',
  'self_host',
  'model',
  'tier',
  'trim',
  'lazy_tools',
  'compress',
  'prompt_cache',
] as const;

/** One of {@link CHANGE_KINDS}. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** All of something, in the millionths that shares are given in. */
export const ALL_MILLIONTHS = 1_000_000n;

/** Which calls a change is about. */
export interface ChangeScope {
  /** Place in the list as it was given, from 0. */
  readonly index: number;
  /** The change as canonical text: what decides between changes of one kind, so that their order in a list does not. */
  readonly text: string;
  /** Accepted values by place in a leaf; every place must match one of its values (null = not sent). */
  readonly filters: ReadonlyMap<number, ReadonlySet<string | null>>;
  /** Calls before it (epoch milliseconds) are left as they are; null = no bound. */
  readonly fromMs: number | null;
}

/** Which share of the calls in scope a change takes. */
export interface ChangeShare {
  /** Of the calls that did not tell their complexity where one is asked for, else of all; 0 to 1,000,000. */
  readonly shareMillionths: bigint;
  /** Takes what the other changes of its kind did not take, whatever the share. */
  readonly takesRest: boolean;
  /** Calls that told this complexity are taken whole, those that told another are not; null = it does not matter. */
  readonly complexity: string | null;
}

/** Calls answered from a cache of responses: they cost nothing any more. */
export type ResponseCacheChange = ChangeScope & ChangeShare & { readonly kind: 'response_cache' };

/** What own machines cost: so much a month, or a registered capacity, which costs nothing more where it is paid already. */
export type HostingCost =
  | { readonly monthlyPicoUsd: bigint }
  | { readonly capacity: string; readonly versions: readonly CapacityVersion[] };

/** Calls served by own machines: they leave the bill, and the machines' fixed cost comes onto it. */
export type SelfHostChange = ChangeScope &
  ChangeShare & {
    readonly kind: 'self_host';
    readonly cost: HostingCost;
    /** Most tokens of input and output together that the target takes; null = not known, so that every call fits. */
    readonly contextTokens: number | null;
    /** What the target does; null = not known. */
    readonly targetKind: 'chat' | 'embedding' | null;
  };

/** Calls answered by another model, or by the same one of another provider. At least one of the two is given. */
export type ModelChange = ChangeScope &
  ChangeShare & {
    readonly kind: 'model';
    readonly model: string | null;
    readonly provider: string | null;
    readonly region: string | null;
  };

/** Calls made in another service tier, such as `batch`. */
export type TierChange = ChangeScope & ChangeShare & { readonly kind: 'tier'; readonly serviceTier: string };

/** A share of one part of every prompt is left out. */
export type TrimChange = ChangeScope & {
  readonly kind: 'trim';
  readonly part: InputPart;
  readonly reductionMillionths: bigint;
};

/** Tool definitions are sent only with the calls that need them; `shareMillionths` is of those that do not. */
export type LazyToolsChange = ChangeScope & ChangeShare & { readonly kind: 'lazy_tools' };

/** A share of some parts of every prompt is replaced by a summary, so many times shorter. */
export type CompressChange = ChangeScope & {
  readonly kind: 'compress';
  readonly parts: readonly InputPart[];
  readonly compressedMillionths: bigint;
  /** Times shorter, in millionths; at least 1,000,000. */
  readonly ratioMillionths: bigint;
};

/** At least a share of every prompt is served from the provider's prompt cache. */
export type PromptCacheChange = ChangeScope & {
  readonly kind: 'prompt_cache';
  readonly shareMillionths: bigint;
  /** How often a token written to the cache is read from it, in millionths; above 0. */
  readonly readsPerWriteMillionths: bigint;
  readonly writeUnit: 'cache_write_5m_tokens' | 'cache_write_1h_tokens';
  /** Shorter prompts are not cached. */
  readonly minInputTokens: bigint;
};

/** One change of how calls are made. */
export type Change =
  | ResponseCacheChange
  | SelfHostChange
  | ModelChange
  | TierChange
  | TrimChange
  | LazyToolsChange
  | CompressChange
  | PromptCacheChange;

/** The order in which changes take effect, whatever the order in which they were given. */
export function orderChanges(changes: readonly Change[]): readonly Change[] {
  return changes.toSorted((a, b) => {
    const stages = CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind);
    if (stages !== 0) return stages;
    // What is left is known when every other change of the kind has had its share.
    if (takesRest(a) !== takesRest(b)) return takesRest(a) ? 1 : -1;
    if (a.text === b.text) return 0;
    return a.text < b.text ? -1 : 1;
  });
}

/** Whether a change takes what the others of its kind did not take. */
export function takesRest(change: Change): boolean {
  return 'takesRest' in change && change.takesRest;
}

/** Whether a call is one that a change is about; its complexity aside. */
export function isInScope({ filters, fromMs }: ChangeScope, event: UsageEvent, leaf: Leaf): boolean {
  if (fromMs !== null && event.timeMs < fromMs) return false;
  for (const [position, values] of filters) if (!values.has(leaf[position] ?? null)) return false;
  return true;
}

/** The share of a call that a change takes; undefined where that hangs on a complexity that neither call nor change tells. */
export function shareOf(change: Change, event: Pick<UsageEvent, 'route'>): bigint | undefined {
  if (!('complexity' in change)) return ALL_MILLIONTHS;
  if (change.complexity === null) return change.shareMillionths;
  const told = event.route?.complexity;
  if (told === undefined) return change.shareMillionths === 0n ? undefined : change.shareMillionths;
  return told === change.complexity ? ALL_MILLIONTHS : 0n;
}
