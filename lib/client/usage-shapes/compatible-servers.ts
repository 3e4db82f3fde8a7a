import { type ChatDifferences, OPENAI_CHAT } from './openai-chat.ts';

/** How a server other than OpenAI speaks OpenAI's protocol. Paths are dotted; those of `usage` begin there. */
export interface CompatibleServer extends ChatDifferences {
  /** The catalog's provider id; for own servers a name that no price list knows, so that nothing is guessed. */
  readonly provider: string;
  /** Where a body or a chunk holds its usage; of several the first that holds an object. */
  readonly usageAt: readonly string[];
  /** Where `usage` names the charge and how many of its digits are decimals; null where it names none. */
  readonly cost: { readonly at: string; readonly decimals: number } | null;
  /** Whether two responses may have the same id, so that it identifies neither. */
  readonly doIdsRepeat: boolean;
  /** Fields that no other server sends, by which an unnamed body is recognised. */
  readonly hallmarks: readonly string[];
  /** Beginnings of texts that no other server sends, likewise: pairs of field and beginning. */
  readonly textMarks: ReadonlyArray<readonly [field: string, beginning: string]>;
}

const LIKE_OPENAI: Omit<CompatibleServer, 'provider'> = {
  ...OPENAI_CHAT,
  usageAt: ['usage'],
  cost: null,
  doIdsRepeat: false,
  hallmarks: [],
  textMarks: [],
};

/**
 * The servers by adapter name, each with what sets it apart.
 * @see docs/adapters.md for where each of the facts was found
 */
export const COMPATIBLE_SERVERS: ReadonlyMap<string, CompatibleServer> = new Map<string, CompatibleServer>([
  [
    'mistral',
    // Its audio models bill the seconds of the prompt, which are not among the prompt's tokens.
    {
      ...LIKE_OPENAI,
      provider: 'mistral',
      audioSecondsAt: 'prompt_audio_seconds',
      hallmarks: ['usage.num_cached_tokens', 'usage.prompt_audio_seconds'],
    },
  ],
  [
    'gemini_openai',
    // Thoughts are in the total alone: neither in the completion nor, mostly, anywhere by name.
    {
      ...LIKE_OPENAI,
      provider: 'google',
      reasoning: 'rest_of_total',
      textMarks: [
        ['model', 'gemini-'],
        ['model', 'models/gemini-'],
      ],
    },
  ],
  [
    'groq',
    // Streams end with usage inside x_groq, and some models put it nowhere else.
    { ...LIKE_OPENAI, provider: 'groq', usageAt: ['usage', 'x_groq.usage'], hallmarks: ['x_groq'] },
  ],
  ['deepseek', { ...LIKE_OPENAI, provider: 'deepseek', hallmarks: ['usage.prompt_cache_hit_tokens'] }],
  [
    'xai',
    // Reasoning lies beside the completion, which the total shows; the charge is in ticks of 1e-10 USD.
    {
      ...LIKE_OPENAI,
      provider: 'x-ai',
      cost: { at: 'cost_in_usd_ticks', decimals: 10 },
      alsoCounts: [['num_sources_used', 'search_sources']],
      hallmarks: ['usage.cost_in_usd_ticks', 'usage.num_sources_used'],
    },
  ],
  [
    'perplexity',
    // Reasoning and citations of deep research are outside both the completion and the total.
    {
      ...LIKE_OPENAI,
      provider: 'perplexity',
      reasoning: 'beside',
      reasoningAt: ['reasoning_tokens'],
      cost: { at: 'cost.total_cost', decimals: 0 },
      alsoCounts: [
        ['citation_tokens', 'citation_tokens'],
        ['num_search_queries', 'web_searches'],
      ],
      hallmarks: ['usage.search_context_size', 'usage.num_search_queries', 'usage.citation_tokens'],
    },
  ],
  ['moonshot', { ...LIKE_OPENAI, provider: 'moonshotai' }],
  ['together', { ...LIKE_OPENAI, provider: 'together' }],
  ['fireworks', { ...LIKE_OPENAI, provider: 'fireworks', textMarks: [['model', 'accounts/fireworks/']] }],
  [
    'vllm',
    // Details of the prompt are null unless the server was started with --enable-prompt-tokens-details.
    {
      ...LIKE_OPENAI,
      provider: 'vllm',
      hallmarks: ['prompt_logprobs', 'kv_transfer_params'],
      textMarks: [['system_fingerprint', 'vllm-']],
    },
  ],
  [
    'ollama',
    // Its ids are one of a thousand, drawn anew for every answer.
    { ...LIKE_OPENAI, provider: 'ollama', doIdsRepeat: true, textMarks: [['system_fingerprint', 'fp_ollama']] },
  ],
]);
