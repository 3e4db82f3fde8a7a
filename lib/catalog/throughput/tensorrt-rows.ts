import type { ThroughputRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON } from '../reference-source.ts';

/** Tokens of input and output that the columns of {@link MEASURED} stand for. */
const LENGTHS: ReadonlyArray<readonly [inputTokens: number, outputTokens: number]> = [
  [128, 128],
  [128, 2_048],
  [128, 4_096],
  [500, 2_000],
  [1_000, 1_000],
  [1_000, 2_000],
  [2_048, 128],
  [2_048, 2_048],
  [5_000, 500],
  [20_000, 2_000],
];

/** Tokens out a second of the replica, by mix of lengths; null = not measured. */
const MEASURED: ReadonlyArray<
  readonly [
    model: string,
    paramsB: number,
    gpu: string,
    gpuCount: number,
    precision: string,
    outputTokensPerS: ReadonlyArray<number | null>,
  ]
> = [
  ['Llama-3.3-70B', 70, 'B200', 1, 'fp4', [11147, 9922, 6831, 7762, 7007, 6271, 1339, 4783, 1459, 665]],
  ['Llama-3.3-70B', 70, 'GB200', 1, 'fp4', [12189, 11309, 7849, 9028, 7326, 6513, 1450, 5646, 1602, 755]],
  ['Llama-3.3-70B', 70, 'H200', 1, 'fp8', [3803, 4336, 2872, 3666, 2909, 2994, 442, 2003, 566, 283]],
  ['Llama-3.3-70B', 70, 'H100', 2, 'fp8', [6378, 6651, 4199, 5222, 4205, 4146, 762, 3082, 898, 437]],
  ['Llama-3.3-70B', 70, 'RTX PRO 6000', 1, 'fp4', [3264, 2422, 1349, 1856, 1787, 1594, 393, 1074, 401, 142]],
  ['Llama-3.3-70B', 70, 'RTX PRO 6000', 2, 'fp4', [6172, 4993, 2893, 4114, 3707, 2993, 813, 2336, 812, 319]],
  ['Llama-3.3-70B', 70, 'RTX PRO 6000', 4, 'fp4', [9641, 7922, 4978, 6939, 5961, 5274, 1511, 3870, 1511, 630]],
  ['Llama-3.3-70B', 70, 'RTX PRO 6000', 8, 'fp4', [11881, 9833, 7352, 9435, 8166, 6943, 2495, 6078, 2491, 1148]],
  ['Llama-3.1-8B', 8, 'H200', 1, 'fp8', [27911, 26221, 18027, 20770, 17744, 16828, 3538, 12194, 3902, 1804]],
  ['Llama-3.1-8B', 8, 'H100', 1, 'fp8', [28312, 22714, 14325, 17660, 15220, 13899, 3450, 9305, 3459, 1351]],
  ['Llama-3.1-405B', 405, 'B200', 4, 'fp4', [6281, 8020, 6345, 6244, 5209, 4933, 749, 4212, 1048, 672]],
  ['Llama-3.1-405B', 405, 'H200', 8, 'fp8', [3814, 5348, 4741, 4724, 3330, 3722, 456, 2948, 650, 505]],
  ['Llama-3.1-405B', 405, 'H100', 8, 'fp8', [3627, 4340, 3116, 3994, 2919, 2895, 453, 2296, 610, 345]],
  ['Qwen3-30B-A3B', 30, 'B200', 1, 'fp4', [39827, 37844, 24953, 27817, 25828, 22051, 6251, 17554, 6142, 2944]],
  ['Qwen3-30B-A3B', 30, 'RTX PRO 6000', 1, 'fp4', [28011, 12540, 7491, 10695, 9910, 8378, 3257, 5908, 2530, 871]],
  ['Qwen3-235B-A22B', 235, 'H200', 8, 'fp8', [30429, 42821, 26852, 28026, 23789, 22061, 3331, 16672, 3623, 1876]],
  ['Qwen3-235B-A22B', 235, 'H100', 8, 'fp8', [null, 19658, 12447, 18351, 14898, 15136, null, 9924, 3225, null]],
  ['Llama-4-Scout', 109, 'H200', 4, 'fp8', [30354, 34316, 21332, 24630, 21636, 18499, 3699, 14949, 4605, 2105]],
  ['Llama-4-Scout', 109, 'H100', 4, 'fp8', [null, 15130, 8603, 12399, 12129, 9838, 3253, 7972, 3342, null]],
];

/** What NVIDIA measured offline at maximum load, all requests queued, no limit on latency. */
export const TENSORRT_ROWS: readonly ThroughputRow[] = MEASURED.flatMap(
  ([model, paramsB, gpu, gpuCount, precision, rates]) =>
    LENGTHS.flatMap(([inputTokens, outputTokens], index) => {
      const outputTokensPerS = rates[index] ?? null;
      if (outputTokensPerS === null) return [];
      return {
        id: `tensorrt-llm/${model}/${gpuCount}x${gpu}/${precision}/${inputTokens}+${outputTokens}`,
        model,
        paramsB,
        gpu,
        gpuCount,
        precision,
        engine: 'TensorRT-LLM',
        concurrency: null,
        inputTokens,
        outputTokens,
        inputTokensPerS: null,
        outputTokensPerS,
        kind: 'max-load',
        source: 'NVIDIA TensorRT-LLM 1.0, performance overview: total output at maximum load',
        asOf: '2025',
        checkedOn: CHECKED_ON,
        standing: 'stated',
        note: null,
      };
    }),
);
