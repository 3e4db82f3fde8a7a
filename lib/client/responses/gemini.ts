import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { readGemini, readGeminiTier, readVertexEmbeddings } from '../usage-shapes/gemini.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { emptyReading, failedReading, fieldsAt, instantAt, listAt, nameAt, readUsageAt } from './response-fields.ts';

/**
 * Gemini by the Developer API and by Vertex AI: generated content and its streams, embeddings, lines of batch results
 * and error bodies. A count of tokens (`countTokens`) is no call and is not read.
 */
export const geminiAdapter: ResponseAdapter = {
  name: 'gemini',
  readBody(body) {
    if (!isFields(body)) return undefined;
    if (isError(body)) return failedReading({ provider: 'google' });
    if (isBatchLine(body)) return readBatchLine(body);
    if (isContent(body)) return readContent([body]);
    return readEmbeddings(body);
  },
  readStream(chunks) {
    const known = chunks.filter(isFields);
    const answers = known.filter(isContent);
    const failure = known.find(isError);
    if (answers.length === 0) return failure === undefined ? undefined : failedReading({ provider: 'google' });
    const reading = readContent(answers);
    if (failure !== undefined) return { ...reading, status: 'error' };
    return answers.some(hasEnded) || reading.status === 'error' ? reading : { ...reading, status: 'aborted' };
  },
};

function readContent(chunks: readonly RawFields[]): ResponseReading {
  const first = <T>(read: (chunk: RawFields) => T | null): T | null => {
    for (const chunk of chunks) {
      const value = read(chunk);
      if (value !== null) return value;
    }
    return null;
  };
  // Every chunk counts the whole answer so far, so the last one counts all of it.
  const counted = chunks.findLast((chunk) => isFields(chunk['usageMetadata'])) ?? {};
  const model = first((chunk) => nameAt(chunk, 'modelVersion'));
  const searches = countSearches(chunks, model);
  return {
    ...emptyReading(),
    provider: 'google',
    model,
    responseId: first((chunk) => nameAt(chunk, 'responseId')),
    createdMs: first((chunk) => instantAt(chunk, 'createTime')),
    operation: 'generate_content',
    usage: withSearches(readUsageAt(counted, 'usageMetadata', readGemini), searches),
    serviceTier: readGeminiTier(fieldsAt(counted, 'usageMetadata')),
    status: chunks.some(isBlocked) ? 'error' : 'ok',
  };
}

/**
 * Searches as Google charges them: one per grounded prompt up to Gemini 2.5, one per distinct query that is not empty
 * since Gemini 3.
 *
 * @see https://ai.google.dev/gemini-api/docs/google-search
 */
function countSearches(chunks: readonly RawFields[], model: string | null): bigint {
  const queries = new Set<unknown>();
  for (const candidate of chunks.flatMap((chunk) => listAt(chunk, 'candidates')).filter(isFields)) {
    for (const query of listAt(fieldsAt(candidate, 'groundingMetadata'), 'webSearchQueries')) queries.add(query);
  }
  queries.delete('');
  const isByPrompt = /^gemini-[12]\b/.test(model ?? '');
  return BigInt(isByPrompt ? Math.min(queries.size, 1) : queries.size);
}

function withSearches(reading: UsageReading, searches: bigint): UsageReading {
  if (!reading.ok || searches === 0n) return reading;
  return {
    ok: true,
    usage: { ...reading.usage, counts: new Map([...reading.usage.counts, ['web_searches', searches]]) },
  };
}

function readBatchLine(line: RawFields): ResponseReading {
  const response = line['response'];
  const isAnswer = isFields(response) && isContent(response);
  return { ...(isAnswer ? readContent([response]) : failedReading({ provider: 'google' })), serviceTier: 'batch' };
}

function readEmbeddings(body: RawFields): ResponseReading | undefined {
  const predictions = listAt(body, 'predictions').filter(isFields);
  const texts = predictions.filter((prediction) => isFields(prediction['embeddings']));
  const isEmbedding = isFields(body['embedding']) && Array.isArray(body['embedding']['values']);
  const areEmbeddings = listAt(body, 'embeddings').some((one) => isFields(one) && Array.isArray(one['values']));
  if (texts.length === 0 && !isEmbedding && !areEmbeddings) return undefined;
  const statistics = texts.map((text) => fieldsAt(fieldsAt(text, 'embeddings'), 'statistics'));
  const isCounted = texts.length > 0 && statistics.every((one) => Object.keys(one).length > 0);
  return {
    ...emptyReading(),
    provider: 'google',
    operation: 'embeddings',
    usage: isCounted ? readVertexEmbeddings(statistics) : readUsageAt(body, 'usageMetadata', readGemini),
  };
}

function isContent(body: RawFields): boolean {
  if ('embedding' in body || 'embeddings' in body) return false;
  // What a stored cache or a file holds is counted as well, without a prompt.
  const isCounted = 'promptTokenCount' in fieldsAt(body, 'usageMetadata');
  return isCounted || Array.isArray(body['candidates']) || isFields(body['promptFeedback']);
}

function isBatchLine(body: RawFields): boolean {
  const isNamed = typeof body['key'] === 'string' || isFields(body['request']);
  const response = body['response'];
  return isNamed && ((isFields(response) && isContent(response)) || isFields(body['error']) || body['status'] === '');
}

function isError(body: RawFields): boolean {
  const error = body['error'];
  return isFields(error) && typeof error['code'] === 'number' && typeof error['status'] === 'string';
}

/** A prompt that was refused has no candidates; what it used is charged all the same. */
function isBlocked(chunk: RawFields): boolean {
  return (
    typeof fieldsAt(chunk, 'promptFeedback')['blockReason'] === 'string' && listAt(chunk, 'candidates').length === 0
  );
}

function hasEnded(chunk: RawFields): boolean {
  return listAt(chunk, 'candidates').some(
    (candidate) => isFields(candidate) && typeof candidate['finishReason'] === 'string',
  );
}
