/**
 * Where the names of attributes come from. `otel`: OpenTelemetry's GenAI conventions as they are; `otel_old`: as they
 * were; the others are instrumentations with names of their own; `tokenledger` are ours, and win.
 */
export const CONVENTIONS = {
  tokenledger: 'docs/send-opentelemetry.md',
  otel: 'https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/registry/attributes/gen-ai.md',
  otel_old: 'https://github.com/open-telemetry/semantic-conventions/blob/v1.30.0/docs/attributes-registry/gen-ai.md',
  otel_general: 'https://opentelemetry.io/docs/specs/semconv/resource/',
  openllmetry:
    'https://github.com/traceloop/openllmetry/blob/main/packages/opentelemetry-semantic-conventions-ai/opentelemetry/semconv_ai/__init__.py',
  pydantic_ai: 'https://ai.pydantic.dev/logfire/',
  google_adk: 'https://github.com/google/adk-python/blob/main/src/google/adk/telemetry/tracing.py',
  openinference: 'https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md',
  ai_sdk: 'https://ai-sdk.dev/docs/ai-sdk-core/telemetry',
} as const;

/** One convention of {@link CONVENTIONS}. */
export type Convention = keyof typeof CONVENTIONS;

/** What an attribute can tell of a call; texts are fields of a usage event where such a field has this name. */
export type SpanField =
  | TextField
  | 'event_id'
  | 'response_id'
  | 'instance'
  | 'sdk_language'
  | 'sdk_version'
  | 'error_type'
  | 'cache_tokens'
  | 'ttft_seconds'
  | 'ttft_ms'
  | CountField;

/** Texts of a usage event that a span may tell. */
export type TextField = (typeof TEXT_FIELDS)[number];

/** Texts of a usage event that a span may tell, under the event's names. */
export const TEXT_FIELDS = [
  ...(['app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'model', 'operation'] as const),
  ...(['service_tier', 'region', 'billing_account', 'deployment'] as const),
];

/** Counts of a span: units of the contract, and those by which it is told what input and output include. */
export type CountField =
  | (typeof COUNT_UNITS)[number]
  | 'total_tokens'
  | 'uncached_tokens'
  | 'ai_sdk_cached_tokens'
  | 'beside_reasoning_tokens';

/** Units of the contract that a span may count. */
export const COUNT_UNITS = [
  ...(['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'cache_write_5m_tokens'] as const),
  ...(['cache_write_1h_tokens', 'output_tokens', 'reasoning_tokens', 'input_audio_tokens'] as const),
  ...(['output_audio_tokens', 'input_image_tokens', 'output_image_tokens'] as const),
];

/** An attribute, what it tells, and by which convention. */
export interface AttributeRow {
  readonly attribute: string;
  readonly field: SpanField;
  readonly convention: Convention;
}

/** Prefix of attributes that become tags: `tokenledger.tag.cost_center` is the tag `cost_center`. */
export const TAG_PREFIX = 'tokenledger.tag.';

/**
 * Every attribute that is read, by precedence: of the attributes of one field the first that a span has is taken.
 * Content (messages, prompts, completions, tool arguments, events) is not among them.
 */
export const SPAN_ATTRIBUTES: readonly AttributeRow[] = [
  ...TEXT_FIELDS.map((field) => ({ attribute: `tokenledger.${field}`, field, convention: 'tokenledger' as const })),
  ...rows('tokenledger', {
    'tokenledger.event_id': 'event_id',
    'tokenledger.cache_tokens': 'cache_tokens',
  }),
  ...rows('otel', {
    'gen_ai.provider.name': 'provider',
    'gen_ai.response.model': 'model',
    'gen_ai.request.model': 'model',
    'gen_ai.response.id': 'response_id',
    'gen_ai.operation.name': 'operation',
    'openai.response.service_tier': 'service_tier',
    'openai.request.service_tier': 'service_tier',
    'gen_ai.response.time_to_first_chunk': 'ttft_seconds',
    'gen_ai.usage.input_tokens': 'input_tokens',
    'gen_ai.usage.output_tokens': 'output_tokens',
    'gen_ai.usage.cache_read.input_tokens': 'cache_read_tokens',
    'gen_ai.usage.cache_write.input_tokens': 'cache_write_tokens',
    'gen_ai.usage.cache_creation.input_tokens': 'cache_write_tokens',
    'gen_ai.usage.reasoning.output_tokens': 'reasoning_tokens',
    'gen_ai.usage.audio.input_tokens': 'input_audio_tokens',
    'gen_ai.usage.audio.output_tokens': 'output_audio_tokens',
    'gen_ai.usage.image.input_tokens': 'input_image_tokens',
    'gen_ai.usage.image.output_tokens': 'output_image_tokens',
  }),
  ...rows('otel_old', {
    'gen_ai.system': 'provider',
    'gen_ai.usage.prompt_tokens': 'input_tokens',
    'gen_ai.usage.completion_tokens': 'output_tokens',
    'gen_ai.openai.response.service_tier': 'service_tier',
    'gen_ai.openai.request.service_tier': 'service_tier',
  }),
  ...rows('otel_general', {
    'service.name': 'app',
    'deployment.environment.name': 'environment',
    'deployment.environment': 'environment',
    'service.instance.id': 'instance',
    'telemetry.sdk.language': 'sdk_language',
    'telemetry.sdk.version': 'sdk_version',
    'enduser.id': 'user',
    'user.id': 'user',
    'enduser.pseudo.id': 'user',
    'session.id': 'session',
    'gen_ai.conversation.id': 'session',
    'error.type': 'error_type',
  }),
  ...rows('openllmetry', {
    'llm.request.type': 'operation',
    'gen_ai.usage.cache_read_input_tokens': 'cache_read_tokens',
    'gen_ai.usage.cache_creation_input_tokens': 'cache_write_tokens',
    'gen_ai.usage.reasoning_tokens': 'reasoning_tokens',
    'gen_ai.usage.total_tokens': 'total_tokens',
    'llm.usage.total_tokens': 'total_tokens',
    'llm.user': 'user',
    'traceloop.association.properties.user_id': 'user',
    'traceloop.association.properties.session_id': 'session',
  }),
  ...rows('pydantic_ai', {
    'gen_ai.usage.details.cache_read_tokens': 'cache_read_tokens',
    'gen_ai.usage.details.cache_write_tokens': 'cache_write_tokens',
    'gen_ai.usage.details.reasoning_tokens': 'reasoning_tokens',
    'gen_ai.usage.details.input_audio_tokens': 'input_audio_tokens',
    'gen_ai.usage.details.output_audio_tokens': 'output_audio_tokens',
  }),
  ...rows('google_adk', {
    'gen_ai.usage.experimental.cached_tokens': 'cache_read_tokens',
    'gen_ai.usage.experimental.reasoning_tokens': 'beside_reasoning_tokens',
  }),
  ...rows('openinference', {
    'llm.provider': 'provider',
    'llm.system': 'provider',
    'llm.model_name': 'model',
    'embedding.model_name': 'model',
    'reranker.model_name': 'model',
    'llm.token_count.prompt': 'input_tokens',
    'llm.token_count.completion': 'output_tokens',
    'llm.token_count.total': 'total_tokens',
    'llm.token_count.prompt_details.cache_read': 'cache_read_tokens',
    'llm.token_count.prompt_details.cache_write': 'cache_write_tokens',
    'llm.token_count.prompt_details.audio': 'input_audio_tokens',
    'llm.token_count.completion_details.reasoning': 'reasoning_tokens',
    'llm.token_count.completion_details.audio': 'output_audio_tokens',
  }),
  ...rows('ai_sdk', {
    'ai.model.provider': 'provider',
    'ai.response.model': 'model',
    'ai.model.id': 'model',
    'ai.response.id': 'response_id',
    'ai.telemetry.functionId': 'feature',
    'ai.telemetry.metadata.userId': 'user',
    'ai.telemetry.metadata.sessionId': 'session',
    'ai.response.msToFirstChunk': 'ttft_ms',
    'ai.usage.inputTokens': 'input_tokens',
    'ai.usage.promptTokens': 'input_tokens',
    'ai.usage.tokens': 'input_tokens',
    'ai.usage.outputTokens': 'output_tokens',
    'ai.usage.completionTokens': 'output_tokens',
    'ai.usage.totalTokens': 'total_tokens',
    'ai.usage.inputTokenDetails.noCacheTokens': 'uncached_tokens',
    'ai.usage.inputTokenDetails.cacheReadTokens': 'cache_read_tokens',
    'ai.usage.inputTokenDetails.cacheWriteTokens': 'cache_write_tokens',
    'ai.usage.cachedInputTokens': 'ai_sdk_cached_tokens',
    'ai.usage.outputTokenDetails.reasoningTokens': 'reasoning_tokens',
    'ai.usage.reasoningTokens': 'reasoning_tokens',
  }),
];

/** What the AI SDK passes on from a provider, as JSON; counts are taken from it and nothing else. */
export const PROVIDER_METADATA = 'ai.response.providerMetadata';

/** Attributes that tell what kind of work a span is; their texts are compared and never kept. */
export const KIND_ATTRIBUTES = ['openinference.span.kind', 'traceloop.span.kind', 'ai.operationId'] as const;

const READ: ReadonlySet<string> = new Set([
  ...SPAN_ATTRIBUTES.map(({ attribute }) => attribute),
  ...KIND_ATTRIBUTES,
  PROVIDER_METADATA,
]);

const BY_FIELD = new Map<SpanField, string[]>();
for (const { attribute, field } of SPAN_ATTRIBUTES) BY_FIELD.set(field, [...(BY_FIELD.get(field) ?? []), attribute]);

const OWN_FIELDS: ReadonlySet<SpanField> = new Set<SpanField>(['event_id', 'response_id']);
const OWN = new Set(SPAN_ATTRIBUTES.filter(({ field }) => OWN_FIELDS.has(field)).map(({ attribute }) => attribute));
const WHOLE = new Set([...attributesOf('response_id'), PROVIDER_METADATA]);

/** Whether a span may have an attribute from its resource: what one response says is not said of all calls of a process. */
export function isSharedAttribute(name: string): boolean {
  return !OWN.has(name) && name !== PROVIDER_METADATA;
}

/** Whether an attribute tells nothing unless it is whole: an id that was cut could be another one's. */
export function isReadWhole(name: string): boolean {
  return WHOLE.has(name);
}

/** Whether an attribute is read; the value of any other need not be decoded. */
export function isReadAttribute(name: string): boolean {
  return READ.has(name) || name.startsWith(TAG_PREFIX);
}

/** The attributes that tell a field, by precedence. */
export function attributesOf(field: SpanField): readonly string[] {
  return BY_FIELD.get(field) ?? [];
}

function rows(convention: Convention, fields: Readonly<Record<string, SpanField>>): AttributeRow[] {
  return Object.entries(fields).map(([attribute, field]) => ({ attribute, field, convention }));
}
