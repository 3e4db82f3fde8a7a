import { readBedrockConverse } from '../usage-shapes/bedrock-converse.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, failedReading, fieldsAt, httpDateAt, nameAt, readUsageAt } from './response-fields.ts';

/**
 * Bedrock's Converse and ConverseStream, as the service answers and as the AWS libraries of JavaScript and Python hand
 * it on. The answer names no model, except after a prompt router: the caller knows which one was asked.
 */
export const bedrockConverseAdapter: ResponseAdapter = {
  name: 'bedrock_converse',
  readBody(body) {
    if (!isFields(body)) return undefined;
    if (isConverse(body)) return readAnswer(body, body);
    return isError(body) ? failedReading({ provider: 'aws', operation: 'chat', ...readRequest(body) }) : undefined;
  },
  readStream(chunks) {
    const events = chunks.filter(isFields);
    if (!events.some(isEvent)) return undefined;
    // Libraries hand the event over by its name; on the wire the name is a header and the event stands alone.
    const named = events.find((event) => isFields(event['metadata']));
    const metadata = named === undefined ? (events.find(hasUsage) ?? {}) : fieldsAt(named, 'metadata');
    const reading = readAnswer(metadata, {});
    const hasFailed = events.some(isException);
    if (hasFailed && !reading.usage.ok) return failedReading({ provider: 'aws', operation: 'chat' });
    if (hasFailed) return { ...reading, status: 'error' };
    return reading.usage.ok || hasUsage(metadata) ? reading : { ...reading, status: 'aborted' };
  },
};

function readAnswer(body: RawFields, request: RawFields): ResponseReading {
  return {
    ...emptyReading(),
    provider: 'aws',
    ...readRequest(request),
    model: nameAt(fieldsAt(fieldsAt(body, 'trace'), 'promptRouter'), 'invokedModelId'),
    operation: 'chat',
    serviceTier: readTier(body),
    usage: readUsageAt(body, 'usage', readBedrockConverse),
  };
}

/** Latency-optimised inference has prices of its own, as the tiers have. */
function readTier(body: RawFields): string | null {
  const isOptimised = fieldsAt(body, 'performanceConfig')['latency'] === 'optimized';
  return isOptimised ? 'latency_optimized' : nameAt(fieldsAt(body, 'serviceTier'), 'type');
}

function readRequest(body: RawFields): Pick<ResponseReading, 'responseId' | 'createdMs'> {
  const python = fieldsAt(body, 'ResponseMetadata');
  return {
    responseId: nameAt(fieldsAt(body, '$metadata'), 'requestId') ?? nameAt(python, 'RequestId'),
    createdMs: httpDateAt(fieldsAt(python, 'HTTPHeaders'), 'date'),
  };
}

function isConverse(body: RawFields): boolean {
  const isAnswer = isFields(body['output']) && isFields(fieldsAt(body, 'output')['message']);
  return (isAnswer && typeof body['stopReason'] === 'string') || (hasUsage(body) && 'stopReason' in body);
}

function hasUsage(body: RawFields): boolean {
  const usage = fieldsAt(body, 'usage');
  return 'inputTokens' in usage || 'outputTokens' in usage;
}

function isError(body: RawFields): boolean {
  if (typeof body['__type'] === 'string' || typeof body['$fault'] === 'string') return true;
  return typeof body['message'] === 'string' && Object.keys(body).length === 1;
}

function isEvent(event: RawFields): boolean {
  return isFields(event['messageStart']) || isFields(event['messageStop']) || isMetadata(event) || isException(event);
}

function isMetadata(event: RawFields): boolean {
  return hasUsage(fieldsAt(event, 'metadata')) || (hasUsage(event) && isFields(event['metrics']));
}

function isException(event: RawFields): boolean {
  return Object.keys(event).some((name) => name.endsWith('Exception') && isFields(event[name]));
}
