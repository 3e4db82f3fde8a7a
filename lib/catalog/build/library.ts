import type { ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices';
import { decimalOfNumber, formatDecimal } from '../../domain/decimal.ts';
import type { MatchClause } from '../../domain/prices/model-name.ts';
import type { ModelKind } from '../../domain/prices/price-catalog.ts';
import type { SnapshotFacts, SnapshotModel, SnapshotPeriod, SnapshotRate } from '../snapshot.ts';

/** The library's price keys that name a unit of our contract, and the block each is quoted for. */
const UNITS: ReadonlyMap<string, readonly [unit: string, per: number]> = new Map([
  ['input_mtok', ['input_tokens', 1_000_000]],
  ['cache_read_mtok', ['cache_read_tokens', 1_000_000]],
  ['cache_write_mtok', ['cache_write_tokens', 1_000_000]],
  ['cache_write_5m_mtok', ['cache_write_5m_tokens', 1_000_000]],
  ['cache_write_1h_mtok', ['cache_write_1h_tokens', 1_000_000]],
  ['output_mtok', ['output_tokens', 1_000_000]],
  ['output_reasoning_mtok', ['reasoning_tokens', 1_000_000]],
  ['input_audio_mtok', ['input_audio_tokens', 1_000_000]],
  ['cache_audio_read_mtok', ['cache_audio_read_tokens', 1_000_000]],
  ['output_audio_mtok', ['output_audio_tokens', 1_000_000]],
  ['input_image_mtok', ['input_image_tokens', 1_000_000]],
  ['output_image_mtok', ['output_image_tokens', 1_000_000]],
  ['audio_hours', ['audio_seconds', 3600]],
  ['web_searches_kcount', ['web_searches', 1000]],
  ['input_document_kpages', ['pages', 1000]],
  ['requests_kcount', ['requests', 1000]],
]);

/** Match clauses of the library that take in other models too, by provider and model, with what they should say. */
const NARROWED: ReadonlyMap<string, MatchClause | null> = new Map<string, MatchClause | null>([
  // Also took in titan-embed-text-v2, which costs a fifth.
  ['aws amazon.titan-embed-text-v1', { contains: 'amazon.titan-embed-text-v1' }],
  ['openai moderation', null],
]);

/** Models whose calls may cost more in some regions than the list says. */
const VARIES_BY_REGION: ReadonlyMap<string, RegExp> = new Map([
  ['openai', /^gpt-(?:5[.-](?:[4-9]|\d\d)|[6-9])/],
  ['anthropic', /^claude-(?:opus|sonnet|haiku)-4-[6-9]|^claude-[a-z]+-[5-9]/],
  ['google', /^claude-(?!3)|^gemini-[3-9]/],
]);

/**
 * Turns a provider of the library into snapshot models. Left out: fine-tuned models and prices that change during
 * the day, which the library cannot date; a model whose entry holds no price becomes one without periods, which
 * rates as unknown units, never as free.
 */
export function convertProvider(provider: Provider, isFree: (model: string) => boolean): SnapshotModel[] {
  return provider.models
    .filter((model) => !/^ft:|\.ft-/.test(model.id) && !hasDailyPrices(model))
    .map((model) => convertModel(provider, model, isFree(model.id) || /:free$/.test(model.id)));
}

function hasDailyPrices(model: ModelInfo): boolean {
  return Array.isArray(model.prices) && model.prices.some(({ constraint }) => constraint?.type === 'time_of_date');
}

function convertModel(provider: Provider, model: ModelInfo, isFree: boolean): SnapshotModel {
  const narrowed = NARROWED.get(`${provider.id} ${model.id}`);
  const clause = narrowed === undefined ? withoutFineTuned(model.match) : narrowed;
  const { names, rest } = splitNames(clause);
  if (narrowed === undefined && isLibraryMatch(model.match, model.id.toLowerCase())) names.add(model.id.toLowerCase());
  const id = model.id.toLowerCase();
  return {
    id: model.id,
    ...(names.size === 1 && names.has(id) ? {} : { names: [...names].sort() }),
    ...(rest === null ? {} : { match: rest }),
    ...(VARIES_BY_REGION.get(provider.id)?.test(id) === true ? { variesByRegion: true } : {}),
    ...factsOf(model),
    periods: isFree ? [{ rates: { input_tokens: '0', output_tokens: '0' } }] : convertPrices(model),
  };
}

/** Words of a name that say what a model is for. Chat models have no such word, so nothing is said of other names. */
const KINDS: ReadonlyArray<readonly [RegExp, ModelKind]> = [
  [/embed|^voyage-/, 'embedding'],
  [/rerank/, 'rerank'],
  [/moderation/, 'moderation'],
  [/whisper|transcribe|(?:^|[-/])tts(?:-|$)/, 'audio'],
  [/(?:^|[-/])(?:gpt-image|dall-e|imagen)/, 'image'],
];

/** The library knows context windows; the kind is read from names that tell it. */
function factsOf(model: ModelInfo): { facts?: SnapshotFacts } {
  const kind = KINDS.find(([pattern]) => pattern.test(model.id.toLowerCase()))?.[1];
  const facts = {
    ...(kind === undefined ? {} : { kind }),
    ...(model.context_window === undefined ? {} : { contextTokens: model.context_window }),
  };
  return Object.keys(facts).length === 0 ? {} : { facts };
}

/** Takes a clause apart into exact names, which are looked up, and what is left to try one by one. */
function splitNames(clause: MatchClause | null): { names: Set<string>; rest: MatchClause | null } {
  const names = new Set<string>();
  const others: MatchClause[] = [];
  for (const part of clause === null ? [] : 'or' in clause ? clause.or : [clause]) {
    if ('equals' in part) names.add(part.equals.toLowerCase());
    else others.push(part);
  }
  const [first] = others;
  if (first === undefined) return { names, rest: null };
  return { names, rest: others.length === 1 ? first : { or: others } };
}

function withoutFineTuned(clause: MatchClause): MatchClause | null {
  if (!('or' in clause)) return clause;
  return { or: clause.or.filter((part) => !('starts_with' in part && part.starts_with.startsWith('ft:'))) };
}

/** The library's own reading of a clause, only to learn whether a model's id is a name that calls use. */
function isLibraryMatch(clause: MatchClause, name: string): boolean {
  if ('or' in clause) return clause.or.some((part) => isLibraryMatch(part, name));
  if ('and' in clause) return clause.and.every((part) => isLibraryMatch(part, name));
  if ('regex' in clause) return new RegExp(clause.regex, 'i').test(name);
  if ('equals' in clause) return clause.equals.toLowerCase() === name;
  if ('starts_with' in clause) return name.startsWith(clause.starts_with.toLowerCase());
  if ('ends_with' in clause) return name.endsWith(clause.ends_with.toLowerCase());
  return name.includes(clause.contains.toLowerCase());
}

function convertPrices(model: ModelInfo): SnapshotPeriod[] {
  const prices = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  const periods = prices.map((price, index) => {
    const from = startOf(price);
    const to = startOf(prices[index + 1]);
    return {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      rates: convertRates(price.prices),
    };
  });
  return periods.filter((period) => Object.keys(period.rates).length > 0);
}

function startOf(price: { constraint?: { type: string; start_date?: string } } | undefined): string | undefined {
  return price?.constraint?.start_date;
}

function convertRates(price: ModelPrice): Record<string, SnapshotRate> {
  const rates: Record<string, SnapshotRate> = {};
  for (const [key, value] of Object.entries(price)) {
    const known = UNITS.get(key);
    if (known === undefined || value === undefined) continue;
    const [unit, per] = known;
    const block = per === 1_000_000 ? {} : { per };
    if (typeof value === 'number') {
      rates[unit] = per === 1_000_000 ? toText(value) : { rate: toText(value), ...block };
    } else {
      const tiers = value.tiers.map(({ start, price: rate }) => toTier(start, toText(rate)));
      rates[unit] = { rate: toText(value.base), ...block, tiers };
    }
  }
  return rates;
}

/** The library knows only "above"; where a vendor says "from", it writes one less. */
function toTier(start: number, rate: string): readonly ['>' | '>=', number, string] {
  return start % 1000 === 999 ? ['>=', start + 1, rate] : ['>', start, rate];
}

function toText(value: number): string {
  const decimal = decimalOfNumber(value);
  if (decimal === undefined) throw new Error(`a price of the library is ${value}, expected a number of 0 or more`);
  return formatDecimal(decimal);
}
