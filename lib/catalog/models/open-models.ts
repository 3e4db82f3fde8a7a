import type { OpenModelRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON } from '../reference-source.ts';

type Model = readonly [
  id: string,
  names: readonly string[],
  paramsB: number,
  activeParamsB: number | null,
  contextTokens: number | null,
  licence: string,
  card: string,
  more?: Partial<Pick<OpenModelRow, 'cacheTokenBytes' | 'note'>>,
];

const APACHE = 'Apache-2.0';
const LLAMA_3 = 'Llama 3 Community';
const LLAMA_31 = 'Llama 3.1 Community';
// Keys and values x layers x heads of keys x 128 dimensions x 2 bytes.
const CACHE_8B = { cacheTokenBytes: 2 * 32 * 8 * 128 * 2 };
const CACHE_70B = { cacheTokenBytes: 2 * 80 * 8 * 128 * 2 };
const STRETCHED = '131,072 with static YaRN, which the card advises against for shorter prompts.';

const CHAT: readonly Model[] = [
  ['Llama-3-8B', [], 8.03, null, 8_192, LLAMA_3, 'meta-llama/Meta-Llama-3-8B-Instruct', CACHE_8B],
  ['Llama-3-70B', [], 70.6, null, 8_192, LLAMA_3, 'meta-llama/Meta-Llama-3-70B-Instruct', CACHE_70B],
  ['Llama-3.1-8B', ['llama3.1 (8B)'], 8.03, null, 131_072, LLAMA_31, 'meta-llama/Llama-3.1-8B-Instruct', CACHE_8B],
  ['Llama-3.1-70B', [], 70.6, null, 131_072, LLAMA_31, 'meta-llama/Llama-3.1-70B-Instruct', CACHE_70B],
  ['Llama-3.1-405B', [], 405, null, 131_072, LLAMA_31, 'meta-llama/Llama-3.1-405B-Instruct'],
  ['Llama-3.2-3B', [], 3.21, null, 131_072, 'Llama 3.2 Community', 'meta-llama/Llama-3.2-3B-Instruct'],
  ['Llama-3.3-70B', [], 70.6, null, 131_072, 'Llama 3.3 Community', 'meta-llama/Llama-3.3-70B-Instruct', CACHE_70B],
  [
    ...(['Llama-4-Scout', ['Llama-4-Scout-17B-16E'], 109, 17, 10_000_000, 'Llama 4 Community'] as const),
    'meta-llama/Llama-4-Scout-17B-16E-Instruct',
    { note: 'Hosts serve far less than the context of the card: its cache seldom fits.' },
  ],
  ['Mistral-7B', [], 7.25, null, null, APACHE, 'mistralai/Mistral-7B-v0.1', { note: 'Context differs by release.' }],
  ['Mistral-7B-Instruct-v0.3', [], 7.25, null, 32_768, APACHE, 'mistralai/Mistral-7B-Instruct-v0.3', CACHE_8B],
  ['Mixtral-8x7B', ['Mixtral-8x7B-Instruct-v0.1'], 46.7, 12.9, 32_768, APACHE, 'mistralai/Mixtral-8x7B-Instruct-v0.1'],
  ['Magistral-Small', ['Magistral-Small-2506'], 24, null, 131_072, APACHE, 'mistralai/Magistral-Small-2506'],
  ['Qwen3-30B-A3B', ['Qwen3-30B'], 30.5, 3.3, 32_768, APACHE, 'Qwen/Qwen3-30B-A3B', { note: STRETCHED }],
  ['Qwen3-235B-A22B', ['Qwen3-235B'], 235, 22, 32_768, APACHE, 'Qwen/Qwen3-235B-A22B', { note: STRETCHED }],
  ['gpt-oss-120b', [], 117, 5.1, 131_072, APACHE, 'openai/gpt-oss-120b'],
  ['gpt-oss-20b', [], 21, 3.6, 131_072, APACHE, 'openai/gpt-oss-20b'],
  ['Kimi-K2', [], 1_000, 32, 131_072, 'Modified MIT', 'moonshotai/Kimi-K2-Instruct', { note: '262,144 from 0905 on.' }],
  ['GLM-4.5', [], 355, 32, 131_072, 'MIT', 'zai-org/GLM-4.5'],
  ['GLM-4.5-Air', [], 106, 12, 131_072, 'MIT', 'zai-org/GLM-4.5-Air'],
  ['EXAONE-4.0-32B', [], 32, null, 131_072, 'EXAONE (research only)', 'LGAI-EXAONE/EXAONE-4.0-32B'],
  ['CodeLlama-7B', [], 6.74, null, 16_384, 'Llama 2 Community', 'codellama/CodeLlama-7b-Instruct-hf'],
  [
    ...(['Phi-3-mini', ['Phi-3-mini (3.8B)'], 3.8, null, null, 'MIT', 'microsoft/Phi-3-mini-4k-instruct'] as const),
    { note: 'Its releases take 4,096 or 131,072 tokens.' },
  ],
  ['TinyLlama', ['TinyLlama-1.1B-Chat-v1.0'], 1.1, null, 2_048, APACHE, 'TinyLlama/TinyLlama-1.1B-Chat-v1.0'],
  [
    ...(['GPT-J-6B', ['GPT-J'], 6.05, null, 2_048, APACHE, 'EleutherAI/gpt-j-6b'] as const),
    { note: 'Guide S4, line 666, calls it a 20B model.' },
  ],
];

const EMBEDDING: readonly Model[] = [
  ['bge-m3', [], 0.568, null, 8_192, 'MIT', 'BAAI/bge-m3'],
  ['multilingual-e5-large', [], 0.56, null, 512, 'MIT', 'intfloat/multilingual-e5-large'],
  ['nomic-embed-text-v2-moe', [], 0.475, 0.305, 512, APACHE, 'nomic-ai/nomic-embed-text-v2-moe'],
  ['all-MiniLM-L6-v2', [], 0.0227, null, 256, APACHE, 'sentence-transformers/all-MiniLM-L6-v2'],
];

/** Models whose card was opened on the day of the check; the figures of the others are as generally known. */
const OPENED: ReadonlySet<string> = new Set([
  'Llama-4-Scout',
  'Magistral-Small',
  'Qwen3-235B-A22B',
  'gpt-oss-120b',
  'Kimi-K2',
  'GLM-4.5',
  'GLM-4.5-Air',
  'bge-m3',
  'multilingual-e5-large',
  'nomic-embed-text-v2-moe',
]);

/** Models with open weights. A kind serves its own calls only: embeddings never stand in for chat. */
export const OPEN_MODELS: readonly OpenModelRow[] = [
  ...CHAT.map((model) => toRow('chat', model)),
  ...EMBEDDING.map((model) => toRow('embedding', model)),
];

function toRow(kind: OpenModelRow['kind'], model: Model): OpenModelRow {
  const [id, names, paramsB, activeParamsB, contextTokens, licence, card, more] = model;
  const isOpened = OPENED.has(id);
  return {
    id,
    names,
    kind,
    paramsB,
    activeParamsB,
    contextTokens,
    cacheTokenBytes: null,
    licence,
    source: `model card of ${card}${isOpened ? '' : ', not opened that day'}`,
    asOf: null,
    checkedOn: CHECKED_ON,
    standing: isOpened ? 'stated' : 'estimate',
    note: null,
    ...more,
  };
}
