import { invariant } from '../errors.ts';
import { addCalls, addSums, createSums, type GrowingSums } from './load-sums.ts';
import { type ModelLoad, RECORDED_KINDS, type WorkloadClass, type WorkloadDay } from './workload.ts';
import type { WorkloadCall } from './workload-call.ts';

/** Which day is digested and at what sizes its calls are told apart. */
export type DayFrame = Pick<WorkloadDay, 'day' | 'firstMinute' | 'minutes' | 'boundsTokens'>;

const MINUTE_MS = 60_000;

type GrowingModel = GrowingSums & { -readonly [Name in keyof Omit<ModelLoad, keyof GrowingSums>]: ModelLoad[Name] };

interface GrowingClass {
  readonly of: Omit<WorkloadClass, 'minutes' | 'models'>;
  readonly minutes: Map<number, GrowingSums>;
  readonly models: Map<string, GrowingModel>;
}

/**
 * Folds the calls of one local day, one at a time and in any order. What it holds grows with the minutes, sizes and
 * models that were met, not with the calls.
 */
export class DayDigest {
  readonly #frame: DayFrame;
  readonly #classes = new Map<string, GrowingClass>();

  /** @param frame - `boundsTokens` ascending, each once */
  constructor(frame: DayFrame) {
    invariant(
      frame.boundsTokens.every((bound, index) => index === 0 || bound > (frame.boundsTokens[index - 1] ?? 0)),
      'bounds of sizes must ascend',
    );
    this.#frame = frame;
  }

  /** @throws {@link InvariantError} when the call was not made on the day */
  add(call: WorkloadCall): void {
    const minute = Math.floor(call.timeMs / MINUTE_MS);
    const { firstMinute, minutes, day, boundsTokens } = this.#frame;
    invariant(minute >= firstMinute && minute < firstMinute + minutes, `minute ${minute} is not of ${day}`);
    const { inputTokens, outputTokens, costPicoUsd } = call;
    const size = inputTokens + outputTokens;
    const upToTokens = boundsTokens.find((bound) => size <= bound) ?? Number.POSITIVE_INFINITY;
    const { kind, isMultimodal, isCovered } = call;
    const sizeClass = this.#class({ kind, isMultimodal, isCovered, upToTokens });
    addCalls(sumsOf(sizeClass, minute), 1, inputTokens, outputTokens);
    const model = modelOf(sizeClass, call);
    addCalls(model, 1, inputTokens, outputTokens);
    model.costPicoUsd += costPicoUsd;
    model.unpricedCalls += call.isUnpriced ? 1 : 0;
  }

  /**
   * Adds other calls of the same day, digested before.
   * @throws {@link InvariantError} when they are of another day or were cut at other sizes
   */
  addDigest({ day, boundsTokens, classes }: WorkloadDay): void {
    invariant(day === this.#frame.day, `a digest of ${day} is none of ${this.#frame.day}`);
    invariant(
      boundsTokens.join() === this.#frame.boundsTokens.join(),
      `digests of ${day} were cut at different sizes: ${boundsTokens} and ${this.#frame.boundsTokens}`,
    );
    for (const { minutes, models, ...of } of classes) {
      const sizeClass = this.#class(of);
      for (const load of minutes) addSums(sumsOf(sizeClass, load.minute), load);
      for (const load of models) {
        const model = modelOf(sizeClass, load);
        addSums(model, load);
        model.costPicoUsd += load.costPicoUsd;
        model.unpricedCalls += load.unpricedCalls;
      }
    }
  }

  /** What was folded so far; always the same for the same calls, in whatever order they came. */
  finish(): WorkloadDay {
    const classes = [...this.#classes.values()].sort((a, b) => compareClasses(a.of, b.of)).map(finishClass);
    return { ...this.#frame, classes };
  }

  #class(of: GrowingClass['of']): GrowingClass {
    const key = `${of.kind} ${of.isMultimodal} ${of.isCovered} ${of.upToTokens}`;
    const known = this.#classes.get(key);
    if (known) return known;
    const fresh: GrowingClass = { of, minutes: new Map(), models: new Map() };
    this.#classes.set(key, fresh);
    return fresh;
  }
}

function sumsOf({ minutes }: GrowingClass, minute: number): GrowingSums {
  const known = minutes.get(minute);
  if (known) return known;
  const fresh = createSums();
  minutes.set(minute, fresh);
  return fresh;
}

function modelOf({ models }: GrowingClass, { model, provider }: Pick<ModelLoad, 'model' | 'provider'>): GrowingModel {
  const key = JSON.stringify([provider, model]);
  const known = models.get(key);
  if (known) return known;
  const fresh: GrowingModel = { model, provider, costPicoUsd: 0n, unpricedCalls: 0, ...createSums() };
  models.set(key, fresh);
  return fresh;
}

function finishClass({ of, minutes, models }: GrowingClass): WorkloadClass {
  return {
    ...of,
    minutes: [...minutes].sort(([a], [b]) => a - b).map(([minute, sums]) => ({ minute, ...sums })),
    models: [...models].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, model]) => ({ ...model })),
  };
}

function compareClasses(a: GrowingClass['of'], b: GrowingClass['of']): number {
  if (a.kind !== b.kind) return RECORDED_KINDS.indexOf(a.kind) - RECORDED_KINDS.indexOf(b.kind);
  if (a.isMultimodal !== b.isMultimodal) return a.isMultimodal ? 1 : -1;
  if (a.isCovered !== b.isCovered) return a.isCovered ? 1 : -1;
  // Two infinite sizes would differ by NaN, but two classes are never alike.
  return a.upToTokens < b.upToTokens ? -1 : 1;
}
