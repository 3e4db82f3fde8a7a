import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { readOpenaiChat } from '../usage-shapes/openai-chat.ts';
import { readOpenaiImages, readOpenaiTranscription } from '../usage-shapes/openai-responses.ts';
import { emptyCounts, isFields, type RawFields, secondsAt } from '../usage-shapes/raw-counts.ts';
import { firstCreatedMs, firstNameAt, isError, type OpenaiProtocol, responseIdOf } from './openai-protocol.ts';
import { NO_USAGE, type OpenaiServer, type PricedUsage, readUsageOf } from './openai-server.ts';
import type { ResponseReading } from './response-adapter.ts';
import { emptyReading, listAt } from './response-fields.ts';

/** Images made or edited. Models billed by tokens report usage; for the others the images themselves are counted. */
export const IMAGES_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    const { type } = chunk;
    if (typeof type === 'string' && /^image_(?:generation|edit)\./.test(type)) return true;
    const first = listAt(chunk, 'data')[0];
    return isFields(first) && ['b64_json', 'url', 'revised_prompt'].some((field) => field in first);
  },

  read(chunks, server) {
    const last = chunks.findLast((chunk) => IMAGES_PROTOCOL.matches(chunk)) ?? {};
    const made = listAt(last, 'data').length;
    const told = readUsageOf(last, server, readOpenaiImages);
    const counted = made === 0 ? NO_USAGE : { usage: imagesAlone(made), reportedCostUsd: null };
    return describe(chunks, server, 'image_generation', told ?? counted);
  },
};

/** Speech turned into text, whole or streamed; the body does not name the model. */
export const TRANSCRIPTION_PROTOCOL: OpenaiProtocol = {
  matches(chunk) {
    const { type } = chunk;
    if (typeof type === 'string' && type.startsWith('transcript.text.')) return true;
    return typeof chunk['text'] === 'string' && Object.keys(chunk).every((field) => TRANSCRIPTION_FIELDS.has(field));
  },

  read(chunks, server) {
    const last = chunks.findLast((chunk) => TRANSCRIPTION_PROTOCOL.matches(chunk)) ?? {};
    const told = readUsageOf(last, server, (raw) =>
      // Mistral reports a transcription as it does a chat.
      'prompt_tokens' in raw ? readOpenaiChat(raw, server.chat) : readOpenaiTranscription(raw),
    );
    return describe(chunks, server, 'transcription', told ?? readDuration(last));
  },
};

const TRANSCRIPTION_FIELDS: ReadonlySet<string> = new Set(
  'text usage language duration task segments words logprobs model x_groq id type'.split(' '),
);

/** Before there was usage, verbose answers named the length of the audio. */
function readDuration(body: RawFields): PricedUsage {
  if ((body['duration'] ?? null) === null) return NO_USAGE;
  const issues: string[] = [];
  const audioSeconds = secondsAt(body, 'duration', issues);
  const usage: UsageReading =
    issues.length > 0 ? { ok: false, issues } : { ok: true, usage: { counts: emptyCounts().counts, audioSeconds } };
  return { usage, reportedCostUsd: null };
}

function imagesAlone(images: number): UsageReading {
  return { ok: true, usage: { counts: new Map([['images', BigInt(images)]]), audioSeconds: null } };
}

function describe(
  chunks: readonly RawFields[],
  server: OpenaiServer,
  operation: string,
  priced: PricedUsage,
): ResponseReading {
  const model = firstNameAt(chunks, 'model');
  const isFailed = chunks.some(isError);
  // Only the events of a stream have a type, and its last one has the usage.
  const isCutOff = priced === NO_USAGE && chunks.some((chunk) => typeof chunk['type'] === 'string');
  const usage = isFailed && priced === NO_USAGE ? emptyReading().usage : priced.usage;
  return {
    ...priced,
    usage,
    model,
    provider: server.providerOf(model),
    responseId: responseIdOf(chunks, server),
    createdMs: firstCreatedMs(chunks),
    operation,
    serviceTier: null,
    region: null,
    status: isFailed ? 'error' : isCutOff ? 'aborted' : 'ok',
  };
}
