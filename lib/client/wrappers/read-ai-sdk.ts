import { toProviderId } from '../../domain/model-name.ts';
import { readResponse } from '../responses/read-response.ts';
import type { ResponseReading } from '../responses/response-adapter.ts';
import { emptyReading, fieldsAt, missingUsage, nameAt } from '../responses/response-fields.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { readUsage } from '../usage-shapes/read-usage.ts';

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
 * everybody else makes of the response; else the provider's own usage; else the SDK's counts, whose totals include
 * cached and reasoning tokens.
 *
 * @param answer - the result of `doGenerate`, or the parts of a stream put together like one
 */
export function readAiSdkAnswer(
  answer: unknown,
  model: { readonly provider: string; readonly modelId: string },
): { readonly reading: ResponseReading; readonly headers: RawFields } {
  const fields = isFields(answer) ? answer : {};
  const response = fieldsAt(fields, 'response');
  const headers = fieldsAt(response, 'headers');
  const provider = providerOf(model.provider);
  const hints = { provider, model: model.modelId, headers };
  const body = readResponse(response['body'], hints);
  if (body?.usage.ok === true) return { reading: body, headers };
  const usage = fieldsAt(fields, 'usage');
  const own = readOwnUsage(usage['raw'], model.provider);
  const timestamp = response['timestamp'];
  const reading: ResponseReading = {
    ...emptyReading(),
    usage: own?.reading ?? readCounts(usage),
    model: nameAt(response, 'modelId') ?? model.modelId,
    provider,
    responseId: nameAt(response, 'id'),
    createdMs: timestamp instanceof Date ? timestamp.getTime() : null,
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

function readCounts(usage: RawFields): ResponseReading['usage'] {
  const input = fieldsAt(usage, 'inputTokens');
  const output = fieldsAt(usage, 'outputTokens');
  if (typeof input['total'] !== 'number') return missingUsage('usage.inputTokens.total');
  const counts = {
    input_tokens: input['total'],
    cache_read_tokens: input['cacheRead'],
    cache_write_tokens: input['cacheWrite'],
    output_tokens: output['total'],
    reasoning_tokens: output['reasoning'],
  };
  return readUsage('canonical_inclusive', counts)?.reading ?? missingUsage('usage');
}

/** A stream that ended without a finish was broken off. */
function statusOf(finishReason: unknown): ResponseReading['status'] {
  const reason = isFields(finishReason) ? finishReason['unified'] : finishReason;
  if (reason === 'error') return 'error';
  return reason === undefined || reason === 'content-filter' ? 'aborted' : 'ok';
}
