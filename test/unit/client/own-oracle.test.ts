import { extractUsage, findProvider } from '@pydantic/genai-prices';
import { expect, it } from 'vitest';
import { joinInclusive } from '../../../lib/domain/events/usage-shapes.ts';
import { loadResponses, type ResponseFixture, readFixture } from './all-responses.ts';

/** The library's names of the counts that it extracts, and ours that add up to them. */
const UNITS: ReadonlyArray<readonly [theirs: string, ours: readonly string[]]> = [
  ['input_tokens', ['input_tokens']],
  ['cache_read_tokens', ['cache_read_tokens']],
  ['cache_write_tokens', ['cache_write_5m_tokens', 'cache_write_1h_tokens']],
  ['cache_audio_read_tokens', ['cache_audio_read_tokens']],
  ['input_audio_tokens', ['input_audio_tokens', 'cache_audio_read_tokens']],
  ['output_tokens', ['output_tokens']],
  ['output_reasoning_tokens', ['reasoning_tokens']],
  ['output_image_tokens', ['output_image_tokens']],
  ['web_searches', ['web_searches']],
];

const FLAVORS: Readonly<Record<string, readonly [provider: string, flavor: string]>> = {
  anthropic: ['anthropic', 'default'],
  gemini: ['google', 'default'],
  bedrock_converse: ['aws', 'default'],
  bedrock_invoke: ['aws', 'anthropic'],
  cohere: ['cohere', 'default'],
};

/** Where the two differ, with the reason why ours stands. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  // Only the headers count, or the body is that of another vendor than Anthropic.
  'bedrock/invoke-cohere-embedding': ['refused'],
  'bedrock/invoke-llama': ['refused'],
  'bedrock/invoke-mistral': ['refused'],
  'bedrock/invoke-titan-embedding': ['refused'],
  'bedrock/invoke-titan-text': ['refused'],
  // The wrapping of a batch's line.
  'anthropic/batch-line': ['refused'],
  'gemini/batch-line': ['refused'],
  // Embeddings by prediction, and embeddings by modality, whose details go by another name.
  'gemini/embedding-of-media': ['input_tokens 600, theirs 1000', 'input_audio_tokens 300, theirs 0'],
  'gemini/vertex-embeddings': ['refused'],
  // Searches are charged, and stand outside the usage.
  'gemini/image-with-web-search': ['web_searches 1, theirs 0'],
  'gemini/web-search': ['web_searches 1, theirs 0'],
  // Rerank bills search units, and an image is no token.
  'cohere/embedding-of-image': ['refused'],
  'cohere/rerank': ['refused'],
};

/** Differences of the two, unit by unit; undefined for streams and failed calls, which the library does not read. */
function compare(fixture: ResponseFixture): readonly string[] | undefined {
  const reading = readFixture(fixture, fixture.chunks, fixture.adapter);
  const [providerId = '', flavor = ''] = FLAVORS[fixture.adapter] ?? [];
  const provider = findProvider({ providerId });
  if (provider === undefined || !reading.usage.ok || reading.status !== 'ok' || fixture.isStream) return undefined;
  const ours = joinInclusive(reading.usage.usage);
  const body = fixture.chunks[0] as Readonly<Record<string, unknown>>;
  let theirs: Readonly<Record<string, unknown>>;
  try {
    const isEmbedding = fixture.adapter === 'cohere' && reading.operation === 'embeddings';
    theirs = { ...extractUsage(provider, body, isEmbedding ? 'embeddings' : flavor).usage };
  } catch {
    return ['refused'];
  }
  return UNITS.flatMap(([theirName, ourNames]) => {
    const a = ourNames.reduce((sum, unit) => sum + Number(ours.get(unit) ?? 0n), 0);
    const b = Number(theirs[theirName] ?? 0);
    return a === b ? [] : [`${theirName} ${a}, theirs ${b}`];
  });
}

it('the library extracts the counts that we read, but where a reason is given', () => {
  const compared = loadResponses(['anthropic', 'gemini', 'bedrock', 'cohere']).flatMap((fixture) => {
    const found = compare(fixture);
    return found === undefined ? [] : [[fixture.name, found] as const];
  });
  const differences = Object.fromEntries(compared.filter(([, found]) => found.length > 0));
  expect(differences).toEqual(OTHERWISE);
  expect(compared.length).toBeGreaterThan(40);
});
