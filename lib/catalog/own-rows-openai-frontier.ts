import type { OwnModel } from './own-model.ts';
import {
  chatFacts,
  extendOpenAi,
  OPENAI_PRICING,
  openAi,
  type SizedRates,
  type TierPrices,
  type TokenRates,
  tierPeriods,
  tokenRates,
  WEB_SEARCH,
} from './own-rows-openai-tables.ts';
import type { SnapshotPeriod } from './snapshot.ts';

const FAST =
  'developers.openai.com/api/docs/guides/fast-mode; langfuse/langfuse default-model-prices.json of 2026-08-20';
const RESIDENCY = 'developers.openai.com/api/docs/guides/data-residency';
const SOURCE = `${OPENAI_PRICING}; ${RESIDENCY}`;
const SOURCE_56 = `${SOURCE}; ${FAST}; ai model cards of 2026-08-03 and 2026-09-07 read from the price list`;

/**
 * Endpoints that process in their region charge a tenth more for models released from 2026-03-05 on. The other regions
 * only store there; what they charge is not said, so calls pinned to them stay without a price.
 */
const RESIDENCY_SURCHARGE = [{ regions: ['us', 'eu', 'au', 'in', 'jp', 'ae'], factor: '1.1' }];

const LONG_CONTEXT = chatFacts(1_050_000, 128_000);
const SHORT_CONTEXT = chatFacts(400_000, 128_000);

/** Prices of a model over one period; `standard` where the library puts a request of exactly 272,000 tokens above. */
interface FrontierPrices extends TierPrices {
  readonly standard?: SizedRates;
}

function sized(short: TokenRates, long: TokenRates): SizedRates {
  return { short, long };
}

const PRO = sized(['30', null, '180'], ['60', null, '270']);

function half(rates: TokenRates | SizedRates): TierPrices {
  return { batch: rates, flex: rates };
}

function frontier(
  model: string,
  facts: OwnModel['facts'],
  source: string,
  ...prices: readonly FrontierPrices[]
): OwnModel {
  return extendOpenAi(
    model,
    prices.flatMap(({ standard, ...price }) => [
      ...(standard === undefined ? [] : [standardPeriod(standard, price)]),
      ...tierPeriods(price, WEB_SEARCH),
    ]),
    { ...(facts === undefined ? {} : { facts }), surcharges: RESIDENCY_SURCHARGE, source },
  );
}

function standardPeriod(standard: SizedRates, { from, to }: TierPrices): SnapshotPeriod {
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    rates: tokenRates(standard),
  };
}

/** GPT-5.4 and later: all with a surcharge in some regions, most with a higher price for large requests. */
export const FRONTIER_MODELS: readonly OwnModel[] = [
  frontier('gpt-5.4', LONG_CONTEXT, SOURCE, {
    standard: sized(['2.5', '0.25', '15'], ['5', '0.5', '22.5']),
    ...half(sized(['1.25', '0.13', '7.5'], ['2.5', '0.25', '11.25'])),
    // Large requests are not served with priority; the vendor reports them under the default tier.
    priority: ['5', '0.5', '30'],
  }),
  frontier('gpt-5.4-mini', SHORT_CONTEXT, SOURCE, {
    ...half(['0.375', '0.0375', '2.25']),
    priority: ['1.5', '0.15', '9'],
  }),
  frontier('gpt-5.4-nano', SHORT_CONTEXT, SOURCE, half(['0.1', '0.01', '0.625'])),
  frontier('gpt-5.4-pro', LONG_CONTEXT, SOURCE, {
    standard: PRO,
    ...half(sized(['15', null, '90'], ['30', null, '135'])),
  }),
  frontier('gpt-5.5', LONG_CONTEXT, SOURCE, {
    standard: sized(['5', '0.5', '30'], ['10', '1', '45']),
    ...half(sized(['2.5', '0.25', '15'], ['5', '0.5', '22.5'])),
    priority: ['12.5', '1.25', '75'],
  }),
  // For large requests the list has no batch price; the model's page says twice the input and half as much again of
  // the output, as for standard ones.
  frontier(
    'gpt-5.5-pro',
    LONG_CONTEXT,
    `${SOURCE}; developers.openai.com/api/docs/models/gpt-5.4-pro on large requests "for standard, batch, and flex"`,
    { standard: PRO, ...half(sized(['15', null, '90'], ['30', null, '135'])) },
  ),
  frontier(
    'gpt-5.6-sol',
    LONG_CONTEXT,
    SOURCE_56,
    {
      to: '2026-08-21',
      standard: sized(['5', '0.5', '30', '6.25'], ['10', '1', '45', '12.5']),
      ...half(sized(['2.5', '0.25', '15', '3.125'], ['5', '0.5', '22.5', '6.25'])),
      priority: sized(['10', '1', '60', '12.5'], ['20', '2', '90', '25']),
    },
    {
      from: '2026-08-21',
      standard: sized(['4', '0.4', '20', '5'], ['8', '0.8', '30', '10']),
      ...half(sized(['2', '0.2', '10', '2.5'], ['4', '0.4', '15', '5'])),
      priority: sized(['8', '0.8', '40', '10'], ['16', '1.6', '60', '20']),
    },
  ),
  frontier(
    'gpt-5.6-terra',
    LONG_CONTEXT,
    SOURCE_56,
    // Before the cut the tiers are those of LiteLLM's copy of 2026-07-24: half and twice the prices of the time.
    {
      to: '2026-07-30',
      standard: sized(['2.5', '0.25', '15', '3.125'], ['5', '0.5', '22.5', '6.25']),
      ...half(sized(['1.25', '0.125', '7.5', '1.5625'], ['2.5', '0.25', '11.25', '3.125'])),
      priority: sized(['5', '0.5', '30', '6.25'], ['10', '1', '45', '12.5']),
    },
    {
      from: '2026-07-30',
      standard: sized(['2', '0.2', '12', '2.5'], ['4', '0.4', '18', '5']),
      ...half(sized(['1', '0.1', '6', '1.25'], ['2', '0.2', '9', '2.5'])),
      priority: sized(['4', '0.4', '24', '5'], ['8', '0.8', '36', '10']),
    },
  ),
  frontier(
    'gpt-5.6-luna',
    LONG_CONTEXT,
    SOURCE_56,
    {
      to: '2026-07-30',
      standard: sized(['1', '0.1', '6', '1.25'], ['2', '0.2', '9', '2.5']),
      ...half(sized(['0.5', '0.05', '3', '0.625'], ['1', '0.1', '4.5', '1.25'])),
      priority: sized(['2', '0.2', '12', '2.5'], ['4', '0.4', '18', '5']),
    },
    {
      from: '2026-07-30',
      standard: sized(['0.2', '0.02', '1.2', '0.25'], ['0.4', '0.04', '1.8', '0.5']),
      ...half(sized(['0.1', '0.01', '0.6', '0.125'], ['0.2', '0.02', '0.9', '0.25'])),
      priority: sized(['0.4', '0.04', '2.4', '0.5'], ['0.8', '0.08', '3.6', '1']),
    },
  ),
  frontier('gpt-6-astra', LONG_CONTEXT, SOURCE, {
    standard: sized(['10', '1', '50', '12.5'], ['20', '2', '75', '25']),
    ...half(sized(['5', '0.5', '25', '6.25'], ['10', '1', '37.5', '12.5'])),
    priority: sized(['20', '2', '100', '25'], ['40', '4', '150', '50']),
  }),
  // Of the fast mode of these two no price was found.
  frontier('gpt-6-sol', LONG_CONTEXT, SOURCE, {
    batch: sized(['1', '0.1', '5', '1.25'], ['2', '0.2', '7.5', '2.5']),
  }),
  frontier('gpt-6-luna', LONG_CONTEXT, SOURCE, {
    batch: sized(['0.05', '0.005', '0.25', '0.0625'], ['0.1', '0.01', '0.375', '0.125']),
  }),
  ...(
    [
      {
        model: 'gpt-6.1-sol',
        standard: sized(['2', '0.1', '10'], ['4', '0.2', '15']),
        halved: sized(['1', '0.05', '5'], ['2', '0.1', '7.5']),
        doubled: sized(['4', '0.2', '20'], ['8', '0.4', '30']),
      },
      {
        model: 'gpt-6.1-terra',
        // Cache writes that live half an hour; those that live twelve cost twice as much and have no unit.
        standard: sized(['1', '0.05', '5', '1.25'], ['2', '0.1', '7.5', '2.5']),
        halved: sized(['0.5', '0.025', '2.5'], ['1', '0.05', '3.75']),
        doubled: sized(['2', '0.1', '10'], ['4', '0.2', '15']),
      },
    ] as const
  ).map(({ model, standard, halved, doubled }) =>
    openAi(
      model,
      [
        { rates: { ...tokenRates(standard), ...WEB_SEARCH } },
        ...tierPeriods({ ...half(halved), priority: doubled }, WEB_SEARCH),
      ],
      {
        facts: LONG_CONTEXT,
        surcharges: RESIDENCY_SURCHARGE,
        source: `developers.openai.com/api/docs/models/${model}; docs.litellm.ai/blog/gpt-6-1-terra; amine123max/Codex-Manager release 0.4.7; ${RESIDENCY}`,
      },
    ),
  ),
];
