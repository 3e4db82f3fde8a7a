import { CHECKED_ON, type OwnModel } from './own-model.ts';
import { chat, LITELLM } from './rate-factors.ts';

const DOCS = 'mistralai/platform-docs-public src/schema/models/models';
const SMALL_4 = { input_tokens: '0.15', cache_read_tokens: '0.015', output_tokens: '0.6' };
const MEDIUM_3_1 = { input_tokens: '0.4', cache_read_tokens: '0.04', output_tokens: '2' };
const MEDIUM_3_5 = { input_tokens: '1.5', cache_read_tokens: '0.15', output_tokens: '7.5' };

/** Names for which the library's list lacks the price, or the day on which they moved. */
const moving = (
  model: string,
  periods: OwnModel['periods'],
  source: string,
  names: readonly string[] = [],
): OwnModel => ({
  provider: 'mistral',
  model,
  names,
  replaces: null,
  scope: 'all',
  periods,
  source,
  checkedOn: CHECKED_ON,
});

/** More names of a model whose price the library has. */
const alias = (model: string, names: readonly string[]): OwnModel => ({
  provider: 'mistral',
  model,
  names,
  replaces: model,
  scope: 'names',
  periods: [],
  source: `${DOCS}; promptfoo/promptfoo pull 9929`,
  checkedOn: CHECKED_ON,
});

/** Mistral. */
export const MISTRAL_MODELS: readonly OwnModel[] = [
  moving(
    'mistral-large-latest',
    [
      { to: '2025-12-02', rates: { input_tokens: '2', output_tokens: '6' } },
      { from: '2025-12-02', rates: { input_tokens: '0.5', cache_read_tokens: '0.05', output_tokens: '1.5' } },
    ],
    `${DOCS}/mistral-large-3-25-12.ts (commit 4975b095); simonw/llm-prices pull 63`,
  ),
  moving(
    'mistral-large-4',
    // An introductory price of unknown last day came before.
    [{ from: '2026-10-21', rates: { input_tokens: '1.36', output_tokens: '4.18' } }],
    'vercel.com/ai-gateway/models/mistral-large-4; BlockRunAI/Franklin release v3.49.15',
    ['mistral-large-4-0'],
  ),
  moving(
    'mistral-medium',
    [
      { from: '2025-06-16', to: '2026-06-16', rates: MEDIUM_3_1 },
      // It was seen to have moved on 2026-07-01; the weeks before are left out.
      { from: '2026-07-01', rates: MEDIUM_3_5 },
    ],
    `${DOCS}/mistral-medium-3-1-25-08.ts; promptfoo/promptfoo pull 9929`,
  ),
  alias('mistral-medium-3-5', ['mistral-medium-2604']),
  moving(
    'mistral-small-latest',
    [
      { to: '2026-03-16', rates: { input_tokens: '0.1', output_tokens: '0.3' } },
      { from: '2026-03-16', rates: SMALL_4 },
    ],
    `${DOCS}/mistral-small-4-0-26-03.ts (commit 94bd65f1); promptfoo/promptfoo pull 9929`,
  ),
  moving(
    'mistral-small-2506',
    [{ rates: { input_tokens: '0.1', output_tokens: '0.3' } }],
    `${DOCS}/mistral-small-3-2-25-06.ts`,
    ['mistral-small-2503', 'mistral-small-2501'],
  ),
  moving(
    'codestral-latest',
    [
      { to: '2025-07-30', rates: { input_tokens: '0.3', output_tokens: '0.9' } },
      { from: '2025-07-30', rates: { input_tokens: '0.3', cache_read_tokens: '0.03', output_tokens: '0.9' } },
    ],
    `${DOCS}/codestral-25-08.ts`,
  ),
  moving(
    'ministral-3b-latest',
    [
      { to: '2025-12-02', rates: { input_tokens: '0.04', output_tokens: '0.04' } },
      { from: '2025-12-02', rates: { input_tokens: '0.1', cache_read_tokens: '0.01', output_tokens: '0.1' } },
    ],
    `${DOCS}/ministral-3-3b-25-12.ts (commit 4975b095); simonw/llm-prices pull 63`,
  ),
  alias('ministral-3b', ['ministral-3b-2410']),
  alias('ministral-14b-2512', ['ministral-14b-latest']),
  alias('devstral-2512', ['devstral-latest']),
  moving(
    'devstral-medium-latest',
    [
      { to: '2025-12-09', rates: { input_tokens: '0.4', output_tokens: '2' } },
      { from: '2025-12-09', rates: { input_tokens: '0.4', cache_read_tokens: '0.04', output_tokens: '2' } },
    ],
    `${DOCS}/devstral-2-25-12.ts (commit 76c56a45)`,
  ),
  moving(
    'devstral-medium-2507',
    [{ rates: { input_tokens: '0.4', output_tokens: '2' } }],
    `${DOCS}/devstral-medium-1-0-25-07.ts`,
  ),
  moving('codestral-embed', [{ rates: { input_tokens: '0.15' } }], `${DOCS}/codestral-embed-25-05.ts`, [
    'codestral-embed-2505',
  ]),
  moving(
    'open-mixtral-8x22b',
    [{ rates: { input_tokens: '2', output_tokens: '6' } }],
    'simonw/llm-prices data/mistral.json',
  ),
  alias('mistral-nemo', ['open-mistral-nemo-2407']),
  alias('mistral-embed', ['mistral-embed-2312']),
  alias('pixtral-12b', ['pixtral-12b-2409']),
  ...['mistral-7b', 'mixtral-8x7b'].map(
    (model): OwnModel => ({
      ...alias(model, []),
      facts: chat(32_000, 8191),
      source: LITELLM,
    }),
  ),
];
