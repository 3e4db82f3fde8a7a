import type { QualityRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES, PAPER } from '../reference-source.ts';

/** Tables of scores: a model and its score on each scale; null = not measured. Opinions of guides are estimates. */
const TABLES: ReadonlyArray<
  Pick<QualityRow, 'source' | 'asOf' | 'standing'> & {
    readonly scales: readonly string[];
    readonly scores: ReadonlyArray<readonly [model: string, ...scores: ReadonlyArray<number | null>]>;
  }
> = [
  {
    source: `${GUIDES.s4}, lines 395-406`,
    asOf: '2025-11',
    standing: 'estimate',
    scales: ['guide overall /100'],
    scores: [
      ['GPT-4', 95],
      ['Claude 3 Opus', 94],
      ['GPT-4 Turbo', 93],
      ['Claude 3 Sonnet', 88],
      ['Mixtral 8x7B', 87],
      ['Llama 3 70B', 86],
      ['Mistral 7B', 84],
      ['Llama 3 8B', 82],
      ['GPT-3.5-Turbo', 78],
      ['Phi-3-mini (3.8B)', 72],
    ],
  },
  {
    source: `${GUIDES.s1}, lines 196-298`,
    asOf: null,
    standing: 'estimate',
    scales: [
      'guide reasoning /10',
      'guide coding /10',
      'guide math /10',
      'guide creative /10',
      'guide instruction /10',
      'guide multilingual /10',
    ],
    scores: [
      ['GPT-4o', 9, 9, 9, 9, 10, 9],
      ['GPT-4o-mini', 7, 7, 7, 7, 8, 8],
      ['Claude 3.5 Sonnet', 9, 10, 8, 9, 9, 8],
      ['Llama 3.1 8B', 6, 6, 5, 6, 7, 6],
      ['Llama 3.1 70B', 8, 8, 7, 7, 8, 7],
      ['CodeLlama 7B', 5, 8, 6, 4, 6, 4],
      ['Phi-3 Mini', 6, 6, 6, 5, 7, 5],
    ],
  },
  {
    source: `${GUIDES.s1}, lines 358-363`,
    asOf: null,
    standing: 'stated',
    scales: ['MMLU %', 'HumanEval %', 'GSM8K %', 'MATH %'],
    scores: [
      ['GPT-4o', 88.7, 90.2, 95.8, 76.6],
      ['Llama 3.1 70B', 79.3, 72.8, 83.7, 51.9],
      ['Llama 3.1 8B', 68.4, 62.2, 76.8, 28.5],
      ['Phi-3 Mini', 69.9, 58.5, 75.3, 31.2],
    ],
  },
  {
    source: `${GUIDES.s0}, lines 78-80`,
    asOf: null,
    standing: 'estimate',
    scales: ['guide stars /5'],
    scores: [
      ['TinyLlama', 2],
      ['OpenAI API', 5],
      ['Gemini API', 4],
    ],
  },
  {
    source: `${GUIDES.s3}, line 142`,
    asOf: null,
    standing: 'estimate',
    scales: ['guide stars /5'],
    scores: [
      ['gpt-4o-mini', 5],
      ['Llama 3.2 3B', 3],
    ],
  },
  {
    source: `${PAPER}, tables of benchmarks`,
    asOf: '2025-11',
    standing: 'stated',
    scales: ['GPQA %', 'MATH-500 %', 'LiveCodeBench %', 'MMLU-Pro %'],
    scores: [
      ['Kimi-K2', 76.6, 97.1, 55.6, 82.4],
      ['GLM-4.5', 78.2, 97.9, 73.8, 83.5],
      ['Qwen3-235B', 79, 98.4, 78.8, 84.3],
      ['gpt-oss-120B', 78.2, null, 63.9, 80.8],
      ['GLM-4.5-Air', 73.3, 96.5, 68.4, 81.5],
      ['Llama-3.3-70B', 49.8, 77.3, 28.8, 71.3],
      ['EXAONE-4.0-32B', 73.9, 97.7, 74.7, 81.8],
      ['Qwen3-30B', 70.7, 97.6, 70.7, 80.5],
      ['Magistral-Small', 64.1, 96.3, 51.4, 74.6],
      ['GPT-5', 85.4, 99.4, 66.8, 87.1],
      ['Claude-4-Sonnet', 68.3, 93.4, 44.9, 83.7],
      ['Claude-4-Opus', 70.1, 94.1, 54.2, 86],
      ['Grok-4', 87.7, 99, 81.9, 86.6],
      ['Gemini-2.5-Pro', 84.4, 96.7, 80.1, 86.2],
    ],
  },
];

/** Scores of models, each on its own scale. */
export const QUALITY_ROWS: readonly QualityRow[] = TABLES.flatMap(({ scales, scores, ...stated }) =>
  scores.flatMap(([model, ...values]) =>
    scales.flatMap((scale, index) => {
      const score = values[index] ?? null;
      if (score === null) return [];
      return { id: `${model}: ${scale}`, model, score, scale, ...stated, checkedOn: CHECKED_ON, note: null };
    }),
  ),
);
