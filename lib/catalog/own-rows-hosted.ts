import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { LITELLM } from './rate-factors.ts';

/**
 * Open and partner models at clouds and hosts, of which the library has nothing and two lists say the same: seller,
 * name, USD per 1M tokens of input and output, cached input; `null` = no output or no price for cached input.
 */
const HOSTED: ReadonlyArray<
  readonly [provider: string, model: string, input: string, output: string | null, cacheRead: string | null]
> = [
  ['aws', 'nvidia.nemotron-nano-12b-v2', '0.2', '0.6', null],
  ['azure', 'cohere-embed-v3-english', '0.1', null, null],
  ['azure', 'cohere-embed-v3-multilingual', '0.1', null, null],
  ['azure', 'deepseek-v3.2', '0.58', '1.68', null],
  ['azure', 'deepseek-v3.2-speciale', '0.58', '1.68', null],
  ['azure', 'deepseek-v4-flash', '0.19', '0.51', null],
  ['azure', 'deepseek-v4-pro', '1.74', '3.48', null],
  ['azure', 'llama-3.2-11b-vision-instruct', '0.37', '0.37', null],
  ['azure', 'llama-3.2-90b-vision-instruct', '2.04', '2.04', null],
  ['azure', 'llama-4-scout-17b-16e-instruct', '0.2', '0.78', null],
  ['azure', 'phi-3-small-128k-instruct', '0.15', '0.6', null],
  ['azure', 'phi-3-small-8k-instruct', '0.15', '0.6', null],
  ['azure', 'phi-3.5-moe-instruct', '0.16', '0.64', null],
  ['google', 'deepseek-ai/deepseek-v3.2-maas', '0.56', '1.68', null],
  ['google', 'meta/llama-4-maverick-17b-128e-instruct-maas', '0.35', '1.15', null],
  ['google', 'moonshotai/kimi-k2-thinking-maas', '0.6', '2.5', null],
  ['google', 'zai-org/glm-4.7-maas', '0.6', '2.2', null],
  ['google', 'zai-org/glm-5-maas', '1', '3.2', '0.1'],
  ['together', 'deepseek-ai/deepseek-r1', '3', '7', null],
  ['together', 'deepseek-ai/deepseek-v3', '1.25', '1.25', null],
  ['together', 'moonshotai/kimi-k2.5', '0.5', '2.8', null],
  ['together', 'openai/gpt-oss-120b', '0.15', '0.6', null],
  ['together', 'openai/gpt-oss-20b', '0.05', '0.2', null],
  ['together', 'qwen/qwen3-coder-480b-a35b-instruct-fp8', '2', '2', null],
  ['together', 'qwen/qwen3.5-397b-a17b', '0.6', '3.6', null],
];

/** Models that others host. */
export const HOSTED_MODELS: readonly OwnModel[] = HOSTED.map(([provider, model, input, output, cacheRead]) => ({
  provider,
  model,
  replaces: null,
  scope: 'all',
  periods: [
    {
      rates: {
        input_tokens: input,
        ...(cacheRead === null ? {} : { cache_read_tokens: cacheRead }),
        ...(output === null ? {} : { output_tokens: output }),
      },
    },
  ],
  source: `${LITELLM}; anomalyco/models.dev providers (2026-07-02)`,
  checkedOn: CHECKED_ON,
}));
