import { LedgerError } from '../../domain/errors.ts';
import { toProviderId } from '../../domain/prices/model-name.ts';
import { showValue } from '../../domain/shown-value.ts';
import { readInvokeHeaders } from '../usage-shapes/bedrock-invoke.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { anthropicAdapter } from './anthropic.ts';
import { bedrockConverseAdapter } from './bedrock-converse.ts';
import { bedrockInvokeAdapter, isOnlyBedrock } from './bedrock-invoke.ts';
import { cohereAdapter } from './cohere.ts';
import { geminiAdapter } from './gemini.ts';
import { chooseOpenaiAdapter, OPENAI_ADAPTERS } from './openai-adapters.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, failedReading, httpDateAt, nameAt } from './response-fields.ts';

/** What the caller knows of a call that its response may not say. */
export interface ResponseHints {
  /** One of {@link ADAPTER_NAMES}; without it the adapter is picked by provider and by the response's fields. */
  readonly adapter?: string;
  /** Whom the call was sent to, in any of the catalog's or OpenTelemetry's spellings; wins over the response's word. */
  readonly provider?: string | null;
  /** The model asked for; on Bedrock it wins over the vendor's name for it, elsewhere it fills in. */
  readonly model?: string | null;
  readonly serviceTier?: string | null;
  readonly region?: string | null;
  /** Headers of the HTTP response: Bedrock's token counts and request id, and `date`. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** A reading with the name of the adapter that took it. */
export interface RecognisedReading extends ResponseReading {
  /** One of {@link ADAPTER_NAMES}; `none` where only an error's sentence or the headers were there to be read. */
  readonly adapter: string;
}

/** No adapter has the name that the caller asked for. */
export class UnknownAdapterError extends LedgerError {
  override readonly name = 'UnknownAdapterError';
  readonly code = 'client/unknown-adapter';
  readonly retryable = false;
}

/** Adapters whose responses tell themselves from all others. */
const DISTINCT_ADAPTERS = [anthropicAdapter, bedrockConverseAdapter, geminiAdapter, cohereAdapter];

const BY_NAME: ReadonlyMap<string, ResponseAdapter> = new Map(
  [...DISTINCT_ADAPTERS, bedrockInvokeAdapter, ...OPENAI_ADAPTERS].map((adapter) => [adapter.name, adapter]),
);

const BY_PROVIDER: ReadonlyMap<string, readonly ResponseAdapter[]> = new Map([
  ['anthropic', [anthropicAdapter]],
  ['aws', [bedrockConverseAdapter, bedrockInvokeAdapter]],
  ['google', [geminiAdapter]],
  ['cohere', [cohereAdapter]],
]);

/** Names of all adapters. */
export const ADAPTER_NAMES: readonly string[] = [...BY_NAME.keys()];

/**
 * Reads a provider's raw response: a parsed JSON body, or the parsed chunks of a stream as a list, all of them or the
 * final one alone.
 *
 * @returns undefined when no adapter knows the response, or the named one does not
 * @throws {@link UnknownAdapterError} when the hints name an adapter that does not exist
 */
export function readResponse(response: unknown, hints: ResponseHints = {}): RecognisedReading | undefined {
  const headers = lowerCaseNames(hints.headers ?? {});
  const counted = readInvokeHeaders(headers);
  const provider = toProviderId(hints.provider) ?? (counted === undefined ? null : 'aws');
  const found = hints.adapter === undefined ? recognise(response, provider) : readByName(response, hints.adapter);
  if (found === undefined && counted === undefined) return undefined;
  const reading = found ?? { ...emptyReading(), provider: 'aws', adapter: 'none' };
  // Converse names a model only where a prompt router chose it; other bodies carry the vendor's name for it.
  const isRouted = reading.adapter === 'bedrock_converse' && reading.model !== null;
  const isVendorsName = (provider ?? reading.provider) === 'aws' && !isRouted;
  return {
    ...reading,
    usage: counted !== undefined && (found === undefined || !reading.usage.ok) ? counted : reading.usage,
    provider: toProviderId(hints.provider) ?? reading.provider,
    model: isVendorsName ? (hints.model ?? reading.model) : (reading.model ?? hints.model ?? null),
    serviceTier: reading.serviceTier ?? hints.serviceTier ?? null,
    region: reading.region ?? hints.region ?? null,
    responseId: reading.responseId ?? nameAt(headers, 'x-amzn-requestid'),
    createdMs: reading.createdMs ?? httpDateAt(headers, 'date'),
  };
}

function readByName(response: unknown, name: string): RecognisedReading | undefined {
  const adapter = BY_NAME.get(name);
  if (adapter === undefined) {
    throw new UnknownAdapterError(`adapter ${showValue(name)}: expected one of ${ADAPTER_NAMES.join(', ')}`);
  }
  return readWith(adapter, response);
}

function recognise(response: unknown, provider: string | null): RecognisedReading | undefined {
  // An error that is only a sentence looks the same whoever says it.
  if (isBareError(response)) return { ...failedReading({ provider }), adapter: 'none' };
  const chunks: readonly unknown[] = Array.isArray(response) ? response : [response];
  const preferred = BY_PROVIDER.get(provider ?? '') ?? (chunks.some(isOnlyBedrock) ? [bedrockInvokeAdapter] : []);
  const other = chooseOpenaiAdapter(chunks, provider);
  const named = provider === null || preferred.length > 0 ? undefined : other;
  // A server of OpenAI's protocol that the caller named comes before shapes that only resemble its answer.
  for (const adapter of [...preferred, named, ...DISTINCT_ADAPTERS, other]) {
    const reading = adapter === undefined ? undefined : readWith(adapter, response);
    if (reading !== undefined) return reading;
  }
  return undefined;
}

function readWith(adapter: ResponseAdapter, response: unknown): RecognisedReading | undefined {
  const reading = Array.isArray(response) ? adapter.readStream(response) : adapter.readBody(response);
  return reading === undefined ? undefined : { ...reading, adapter: adapter.name };
}

const BARE_ERROR_FIELDS: ReadonlySet<string> = new Set(['message', 'Message', 'id', 'code', 'status', 'type']);

function isBareError(response: unknown): boolean {
  if (!isFields(response) || typeof (response['message'] ?? response['Message']) !== 'string') return false;
  return Object.keys(response).every((field) => BARE_ERROR_FIELDS.has(field));
}

function lowerCaseNames(headers: Readonly<Record<string, unknown>>): RawFields {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
