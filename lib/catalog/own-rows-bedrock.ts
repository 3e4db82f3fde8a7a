import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { BEDROCK_TIER_MODELS, batchOf, PORTKEY_BEDROCK } from './own-rows-bedrock-tiers.ts';
import { LITELLM, times } from './rate-factors.ts';

const CACHE_SOURCE = `${LITELLM}; BerriAI/litellm pull 26800; aws.amazon.com/bedrock/pricing`;

/** Claude on Bedrock at global endpoints: model, input and output, USD per 1M tokens. Regional ones cost a tenth more. */
const CLAUDE: ReadonlyArray<readonly [model: string, input: string, output: string]> = [
  ['anthropic.claude-haiku-4-5-20251001-v1:0', '1', '5'],
  ['anthropic.claude-opus-4-5-v1:0', '5', '25'],
  ['anthropic.claude-opus-4-6-v1:0', '5', '25'],
  ['anthropic.claude-opus-4-7-v1:0', '5', '25'],
  ['anthropic.claude-opus-4-8-v1:0', '5', '25'],
  ['anthropic.claude-opus-5', '5', '25'],
  ['anthropic.claude-sonnet-4-6-v1:0', '3', '15'],
  ['anthropic.claude-sonnet-5-v1:0', '2', '10'],
  ['anthropic.claude-fable-5-v1:0', '10', '50'],
];

const above200k = (rate: string, above: string) => ({ rate, tiers: [['>', 200_000, above] as const] });

const LONG_SONNET_4 = {
  input_tokens: above200k('3', '6'),
  cache_write_tokens: above200k('3.75', '7.5'),
  cache_read_tokens: above200k('0.3', '0.6'),
  output_tokens: above200k('15', '22.5'),
};

/** Sonnet 4 and 4.5 charge more for requests of more than 200,000 input tokens. */
const LONG_CONTEXT: ReadonlyArray<readonly [model: string, rates: OwnModel['periods'][number]['rates']]> = [
  ['global.anthropic.claude-sonnet-4-20250514-v1:0', LONG_SONNET_4],
  ['regional.anthropic.claude-sonnet-4-20250514-v1:0', LONG_SONNET_4],
  [
    'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    { ...LONG_SONNET_4, cache_write_1h_tokens: above200k('6', '12') },
  ],
  [
    'regional.anthropic.claude-sonnet-4-5-20250929-v1:0',
    {
      input_tokens: above200k('3.3', '6.6'),
      cache_write_tokens: above200k('4.125', '8.25'),
      cache_write_1h_tokens: above200k('6.6', '13.2'),
      cache_read_tokens: above200k('0.33', '0.66'),
      output_tokens: above200k('16.5', '24.75'),
    },
  ],
];

/** Models of the regions in the United States that the library does not list: USD per 1M tokens. */
const OTHERS: ReadonlyArray<readonly [names: readonly [string, ...string[]], input: string, output: string]> = [
  [['anthropic.claude-v2:1', 'anthropic.claude-v2', 'anthropic.claude-v1'], '8', '24'],
  [['anthropic.claude-instant-v1'], '0.8', '2.4'],
  [['ai21.jamba-1-5-large-v1:0'], '2', '8'],
  [['ai21.jamba-1-5-mini-v1:0'], '0.2', '0.4'],
  [['ai21.jamba-instruct-v1:0'], '0.5', '0.7'],
  [['amazon.titan-text-premier-v1:0'], '0.5', '1.5'],
  [['cohere.command-light-text-v14'], '0.3', '0.6'],
  [['cohere.command-text-v14'], '1.5', '2'],
  [['cohere.command-r-plus-v1:0'], '3', '15'],
  [['cohere.command-r-v1:0'], '0.5', '1.5'],
  [['deepseek.v3-v1:0'], '0.58', '1.68'],
  [['deepseek.v3.2', 'us.deepseek.v3.2'], '0.62', '1.85'],
  [['moonshot.kimi-k2-thinking'], '0.6', '2.5'],
  [['moonshotai.kimi-k2.5'], '0.6', '3'],
  [['meta.llama2-13b-chat-v1'], '0.75', '1'],
  [['meta.llama2-70b-chat-v1'], '1.95', '2.56'],
  [['minimax.minimax-m2', 'minimax.minimax-m2.1', 'minimax.minimax-m2.5'], '0.3', '1.2'],
  [['openai.gpt-oss-safeguard-120b'], '0.15', '0.6'],
  [['openai.gpt-oss-safeguard-20b'], '0.07', '0.2'],
  [['qwen.qwen3-235b-a22b-2507-v1:0'], '0.22', '0.88'],
  [['qwen.qwen3-next-80b-a3b'], '0.15', '1.2'],
  [['qwen.qwen3-coder-next'], '0.5', '1.2'],
  [['zai.glm-4.7'], '0.6', '2.2'],
  [['zai.glm-4.7-flash'], '0.07', '0.4'],
  [['zai.glm-5'], '1', '3.2'],
];

/** The last copy of the vendor's own tables that shows prices by the batch of these models. */
const BATCH_SOURCE = 'convo-lang/convo-lang bedrock-pricing.md (copy of aws.amazon.com/bedrock/pricing, 2025-07-20)';

/** Models that are sold by the batch at half the price: model, input and output at the full price, USD per 1M tokens. */
const BATCHED: ReadonlyArray<readonly [model: string, input: string, output: string]> = [
  ['regional.anthropic.claude-3-haiku-20240307-v1:0', '0.25', '1.25'],
  ['regional.anthropic.claude-3-5-sonnet-20240620-v1:0', '3', '15'],
  ['regional.anthropic.claude-3-5-sonnet-20241022-v2:0', '3', '15'],
  ['amazon.nova-premier-v1:0', '2.5', '12.5'],
];

/** Models whose tokens written to the cache cost what other input does: model, USD per 1M tokens. */
const PLAIN_CACHE_WRITES: ReadonlyArray<readonly [model: string, input: string]> = [
  ['amazon.nova-micro-v1:0', '0.035'],
  ['amazon.nova-lite-v1:0', '0.06'],
  ['amazon.nova-pro-v1:0', '0.8'],
  ['amazon.nova-premier-v1:0', '2.5'],
  ['global.amazon.nova-2-lite-v1:0', '0.3'],
  ['regional.amazon.nova-2-lite-v1:0', '0.33'],
];

/** Models that turn text into vectors: names, USD per 1M tokens. */
const EMBEDDINGS: ReadonlyArray<readonly [names: readonly [string, ...string[]], input: string]> = [
  [['cohere.embed-english-v3', 'cohere.embed-multilingual-v3'], '0.1'],
  [['cohere.embed-v4:0'], '0.12'],
];

/** Models that rank documents: USD per 1,000 requests. */
const RERANKERS: ReadonlyArray<readonly [model: string, rate: string]> = [
  ['cohere.rerank-v3-5:0', '2'],
  ['amazon.rerank-v1:0', '1'],
];

const FABLE_PROFILES = ['us', 'eu'].map((profile) => `${profile}.anthropic.claude-fable-5`);

/** Writes that live an hour cost twice the input; a batch is half the price and knows no cache. */
function claude(model: string, input: string, output: string, names: readonly string[]): OwnModel {
  return {
    provider: 'aws',
    model,
    names,
    replaces: model,
    scope: 'units',
    periods: [{ rates: { cache_write_1h_tokens: times(input, '2') } }, batchOf(input, output)],
    source: `${CACHE_SOURCE}; ${PORTKEY_BEDROCK}`,
    checkedOn: CHECKED_ON,
  };
}

/** Models that draw at one price whatever the size: names, USD per picture. */
const PICTURES: ReadonlyArray<readonly [names: readonly [string, ...string[]], rate: string]> = [
  [['stability.sd3-5-large-v1:0', 'stability.sd3-large-v1:0'], '0.08'],
  [['stability.stable-image-core-v1:1', 'stability.stable-image-core-v1:0'], '0.04'],
  [['stability.stable-image-ultra-v1:1', 'stability.stable-image-ultra-v1:0'], '0.14'],
];

/** Amazon Bedrock. */
export const BEDROCK_MODELS: readonly OwnModel[] = [
  {
    provider: 'aws',
    model: 'amazon.titan-embed-text-v2:0',
    names: ['amazon.titan-embed-text-v2'],
    replaces: null,
    scope: 'all',
    periods: [{ rates: { input_tokens: '0.02' } }, { tier: 'batch', rates: { input_tokens: '0.01' } }],
    facts: { kind: 'embedding', contextTokens: 8192 },
    source: 'aws.amazon.com/bedrock/pricing (Titan Text Embeddings V2, 0.00002 per 1,000 tokens)',
    checkedOn: CHECKED_ON,
  },
  ...CLAUDE.flatMap(([model, input, output]) => [
    claude(`global.${model}`, input, output, []),
    // The library misses profiles of Fable 5 that are named without a revision.
    claude(
      `regional.${model}`,
      times(input, '1.1'),
      times(output, '1.1'),
      model.includes('fable') ? FABLE_PROFILES : [],
    ),
  ]),
  ...LONG_CONTEXT.map(
    ([model, rates]): OwnModel => ({
      provider: 'aws',
      model,
      replaces: model,
      scope: 'units',
      periods: [{ rates }],
      source: CACHE_SOURCE,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...BATCHED.map(
    ([model, input, output]): OwnModel => ({
      provider: 'aws',
      model,
      replaces: model,
      scope: 'units',
      periods: [batchOf(input, output)],
      source: BATCH_SOURCE,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...PLAIN_CACHE_WRITES.map(
    ([model, input]): OwnModel => ({
      provider: 'aws',
      model,
      replaces: model,
      scope: 'units',
      periods: [{ rates: { cache_write_tokens: input } }],
      source: 'anomalyco/models.dev pull 6793; docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html',
      checkedOn: CHECKED_ON,
    }),
  ),
  ...OTHERS.map(
    ([names, input, output]): OwnModel => ({
      provider: 'aws',
      model: names[0],
      names,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { input_tokens: input, output_tokens: output } }],
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...EMBEDDINGS.map(
    ([names, input]): OwnModel => ({
      provider: 'aws',
      model: names[0],
      names,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { input_tokens: input } }],
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...RERANKERS.map(
    ([model, rate]): OwnModel => ({
      provider: 'aws',
      model,
      replaces: null,
      scope: 'all',
      // A request is one query with up to 100 documents.
      periods: [{ rates: { requests: { rate, per: 1000 } } }],
      facts: { kind: 'rerank' },
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...PICTURES.map(
    ([names, rate]): OwnModel => ({
      provider: 'aws',
      model: names[0],
      names,
      replaces: null,
      scope: 'all',
      periods: [{ rates: { images: { rate, per: 1 } } }],
      facts: { kind: 'image' },
      source: LITELLM,
      checkedOn: CHECKED_ON,
    }),
  ),
  ...BEDROCK_TIER_MODELS,
];
