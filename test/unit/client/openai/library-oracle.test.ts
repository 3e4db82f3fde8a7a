import { extractUsage, type Provider, type Usage, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { OPENAI_ADAPTERS } from '../../../../lib/client/responses/openai-adapters.ts';
import { joinInclusive } from '../../../../lib/domain/events/usage-shapes.ts';
import { loadOpenaiFixtures, type ResponseFixture } from './response-fixtures.ts';

/** The library's names of the counts that it extracts, and ours. Others of ours it does not know. */
const UNITS = [
  ['input_tokens', 'input_tokens'],
  ['cache_read_tokens', 'cache_read_tokens'],
  ['cache_write_tokens', 'cache_write_tokens'],
  ['input_audio_tokens', 'input_audio_tokens'],
  ['cache_audio_read_tokens', 'cache_audio_read_tokens'],
  ['input_image_tokens', 'input_image_tokens'],
  ['output_tokens', 'output_tokens'],
  ['output_reasoning_tokens', 'reasoning_tokens'],
  ['output_audio_tokens', 'output_audio_tokens'],
  ['output_image_tokens', 'output_image_tokens'],
  ['web_searches', 'web_searches'],
] as const;

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['azure_openai', 'azure'],
  ['openrouter_chat', 'openrouter'],
  ['mistral', 'mistral'],
  ['groq', 'groq'],
  ['deepseek', 'deepseek'],
  ['xai', 'x-ai'],
  ['perplexity', 'perplexity'],
  ['moonshot', 'moonshotai'],
  ['together', 'together'],
  ['fireworks', 'fireworks'],
]);

/** Where the two differ, under the reason why ours stands. */
const OTHERWISE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'these servers put the cached tokens elsewhere': {
    'compatible/deepseek-hits-alone': ['cache_read_tokens 64, theirs 0'],
    'compatible/mistral-cached': ['cache_read_tokens 69, theirs 0'],
    'compatible/moonshot-cached': ['cache_read_tokens 12, theirs 0'],
    'compatible/together-cached': ['no extractor'],
  },
  'usage of a stream may stand in x_groq or a choice alone': {
    'compatible/groq-compound-stream': ['refused'],
    'compatible/moonshot-stream': ['refused'],
  },
  'citations are read, not generated, and cost another rate than output': {
    'compatible/perplexity-deep-research': ['output_tokens 200255, theirs 218444'],
  },
  'what an image endpoint puts out is images': {
    'openai/images-stream': ['output_image_tokens 272, theirs 0'],
    'openai/images-tokens': ['output_image_tokens 50, theirs 0'],
  },
  'searches are charged, and the library does not look for them where they are told': {
    'openai/responses-search-and-open': ['web_searches 7, theirs 0'],
    'openai/responses-stream': ['web_searches 1, theirs 0'],
    'openai/responses-tool-usage': ['web_searches 1, theirs 0'],
    'openai/responses-web-search': ['web_searches 1, theirs 0'],
    'openrouter/floating-point-cost': ['web_searches 1, theirs 0'],
    'openrouter/web-search-stream': ['web_searches 1, theirs 0'],
  },
  'tokens that were written were charged as read too, so the prompt holds both': {
    'openrouter/written-and-read': ['input_tokens 4329, theirs 2168'],
  },
  'cached audio is counted as cached, once': {
    'openai/realtime-cached-audio': ['input_audio_tokens 236, theirs 300'],
  },
  "bodies that the library does not read: a line of a batch, images without usage, transcriptions, OpenRouter's responses":
    {
      'openai/batch-line': ['refused'],
      'openai/images-counted': ['refused'],
      'openai/transcription-seconds': ['refused'],
      'openai/transcription-tokens': ['refused'],
      'openrouter/responses': ['no extractor'],
    },
};

const API_FLAVORS: ReadonlyMap<string | undefined, string> = new Map([
  ['embeddings', 'embeddings'],
  ['image_generation', 'images'],
]);

function flavorOf(provider: Provider, body: Readonly<Record<string, unknown>>, operation: string): string | undefined {
  const flavors = provider.extractors?.map((it) => it.api_flavor ?? 'default') ?? [];
  const isRealtime = body['type'] === 'response.done';
  const wanted =
    API_FLAVORS.get(operation) ?? (isRealtime ? 'realtime' : body['object'] === 'response' ? 'responses' : 'chat');
  return [wanted, 'default'].find((flavor) => flavors.includes(flavor));
}

/** The object that holds the usage, which the library must be handed; it does not read streams. */
function holderOf(fixture: ResponseFixture): Readonly<Record<string, unknown>> {
  const last = fixture.chunks.at(-1) as Readonly<Record<string, unknown>>;
  // An event of a stream holds the response that a whole body would be; realtime has no whole bodies.
  return last['type'] === 'response.completed' ? (last['response'] as Readonly<Record<string, unknown>>) : last;
}

/** What the library extracts; it throws where a response is of no form that it reads. */
function extractOrRefuse(provider: Provider, body: object, flavor: string): Usage | undefined {
  try {
    return extractUsage(provider, body, flavor).usage;
  } catch {
    return undefined;
  }
}

/** Differences of the two, unit by unit; undefined where the library knows no such provider. */
function compare(providers: readonly Provider[], fixture: ResponseFixture): readonly string[] | undefined {
  const reading = OPENAI_ADAPTERS.find((it) => it.name === fixture.adapter)?.readStream(fixture.chunks);
  const id = PROVIDERS.get(fixture.adapter) ?? (fixture.adapter.startsWith('openai_') ? 'openai' : '');
  const provider = providers.find((it) => it.id === id);
  if (provider === undefined || reading?.usage.ok !== true || reading.status === 'error') return undefined;
  const holder = holderOf(fixture);
  const flavor = flavorOf(provider, holder, reading.operation ?? '');
  if (flavor === undefined) return ['no extractor'];
  const ours = joinInclusive(reading.usage.usage);
  const theirs = extractOrRefuse(provider, { model: reading.model ?? fixture.model, ...holder }, flavor);
  if (theirs === undefined) return ['refused'];
  return UNITS.flatMap(([theirName, ourName]) => {
    const [a, b] = [Number(ours.get(ourName) ?? 0n), theirs[theirName] ?? 0];
    return a === b ? [] : [`${ourName} ${a}, theirs ${b}`];
  });
}

describe('the library as oracle of extraction', async () => {
  const providers = (await waitForUpdate()) ?? [];

  it('finds the counts that we find, but where a reason is given', () => {
    const differences: Record<string, readonly string[]> = {};
    let compared = 0;
    for (const fixture of loadOpenaiFixtures()) {
      const found = compare(providers, fixture);
      if (found === undefined) continue;
      compared += 1;
      if (found.length > 0) differences[fixture.name] = found;
    }
    expect(differences).toEqual(Object.assign({}, ...Object.values(OTHERWISE)));
    expect(compared).toBeGreaterThan(60);
  });
});
