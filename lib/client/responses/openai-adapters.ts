import { COMPATIBLE_SERVERS } from '../usage-shapes/compatible-servers.ts';
import { valueAt } from '../usage-shapes/openai-paths.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { OLLAMA_PROTOCOL } from './ollama.ts';
import { CHAT_PROTOCOL } from './openai-chat.ts';
import { EMBEDDINGS_PROTOCOL } from './openai-embeddings.ts';
import { IMAGES_PROTOCOL, TRANSCRIPTION_PROTOCOL } from './openai-media.ts';
import { isError, type OpenaiProtocol, readError } from './openai-protocol.ts';
import { RESPONSES_PROTOCOL } from './openai-responses.ts';
import {
  ANY_OPENAI_SERVER,
  AZURE_SERVER,
  OPENROUTER_SERVER,
  type OpenaiServer,
  toOpenaiServer,
} from './openai-server.ts';
import type { ResponseAdapter, ResponseReading } from './response-adapter.ts';
import { failedReading, fieldsAt, listAt, nameAt } from './response-fields.ts';

const EVERY_PROTOCOL = [
  CHAT_PROTOCOL,
  RESPONSES_PROTOCOL,
  EMBEDDINGS_PROTOCOL,
  IMAGES_PROTOCOL,
  TRANSCRIPTION_PROTOCOL,
];

/**
 * The adapters of OpenAI's protocols by what may answer in them: OpenAI's endpoints one by one, then Azure, OpenRouter
 * and the compatible servers, each at every endpoint that they share with it. All of them read an error as well.
 */
export const OPENAI_ADAPTERS: readonly ResponseAdapter[] = [
  createAdapter('openai_chat', ANY_OPENAI_SERVER, [CHAT_PROTOCOL]),
  createAdapter('openai_responses', ANY_OPENAI_SERVER, [RESPONSES_PROTOCOL]),
  createAdapter('openai_embeddings', ANY_OPENAI_SERVER, [EMBEDDINGS_PROTOCOL]),
  createAdapter('openai_images', ANY_OPENAI_SERVER, [IMAGES_PROTOCOL]),
  createAdapter('openai_transcription', ANY_OPENAI_SERVER, [TRANSCRIPTION_PROTOCOL]),
  createBatchAdapter(),
  createAdapter('azure_openai', AZURE_SERVER, EVERY_PROTOCOL),
  createAdapter('openrouter_chat', OPENROUTER_SERVER, EVERY_PROTOCOL),
  ...[...COMPATIBLE_SERVERS].map(([name, server]) =>
    createAdapter(
      name,
      toOpenaiServer(server),
      name === 'ollama' ? [OLLAMA_PROTOCOL, ...EVERY_PROTOCOL] : EVERY_PROTOCOL,
    ),
  ),
];

const BY_PROVIDER: ReadonlyMap<string, string> = new Map([
  ['azure', 'azure_openai'],
  ['openrouter', 'openrouter_chat'],
  ...[...COMPATIBLE_SERVERS].map(([name, server]) => [server.provider, name] as const),
]);

/** Fields of an answer or its choices that show that somebody else than OpenAI gave it. */
const HALLMARKS: ReadonlyArray<readonly [name: string, paths: readonly string[]]> = [
  ['openai_batch', ['custom_id']],
  ['azure_openai', ['prompt_filter_results', 'content_filters', 'content_filter_results']],
  ...[...COMPATIBLE_SERVERS].map(([name, { hallmarks }]) => [name, hallmarks] as const),
  // Behind Perplexity, which names a cost as well, but not as a plain amount.
  ['openrouter_chat', ['native_finish_reason', 'usage.is_byok', 'usage.cost']],
];

/**
 * Picks the adapter for an answer that nobody named one for: by the provider where that tells, else by fields that one
 * server alone sends, else by its endpoint. An answer that is only an error looks alike in many protocols; it is taken
 * for one of chat.
 *
 * @param chunks - the parsed body as the only element, or the chunks of a stream
 * @param provider - a provider id of the catalog, or null when it is not known
 * @returns undefined when the answer is in none of OpenAI's protocols
 */
export function chooseOpenaiAdapter(
  chunks: readonly unknown[],
  provider: string | null = null,
): ResponseAdapter | undefined {
  const name = BY_PROVIDER.get(provider ?? '') ?? recognise(chunks.filter(isFields));
  // What the one adapter cannot read may still be in another protocol, as when Ollama serves somebody's model.
  const candidates = [...OPENAI_ADAPTERS.filter((it) => it.name === name), ...OPENAI_ADAPTERS];
  return candidates.find((adapter) => adapter.readStream(chunks) !== undefined);
}

function recognise(chunks: readonly RawFields[]): string | undefined {
  for (const holder of chunks.flatMap((chunk) => [chunk, ...listAt(chunk, 'choices').filter(isFields)])) {
    const marked = HALLMARKS.find(([, paths]) => paths.some((path) => valueAt(holder, path) !== undefined));
    if (marked !== undefined) return marked[0];
    for (const [name, { textMarks }] of COMPATIBLE_SERVERS) {
      if (textMarks.some(([field, beginning]) => nameAt(holder, field)?.startsWith(beginning) === true)) return name;
    }
  }
  return undefined;
}

function createAdapter(name: string, server: OpenaiServer, protocols: readonly OpenaiProtocol[]): ResponseAdapter {
  const readStream = (chunks: readonly unknown[]): ResponseReading | undefined => {
    const fields = chunks.filter(isFields);
    const protocol = protocols.find((it) => fields.some((chunk) => it.matches(chunk)));
    if (protocol !== undefined) return protocol.read(fields, server);
    return fields.length > 0 && fields.every(isError) ? readError(fields, server) : undefined;
  };
  return { name, readBody: (body) => readStream([body]), readStream };
}

/** A line of a batch's output wraps the body of one call, which cost the batch price whatever tier the body names. */
function createBatchAdapter(): ResponseAdapter {
  const inner = createAdapter('openai_batch', ANY_OPENAI_SERVER, EVERY_PROTOCOL);
  const readLine = (line: unknown): ResponseReading | undefined => {
    if (!isFields(line) || !('custom_id' in line)) return undefined;
    const reading = isError(line) ? failedReading({}) : inner.readBody(fieldsAt(line, 'response')['body']);
    return reading === undefined ? undefined : { ...reading, serviceTier: 'batch' };
  };
  // Several lines are several calls, of which one reading would lose all but one.
  const readLines = (chunks: readonly unknown[]) => (chunks.length === 1 ? readLine(chunks[0]) : undefined);
  return { name: 'openai_batch', readBody: readLine, readStream: readLines };
}
