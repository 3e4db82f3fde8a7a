/** A model that is paid by the call: its name on the scale of quality, and whose price is reckoned with. */
export interface PerCallModel {
  /** As rows of quality have it. */
  readonly model: string;
  /** As the price catalog has them. */
  readonly provider: string;
  readonly name: string;
}

/** The scale on which models are compared: the one with the most models that can be had by the call or run. */
export const ADVICE_SCALE = 'MMLU-Pro %';

/** Every model with a score on {@link ADVICE_SCALE} whose price the catalog knows; of one model, one seller. */
export const PER_CALL_MODELS: readonly PerCallModel[] = [
  { model: 'GPT-5', provider: 'openai', name: 'gpt-5' },
  { model: 'Gemini-2.5-Pro', provider: 'google', name: 'gemini-2.5-pro' },
  { model: 'Grok-4', provider: 'x-ai', name: 'grok-4-0709' },
  { model: 'Claude-4-Opus', provider: 'anthropic', name: 'claude-opus-4-0' },
  { model: 'Claude-4-Sonnet', provider: 'anthropic', name: 'claude-sonnet-4-0' },
  { model: 'Qwen3-235B', provider: 'huggingface_novita', name: 'Qwen/Qwen3-235B-A22B' },
  { model: 'GLM-4.5', provider: 'huggingface_novita', name: 'zai-org/GLM-4.5' },
  { model: 'Kimi-K2', provider: 'groq', name: 'moonshotai/kimi-k2-instruct' },
  { model: 'GLM-4.5-Air', provider: 'huggingface_novita', name: 'zai-org/GLM-4.5-Air' },
  { model: 'gpt-oss-120B', provider: 'groq', name: 'openai/gpt-oss-120b' },
  { model: 'Qwen3-30B', provider: 'huggingface_novita', name: 'Qwen/Qwen3-30B-A3B' },
  { model: 'Llama-3.3-70B', provider: 'groq', name: 'llama-3.3-70b-versatile' },
];

/**
 * Least part of the best score on the scale that each need asks for. The best is within 2 percent of the top; the other two
 * are the shares of quality that guide S4 gives for mid-tier and budget models.
 *
 * @see guide S4, lines 547 to 549 and 827 to 830
 */
export const MIN_QUALITY_RATIOS = { best: 0.98, very_good: 0.9, good_enough: 0.8 } as const;
