import { INPUT_PARTS, type InputPart } from '../../contracts/usage-units.ts';
import type { CapacityVersion } from '../../domain/capacity/capacity.ts';
import { type Decimal, parseDecimal, powerOfTen } from '../../domain/decimal.ts';
import { parseUsd } from '../../domain/money.ts';
import { findOpenModel } from '../../domain/reference/find-reference.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import {
  ALL_MILLIONTHS,
  type Change,
  type ChangeScope,
  type ChangeShare,
  type HostingCost,
  orderChanges,
} from '../../domain/what-if/change.ts';
import { findOvertaken, leavesTooLittle } from '../../domain/what-if/check-shares.ts';
import type { PartShares } from '../../domain/what-if/prompt.ts';
import { readMoment } from '../corrections/request-reprice.ts';
import type { TenantConfig } from '../ports.ts';
import type { RequestIssue } from '../request-errors.ts';
import { readFilters } from '../spend/query-spend-plan.ts';
import { findZone } from '../zones.ts';

/** Most changes of one question, included. */
export const MAX_CHANGES = 10;

/** In the place of a share: whatever the other changes of the kind did not take. */
const REST = 'rest';

/** Most digits behind the point of a share. */
const SHARE_SCALE = 6;

/** Largest monthly cost that is taken for one, USD. */
const MAX_MONTHLY_PICO_USD = 10n ** 24n;

interface ScopeInput {
  readonly filter?: readonly string[] | undefined;
  readonly from?: string | undefined;
}

interface ShareInput extends ScopeInput {
  readonly share?: string | undefined;
  readonly complexity?: string | undefined;
}

/** A change as it was asked for: fields are of the right types, and their values not yet checked. */
export type ChangeInput =
  | (ShareInput & { readonly kind: 'response_cache'; readonly share: string })
  | (ShareInput & {
      readonly kind: 'self_host';
      /** One of the two is given: a cost, or the name of a registered capacity. */
      readonly monthly_cost_usd?: string | undefined;
      readonly capacity?: string | undefined;
      readonly model?: string | undefined;
      readonly context_tokens?: number | undefined;
    })
  | (ShareInput & {
      readonly kind: 'model';
      readonly model?: string | undefined;
      readonly provider?: string | undefined;
      readonly region?: string | undefined;
    })
  | (ShareInput & { readonly kind: 'tier'; readonly service_tier: string })
  | (ScopeInput & { readonly kind: 'trim'; readonly part?: InputPart | undefined; readonly reduction: string })
  | (ScopeInput & { readonly kind: 'lazy_tools'; readonly needed_share: string })
  | (ScopeInput & {
      readonly kind: 'compress';
      readonly compressed_share: string;
      readonly ratio: string;
      readonly parts?: readonly InputPart[] | undefined;
    })
  | (ScopeInput & {
      readonly kind: 'prompt_cache';
      readonly share: string;
      readonly reads_per_write?: string | undefined;
      readonly time_to_live?: '5m' | '1h' | undefined;
      readonly min_input_tokens?: number | undefined;
    });

/** What changes may name. */
export interface KnownTargets extends Pick<Reference, 'models'> {
  /** Versions of the tenant's capacities by name, each in the order stored. */
  readonly capacities: ReadonlyMap<string, readonly CapacityVersion[]>;
}

/** Parts of prompts that are summaries' business unless a change says otherwise. */
const COMPRESSED_PARTS: readonly InputPart[] = ['history', 'retrieved'];

/** How often a written token is read unless a change says otherwise. */
const READS_PER_WRITE = '10';

/** The shortest prompt that the largest providers cache. */
const MIN_CACHED_TOKENS = 1_024;

/**
 * Checks changes and brings them into the order in which they take effect.
 *
 * @param issues - takes in every fault, by field: `changes[1].share`
 */
export function readChanges(
  tenant: TenantConfig,
  inputs: readonly ChangeInput[],
  known: KnownTargets,
  issues: RequestIssue[],
): readonly Change[] {
  if (inputs.length > MAX_CHANGES) issues.push({ field: 'changes', expected: `at most ${MAX_CHANGES} changes` });
  const before = issues.length;
  const changes = inputs.slice(0, MAX_CHANGES).map((input, index) => {
    const reader = new ChangeReader(tenant, input, index, issues);
    return reader.read(input, known);
  });
  if (issues.length === before) {
    for (const index of findOvertaken(changes)) {
      const expected =
        'shares of one kind that together are at most 1 of any call; let their filters exclude one another, or one have the share "rest"';
      issues.push({ field: `changes[${index}]`, expected });
    }
  }
  return orderChanges(changes);
}

/** Shares of prompts by part, for calls that did not tell them. @param issues - takes in every fault */
export function readAssumedParts(
  input: Readonly<Partial<Record<InputPart, string>>> | undefined,
  issues: RequestIssue[],
): PartShares {
  const shares = new Map<InputPart, bigint>();
  for (const part of INPUT_PARTS) {
    const text = input?.[part];
    if (text !== undefined) shares.set(part, readShare(text, `assumed_parts.${part}`, issues));
  }
  const all = [...shares.values()].reduce((sum, share) => sum + share, 0n);
  if (all > ALL_MILLIONTHS) issues.push({ field: 'assumed_parts', expected: 'shares that together are at most 1' });
  return shares;
}

class ChangeReader {
  readonly #scope: ChangeScope;
  readonly #way: string;
  readonly #issues: RequestIssue[];

  constructor(tenant: TenantConfig, input: ChangeInput, index: number, issues: RequestIssue[]) {
    this.#issues = issues;
    this.#way = `changes[${index}]`;
    const found: RequestIssue[] = [];
    const filters = readFilters(tenant, input.filter ?? [], found);
    const fromMs = input.from === undefined ? null : readMoment(findZone(tenant.timeZone), 'from', input.from, found);
    issues.push(...found.map(({ field, expected }) => ({ field: `${this.#way}.${field}`, expected })));
    this.#scope = { index, text: toCanonicalText(input), filters, fromMs };
  }

  read(input: ChangeInput, known: KnownTargets): Change {
    const scope = this.#scope;
    switch (input.kind) {
      case 'response_cache':
        return { ...scope, ...this.#share(input), kind: 'response_cache' };
      case 'self_host':
        return this.#readSelfHost(input, known);
      case 'model':
        return this.#readModel(input);
      case 'tier':
        return { ...scope, ...this.#share(input), kind: 'tier', serviceTier: input.service_tier };
      case 'trim': {
        const reductionMillionths = readShare(input.reduction, `${this.#way}.reduction`, this.#issues);
        return { ...scope, kind: 'trim', part: input.part ?? 'system', reductionMillionths };
      }
      case 'lazy_tools': {
        const needed = readShare(input.needed_share, `${this.#way}.needed_share`, this.#issues);
        return {
          ...{ ...scope, kind: 'lazy_tools', complexity: null, takesRest: false },
          shareMillionths: ALL_MILLIONTHS - needed,
        };
      }
      case 'compress':
        return this.#readCompress(input);
      case 'prompt_cache':
        return this.#readPromptCache(input);
    }
  }

  #share({ share, complexity }: ShareInput): ChangeShare {
    if (share === REST && complexity === undefined) {
      return { shareMillionths: ALL_MILLIONTHS, takesRest: true, complexity: null };
    }
    // Where a complexity is asked for, nothing is taken of calls that told none unless a share of them is stated.
    const text = share ?? (complexity === undefined ? '1' : '0');
    const shareMillionths = readShare(text, `${this.#way}.share`, this.#issues);
    return { shareMillionths, takesRest: false, complexity: complexity ?? null };
  }

  #readSelfHost(input: Extract<ChangeInput, { kind: 'self_host' }>, known: KnownTargets): Change {
    const open = input.model === undefined ? undefined : findOpenModel(known, input.model);
    if (input.model !== undefined && open === undefined) {
      this.#complain('model', 'a model with open weights that the reference knows; leave it out for any other');
    }
    return {
      ...this.#scope,
      ...this.#share(input),
      kind: 'self_host',
      cost: this.#readCost(input, known),
      contextTokens: input.context_tokens ?? open?.contextTokens ?? null,
      targetKind: open?.kind ?? null,
    };
  }

  #readCost(
    { monthly_cost_usd: monthly, capacity }: Extract<ChangeInput, { kind: 'self_host' }>,
    known: KnownTargets,
  ): HostingCost {
    if ((monthly === undefined) === (capacity === undefined)) {
      this.#complain('monthly_cost_usd', 'either a monthly cost or the name of a capacity');
    }
    if (capacity !== undefined) {
      const versions = known.capacities.get(capacity);
      if (versions === undefined) this.#complain('capacity', 'the name of a registered capacity');
      return { capacity, versions: versions ?? [] };
    }
    const monthlyPicoUsd = parseUsd(monthly ?? '0') ?? -1n;
    if (monthlyPicoUsd < 0n || monthlyPicoUsd > MAX_MONTHLY_PICO_USD) {
      this.#complain('monthly_cost_usd', 'decimal text in USD from 0 up to 1000000000000');
    }
    return { monthlyPicoUsd };
  }

  #readModel(input: Extract<ChangeInput, { kind: 'model' }>): Change {
    const { model = null, provider = null, region = null } = input;
    if (model === null && provider === null) this.#complain('model', 'a model, a provider, or both');
    return { ...this.#scope, ...this.#share(input), kind: 'model', model, provider, region };
  }

  #readCompress(input: Extract<ChangeInput, { kind: 'compress' }>): Change {
    const ratio = toMillionths(input.ratio);
    if (ratio === undefined || ratio < ALL_MILLIONTHS || ratio > ALL_MILLIONTHS ** 2n) {
      this.#complain('ratio', 'how many times shorter, decimal text from "1" to "1000000"');
    }
    return {
      ...this.#scope,
      kind: 'compress',
      parts: [...new Set(input.parts ?? COMPRESSED_PARTS)],
      compressedMillionths: readShare(input.compressed_share, `${this.#way}.compressed_share`, this.#issues),
      ratioMillionths: ratio ?? ALL_MILLIONTHS,
    };
  }

  #readPromptCache(input: Extract<ChangeInput, { kind: 'prompt_cache' }>): Change {
    const reads = toMillionths(input.reads_per_write ?? READS_PER_WRITE);
    const shareMillionths = readShare(input.share, `${this.#way}.share`, this.#issues);
    if (reads === undefined || reads <= 0n || reads > ALL_MILLIONTHS ** 2n) {
      this.#complain('reads_per_write', 'decimal text above 0, up to "1000000"');
    } else if (input.reads_per_write !== undefined && leavesTooLittle(shareMillionths, reads)) {
      const expected = 'what leaves room for the writes of that share, together at most 1; left out, the share decides';
      this.#complain('reads_per_write', expected);
    }
    return {
      ...this.#scope,
      kind: 'prompt_cache',
      shareMillionths,
      readsPerWriteMillionths: reads ?? ALL_MILLIONTHS,
      writeUnit: input.time_to_live === '1h' ? 'cache_write_1h_tokens' : 'cache_write_5m_tokens',
      minInputTokens: BigInt(input.min_input_tokens ?? MIN_CACHED_TOKENS),
    };
  }

  #complain(field: string, expected: string): void {
    this.#issues.push({ field: `${this.#way}.${field}`, expected });
  }
}

function readShare(text: string, field: string, issues: RequestIssue[]): bigint {
  const share = toMillionths(text);
  if (share !== undefined && share <= ALL_MILLIONTHS) return share;
  issues.push({ field, expected: `a share from "0" to "1" with at most ${SHARE_SCALE} digits behind the point` });
  return 0n;
}

function toMillionths(text: string): bigint | undefined {
  const value: Decimal | undefined = text.length > 20 ? undefined : parseDecimal(text);
  if (value === undefined || value.scale > SHARE_SCALE) return undefined;
  return value.digits * powerOfTen(SHARE_SCALE - value.scale);
}

/** Equal changes have equal texts, whatever the order of their fields, filters and parts. */
function toCanonicalText(input: ChangeInput): string {
  const fields = Object.entries(input).filter(([, value]) => value !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted.map(([name, value]) => [name, Array.isArray(value) ? value.toSorted() : value]));
}
