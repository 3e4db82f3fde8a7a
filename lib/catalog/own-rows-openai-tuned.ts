import type { OwnModel } from './own-model.ts';
import { OPENAI_PRICING, openAi, type TokenRates, tierPeriods, tokenRates } from './own-rows-openai-tables.ts';

/** Base model, standard and batch rates, training; as the list shows them, odd halves included. */
const TUNED: ReadonlyArray<readonly [base: string, standard: TokenRates, batch: TokenRates, training: string | null]> =
  [
    ['gpt-4o-2024-08-06', ['3.75', '1.875', '15'], ['2.225', '0.9', '12.5'], '25'],
    ['gpt-4o-mini-2024-07-18', ['0.3', '0.15', '1.2'], ['0.15', '0.075', '0.6'], '3'],
    ['gpt-4.1-2025-04-14', ['3', '0.75', '12'], ['1.5', '0.5', '6'], '25'],
    ['gpt-4.1-mini-2025-04-14', ['0.8', '0.2', '3.2'], ['0.4', '0.1', '1.6'], '5'],
    ['gpt-4.1-nano-2025-04-14', ['0.2', '0.05', '0.8'], ['0.1', '0.025', '0.4'], '1.5'],
    // Trained by the hour, which is no unit of ours; owners who share their data pay half, which the name does not tell.
    ['o4-mini-2025-04-16', ['4', '1', '16'], ['2', '0.5', '8'], null],
    ['davinci-002', ['12', null, '12'], ['6', null, '6'], '6'],
    ['babbage-002', ['1.6', null, '1.6'], ['0.8', null, '0.9'], '0.4'],
  ];

const HISTORY_35 =
  'openai.com/index/gpt-3-5-turbo-fine-tuning-and-api-updates; openai.com/index/new-models-and-developer-products-announced-at-devday';

/** Fine-tuned models by their base: `ft:BASE` stands for `ft:BASE:organisation:name:id`. */
export const TUNED_MODELS: readonly OwnModel[] = [
  ...TUNED.map(([base, standard, batch, training]) =>
    openAi(`ft:${base}`, [
      { rates: { ...tokenRates(standard), ...(training === null ? {} : { training_tokens: training }) } },
      ...tierPeriods({ batch }),
    ]),
  ),
  openAi(
    'ft:gpt-3.5-turbo',
    [
      { from: '2023-08-22', to: '2023-11-06', rates: tokenRates(['12', null, '16']) },
      { from: '2023-11-06', rates: tokenRates(['3', null, '6']) },
      { from: '2023-08-22', rates: { training_tokens: '8' } },
      ...tierPeriods({ batch: ['1.5', null, '3'] }),
    ],
    {
      names: ['ft:gpt-3.5-turbo-0125', 'ft:gpt-3.5-turbo-0613', 'ft:gpt-3.5-turbo-1106'],
      source: `${HISTORY_35}; ${OPENAI_PRICING}`,
    },
  ),
];
