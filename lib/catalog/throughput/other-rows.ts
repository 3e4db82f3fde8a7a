import type { ThroughputRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES, PAPER } from '../reference-source.ts';

type Facts = Omit<
  ThroughputRow,
  'id' | 'concurrency' | 'inputTokensPerS' | 'outputTokensPerS' | 'checkedOn' | 'standing' | 'note'
> &
  Partial<Pick<ThroughputRow, 'standing' | 'note'>>;

/** Requests in flight, tokens out a second, and tokens in a second where they were counted. */
type Measured = readonly [concurrency: number | null, outputTokensPerS: number, inputTokensPerS?: number];

const LARGE = { model: 'Llama-3.3-70B', paramsB: 70, kind: 'concurrency-sweep' } as const;
const SMALL = { model: 'Llama-3.1-8B', paramsB: 8 } as const;
const LONG_PROMPT = { inputTokens: 5_000, outputTokens: 500 } as const;
const NO_LENGTHS = { inputTokens: null, outputTokens: null } as const;
const HUGE = {
  model: 'Llama-3.1-405B',
  paramsB: 405,
  gpu: 'H100',
  gpuCount: 8,
  precision: 'fp8',
  engine: 'vLLM',
  kind: 'concurrency-sweep',
  source: 'dstackai/benchmarks, H100 SXM5 against MI300X',
  asOf: '2025-09',
} as const;
const MISTRAL = { paramsB: 7.25, precision: null, engine: 'vLLM' } as const;
const A100 = { gpu: 'A100-40GB', gpuCount: 1, precision: 'bf16' } as const;

const SWEEPS: ReadonlyArray<readonly [id: string, Facts, readonly Measured[]]> = [
  [
    'nim/Llama-3.3-70B/2xH100',
    {
      ...LARGE,
      ...LONG_PROMPT,
      gpu: 'H100',
      gpuCount: 2,
      precision: 'fp8',
      engine: 'NIM 1.8.0 (TensorRT-LLM)',
      source: 'NVIDIA NIM LLM benchmarking 1.0.0, performance page',
      asOf: null,
      note: 'At 100 in flight the first token takes about 8 s; about a tenth less than maximum load keeps it usable.',
    },
    [
      [1, 51.67],
      [5, 218.48],
      [25, 623.4],
      [50, 814.37],
      [100, 917.26],
      [150, 920.9],
      [200, 920.54],
      [250, 920.12],
    ],
  ],
  [
    'vllm/Mistral-7B-Instruct-v0.3/1xRTX 4090',
    {
      ...MISTRAL,
      model: 'Mistral-7B-Instruct-v0.3',
      gpu: 'RTX 4090',
      gpuCount: 1,
      inputTokens: 256,
      outputTokens: 128,
      kind: 'concurrency-sweep',
      source: 'mushfiqrahman.dev, article on capacity planning (third party)',
      asOf: null,
    },
    [
      [4, 210],
      [8, 377],
      [16, 644],
      [32, 975],
      [48, 1_190],
    ],
  ],
  [
    'vllm/Llama-3.1-8B/1xH100',
    {
      ...SMALL,
      ...NO_LENGTHS,
      gpu: 'H100',
      gpuCount: 1,
      precision: 'fp16',
      engine: 'vLLM 0.21.0',
      kind: 'concurrency-sweep',
      source: 'InferenceBench, recipe of a concurrency sweep (third party)',
      asOf: '2026-05-16',
    },
    [
      [1, 122.2],
      [4, 580.3],
      [16, 1_384.2],
      [64, 1_312.3],
    ],
  ],
  [
    'vllm/Llama-3.1-8B/1xA100-40GB',
    {
      ...SMALL,
      ...A100,
      engine: 'vLLM 0.23.0',
      inputTokens: 1_024,
      outputTokens: 128,
      kind: 'single-stream',
      source: 'johnmusgrave.com, A100 sweep (third party)',
      asOf: null,
      standing: 'estimate',
      note: 'Given as about 75.',
    },
    [[1, 75]],
  ],
  [
    'sglang/Llama-3.1-8B/1xA100-40GB',
    {
      ...SMALL,
      ...A100,
      engine: 'SGLang 0.5.6',
      ...NO_LENGTHS,
      kind: 'max-load',
      source: 'FreedomIntelligence/AccelMark, issue 39 (third party, best of a sweep)',
      asOf: null,
    },
    [[null, 3_160.74]],
  ],
  [
    'vllm/Mistral-7B/1xL4',
    {
      ...MISTRAL,
      model: 'Mistral-7B',
      gpu: 'L4',
      gpuCount: 1,
      precision: 'int4-awq',
      engine: 'vLLM 0.16.0',
      ...NO_LENGTHS,
      kind: 'max-load',
      source: 'bench.bereketlemma.com (third party, peak)',
      asOf: '2026-04-05',
    },
    [[null, 452.3]],
  ],
  [
    'oci/Llama-3.3-70B/large-generic',
    {
      ...LARGE,
      gpu: null,
      gpuCount: null,
      precision: null,
      engine: 'OCI Generative AI',
      inputTokens: 480,
      outputTokens: 300,
      source: 'Oracle Generative AI, benchmark page',
      asOf: null,
      note: 'A unit whose GPUs are not said; lengths are means; tokens in are the total less tokens out.',
    },
    [
      [1, 58.02, 85.7],
      [2, 114.84, 171.68],
      [4, 224.06, 350.54],
      [8, 425.3, 661.48],
      [16, 775.13, 1_223.99],
      [32, 1_296.53, 2_160.24],
      [64, 1_914.2, 3_218.22],
      [128, 2_314.73, 4_019.91],
      [256, 1_976.65, 3_714.85],
    ],
  ],
  [
    'vllm/Llama-3.1-405B/8xH100/128+2048',
    { ...HUGE, inputTokens: 128, outputTokens: 2_048 },
    [
      [4, 122.12],
      [8, 231.93],
      [16, 459.17],
      [32, 888.5],
      [64, 1_130.84],
      [128, 1_297.44],
      [256, 1_393.87],
    ],
  ],
  [
    'vllm/Llama-3.1-405B/8xH100/2048+2048',
    { ...HUGE, inputTokens: 2_048, outputTokens: 2_048 },
    [
      [4, 224.4],
      [8, 416.08],
      [16, 781.51],
      [32, 911.13],
      [64, 998.78],
      [128, 1_105.49],
      [256, 1_196.34],
    ],
  ],
  [
    'ollama/llama3.1-8b',
    {
      model: 'llama3.1 (8B)',
      paramsB: 8,
      gpu: null,
      gpuCount: null,
      precision: null,
      engine: 'Ollama',
      ...NO_LENGTHS,
      kind: 'single-stream',
      source: `${GUIDES.s1}, line 153`,
      asOf: null,
    },
    [[1, 45.2]],
  ],
];

const PAPER_ESTIMATES: ReadonlyArray<
  readonly [model: string, paramsB: number, gpu: string, gpuCount: number, outputTokensPerS: number]
> = [
  ['Kimi-K2', 1_000, 'A100-80GB', 16, 800],
  ['GLM-4.5', 355, 'A100-80GB', 6, 400],
  ['Qwen3-235B', 235, 'A100-80GB', 4, 400],
  ['gpt-oss-120B', 117, 'A100-80GB', 2, 220],
  ['GLM-4.5-Air', 106, 'A100-80GB', 2, 200],
  ['Llama-3.3-70B', 70, 'A100-80GB', 1, 190],
  ['EXAONE-4.0-32B', 32, 'RTX 5090', 1, 200],
  ['Qwen3-30B', 30, 'RTX 5090', 1, 180],
  ['Magistral-Small', 24, 'RTX 5090', 1, 150],
];

/** Guide S4's speeds by class of size; machines as it names them. */
const GUIDE_CLASSES: ReadonlyArray<readonly [model: string, machines: string, low: number, high: number]> = [
  ['1-3B class', 'T4, RTX 3060', 50, 100],
  ['7-8B class', 'T4, A10G', 30, 50],
  ['13-20B class', 'V100, A100 40GB', 15, 30],
  ['30-40B class', '2x A100 40GB', 10, 20],
  ['70B+ class', '4x A100 40GB', 5, 10],
];

/** Measurements of others, and figures that no machine may be sized by. */
export const OTHER_THROUGHPUT: readonly ThroughputRow[] = [
  ...SWEEPS.flatMap(([id, facts, measured]) =>
    measured.map((it) => toRow(measured.length > 1 ? `${id}/${it[0]}` : id, facts, it)),
  ),
  ...PAPER_ESTIMATES.map(([model, paramsB, gpu, gpuCount, outputTokensPerS]) => {
    const facts = { model, paramsB, gpu, gpuCount, precision: 'fp8', engine: null, ...NO_LENGTHS } as const;
    const source = `${PAPER}, table of costs (two of its rows are swapped against its table of hardware)`;
    const kind = 'paper-estimate';
    return toRow(`paper/${model}`, { ...facts, kind, source, asOf: '2025-11', standing: 'estimate' }, [
      null,
      outputTokensPerS,
    ]);
  }),
  ...GUIDE_CLASSES.flatMap(([model, machines, low, high]) => [
    guideRow(model, machines, 'guide-single-stream-low', low),
    guideRow(model, machines, 'guide-single-stream-high', high),
  ]),
];

function guideRow(model: string, machines: string, kind: ThroughputRow['kind'], rate: number): ThroughputRow {
  const unknown = { paramsB: null, gpu: null, gpuCount: null, precision: null, engine: null, ...NO_LENGTHS };
  const source = `${GUIDES.s4}, lines 179-185`;
  const note = `On ${machines}: one stream, 10 to 100 times below what the machine carries in batches.`;
  return toRow(`${kind}/${model}`, { model, ...unknown, kind, source, asOf: '2025-11', standing: 'legacy', note }, [
    null,
    rate,
  ]);
}

function toRow(id: string, facts: Facts, [concurrency, outputTokensPerS, inputTokensPerS]: Measured): ThroughputRow {
  return {
    id,
    concurrency,
    inputTokensPerS: inputTokensPerS ?? null,
    outputTokensPerS,
    checkedOn: CHECKED_ON,
    standing: 'stated',
    note: null,
    ...facts,
  };
}
