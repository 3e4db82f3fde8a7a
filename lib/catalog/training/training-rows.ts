import type { FigureRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES } from '../reference-source.ts';

type Figure = readonly [id: string, about: string, model: string | null, low: number, high: number, unit: string];

const TRAINED = 'USD per 1M training tokens';
const INPUT = 'USD per 1M input tokens';
const OUTPUT = 'USD per 1M output tokens';

/** Prices of training with a vendor; the price catalog has those of further models as `training_tokens`. */
const PRICES: readonly Figure[] = [
  ['gpt-4o/training', 'supervised fine-tuning', 'gpt-4o', 25, 25, TRAINED],
  ['gpt-4o/input', 'use of the tuned model', 'gpt-4o', 3.75, 3.75, INPUT],
  ['gpt-4o/output', 'use of the tuned model', 'gpt-4o', 15, 15, OUTPUT],
  ['gpt-4o-mini/training', 'supervised fine-tuning', 'gpt-4o-mini', 3, 3, TRAINED],
  ['gpt-4o-mini/input', 'use of the tuned model', 'gpt-4o-mini', 0.3, 0.3, INPUT],
  ['gpt-4o-mini/output', 'use of the tuned model', 'gpt-4o-mini', 1.2, 1.2, OUTPUT],
];

/** Ranges of guide S2, with the lines where they stand. */
const ESTIMATES: ReadonlyArray<readonly [...Figure, lines: string]> = [
  ['sft/job', 'full fine-tuning, one job', null, 1_000, 100_000, 'USD', '267'],
  ['sft/examples', 'examples that fine-tuning needs', null, 1_000, 100_000, 'examples', '967'],
  ['sft/accuracy-gain', 'accuracy on the domain gained by fine-tuning', null, 0.1, 0.2, 'ratio', '952'],
  ['sft/inference-factor', 'price of the tuned model over that of its base', null, 2, 2, 'times', '942-943'],
  ['lora/cost-factor', 'full fine-tuning over LoRA, cost', null, 10, 100, 'times', '328'],
  ['lora/parameters-factor', 'full fine-tuning over LoRA, trained parameters', null, 140, 280, 'times', '341'],
  ['lora/time-saved', 'training time that LoRA saves', null, 0.32, 0.44, 'ratio', '342'],
  ['lora/quality', 'quality of LoRA over full fine-tuning', null, 0.98, 0.99, 'ratio', '343'],
  ['lora/adapter', 'size of a LoRA adapter', null, 10, 100, 'MB', '330'],
  ['rlhf/job', 'alignment by human feedback, and more than the upper figure', null, 50_000, 1_000_000, 'USD', '439'],
  ['distillation/job', 'distillation, one job', null, 5_000, 5_000, 'USD', '776'],
  ['distillation/teacher', 'a request to the teacher', 'GPT-4', 0.029, 0.029, 'USD per request', '772'],
  ['distillation/student', 'a request to the student', 'GPT-4o-mini', 0.002, 0.002, 'USD per request', '773'],
  ['distillation/teacher-accuracy', 'accuracy of the teacher', 'GPT-4', 0.9, 0.9, 'ratio', '750'],
  ['distillation/student-accuracy', 'accuracy of the student', 'GPT-4o-mini', 0.85, 0.85, 'ratio', '758'],
  ...pretraining([
    ['GPT-4o', 5, 10],
    ['GPT-5', 50, 100],
    ['Claude 3.5 Sonnet', 30, 30],
    ['Claude Sonnet 4.5', 30, 50],
    ['Gemini 2.5 Flash', 25, 60],
    ['Gemini 2.5 Pro', 40, 80],
    ['Gemini 3.0 Pro', 75, 150],
    ['Llama 4 Scout', 7, 18],
    ['Llama 4 Maverick', 20, 35],
    ['Llama 4 Behemoth', 60, 120],
    ['DeepSeek v3', 5.6, 5.6],
  ]),
];

/** What guide S2 says elsewhere, and what is right. */
const LEGACY: ReadonlyArray<readonly [...Figure, lines: string, note: string]> = [
  [
    ...(['sft/upfront-50k', 'fine-tuning, up front', null, 50_000, 50_000, 'USD'] as const),
    '61, 79, 85, 89',
    'Compute tokens x epochs x price: 5M tokens, 3 epochs at 3 USD per 1M are 45 USD. Preparing data is a cost of its own.',
  ],
  [
    ...(['sft/upfront-45-500', 'fine-tuning, up front', null, 45, 500, 'USD'] as const),
    '966',
    'Compute tokens x epochs x price; preparing data is a cost of its own.',
  ],
  [
    ...(['sft/inference-as-base', 'price of the tuned model over that of its base', null, 1, 1, 'times'] as const),
    '282',
    'Twice the base by the price list of the same guide.',
  ],
  [
    ...(['lora/speed', 'speed of training with LoRA over full fine-tuning', null, 2, 5, 'times'] as const),
    '329',
    'Saving 32 to 44 % of the time, which the guide cites, is 1.5 to 1.8 times as fast.',
  ],
  [
    ...(['distillation/payback', 'months until a distillation has paid', null, 0.18, 0.18, 'months'] as const),
    '777',
    '5,000 / 27,000 is 0.185 months, 5.6 days.',
  ],
];

/** Prices and estimates of training. */
export const TRAINING_ROWS: readonly FigureRow[] = [
  ...PRICES.map((figure) =>
    toRow(figure, { source: `${GUIDES.s2}, lines 273-274, as in the price catalog`, standing: 'stated', note: null }),
  ),
  ...ESTIMATES.map(([id, about, model, low, high, unit, lines]) =>
    toRow([id, about, model, low, high, unit], {
      source: `${GUIDES.s2}, line ${lines}`,
      standing: 'estimate',
      note: null,
    }),
  ),
  ...LEGACY.map(([id, about, model, low, high, unit, lines, note]) =>
    toRow([id, about, model, low, high, unit], { source: `${GUIDES.s2}, line ${lines}`, standing: 'legacy', note }),
  ),
];

function pretraining(
  models: ReadonlyArray<readonly [model: string, lowMillionUsd: number, highMillionUsd: number]>,
): ReadonlyArray<readonly [...Figure, lines: string]> {
  return models.map(
    ([model, low, high]) =>
      [`pretraining/${model}`, 'pretraining', model, low * 1e6, high * 1e6, 'USD', '206-216'] as const,
  );
}

function toRow(
  [id, about, model, low, high, unit]: Figure,
  stated: Pick<FigureRow, 'source' | 'standing' | 'note'>,
): FigureRow {
  return { id, about, model, low, high, unit, ...stated, asOf: '2025', checkedOn: CHECKED_ON };
}
