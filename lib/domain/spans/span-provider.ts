import { soleVendor, toProviderId } from '../prices/model-name.ts';
import type { Span } from './span.ts';
import { textOf } from './span-facts.ts';

/** Names of the AI SDK's and of Google ADK's providers whose first word is not the provider's. */
const SDK_PROVIDERS: ReadonlyMap<string, string> = new Map([
  ['gcp.vertex.agent', 'google'],
  ['vertex.anthropic', 'google'],
  ['vertex.maas', 'google'],
  ['google.vertex', 'google'],
  ['google.generative-ai', 'google'],
  ['azure-openai', 'azure'],
  ['azure-anthropic', 'azure'],
  ['bedrock.anthropic', 'aws'],
  ['togetherai', 'together'],
]);

/** What the AI SDK puts behind a provider's name. */
const SDK_SUFFIX =
  /\.(?:chat|responses|messages|completion|embedding|text-?embedding|rerank|image|speech|transcription|realtime)$/i;

/** Frameworks that some instrumentations name where the provider belongs: they serve no model. */
const FRAMEWORKS: ReadonlySet<string> = new Set([
  ...['langchain', 'llamaindex', 'llama_index', 'crewai', 'haystack', 'litellm', 'pydantic_ai', 'autogen', 'ag2'],
  ...['semantic_kernel', 'vercel', 'gateway', 'mastra', '_other', 'other', 'unknown', 'custom'],
]);

/**
 * The catalog's id of the provider that a span names, or else that alone serves the model; null where nobody can tell.
 * It goes into the id of the event, so everybody who reports a response must come to the same one.
 */
export function providerOf(span: Span, model: string | undefined): string | null {
  const sent = textOf(span, 'provider')?.trim().toLowerCase().replace(SDK_SUFFIX, '');
  const named = sent === undefined ? null : (SDK_PROVIDERS.get(sent) ?? toProviderId(sent));
  if (named !== null && !FRAMEWORKS.has(named)) return named;
  return model === undefined ? null : soleVendor(model.trim().toLowerCase());
}
