import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { times } from './rate-factors.ts';
import type { SnapshotPeriod } from './snapshot.ts';

/** A copy of Bedrock's price list by service tier, whose own page shows no number without a browser. */
export const PORTKEY_BEDROCK = 'Portkey-AI/models pricing/bedrock.json (2026-08-21); aws.amazon.com/bedrock/pricing';

/**
 * Models in the regions of the United States with the standard price, USD per 1M tokens, that the library knows too;
 * `flex` = sold under flex and priority as well as by the batch. `null` = the model puts out no tokens.
 */
const MODELS: ReadonlyArray<readonly [model: string, input: string, output: string | null, sold?: 'flex']> = [
  ['amazon.nova-micro-v1:0', '0.035', '0.14'],
  ['amazon.nova-lite-v1:0', '0.06', '0.24'],
  ['amazon.nova-pro-v1:0', '0.8', '3.2'],
  ['amazon.titan-text-express-v1', '0.2', '0.6'],
  ['amazon.titan-text-lite-v1', '0.15', '0.2'],
  ['amazon.titan-embed-text-v1', '0.1', null],
  ['meta.llama3-70b-instruct-v1:0', '2.65', '3.5'],
  ['meta.llama3-1-8b-instruct-v1:0', '0.22', '0.22'],
  ['meta.llama3-1-70b-instruct-v1:0', '0.72', '0.72'],
  ['meta.llama3-2-1b-instruct-v1:0', '0.1', '0.1'],
  ['meta.llama3-2-3b-instruct-v1:0', '0.15', '0.15'],
  ['meta.llama3-2-11b-instruct-v1:0', '0.16', '0.16'],
  ['meta.llama3-2-90b-instruct-v1:0', '0.72', '0.72'],
  ['meta.llama3-3-70b-instruct-v1:0', '0.72', '0.72'],
  ['meta.llama4-scout-17b-instruct-v1:0', '0.17', '0.66', 'flex'],
  ['meta.llama4-maverick-17b-instruct-v1:0', '0.24', '0.97', 'flex'],
  ['mistral.mistral-7b-instruct-v0:2', '0.15', '0.2', 'flex'],
  ['mistral.mixtral-8x7b-instruct-v0:1', '0.45', '0.7', 'flex'],
  ['mistral.mistral-small-2402-v1:0', '1', '3', 'flex'],
  ['mistral.mistral-large-2402-v1:0', '4', '12', 'flex'],
  ['mistral.mistral-large-3-675b-instruct', '0.5', '1.5', 'flex'],
  ['mistral.pixtral-large-2502-v1:0', '2', '6', 'flex'],
  ['mistral.ministral-3-3b-instruct', '0.1', '0.1', 'flex'],
  ['mistral.ministral-3-8b-instruct', '0.15', '0.15', 'flex'],
  ['mistral.ministral-3-14b-instruct', '0.2', '0.2', 'flex'],
  ['mistral.magistral-small-2509', '0.5', '1.5', 'flex'],
  ['mistral.devstral-2-123b', '0.4', '2', 'flex'],
];

/** Tokens of prompt and answer together, and at most of the answer, as Bedrock serves the model. */
const FACTS: ReadonlyMap<string, readonly [contextTokens: number, maxOutputTokens: number]> = new Map([
  ['amazon.nova-micro-v1:0', [128_000, 10_000]],
  ['amazon.nova-lite-v1:0', [300_000, 10_000]],
  ['amazon.nova-pro-v1:0', [300_000, 10_000]],
  ['meta.llama3-70b-instruct-v1:0', [8192, 8192]],
  ['meta.llama3-1-8b-instruct-v1:0', [128_000, 2048]],
  ['meta.llama3-1-70b-instruct-v1:0', [128_000, 2048]],
  ['meta.llama3-2-3b-instruct-v1:0', [128_000, 4096]],
  ['mistral.mistral-7b-instruct-v0:2', [32_000, 8191]],
  ['mistral.mixtral-8x7b-instruct-v0:1', [32_000, 8191]],
]);

/** Half the price of tokens that are not cached. */
export function batchOf(input: string, output: string | null): SnapshotPeriod {
  return tier('batch', input, output, '0.5');
}

function tier(name: string, input: string, output: string | null, factor: string): SnapshotPeriod {
  const outputRate = output === null ? {} : { output_tokens: times(output, factor) };
  return { tier: name, rates: { input_tokens: times(input, factor), ...outputRate } };
}

/** Service tiers of models on Bedrock, and what is known of them. */
export const BEDROCK_TIER_MODELS: readonly OwnModel[] = MODELS.map(([model, input, output, sold]): OwnModel => {
  const facts = FACTS.get(model);
  return {
    provider: 'aws',
    model,
    replaces: model,
    scope: 'units',
    periods: [
      batchOf(input, output),
      ...(sold === 'flex' ? [tier('flex', input, output, '0.5'), tier('priority', input, output, '1.75')] : []),
    ],
    ...(facts === undefined
      ? {}
      : { facts: { kind: 'chat', contextTokens: facts[0], maxOutputTokens: facts[1] } as const }),
    source: `${PORTKEY_BEDROCK}; BerriAI/litellm model_prices_and_context_window.json (copy of 2026-07-24)`,
    checkedOn: CHECKED_ON,
  };
});
