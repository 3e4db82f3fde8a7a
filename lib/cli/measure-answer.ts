import type { MeasuredCall } from '../client/measure/measure-call.ts';
import { countFailures, type LevelFigures, readDecodeSpeed, readSpeed } from '../client/measure/summarise-sweep.ts';
import { listGoodCalls } from './measure-cost.ts';
import type { RecordedEvents, SavedRow } from './measure-ledger.ts';
import type { ComparedRow, MeasureReport } from './measure-report.ts';
import type { TargetMeasurement } from './measure-run.ts';

/** Everything that a run of `measure` came to. */
export interface MeasureOutcome {
  readonly runId: string;
  readonly startedMs: number;
  readonly isInterrupted: boolean;
  readonly measured: readonly TargetMeasurement[];
  /** Null where calls were not recorded. */
  readonly recorded: RecordedEvents | null;
  readonly saved: readonly SavedRow[] | null;
  readonly report: MeasureReport | null;
}

/** The outcome as one JSON document. It holds no key, and nothing of what was said. */
export function renderOutcome(outcome: MeasureOutcome): object {
  const { runId, startedMs, isInterrupted, measured, recorded, saved, report } = outcome;
  return {
    run: runId,
    started_at: new Date(startedMs).toISOString(),
    interrupted: isInterrupted,
    measurements: measured.map(renderMeasurement),
    recorded:
      recorded === null
        ? null
        : {
            sent: recorded.sent,
            refused: recorded.refused,
            refused_by_reason: recorded.refusedByReason,
            undelivered: recorded.undelivered,
          },
    ...(saved === null ? {} : { saved_rows: saved }),
    ...(report === null ? {} : { report: renderReport(report) }),
  };
}

function renderMeasurement(measurement: TargetMeasurement): object {
  const { target, isStreaming, sweep, levels, best } = measurement;
  const all = [sweep.cold, ...sweep.levels.flatMap(({ calls }) => calls)].filter((call) => call !== null);
  const tokens = listGoodCalls([measurement]).flatMap((call) => call.tokens ?? []);
  const of = (source: string): number => tokens.filter((it) => it.source === source).length;
  return {
    target: target.name,
    url: target.shownUrl,
    model: target.model,
    provider: target.provider,
    mode: isStreaming ? 'streaming' : 'whole',
    stopped: sweep.stopped,
    calls: all.filter(({ failure }) => failure?.kind !== 'interrupted').length,
    ok: tokens.length,
    failures: listFailures(all),
    usage: {
      calls_reported: of('response'),
      calls_estimated: of('estimated'),
      input_tokens: tokens.reduce((sum, it) => sum + it.inputTokens, 0),
      output_tokens: tokens.reduce((sum, it) => sum + it.outputTokens, 0),
    },
    cold: sweep.cold === null ? null : renderCall(sweep.cold),
    levels: levels.map(renderLevel),
    best_concurrency: best?.concurrency ?? null,
  };
}

function renderCall(call: MeasuredCall): object {
  const { failure, connection, ttftMs, totalMs, tokens } = call;
  return {
    ok: failure === null,
    failure: failure === null ? null : { kind: failure.kind, detail: failure.detail },
    connection:
      connection === null
        ? null
        : {
            dns_ms: round(connection.dnsMs),
            tcp_ms: round(connection.tcpMs),
            tls_ms: round(connection.tlsMs),
            total_ms: round(connection.totalMs),
          },
    ttft_ms: round(ttftMs),
    total_ms: round(totalMs),
    input_tokens: tokens?.inputTokens ?? null,
    output_tokens: tokens?.outputTokens ?? null,
    usage_from: tokens?.source ?? null,
    tokens_per_s: round(readSpeed(call)),
    decode_tokens_per_s: round(readDecodeSpeed(call)),
  };
}

function renderLevel(level: LevelFigures): object {
  const { concurrency, maxInFlight, calls, ok, failures, throughput } = level;
  return {
    concurrency,
    max_in_flight: maxInFlight,
    calls,
    ok,
    failures: [...failures].map(([kind, count]) => ({ kind, count })),
    total_ms: roundAll(level.totalMs),
    ttft_ms: roundAll(level.ttftMs),
    tokens_per_s: roundAll(level.tokensPerS),
    decode_tokens_per_s: roundAll(level.decodeTokensPerS),
    connection_ms: roundAll(level.connectionMs),
    throughput:
      throughput === null
        ? null
        : {
            calls_per_s: round(throughput.callsPerS),
            input_tokens_per_s: round(throughput.inputTokensPerS),
            output_tokens_per_s: round(throughput.outputTokensPerS),
          },
  };
}

function renderReport({ rows, scale, mix, costOf, recommendation }: MeasureReport): object {
  const { target, runnerUp, comparedBy, leftOut, excluded, decidedBy } = recommendation;
  return {
    rows: rows.map(renderRow),
    quality_scale: scale,
    recorded_call:
      mix === null
        ? null
        : {
            calls: mix.calls,
            input_tokens: mix.inputTokens,
            cache_read_tokens: mix.cacheReadTokens,
            output_tokens: mix.outputTokens,
          },
    cost_of: costOf,
    recommendation: {
      target,
      runner_up: runnerUp,
      compared_by: comparedBy,
      left_out: leftOut.map(({ criterion, unknownOf }) => ({ criterion, unknown_of: unknownOf })),
      excluded,
      decided_by: decidedBy.map(({ changesAbove, changesBelow, ...decider }) => ({
        ...decider,
        changes_above: changesAbove,
        changes_below: changesBelow,
      })),
    },
  };
}

function renderRow({ target, latencyMs, ttftMs, best, okRatio, cost, quality }: ComparedRow): object {
  return {
    target: target.name,
    ok_ratio: okRatio,
    ttft_ms: round(ttftMs),
    latency_ms: round(latencyMs),
    output_tokens_per_s: round(best?.throughput.outputTokensPerS ?? null),
    best_concurrency: best?.concurrency ?? null,
    cost_basis: cost.basis,
    cost_per_1000_calls_usd: cost.measuredUsd,
    cost_per_1000_recorded_calls_usd: cost.recordedUsd,
    cost_is_estimated: cost.isEstimated,
    quality: quality?.score ?? null,
    quality_source: quality?.source ?? null,
  };
}

/** Each kind of failure with a code that came with it. */
export function listFailures(
  calls: readonly MeasuredCall[],
): readonly { kind: string; count: number; detail: string | null }[] {
  return [...countFailures(calls)].map(([kind, count]) => {
    const detail = calls.flatMap(({ failure }) => (failure?.kind === kind ? (failure.detail ?? []) : []))[0] ?? null;
    return { kind, count, detail };
  });
}

function roundAll(figures: LevelFigures['totalMs']): object | null {
  if (figures === null) return null;
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, name === 'count' ? value : round(value)]),
  );
}

/** To the thousandth: clocks tell no more. */
function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1_000) / 1_000;
}
