import { WrongUseError } from './ledger-command.ts';

/** A target as flags or a file describe it; null = not said. */
export interface TargetFields {
  readonly name: string | null;
  readonly url: string;
  readonly model: string;
  readonly provider: string | null;
  /** The variable of the environment that holds its key. */
  readonly keyEnv: string | null;
  readonly deployment: string | null;
  readonly hourlyUsd: number | null;
  readonly gpu: string | null;
  readonly gpuCount: number | null;
  readonly precision: string | null;
  readonly engine: string | null;
  readonly paramsB: number | null;
}

const TEXTS = ['name', 'url', 'model', 'provider', 'key_env', 'deployment', 'gpu', 'precision', 'engine'] as const;
const NUMBERS = ['hourly_usd', 'gpu_count', 'params_b'] as const;
const FIELDS: ReadonlySet<string> = new Set([...TEXTS, ...NUMBERS]);

/**
 * Reads `{"targets": [...]}`.
 *
 * @param shared - of the targets that do not say it themselves
 * @throws {@link WrongUseError} naming the target and the field
 */
export function describeFields(
  file: unknown,
  shared: Omit<TargetFields, 'name' | 'url' | 'model'>,
): readonly TargetFields[] {
  const targets = isFields(file) ? file['targets'] : undefined;
  if (!Array.isArray(targets)) throw new WrongUseError('--targets: expected a file of {"targets":[...]}');
  return targets.map((target: unknown, index): TargetFields => {
    const where = `targets[${index}]`;
    if (!isFields(target)) throw new WrongUseError(`${where}: expected an object`);
    const other = Object.keys(target).find((field) => !FIELDS.has(field));
    if (other !== undefined) {
      // A key that was put where the name of its variable belongs must not be shown.
      throw new WrongUseError(`${where}: a field is not known; known are ${[...FIELDS].join(', ')}`);
    }
    const text = (field: (typeof TEXTS)[number]): string | null => readText(target[field], `${where}.${field}`);
    const number = (field: (typeof NUMBERS)[number]): number | null => readAmount(target[field], `${where}.${field}`);
    const keyEnv = text('key_env');
    if (keyEnv !== null && !/^[A-Z_][A-Z0-9_]*$/i.test(keyEnv)) {
      throw new WrongUseError(`${where}.key_env: expected the name of a variable of the environment, not a key`);
    }
    return {
      name: text('name'),
      url: text('url') ?? refuse(`${where}.url`),
      model: text('model') ?? refuse(`${where}.model`),
      provider: text('provider') ?? shared.provider,
      keyEnv: keyEnv ?? shared.keyEnv,
      deployment: text('deployment') ?? shared.deployment,
      hourlyUsd: number('hourly_usd') ?? shared.hourlyUsd,
      gpu: text('gpu') ?? shared.gpu,
      gpuCount: number('gpu_count') ?? shared.gpuCount,
      precision: text('precision') ?? shared.precision,
      engine: text('engine') ?? shared.engine,
      paramsB: number('params_b') ?? shared.paramsB,
    };
  });
}

function readText(value: unknown, where: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '' && value.length <= 1_000 && !/\p{Cc}/u.test(value)) return value;
  throw new WrongUseError(`${where}: expected text`);
}

function readAmount(value: unknown, where: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && value >= 0 && value <= 1e9) return value;
  throw new WrongUseError(`${where}: expected a number from 0`);
}

function refuse(where: string): never {
  throw new WrongUseError(`${where} is missing`);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
