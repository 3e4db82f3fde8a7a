import { CRITERIA, type Criterion, type Limits, type Weights } from '../client/measure/compare-targets.ts';
import { showEndpoint, toEndpointUrl } from '../client/measure/endpoint-url.ts';
import type { CallShape, Endpoint } from '../client/measure/measure-call.ts';
import { MIN_OK_RATIO } from '../client/measure/summarise-sweep.ts';
import { destinationOfClient } from '../client/wrappers/destination-of-client.ts';
import { MAX_TEXT_BYTES } from '../contracts/limits.ts';
import { isLabel } from '../domain/field-reading.ts';
import { toProviderId } from '../domain/prices/model-name.ts';
import { MEASUREMENT_APP } from '../domain/workload/workload-call.ts';
import type { CliIo } from './io.ts';
import { readJsonFile, takeNoWord, WrongUseError } from './ledger-command.ts';
import { describeFields, type TargetFields } from './measure-target-file.ts';

/** An endpoint to measure, with what is known of the machine behind it. */
export interface MeasureTarget extends Endpoint {
  /** Unique within the run. */
  readonly name: string;
  /** Its address without what may be secret. */
  readonly shownUrl: string;
  readonly deployment: string | null;
  /** What its machines cost together, for one that is paid by the hour. */
  readonly hourlyUsd: number | null;
  readonly gpu: string | null;
  readonly gpuCount: number | null;
  readonly precision: string | null;
  readonly engine: string | null;
  readonly paramsB: number | null;
}

/** What a run of `measure` does. */
export interface MeasurePlan {
  readonly targets: readonly MeasureTarget[];
  readonly concurrency: number;
  readonly requests: number;
  readonly shape: Omit<CallShape, 'isStreaming'>;
  /** Ways to ask for answers, one sweep each: in pieces, whole. */
  readonly areStreaming: readonly boolean[];
  readonly app: string;
  readonly isReport: boolean;
  readonly isRecording: boolean;
  readonly isSavingRow: boolean;
  readonly weights: Weights;
  readonly limits: Limits;
  readonly scale: string | null;
  /** What whoever measures should know of how keys were handed out. */
  readonly notes: readonly string[];
}

/** Flags of `measure`; each target takes those that its entry of the file does not name. */
export const MEASURE_OPTIONS = {
  url: { type: 'string', multiple: true },
  model: { type: 'string', multiple: true },
  targets: { type: 'string' },
  provider: { type: 'string' },
  'key-env': { type: 'string' },
  deployment: { type: 'string' },
  'hourly-usd': { type: 'string' },
  gpu: { type: 'string' },
  'gpu-count': { type: 'string' },
  precision: { type: 'string' },
  engine: { type: 'string' },
  'params-b': { type: 'string' },
  requests: { type: 'string' },
  concurrency: { type: 'string' },
  'prompt-tokens': { type: 'string' },
  'max-tokens': { type: 'string' },
  mode: { type: 'string' },
  'no-stream-usage': { type: 'boolean' },
  'timeout-s': { type: 'string' },
  app: { type: 'string' },
  report: { type: 'boolean' },
  'no-record': { type: 'boolean' },
  'save-row': { type: 'boolean' },
  weights: { type: 'string' },
  'max-latency-ms': { type: 'string' },
  'min-quality': { type: 'string' },
  scale: { type: 'string' },
} as const;

/** Values of {@link MEASURE_OPTIONS} as they were given. */
export type MeasureFlags = {
  readonly [Name in keyof typeof MEASURE_OPTIONS]?:
    | ((typeof MEASURE_OPTIONS)[Name] extends { readonly multiple: true }
        ? string[]
        : (typeof MEASURE_OPTIONS)[Name]['type'] extends 'boolean'
          ? boolean
          : string)
    | undefined;
};

const MODES: ReadonlyMap<string, readonly boolean[]> = new Map([
  ['streaming', [true]],
  ['whole', [false]],
  ['both', [true, false]],
]);

const MAX_TARGETS = 20;

/** @throws {@link WrongUseError} naming the flag or the field at fault; never with a key */
export async function readMeasurePlan(flags: MeasureFlags, words: readonly string[], io: CliIo): Promise<MeasurePlan> {
  takeNoWord(words);
  const fields = await listTargets(flags);
  const { targets, notes } = withKeys(nameTargets(fields), io.env);
  const areStreaming = MODES.get(flags.mode ?? 'streaming');
  if (areStreaming === undefined) throw new WrongUseError(`--mode: expected ${[...MODES.keys()].join(', ')}`);
  return {
    targets,
    notes,
    areStreaming,
    concurrency: readCount(flags, 'concurrency', 1, 256) ?? 1,
    requests: readCount(flags, 'requests', 1, 10_000) ?? 10,
    shape: {
      promptTokens: readCount(flags, 'prompt-tokens', 1, 1_000_000) ?? 128,
      maxTokens: readCount(flags, 'max-tokens', 1, 1_000_000) ?? 128,
      asksForUsage: flags['no-stream-usage'] !== true,
      timeoutMs: (readNumber(flags, 'timeout-s', 0.001, 86_400) ?? 120) * 1_000,
    },
    app: takeLabel('--app', flags.app) ?? MEASUREMENT_APP,
    isReport: flags.report === true,
    isRecording: flags['no-record'] !== true,
    isSavingRow: flags['save-row'] === true,
    weights: readWeights(flags.weights),
    limits: {
      minOkRatio: MIN_OK_RATIO,
      maxLatencyMs: readNumber(flags, 'max-latency-ms', 0, 1e9) ?? null,
      minQuality: readNumber(flags, 'min-quality', 0, 1e9) ?? null,
    },
    scale: flags.scale ?? null,
  };
}

async function listTargets(flags: MeasureFlags): Promise<readonly TargetFields[]> {
  const { url: urls = [], model: models = [], targets: file } = flags;
  const shared = {
    provider: flags.provider ?? null,
    keyEnv: flags['key-env'] ?? null,
    deployment: flags.deployment ?? null,
    hourlyUsd: readNumber(flags, 'hourly-usd', 0, 1e9) ?? null,
    gpu: flags.gpu ?? null,
    gpuCount: readCount(flags, 'gpu-count', 0, 10_000) ?? null,
    precision: flags.precision ?? null,
    engine: flags.engine ?? null,
    paramsB: readNumber(flags, 'params-b', 0, 1e6) ?? null,
  };
  if (file !== undefined) {
    if (urls.length + models.length > 0) throw new WrongUseError('--targets and --url with --model exclude each other');
    return withinBounds(describeFields(await readJsonFile(file), shared));
  }
  if (urls.length === 0) throw new WrongUseError('--url is missing: the address of an OpenAI-compatible endpoint');
  if (models.length === 0) throw new WrongUseError('--model is missing');
  if (urls.length !== models.length && urls.length !== 1 && models.length !== 1) {
    throw new WrongUseError(`--url and --model come in pairs: ${urls.length} and ${models.length} were given`);
  }
  return withinBounds(
    Array.from({ length: Math.max(urls.length, models.length) }, (_, index) => {
      const url = urls[urls.length === 1 ? 0 : index] ?? '';
      return { ...shared, name: null, url, model: models[models.length === 1 ? 0 : index] ?? '' };
    }),
  );
}

function withinBounds(targets: readonly TargetFields[]): readonly TargetFields[] {
  if (targets.length > 0 && targets.length <= MAX_TARGETS) return targets;
  throw new WrongUseError(`expected 1 to ${MAX_TARGETS} targets, got ${targets.length}`);
}

/** A model's name names its target where it can; else its host, or its place in the list, is added. */
function nameTargets(
  all: readonly TargetFields[],
): ReadonlyArray<Omit<MeasureTarget, 'key'> & Pick<TargetFields, 'keyEnv'>> {
  const used = new Set<string>();
  return all.map((fields, index) => {
    const url = toEndpointUrl(fields.url);
    if (url === undefined) {
      throw new WrongUseError('--url: expected an http or https URL without user name and password');
    }
    takeLabel('--model', fields.model);
    takeLabel('--deployment', fields.deployment);
    const isShared = all.filter(({ model }) => model === fields.model).length > 1;
    const plain = fields.name ?? (isShared ? `${fields.model} @ ${new URL(url).host}` : fields.model);
    const name = used.has(plain) ? `${plain} #${index + 1}` : plain;
    used.add(name);
    const found = destinationOfClient({ baseURL: url });
    const provider = toProviderId(fields.provider) ?? found.provider;
    return { ...fields, name, url, shownUrl: showEndpoint(url), provider, region: found.region };
  });
}

/** `OPENAI_API_KEY` is for one host: with several, nobody has said whose key it is. */
function withKeys(
  targets: ReadonlyArray<Omit<MeasureTarget, 'key'> & Pick<TargetFields, 'keyEnv'>>,
  env: CliIo['env'],
): { targets: readonly MeasureTarget[]; notes: readonly string[] } {
  const hosts = new Set(targets.map(({ url }) => new URL(url).host));
  const notes: string[] = [];
  const keyed = targets.map(({ keyEnv, ...target }) => {
    const isOpenai = target.provider === 'openai' && new URL(target.url).hostname.endsWith('api.openai.com');
    const name = keyEnv ?? (hosts.size === 1 || isOpenai ? 'OPENAI_API_KEY' : null);
    const key = (name === null ? undefined : env[name]) || null;
    // What was given may be the key itself, so it is not shown.
    if (keyEnv !== null && key === null)
      throw new WrongUseError(`--key-env: the variable it names is not set (${target.name})`);
    if (key !== null && !/^[\x21-\x7e]+$/.test(key))
      throw new WrongUseError(`${name} holds characters that no key has`);
    if (name === null && env['OPENAI_API_KEY']) notes.push(`${target.name}: no key is sent; name one by key_env`);
    return { ...target, key };
  });
  return { targets: keyed, notes };
}

/** What stands in events must be what they may hold, or calls would be recorded without it. */
function takeLabel<Text extends string | null | undefined>(flag: string, text: Text): Text {
  if (typeof text !== 'string' || isLabel(text)) return text;
  throw new WrongUseError(`${flag}: expected 1 to ${MAX_TEXT_BYTES} bytes of text without control characters`);
}

type TextFlag = {
  [Name in keyof MeasureFlags]-?: MeasureFlags[Name] extends string | undefined ? Name : never;
}[keyof MeasureFlags];

function readNumber(flags: MeasureFlags, name: TextFlag, least: number, most: number): number | undefined {
  const text = flags[name];
  if (text === undefined) return undefined;
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new WrongUseError(`--${name}: expected a number from ${least} to ${most}, got ${JSON.stringify(text)}`);
}

function readCount(flags: MeasureFlags, name: TextFlag, least: number, most: number): number | undefined {
  const value = readNumber(flags, name, least, most);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new WrongUseError(`--${name}: expected a whole number, got ${JSON.stringify(flags[name])}`);
}

/** What counts where nobody says: cost, time and quality alike. */
const DEFAULT_WEIGHTS: Weights = { cost: 1, latency: 1, quality: 1, throughput: 0 };

function readWeights(text: string | undefined): Weights {
  if (text === undefined) return DEFAULT_WEIGHTS;
  const weights: Record<Criterion, number> = { cost: 0, latency: 0, quality: 0, throughput: 0 };
  for (const part of text.split(',')) {
    const [, name, value] = /^([a-z]+)=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    const criterion = CRITERIA.find((it) => it === name);
    if (criterion === undefined) {
      throw new WrongUseError(`--weights: expected such as cost=2,latency=1 of ${CRITERIA.join(', ')}`);
    }
    weights[criterion] = Number(value);
  }
  if (Object.values(weights).some((weight) => weight > 0)) return weights;
  throw new WrongUseError('--weights: expected one above 0');
}
