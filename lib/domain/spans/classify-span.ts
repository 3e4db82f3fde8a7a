import type { Span } from './span.ts';
import { countOf, textOf } from './span-facts.ts';

/**
 * What a span stands for. `call`: one request to a model. `wrapper`: work around calls, whose counts are those of the
 * calls inside it. `tool`: a wrapper too, but calls inside it are not part of a call around it. `other`: nothing of ours.
 */
export type SpanKind = 'call' | 'wrapper' | 'tool' | 'other';

/** Operations that are one request to a model, under their names in the conventions and the ledger's. */
const CALLS: ReadonlyMap<string, string> = new Map([
  ['chat', 'chat'],
  ['text_completion', 'text_completion'],
  ['completion', 'text_completion'],
  ['generate_content', 'generate_content'],
  ['embeddings', 'embeddings'],
  ['embedding', 'embeddings'],
  ['rerank', 'rerank'],
  // LiteLLM names its own functions.
  ['acompletion', 'chat'],
  ['atext_completion', 'text_completion'],
  ['responses', 'chat'],
  ['aresponses', 'chat'],
  ['anthropic_messages', 'chat'],
  ['aembedding', 'embeddings'],
  ['arerank', 'rerank'],
]);

const WRAPPERS: ReadonlySet<string> = new Set([
  ...['invoke_agent', 'create_agent', 'invoke_workflow', 'plan', 'retrieval', 'agent', 'workflow', 'task', 'chain'],
  ...['retriever', 'guardrail', 'evaluator', 'prompt'],
  // The AI SDK's version 7 and the frameworks on it; the calls of a step are spans of their own.
  ...['agent_step', 'step', 'turn', 'invoke_node'],
]);
/** Words that begin the names of spans by the conventions, for those that say nothing of their operation. */
const NAMES: ReadonlySet<string> = new Set([
  ...['invoke_agent', 'create_agent', 'invoke_workflow', 'execute_tool', 'agent_step', 'step'],
]);
const TOOLS: ReadonlySet<string> = new Set(['execute_tool', 'tool']);
const OPENINFERENCE_CALLS: ReadonlyMap<string, string> = new Map([
  ['llm', 'chat'],
  ['embedding', 'embeddings'],
  ['reranker', 'rerank'],
]);

/**
 * Tells what a span stands for by what it says of itself; `read-spans.ts` also looks at what lies inside it. What says
 * nothing of its kind is a call when it counts tokens and names a model: sums of a whole run seldom name one.
 */
export function classifySpan(span: Span): SpanKind {
  const kinds = wordsOf(span);
  if (kinds.some((kind) => TOOLS.has(kind))) return 'tool';
  const operation = aiSdkOperation(span);
  if (operation !== undefined) return kindOfAiSdk(operation);
  if (kinds.some((kind) => WRAPPERS.has(kind))) return 'wrapper';
  if (kinds.some((kind) => CALLS.has(kind) || OPENINFERENCE_CALLS.has(kind))) return 'call';
  const hasCounts = countOf(span, 'input_tokens') !== undefined || countOf(span, 'output_tokens') !== undefined;
  if (!hasCounts) return 'other';
  return textOf(span, 'model') === undefined ? 'wrapper' : 'call';
}

/** The operation of a call, under OpenTelemetry's name where it has one. */
export function operationOf(span: Span): string | undefined {
  const operation = aiSdkOperation(span);
  if (operation !== undefined) return AI_SDK_CALLS.get(operation.replace(/^.*\./, '')) ?? 'chat';
  const named = textOf(span, 'operation');
  if (named !== undefined) return CALLS.get(named.toLowerCase()) ?? named;
  return OPENINFERENCE_CALLS.get(wordOf(span, 'openinference.span.kind') ?? '');
}

const KIND_WORDS = ['gen_ai.operation.name', 'llm.request.type', 'openinference.span.kind', 'traceloop.span.kind'];

function wordsOf(span: Span): readonly string[] {
  const words = KIND_WORDS.map((attribute) => wordOf(span, attribute)).filter((word) => word !== undefined);
  if (words.length > 0) return words;
  const [first = ''] = span.name.split(' ', 1);
  return NAMES.has(first) ? [first] : [];
}

function wordOf(span: Span, attribute: string): string | undefined {
  const value = span.attributes.get(attribute);
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

/** `ai.generateText` around `ai.generateText.doGenerate`: the AI SDK names both in an attribute and, first, in the span's name. */
function aiSdkOperation(span: Span): string | undefined {
  const named = span.attributes.get('ai.operationId');
  if (typeof named === 'string') return /^ai\.[A-Za-z]+(?:\.[A-Za-z]+)?/.exec(named)?.[0];
  // Others begin the names of their spans like that too, and theirs may be calls.
  return AI_SDK_NAME.exec(span.name)?.[0];
}

const AI_SDK_NAME =
  /^ai\.(?:toolCall|(?:generateText|streamText|generateObject|streamObject|embed|embedMany|rerank)(?:\.do[A-Z][a-z]+)?)(?![A-Za-z.])/;

const AI_SDK_CALLS: ReadonlyMap<string, string> = new Map([
  ['doEmbed', 'embeddings'],
  ['doRerank', 'rerank'],
]);

function kindOfAiSdk(operation: string): SpanKind {
  if (/\.do[A-Z]/.test(operation)) return 'call';
  return operation === 'ai.toolCall' ? 'tool' : 'wrapper';
}
