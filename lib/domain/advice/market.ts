import { DEFAULT_BREAK_EVEN_POLICY } from '../break-even/break-even-policy.ts';
import type { HostingOffer } from '../break-even/hosting-offer.ts';
import { listOffers } from '../break-even/list-offers.ts';
import { listTargets } from '../break-even/list-targets.ts';
import type { PriceBook } from '../prices/price-book.ts';
import type { PriceLevel } from '../prices/price-book-levels.ts';
import type { ModelKind } from '../prices/price-catalog.ts';
import { resolveModel } from '../prices/price-catalog-resolve.ts';
import { findOpenModel, findQuality } from '../reference/find-reference.ts';
import { toModelKey } from '../reference/reference-names.ts';
import type { FlatHardware, Reference } from '../reference/reference-rows.ts';
import { ADVICE_SCALE, PER_CALL_MODELS } from './per-call-models.ts';

/** USD per 1M tokens; cached = read from a prompt cache. Model figures, not ledger money. */
export interface TokenPrices {
  readonly inputUsd: number;
  readonly cachedUsd: number;
  readonly outputUsd: number;
}

/** A model that is paid by the call. */
export interface PerCallOffer {
  /** `groq openai/gpt-oss-120b`. */
  readonly id: string;
  readonly model: string;
  readonly isOpenWeights: boolean;
  /** Part of the best score on the scale; null = it has none. */
  readonly qualityRatio: number | null;
  /** Most tokens of a call; null = unknown. */
  readonly contextTokens: number | null;
  /** Prices of calls with so many tokens of input. */
  readonly pricesAt: (inputTokens: number) => TokenPrices;
  /** Where the prices were read, and the day of that. */
  readonly source: string;
  readonly checkedOn: string;
  /** Asked for by name: whoever asks vouches for its quality. */
  readonly isNamed: boolean;
}

/** A model on own machines. */
export interface OwnOffer {
  readonly hosting: HostingOffer;
  readonly qualityRatio: number;
}

/** What can be had at one time. */
export interface Market {
  readonly atMs: number;
  readonly scale: string;
  readonly perCall: readonly PerCallOffer[];
  /** What the named model does, where that is something other than chat; it is left out then. */
  readonly namedKind: ModelKind | null;
  readonly own: readonly OwnOffer[];
  /** The server that a device or a CPU stands for; null = no row. */
  readonly device: FlatHardware | null;
  readonly referenceVersion: string;
  readonly catalogVersion: string;
}

/** What a market is made of. */
export interface MarketParts {
  readonly reference: Reference;
  readonly book: PriceBook;
  readonly atMs: number;
  /** Model asked for beside those with a score; null = none. */
  readonly namedModel: string | null;
  /** Who serves it; null = told from the name. */
  readonly namedProvider: string | null;
}

/** Puts together what can be had. A named model without a known price, or that does not chat, is left out. */
export function buildMarket(parts: MarketParts): Market {
  const { reference, book, atMs, namedModel, namedProvider } = parts;
  const qualityOf = createQualityLookup(reference);
  const listed = PER_CALL_MODELS.flatMap(({ model, provider, name }) =>
    findOffer(parts, { model, provider, name, isNamed: false }, qualityOf(model)),
  );
  const named =
    namedModel === null
      ? []
      : findOffer(
          parts,
          { model: namedModel, provider: namedProvider, name: namedModel, isNamed: true },
          qualityOf(namedModel),
        );
  return {
    atMs,
    scale: ADVICE_SCALE,
    perCall: [...named, ...listed],
    namedKind: namedModel === null ? null : findOtherKind(parts, namedProvider, namedModel),
    own: listOwnOffers(reference).flatMap((hosting) => {
      const qualityRatio = qualityOf(hosting.target.model.id);
      return qualityRatio === null ? [] : [{ hosting, qualityRatio }];
    }),
    device: reference.hardware.find((row): row is FlatHardware => row.kind === 'flat' && row.gpuCount === 0) ?? null,
    referenceVersion: reference.version,
    catalogVersion: book.catalogVersion,
  };
}

/**
 * Models of chat on machines whose service time is fitted to measurements, without a commitment; of one model on one kind of
 * GPU those of which no other is both smaller and cheaper by the replica.
 */
function listOwnOffers(reference: Reference): readonly HostingOffer[] {
  // Only targets that are not fitted depend on the lengths.
  const { targets } = listTargets(reference, { inputTokens: 0, outputTokens: 0 });
  const fitted = targets.filter(({ model, serviceTime }) => model.kind === 'chat' && serviceTime.method === 'fitted');
  const { offers } = listOffers(reference, fitted, DEFAULT_BREAK_EVEN_POLICY);
  const uncommitted = offers.filter(({ purchase }) => purchase !== 'reserved');
  return uncommitted.filter((offer, index) => !uncommitted.some((other, at) => isBeaten(offer, index, other, at)));
}

function isBeaten(offer: HostingOffer, index: number, other: HostingOffer, otherIndex: number): boolean {
  if (other === offer || other.target !== offer.target) return false;
  const [usd, otherUsd] = [computeReplicaRentUsd(offer), computeReplicaRentUsd(other)];
  if (otherUsd > usd || other.replicasPerMachine > offer.replicasPerMachine) return false;
  const isEqual = otherUsd === usd && other.replicasPerMachine === offer.replicasPerMachine;
  return !isEqual || otherIndex < index;
}

/** A replica's part of its machine in USD a month. */
export function computeReplicaRentUsd({ machine, replicasPerMachine }: HostingOffer): number {
  return machine.monthlyUsd / replicasPerMachine;
}

/** Part of the best score on the scale, by any name of a model. */
function createQualityLookup(reference: Reference): (model: string) => number | null {
  const rows = findQuality(reference, { scale: ADVICE_SCALE });
  const best = Math.max(...rows.map(({ score }) => score));
  const keyOf = (name: string): string => toModelKey(findOpenModel(reference, name)?.id ?? name);
  const ratios = new Map(rows.map(({ model, score }) => [keyOf(model), score / best]));
  return (model) => ratios.get(keyOf(model)) ?? null;
}

/** What a model does where it is known not to chat, so that an embedding model never answers anybody. */
function findOtherKind({ book, atMs }: MarketParts, provider: string | null, name: string): ModelKind | null {
  const { hit } = resolveModel(book.catalog, { provider, model: name, timeMs: atMs, region: null });
  const kind = hit?.model.facts?.kind ?? null;
  return kind === 'chat' || kind === 'completion' ? null : kind;
}

function findOffer(
  parts: MarketParts,
  wanted: {
    readonly model: string;
    readonly provider: string | null;
    readonly name: string;
    readonly isNamed: boolean;
  },
  qualityRatio: number | null,
): readonly PerCallOffer[] {
  const { reference, book, atMs } = parts;
  const { model, provider, name, isNamed } = wanted;
  if (findOtherKind(parts, provider, name) !== null) return [];
  const query = { provider, model: name, timeMs: atMs, serviceTier: null, region: null };
  const price = book.resolve(query);
  if (price === null || readPrices(price.level(0n)) === null) return [];
  const { hit } = resolveModel(book.catalog, query);
  const open = findOpenModel(reference, model);
  const row = hit?.model
    .rows()
    .findLast(({ unit, serviceTier }) => unit === 'input_tokens' && serviceTier === 'default');
  const prices = new Map<PriceLevel, TokenPrices>();
  return [
    {
      id: [hit?.model.provider ?? provider, hit?.model.id ?? name].filter((part) => part !== null).join(' '),
      model,
      isOpenWeights: open !== undefined,
      qualityRatio,
      contextTokens: hit?.model.facts?.contextTokens ?? open?.contextTokens ?? null,
      pricesAt: (inputTokens) => {
        const level = price.level(BigInt(Math.round(inputTokens)));
        const known = prices.get(level) ?? readPrices(level) ?? { inputUsd: 0, cachedUsd: 0, outputUsd: 0 };
        prices.set(level, known);
        return known;
      },
      source: row?.source ?? 'overrides of the tenant',
      checkedOn: row?.checkedOn ?? new Date(atMs).toISOString().slice(0, 10),
      isNamed,
    },
  ];
}

/** @returns null when tokens of input or output have no price */
function readPrices({ price }: PriceLevel): TokenPrices | null {
  const usdOf = (unit: string): number | null => {
    const rate = price.rates.find((it) => it.unit === unit);
    return rate === undefined ? null : (Number(rate.rate) * 1e6) / rate.per;
  };
  const inputUsd = usdOf('input_tokens');
  const outputUsd = usdOf('output_tokens');
  if (inputUsd === null || outputUsd === null) return null;
  return { inputUsd, cachedUsd: usdOf('cache_read_tokens') ?? inputUsd, outputUsd };
}
