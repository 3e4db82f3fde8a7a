import type { OwnModel } from './own-model.ts';
import {
  chatFacts,
  extendOpenAi,
  OPENAI_PRICING,
  openAi,
  type TierPrices,
  type TokenRates,
  tierPeriods,
  tokenRates,
  WEB_SEARCH,
} from './own-rows-openai-tables.ts';
import { LITELLM } from './rate-factors.ts';

// As for the GPT models: cached input without a batch price costs what other input does.
const SOURCE = `${OPENAI_PRICING}; prompt caching guide: discounting for prompt caching is not available on the Batch API`;

const O_SERIES_FACTS = chatFacts(200_000, 100_000);

/** The o series: batch prices of cached input are those of other input. */
const O_SERIES: readonly OwnModel[] = [
  extendOpenAi('o1', tierPeriods({ batch: ['7.5', '7.5', '30'] }), { facts: O_SERIES_FACTS, source: SOURCE }),
  extendOpenAi('o1-pro', tierPeriods({ batch: ['75', null, '300'] }), { facts: O_SERIES_FACTS }),
  extendOpenAi(
    'o1-mini',
    // The price fell on the day o3-mini came out.
    [
      { to: '2025-01-31', rates: tokenRates(['3', '1.5', '12']) },
      ...tierPeriods({ from: '2025-01-31', batch: ['0.55', '0.55', '2.2'] }),
    ],
    {
      facts: chatFacts(128_000, 65_536),
      source: `langfuse/langfuse pull 5335; RooCodeInc/Roo-Code pull 711; openai.com/api/pricing; ${SOURCE}`,
    },
  ),
  extendOpenAi(
    'o3',
    // The library carries the later price of cached input back to the launch.
    [
      { to: '2025-06-10', rates: { cache_read_tokens: '2.5' } },
      { from: '2025-06-10', rates: { cache_read_tokens: '0.5' } },
      // Of cached input under flex before the cut no price is known.
      ...tierPeriods({ to: '2025-06-10', batch: ['5', '5', '20'], flex: ['5', null, '20'] }, WEB_SEARCH),
      ...tierPeriods(
        { from: '2025-06-10', batch: ['1', '1', '4'], flex: ['1', '0.25', '4'], priority: ['3.5', '0.875', '14'] },
        WEB_SEARCH,
      ),
    ],
    {
      facts: O_SERIES_FACTS,
      source: `openai.com/index/introducing-o3-and-o4-mini; ${SOURCE}; thetechportal.com/2025/04/18 and gadgets360.com on flex at its launch, "the rates of the Batch API"`,
    },
  ),
  extendOpenAi('o3-pro', tierPeriods({ batch: ['10', null, '40'] }), { facts: O_SERIES_FACTS }),
  extendOpenAi('o3-mini', tierPeriods({ batch: ['0.55', '0.55', '2.2'] }), { facts: O_SERIES_FACTS, source: SOURCE }),
  extendOpenAi('o3-deep-research', tierPeriods({ batch: ['5', '5', '20'] }), { source: SOURCE }),
  extendOpenAi(
    'o4-mini',
    tierPeriods(
      // The list rounds half of 0.275 up, and charges by the list.
      { batch: ['0.55', '0.55', '2.2'], flex: ['0.55', '0.138', '2.2'], priority: ['2', '0.5', '8'] },
      WEB_SEARCH,
    ),
    { facts: O_SERIES_FACTS, source: SOURCE },
  ),
  extendOpenAi('o4-mini-deep-research', tierPeriods({ batch: ['1', '1', '4'] }), { source: SOURCE }),
  extendOpenAi('computer-use', tierPeriods({ batch: ['1.5', null, '6'] })),
];

const GPT_5_FACTS = chatFacts(400_000, 128_000);
const GPT_5_TIERS = halfPrice(['0.625', '0.0625', '5'], ['2.5', '0.25', '20']);

/** From GPT-5 on, flex costs what batch does, cached input included. */
function halfPrice(half: TokenRates, priority?: TokenRates): TierPrices {
  return { batch: half, flex: half, ...(priority === undefined ? {} : { priority }) };
}

/** Releases for chat and coding, which are not sold under the tiers of the model that the library counts them to. */
const VARIANTS: ReadonlyArray<
  readonly [names: readonly [string, ...string[]], rates: TokenRates, priority: TokenRates | null, maxOutput: number]
> = [
  [['gpt-5-chat-latest', 'gpt-5-chat'], ['1.25', '0.125', '10'], null, 16_384],
  [['gpt-5-codex'], ['1.25', '0.125', '10'], ['2.5', '0.25', '20'], 128_000],
  [
    ['gpt-5.1-chat-latest', 'gpt-5.1-chat', 'gpt-5-1-chat-latest', 'gpt-5-1-chat'],
    ['1.25', '0.125', '10'],
    ['2.5', '0.25', '20'],
    16_384,
  ],
  [['gpt-5.1-codex', 'gpt-5-1-codex'], ['1.25', '0.125', '10'], ['2.5', '0.25', '20'], 128_000],
  [['gpt-5.1-codex-max', 'gpt-5-1-codex-max'], ['1.25', '0.125', '10'], null, 128_000],
  [
    ['gpt-5.2-chat-latest', 'gpt-5.2-chat', 'gpt-5-2-chat-latest', 'gpt-5-2-chat'],
    ['1.75', '0.175', '14'],
    ['3.5', '0.35', '28'],
    16_384,
  ],
  [['gpt-5.2-codex', 'gpt-5-2-codex'], ['1.75', '0.175', '14'], ['3.5', '0.35', '28'], 128_000],
];

/** The o series and GPT-5 up to 5.3. */
export const REASONING_MODELS: readonly OwnModel[] = [
  ...O_SERIES,
  extendOpenAi('gpt-5', tierPeriods(GPT_5_TIERS, WEB_SEARCH), { facts: GPT_5_FACTS }),
  extendOpenAi('gpt-5-mini', tierPeriods(halfPrice(['0.125', '0.0125', '1'], ['0.45', '0.045', '3.6']), WEB_SEARCH), {
    facts: GPT_5_FACTS,
  }),
  extendOpenAi('gpt-5-nano', tierPeriods(halfPrice(['0.025', '0.0025', '0.2']), WEB_SEARCH), { facts: GPT_5_FACTS }),
  extendOpenAi('gpt-5-pro', tierPeriods({ batch: ['7.5', null, '60'] }, WEB_SEARCH)),
  extendOpenAi('gpt-5.1', tierPeriods(GPT_5_TIERS, WEB_SEARCH), { facts: GPT_5_FACTS }),
  extendOpenAi('gpt-5.1-codex-mini', tierPeriods({ priority: ['0.45', '0.045', '3.6'] }), { source: LITELLM }),
  extendOpenAi('gpt-5.2', tierPeriods(halfPrice(['0.875', '0.0875', '7'], ['3.5', '0.35', '28']), WEB_SEARCH), {
    facts: GPT_5_FACTS,
  }),
  extendOpenAi('gpt-5.2-pro', tierPeriods({ batch: ['10.5', null, '84'] }, WEB_SEARCH)),
  extendOpenAi('gpt-5.3-codex', tierPeriods({ priority: ['3.5', '0.35', '28'] })),
  openAi('gpt-5-search-api', [{ rates: tokenRates(['1.25', '0.125', '10']) }], {
    names: ['gpt-5-search-api-2025-10-14'],
  }),
  ...VARIANTS.map(([names, rates, priority, maxOutput]) => {
    const contextTokens = maxOutput === 16_384 ? 128_000 : 400_000;
    return openAi(
      names[0],
      [
        { rates: { ...tokenRates(rates), ...WEB_SEARCH } },
        ...(priority === null ? [] : tierPeriods({ priority }, WEB_SEARCH)),
      ],
      { names, facts: chatFacts(contextTokens, maxOutput), source: `${OPENAI_PRICING}; ${LITELLM}` },
    );
  }),
];
