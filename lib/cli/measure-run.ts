import { describeMeasured, type EventMaking } from '../client/measure/describe-measured.ts';
import { type MeasuredCall, measureCall } from '../client/measure/measure-call.ts';
import type { MeasureClock } from '../client/measure/measure-clock.ts';
import { openConnections } from '../client/measure/post-call.ts';
import { countCalls, runSweep, type Sweep, type SweepLevel } from '../client/measure/run-sweep.ts';
import { findBestLevel, type LevelFigures, summariseLevel } from '../client/measure/summarise-sweep.ts';
import type { UsageEventMessage } from '../client/responses/to-usage-event.ts';
import type { MeasurePlan, MeasureTarget } from './measure-arguments.ts';

/** What was measured of one target in one mode. */
export interface TargetMeasurement {
  readonly target: MeasureTarget;
  readonly isStreaming: boolean;
  readonly sweep: Sweep;
  /** Each level summed up. */
  readonly levels: readonly LevelFigures[];
  /** That of the most tokens a second; undefined where none went well. */
  readonly best: ReturnType<typeof findBestLevel>;
}

/** What a run takes from outside. */
export interface RunSurroundings {
  readonly clock: MeasureClock;
  readonly signal: AbortSignal;
  readonly runId: string;
  /** Shows how far the run is, from 0 to 1. */
  readonly showProgress: (ratio: number, note: string) => void;
  /** Takes the event of each call; undefined = calls are not recorded. */
  readonly record: ((event: UsageEventMessage) => void) | undefined;
}

/** Measures all targets one after another, each mode by itself, so that none disturbs another. */
export async function runMeasurement(
  plan: MeasurePlan,
  surroundings: RunSurroundings,
): Promise<readonly TargetMeasurement[]> {
  const { showProgress, signal } = surroundings;
  const sweeps = plan.targets.flatMap((target) =>
    plan.areStreaming.map((isStreaming, index) => ({ target, isStreaming, hasCold: index === 0 })),
  );
  const { concurrency, requests } = plan;
  const totalCalls = sweeps.reduce((sum, { hasCold }) => sum + countCalls({ concurrency, requests, hasCold }), 0);
  const measured: TargetMeasurement[] = [];
  const knownIds = new Set<string>();
  let done = 0;
  for (const { target, isStreaming, hasCold } of sweeps) {
    if (signal.aborted) break;
    const before = done;
    const onCall = (call: MeasuredCall): void => {
      done += 1;
      showProgress(Math.min(done / totalCalls, 1), `${target.name}: ${done} of ${totalCalls} calls`);
      surroundings.record?.(describeMeasured(call, target, makingOf(plan, target, surroundings, knownIds)));
    };
    const sweep = await sweepTarget(plan, { target, isStreaming, hasCold }, { ...surroundings, onCall });
    done = before + countCalls({ concurrency, requests, hasCold });
    const levels = sweep.levels.map((level: SweepLevel) => summariseLevel(level));
    measured.push({ target, isStreaming, sweep, levels, best: findBestLevel(levels) });
  }
  showProgress(1, `${measured.length} of ${sweeps.length} sweeps`);
  return measured;
}

async function sweepTarget(
  { shape, concurrency, requests }: MeasurePlan,
  { target, isStreaming, hasCold }: { target: MeasureTarget; isStreaming: boolean; hasCold: boolean },
  surroundings: RunSurroundings & { readonly onCall: (call: MeasuredCall) => void },
): Promise<Sweep> {
  const { clock, signal, runId, onCall } = surroundings;
  const connections = openConnections(target.url);
  let ordinal = 0;
  const call = (): Promise<MeasuredCall> => {
    ordinal += 1;
    const mark = `${ordinal} of ${target.name}${isStreaming ? '' : ', whole'}, run ${runId}`;
    return measureCall(target, { ...shape, isStreaming }, mark, { connections, clock, signal });
  };
  try {
    return await runSweep(call, { concurrency, requests, hasCold }, { clock, signal, onCall });
  } finally {
    connections.close();
  }
}

function makingOf(
  { app }: MeasurePlan,
  { deployment }: MeasureTarget,
  { runId }: RunSurroundings,
  knownIds: Set<string>,
): EventMaking {
  return {
    context: { app, session: `measure-${runId}`, ...(deployment === null ? {} : { deployment }) },
    runId,
    knownIds,
  };
}
