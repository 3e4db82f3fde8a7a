import { toProviderId } from '../../domain/prices/model-name.ts';
import { readResponse } from '../responses/read-response.ts';
import type { ResponseReading } from '../responses/response-adapter.ts';
import { emptyReading, fieldsAt, httpDateAt, missingUsage, nameAt } from '../responses/response-fields.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { readUsage } from '../usage-shapes/read-usage.ts';

/** A model of the AI SDK, as far as its middleware is told of it. */
export interface AiSdkModel {
  /** Such as `openai.chat`, `anthropic.messages` or `amazon-bedrock`. */
  readonly provider: string;
  readonly modelId: string;
}

/** How the provider's own usage is shaped, by the name that the AI SDK gives the model's provider. */
const RAW_SHAPES: ReadonlyArray<readonly [prefix: string, shape: string]> = [
  ['openai.responses', 'openai_responses'],
  ['azure.responses', 'openai_responses'],
  ['openai.', 'openai_chat'],
  ['azure.', 'openai_chat'],
  ['anthropic.', 'anthropic'],
  ['google.', 'gemini'],
  ['amazon-bedrock', 'bedrock_converse'],
];

/**
 * Reads what a model of the AI SDK answered: the provider's own body where it is there, so that the event is the one that
 * everybody else makes of the response; else the provider's own usage; else the SDK's counts, where their totals are
 * known to include cached and reasoning tokens.
 *
 * @param answer - the result of `doGenerate`, or the parts of a stream put together like one
 */
export function readAiSdkAnswer(
  answer: unknown,
  model: AiSdkModel,
): { readonly reading: ResponseReading; readonly headers: RawFields } {
  const fields = isFields(answer) ? answer : {};
  const response = fieldsAt(fields, 'response');
  const headers = fieldsAt(response, 'headers');
  // A model of the host's own making may leave its names out.
  const providerName = typeof model.provider === 'string' ? model.provider : '';
  const provider = providerOf(providerName);
  const hints = { provider, model: model.modelId, headers };
  const body = readResponse(response['body'], hints);
  if (body?.usage.ok === true) return { reading: body, headers };
  const usage = fieldsAt(fields, 'usage');
  const own = readOwnUsage(usage['raw'], providerName);
  const timestamp = response['timestamp'];
  const reading: ResponseReading = {
    ...emptyReading(),
    usage: own?.reading ?? readCounts(usage, providerName),
    model: nameAt(response, 'modelId') ?? model.modelId,
    provider,
    responseId: nameAt(response, 'id'),
    createdMs: timestamp instanceof Date ? timestamp.getTime() : httpDateAt(headers, 'date'),
    operation: 'chat',
    serviceTier: own?.serviceTier ?? null,
    region: own?.region ?? null,
    status: statusOf(fields['finishReason']),
  };
  return { reading, headers };
}

/** A gateway may have sent the call to anybody: the model's own prefix tells. */
function providerOf(name: string): string | null {
  const [vendor = ''] = name.split('.');
  return vendor === 'gateway' ? null : toProviderId(vendor);
}

function readOwnUsage(raw: unknown, provider: string) {
  const shape = RAW_SHAPES.find(([prefix]) => provider.startsWith(prefix))?.[1];
  if (shape === undefined || !isFields(raw) || Object.keys(raw).length === 0) return undefined;
  const usage = readUsage(shape, raw);
  return usage?.reading.ok === true ? usage : undefined;
}

// Before version 6 the SDK's counts were whatever the provider's were, of which only some include what was cached or reasoned.
const INCLUSIVE_PROVIDER = /^(?:openai|azure)\./;

function readCounts(usage: RawFields, providerName: string): ResponseReading['usage'] {
  const isFlat = typeof usage['inputTokens'] === 'number';
  const input = isFlat ? flatInput(usage) : fieldsAt(usage, 'inputTokens');
  const output = isFlat ? flatOutput(usage) : fieldsAt(usage, 'outputTokens');
  if (typeof input['total'] !== 'number') return missingUsage('usage.inputTokens.total');
  // A newer SDK puts the counts of an older model into its own form, and cannot tell the uncached part.
  const hasParts = typeof input['cacheRead'] === 'number' || typeof output['reasoning'] === 'number';
  const isOlder = isFlat || (input['noCache'] === undefined && hasParts);
  if (isOlder && !INCLUSIVE_PROVIDER.test(providerName)) return missingUsage('usage.inputTokens.noCache');
  const counts = {
    input_tokens: input['total'],
    cache_read_tokens: input['cacheRead'],
    cache_write_tokens: input['cacheWrite'],
    output_tokens: output['total'],
    reasoning_tokens: output['reasoning'],
  };
  return readUsage('canonical_inclusive', counts)?.reading ?? missingUsage('usage');
}

const flatInput = (usage: RawFields): RawFields => ({
  total: usage['inputTokens'],
  cacheRead: usage['cachedInputTokens'],
});

const flatOutput = (usage: RawFields): RawFields => ({
  total: usage['outputTokens'],
  reasoning: usage['reasoningTokens'],
});

/** A stream that ended without a finish was broken off. */
function statusOf(finishReason: unknown): ResponseReading['status'] {
  const reason = isFields(finishReason) ? finishReason['unified'] : finishReason;
  if (reason === 'error') return 'error';
  return reason === undefined || reason === 'content-filter' ? 'aborted' : 'ok';
}
