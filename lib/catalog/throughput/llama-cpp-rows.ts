import type { ThroughputRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON } from '../reference-source.ts';

type Rates = readonly [inputTokensPerS: number, outputTokensPerS: number] | null;

const COLUMNS = [
  { model: 'Llama-3-8B', paramsB: 8, precision: 'q4_k_m' },
  { model: 'Llama-3-8B', paramsB: 8, precision: 'f16' },
  { model: 'Llama-3-70B', paramsB: 70, precision: 'q4_k_m' },
  { model: 'Llama-3-70B', paramsB: 70, precision: 'f16' },
] as const;

/** GPU, how many, and the rates of each of {@link COLUMNS}; null = it did not fit or was not measured. */
const MEASURED: ReadonlyArray<
  readonly [gpu: string, gpuCount: number, small4Bit: Rates, small: Rates, large4Bit: Rates, large: Rates]
> = [
  ['RTX 3070', 1, [2283.62, 70.94], null, null, null],
  ['RTX 3080', 1, [3557.02, 106.4], null, null, null],
  ['RTX 3080 Ti', 1, [3556.67, 106.71], null, null, null],
  ['RTX 4070 Ti', 1, [3653.07, 82.21], null, null, null],
  ['RTX 4080', 1, [5064.99, 106.22], [6758.9, 40.29], null, null],
  ['RTX 4000 Ada', 1, [2310.53, 58.59], [2951.87, 20.85], null, null],
  ['RTX 3090', 1, [3865.39, 111.74], [4239.64, 46.51], null, null],
  ['RTX 4090', 1, [6898.71, 127.74], [9056.26, 54.34], null, null],
  ['RTX 5000 Ada', 1, [4467.46, 89.87], [5835.41, 32.67], null, null],
  ['RTX 3090', 2, [4004.14, 108.07], [4690.5, 47.15], [393.89, 16.29], null],
  ['RTX 4090', 2, [8545, 122.56], [11094.51, 53.27], [905.38, 19.06], null],
  ['RTX A6000', 1, [3621.81, 102.22], [4315.18, 40.25], [466.82, 14.58], null],
  ['RTX 6000 Ada', 1, [5560.94, 130.99], [6205.44, 51.97], [547.03, 18.36], null],
  ['A40', 1, [3240.95, 88.95], [4043.05, 33.95], [239.92, 12.08], null],
  ['L40S', 1, [5908.52, 113.6], [2491.65, 43.42], [649.08, 15.31], null],
  ['RTX 4000 Ada', 4, [3369.24, 56.14], [4366.64, 20.58], [306.44, 7.33], null],
  ['A100-80GB-PCIe', 1, [5800.48, 138.31], [7504.24, 54.56], [726.65, 22.11], null],
  ['A100-80GB', 1, [5863.92, 133.38], [681.47, 53.18], [796.81, 24.33], null],
  ['H100-PCIe', 1, [7760.16, 144.49], [10342.63, 67.79], [984.06, 25.01], null],
  ['RTX 3090', 4, [4653.93, 104.94], [5713.41, 46.4], [350.06, 16.89], null],
  ['RTX 4090', 4, [9609.29, 117.61], [12304.19, 52.69], [898.17, 18.83], null],
  ['RTX 5000 Ada', 4, [6530.78, 82.73], [2877.66, 31.94], [541.54, 11.45], null],
  ['RTX 3090', 6, [5153.05, 101.07], [5952.55, 45.55], [739.4, 16.93], [927.23, 5.82]],
  ['RTX 4090', 8, [9706.82, 116.13], [11818.92, 52.12], [1336.26, 18.76], [1890.48, 6.45]],
  ['RTX A6000', 4, [5340.1, 93.73], [6448.85, 38.87], [539.2, 14.32], [792.23, 4.74]],
  ['RTX 6000 Ada', 4, [9679.55, 118.99], [12637.94, 50.25], [714.93, 17.96], [1270.39, 6.06]],
  ['A40', 4, [4841.98, 83.79], [5931.06, 33.28], [263.36, 11.91], [900.79, 3.98]],
  ['L40S', 4, [9008.27, 105.72], [2541.61, 42.48], [634.05, 14.99], [1478.83, 5.03]],
  ['A100-80GB-PCIe', 4, [8889.35, 117.3], [11670.74, 51.54], [978.06, 22.68], [1733.41, 7.38]],
  ['A100-80GB', 4, [7782.25, 97.7], [674.11, 45.45], [539.08, 19.6], [1834.16, 6.92]],
  ['H100-PCIe', 4, [11560.23, 118.14], [15612.81, 62.9], [1133.23, 26.2], [2420.1, 9.63]],
];

/** One request at a time: what a single reader sees, never what a machine can carry. */
export const LLAMA_CPP_ROWS: readonly ThroughputRow[] = MEASURED.flatMap(([gpu, gpuCount, ...rates]) =>
  COLUMNS.flatMap(({ model, paramsB, precision }, index) => {
    const pair = rates[index] ?? null;
    if (pair === null) return [];
    const [inputTokensPerS, outputTokensPerS] = pair;
    return {
      id: `llama.cpp/${model}/${gpuCount}x${gpu}/${precision}`,
      model,
      paramsB,
      gpu,
      gpuCount,
      precision,
      engine: 'llama.cpp',
      concurrency: 1,
      inputTokens: 1_024,
      outputTokens: 1_024,
      inputTokensPerS,
      outputTokensPerS,
      kind: 'single-stream',
      source: 'XiongjieDai/GPU-Benchmarks-on-LLM-Inference, README',
      asOf: '2024-05',
      checkedOn: CHECKED_ON,
      standing: 'stated',
      note: 'Prompt and generation were measured apart and cannot be had at once.',
    };
  }),
);
