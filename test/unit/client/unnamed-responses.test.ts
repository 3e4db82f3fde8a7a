import { expect, it } from 'vitest';
import { readResponse } from '../../../lib/client/responses/read-response.ts';
import { loadResponses, type ResponseFixture, showUsage } from './all-responses.ts';

const fixtures = loadResponses();

/** Readers of a response that nobody named a provider or adapter for, where they are not the fixture's own, and why. */
const TAKEN_BY_ANOTHER: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'an error in the form that most servers share': {
    openai_chat: [
      'azure/gateway-refused',
      'azure/prompt-refused',
      'compatible/ollama-error',
      'compatible/vllm-error',
      'compatible/vllm-error-nested',
      'openai/embeddings-error',
      'openai/responses-error',
      'openrouter/refused',
    ],
    none: ['bedrock/converse-error', 'cohere/error'],
  },
  'nothing in it tells who answered': {
    openai_chat: [
      'compatible/mistral-document',
      'compatible/moonshot-cached',
      'compatible/moonshot-stream',
      'compatible/together-cached',
      'compatible/vllm-running-usage',
      'compatible/vllm-stream-without-usage',
    ],
    openai_embeddings: ['azure/embeddings'],
  },
  "Claude's answer on Bedrock is Anthropic's, but for its id": { anthropic: ['bedrock/invoke-anthropic-written'] },
};

/** Who reads the response, and the counts found; both without a word from the caller but the headers. */
function readUnnamed(fixture: ResponseFixture) {
  const response = fixture.isStream ? fixture.chunks : fixture.chunks[0];
  return readResponse(response, fixture.headers === undefined ? {} : { headers: fixture.headers });
}

it('a response that nobody names is read by its own adapter, but where a reason is given', () => {
  const others: Record<string, string | undefined> = {};
  for (const fixture of fixtures) {
    const reader = readUnnamed(fixture)?.adapter;
    if (reader !== fixture.adapter) others[fixture.name] = reader;
  }
  const reasoned = Object.values(TAKEN_BY_ANOTHER).flatMap((readers) =>
    Object.entries(readers).flatMap(([reader, names]) => names.map((name) => [name, reader] as const)),
  );
  expect(others).toEqual(Object.fromEntries(reasoned));
});

it.each(fixtures)('$name has the same counts and status when nobody names it', (fixture) => {
  const response = fixture.isStream ? fixture.chunks : fixture.chunks[0];
  const own = readResponse(response, { adapter: fixture.adapter, headers: fixture.headers ?? {} });
  const unnamed = readUnnamed(fixture);
  if (own === undefined || unnamed === undefined) throw new Error('nobody reads it');
  expect(showUsage(unnamed.usage)).toEqual(showUsage(own.usage));
  expect(unnamed.status).toBe(own.status);
  expect(unnamed.reportedCostUsd).toBe(own.reportedCostUsd);
  // A provider that the response does not tell is left open rather than guessed; Azure's embeddings are the exception.
  const isAzureEmbedding = fixture.name === 'azure/embeddings';
  expect([own.provider, null, isAzureEmbedding ? 'openai' : null]).toContain(unnamed.provider);
});

it.each(fixtures.filter(({ isStream }) => !isStream))('$name reads the same as a stream of one chunk', (fixture) => {
  const hints = { adapter: fixture.adapter, headers: fixture.headers ?? {} };
  const asStream = readResponse(fixture.chunks, hints);
  const asBody = readResponse(fixture.chunks[0], hints);
  // Streams end in an event of their own; a body of these is none, and is never counted in part.
  if (asStream === undefined || asBody === undefined) return expect(asStream).toBeUndefined();
  if (asStream.usage.ok) expect(showUsage(asStream.usage)).toEqual(showUsage(asBody.usage));
});
