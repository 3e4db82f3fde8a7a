import { randomUUID } from 'node:crypto';
import { type ApiClient, ApiProblemError, LedgerUnreachableError } from '../client/api-client.ts';
import { type MeasureClock, platformClock } from '../client/measure/measure-clock.ts';
import type { CliIo, Command } from './io.ts';
import { commandBesideLedger, WrongUseError } from './ledger-command.ts';
import { type MeasureOutcome, renderOutcome } from './measure-answer.ts';
import { MEASURE_OPTIONS, type MeasurePlan, readMeasurePlan } from './measure-arguments.ts';
import { judgeOutcome } from './measure-judge.ts';
import { type CallRecorder, recordCalls, saveRows } from './measure-ledger.ts';
import { printOutcome } from './measure-print.ts';
import { askLedger, compareMeasured, knowNoLedger } from './measure-report.ts';
import { runMeasurement, type TargetMeasurement } from './measure-run.ts';
import { createProgress } from './progress.ts';

/** What the command takes from outside beside its {@link CliIo}. */
export interface MeasureSurroundings {
  readonly clock: MeasureClock;
  /** Calls back when whoever measures wants to end. @returns takes that back */
  readonly onInterrupt: (callback: () => void) => () => void;
}

const platform: MeasureSurroundings = {
  clock: platformClock,
  onInterrupt: (callback) => {
    process.once('SIGINT', callback);
    return () => void process.removeListener('SIGINT', callback);
  },
};

/** `tokenledger measure`: how quick OpenAI-compatible endpoints are, at how many calls at once, and at what cost. */
export const measureCommand: Command = createMeasureCommand(platform);

/** Makes the command with clocks of its own. */
export function createMeasureCommand(surroundings: MeasureSurroundings): Command {
  return commandBesideLedger(
    {
      name: 'measure',
      summary: 'Measure latency, time to first token and throughput of OpenAI-compatible endpoints, and compare them',
      usage: `tokenledger measure --url URL --model M [--url URL --model M]... | --targets FILE
  [--requests N] [--concurrency C] [--prompt-tokens N] [--max-tokens N] [--mode streaming|whole|both] [--timeout-s N]
  [--no-stream-usage] [--key-env NAME] [--provider P] [--deployment D] [--app A] [--no-record]
  [--report [--weights cost=1,latency=1,quality=1,throughput=0] [--max-latency-ms N] [--min-quality N] [--scale S]]
  [--hourly-usd N] [--gpu G --gpu-count N [--precision P] [--engine E] [--params-b N] --save-row]
  One cold call, then N calls (10) at each of 1, 2, 4 and so on up to C (1) at once. Nothing is tried twice.
  The key comes from OPENAI_API_KEY, or the variable that --key-env names, and is never shown.
  With TOKENLEDGER_URL set each call is recorded there, unless --no-record.`,
      options: MEASURE_OPTIONS,
    },
    async ({ flags, words, isJson, io, api, tenant }) => {
      const plan = await readMeasurePlan(flags, words, io);
      if (plan.isSavingRow && api === undefined) throw new WrongUseError('--save-row: TOKENLEDGER_URL names no ledger');
      for (const note of plan.notes) io.err(note);
      return measureAll(plan, { io, api, tenant, isJson }, surroundings);
    },
  );
}

interface Setting {
  readonly io: CliIo;
  readonly api: ApiClient | undefined;
  readonly tenant: string | undefined;
  readonly isJson: boolean;
}

async function measureAll(
  plan: MeasurePlan,
  setting: Setting,
  { clock, onInterrupt }: MeasureSurroundings,
): Promise<number> {
  const { io, api, tenant, isJson } = setting;
  const runId = randomUUID().slice(0, 8);
  const startedMs = clock.epochMs();
  const recorder = api !== undefined && plan.isRecording ? recordCalls(api, io.env, tenant) : undefined;
  const ending = new AbortController();
  const forget = onInterrupt(() => {
    io.err('ending: what was measured so far follows');
    ending.abort();
  });
  const { signal } = ending;
  const record = recorder === undefined ? undefined : recorder.record;
  const measured = await runMeasurement(plan, { clock, signal, runId, record, showProgress: createProgress(io) });
  forget();
  const beside = await finish(plan, measured, setting, recorder);
  const { exitCode, ...rest } = beside;
  const outcome = { runId, startedMs, isInterrupted: signal.aborted, measured, ...rest };
  if (isJson) io.out(JSON.stringify(renderOutcome(outcome)));
  else printOutcome(io, outcome);
  const { code, notes } = judgeOutcome(outcome);
  for (const note of notes) io.err(note);
  return Math.max(exitCode, code);
}

/** What is done when the calls are over. What the ledger does not answer costs what it would have added, no more. */
async function finish(
  plan: MeasurePlan,
  measured: readonly TargetMeasurement[],
  { io, api }: Setting,
  recorder: CallRecorder | undefined,
): Promise<Pick<MeasureOutcome, 'recorded' | 'saved' | 'report'> & { readonly exitCode: number }> {
  let exitCode = 0;
  const orElse = async <Answer>(what: string, ask: () => Promise<Answer>, instead: Answer): Promise<Answer> => {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LedgerUnreachableError || error instanceof ApiProblemError)) throw error;
      exitCode = Math.max(exitCode, error instanceof LedgerUnreachableError ? 3 : 1);
      const issues = error instanceof ApiProblemError ? error.issues : [];
      io.err(`${what}: ${[error.message, ...issues].join('; ')}`);
      return instead;
    }
  };
  const recorded = (await recorder?.end()) ?? null;
  const saved =
    api !== undefined && plan.isSavingRow
      ? await orElse('not all rows were stored', () => saveRows(api, measured, io.now()), null)
      : null;
  if (!plan.isReport) return { recorded, saved, report: null, exitCode };
  const nothing = knowNoLedger();
  const known =
    api === undefined
      ? nothing
      : await orElse('the report goes without the ledger', () => askLedger(api, plan.app, io.now()), nothing);
  return { recorded, saved, report: compareMeasured(plan, measured, known), exitCode };
}
