import type { StoredDay } from '../../app/workloads/workload-ports.ts';
import type { LoadSums, MinuteLoad, ModelLoad, RecordedKind, WorkloadClass } from '../../domain/workload/workload.ts';

/** Form of what is kept. Raised whenever what a digest says of the same calls changes: older ones are measured again. */
const FORM = 2;

/** A list of loads in columns, as `calls`, tokens in, tokens out, in times out, out squared. */
type LoadColumns = readonly [number[], number[], number[], number[], number[]];

interface PackedClass {
  readonly kind: RecordedKind;
  readonly multimodal: boolean;
  readonly covered: boolean;
  /** null = without a bound. */
  readonly upTo: number | null;
  /** Minutes after the day's first. */
  readonly minutes: readonly number[];
  readonly minuteLoads: LoadColumns;
  readonly models: readonly (readonly [string | null, string | null, string, number])[];
  readonly modelLoads: LoadColumns;
}

interface PackedDay {
  readonly form: number;
  readonly day: string;
  readonly firstMinute: number;
  readonly minutes: number;
  readonly bounds: readonly number[];
  readonly classes: readonly PackedClass[];
  /** calls, unpriced calls, cost, input and output tokens, as decimal text. */
  readonly sums: readonly [string, string, string, string, string];
  readonly upTo: number | null;
  readonly cursor: string;
}

/** Lays a day out as plain JSON, in columns, which compress well. */
export function encodeDay({ digest, sums, upTo, cursor }: StoredDay): PackedDay {
  return {
    form: FORM,
    day: digest.day,
    firstMinute: digest.firstMinute,
    minutes: digest.minutes,
    bounds: digest.boundsTokens,
    classes: digest.classes.map((loads) => encodeClass(loads, digest.firstMinute)),
    sums: [
      String(sums.calls),
      String(sums.unpricedCalls),
      String(sums.costPicoUsd),
      String(sums.inputTokens),
      String(sums.outputTokens),
    ],
    upTo,
    cursor,
  };
}

/** Reads what {@link encodeDay} laid out; undefined where it is of another form. */
export function decodeDay(value: unknown): StoredDay | undefined {
  const packed = value as PackedDay;
  if (packed.form !== FORM) return undefined;
  const [calls, unpricedCalls, costPicoUsd, inputTokens, outputTokens] = packed.sums;
  return {
    digest: {
      day: packed.day,
      firstMinute: packed.firstMinute,
      minutes: packed.minutes,
      boundsTokens: packed.bounds,
      classes: packed.classes.map((loads) => decodeClass(loads, packed.firstMinute)),
    },
    sums: {
      calls: BigInt(calls),
      unpricedCalls: BigInt(unpricedCalls),
      costPicoUsd: BigInt(costPicoUsd),
      inputTokens: BigInt(inputTokens),
      outputTokens: BigInt(outputTokens),
    },
    upTo: packed.upTo,
    cursor: packed.cursor,
  };
}

function encodeClass(loads: WorkloadClass, first: number): PackedClass {
  const { kind, isMultimodal, isCovered, upToTokens, minutes, models } = loads;
  return {
    kind,
    multimodal: isMultimodal,
    covered: isCovered,
    upTo: Number.isFinite(upToTokens) ? upToTokens : null,
    minutes: minutes.map(({ minute }) => minute - first),
    minuteLoads: toColumns(minutes),
    models: models.map((load) => [load.provider, load.model, String(load.costPicoUsd), load.unpricedCalls]),
    modelLoads: toColumns(models),
  };
}

function decodeClass(packed: PackedClass, first: number): WorkloadClass {
  return {
    kind: packed.kind,
    isMultimodal: packed.multimodal,
    isCovered: packed.covered,
    upToTokens: packed.upTo ?? Number.POSITIVE_INFINITY,
    minutes: packed.minutes.map(
      (minute, row): MinuteLoad => ({ minute: first + minute, ...sumsAt(packed.minuteLoads, row) }),
    ),
    models: packed.models.map(
      ([provider, model, cost, unpricedCalls], row): ModelLoad => ({
        model,
        provider,
        costPicoUsd: BigInt(cost),
        unpricedCalls,
        ...sumsAt(packed.modelLoads, row),
      }),
    ),
  };
}

function toColumns(loads: readonly LoadSums[]): LoadColumns {
  return [
    loads.map(({ calls }) => calls),
    loads.map(({ inputTokens }) => inputTokens),
    loads.map(({ outputTokens }) => outputTokens),
    loads.map(({ inputOutputTokens }) => inputOutputTokens),
    loads.map(({ outputSquaredTokens }) => outputSquaredTokens),
  ];
}

function sumsAt([calls, input, output, inputOutput, outputSquared]: LoadColumns, row: number): LoadSums {
  return {
    calls: calls[row] ?? 0,
    inputTokens: input[row] ?? 0,
    outputTokens: output[row] ?? 0,
    inputOutputTokens: inputOutput[row] ?? 0,
    outputSquaredTokens: outputSquared[row] ?? 0,
  };
}
