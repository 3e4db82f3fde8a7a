import type { SampleFigures } from '../client/measure/summarise-sweep.ts';
import type { CliIo } from './io.ts';
import { listFailures, type MeasureOutcome } from './measure-answer.ts';
import type { SavedRow } from './measure-ledger.ts';
import type { ComparedRow, MeasureReport } from './measure-report.ts';
import type { TargetMeasurement } from './measure-run.ts';
import { layOutTable, toPrintable } from './table.ts';

const LEVEL_COLUMNS = [
  'at once',
  'calls',
  'ok',
  'ttft p50 ms',
  'ttft p95 ms',
  'total p50 ms',
  'total p95 ms',
  'tokens/s a call',
  'tokens/s in all',
  'calls/s',
].map((title) => ({ title, isNumber: true }));

/** Prints an outcome for people. */
export function printOutcome(io: CliIo, outcome: MeasureOutcome): void {
  const { measured, report, saved, recorded } = outcome;
  for (const measurement of measured) printMeasurement(io, measurement);
  if (report !== null) printReport(io, report);
  for (const row of saved ?? []) io.out(toPrintable(describeSaved(row)));
  if (recorded !== null && recorded.sent > 0) io.out(`${recorded.sent} calls sent to the ledger`);
}

function printMeasurement(io: CliIo, { target, isStreaming, sweep, levels, best }: TargetMeasurement): void {
  const { cold } = sweep;
  io.out(toPrintable(`${target.name}  ${target.shownUrl}  ${isStreaming ? 'streaming' : 'whole answers'}`));
  if (cold !== null) {
    const connection =
      cold.connection === null
        ? ''
        : `connection ${showMs(cold.connection.totalMs)}${describeSteps(cold.connection)}, `;
    const ttft = cold.ttftMs === null ? '' : `first token after ${showMs(cold.ttftMs)}, `;
    io.out(
      cold.failure === null
        ? `cold call: ${connection}${ttft}whole after ${showMs(cold.totalMs)}`
        : `cold call: failed (${cold.failure.kind}) after ${showMs(cold.totalMs)}`,
    );
  }
  const rows = levels.map((level) => [
    String(level.concurrency),
    String(level.calls),
    String(level.ok),
    showRank(level.ttftMs, 'p50'),
    showRank(level.ttftMs, 'p95'),
    showRank(level.totalMs, 'p50'),
    showRank(level.totalMs, 'p95'),
    showRank(level.tokensPerS, 'p50'),
    showFigure(level.throughput?.outputTokensPerS),
    showFigure(level.throughput?.callsPerS),
  ]);
  if (rows.length > 0) for (const line of layOutTable(LEVEL_COLUMNS, rows)) io.out(line);
  const all = [cold, ...sweep.levels.flatMap(({ calls }) => calls)].filter((call) => call !== null);
  for (const { kind, count, detail } of listFailures(all)) {
    io.out(`failed: ${count} of ${all.length} calls, ${kind}${detail === null ? '' : ` (${toPrintable(detail)})`}`);
  }
  const estimated = all.filter(({ tokens }) => tokens?.source === 'estimated').length;
  if (estimated > 0) io.out(`tokens of ${estimated} calls are estimated: the endpoint does not tell them`);
  if (best !== undefined && best.concurrency > 1) io.out(`most tokens a second at ${best.concurrency} calls at once`);
  if (sweep.stopped === 'lasting_failure') io.out('ended early: every call would fail alike');
  if (sweep.stopped === 'interrupted') io.out('interrupted: this is what was measured until then');
  io.out('');
}

function describeSteps({ dnsMs, tcpMs, tlsMs }: { dnsMs: number | null; tcpMs: number; tlsMs: number | null }): string {
  const steps = [
    dnsMs === null ? [] : `DNS ${showMs(dnsMs)}`,
    `TCP ${showMs(tcpMs)}`,
    tlsMs === null ? [] : `TLS ${showMs(tlsMs)}`,
  ].flat();
  return steps.length < 2 ? '' : ` (${steps.join(', ')})`;
}

function printReport(io: CliIo, report: MeasureReport): void {
  const { rows, scale, mix, costOf, recommendation } = report;
  const columns = [
    { title: 'target' },
    ...['ok', 'ttft ms', 'total ms', 'tokens/s', '$ per 1,000'].map((title) => ({ title, isNumber: true })),
    ...(mix === null ? [] : [{ title: '$ per 1,000 recorded', isNumber: true }]),
    { title: 'quality', isNumber: true },
  ];
  const lines = rows.map((row) => [
    row.target.name,
    row.okRatio === null ? '-' : `${(row.okRatio * 100).toFixed(1)} %`,
    showFigure(row.ttftMs),
    showFigure(row.latencyMs),
    showFigure(row.best?.throughput.outputTokensPerS),
    showCost(row.cost.measuredUsd, row),
    ...(mix === null ? [] : [showCost(row.cost.recordedUsd, row)]),
    row.quality === null ? 'unknown' : `${row.quality.score}${row.quality.standing === 'estimate' ? ' (est.)' : ''}`,
  ]);
  for (const line of layOutTable(columns, lines)) io.out(line);
  io.out('Times are of calls one at a time, tokens/s of all calls together at the best concurrency.');
  if (rows.some(({ cost }) => cost.basis === 'machine'))
    io.out('By the hour: what 1,000 calls cost at that throughput.');
  if (scale !== null) io.out(`Quality is on the scale ${toPrintable(scale)}; those of other scales do not compare.`);
  if (mix !== null) {
    const { calls, inputTokens, cacheReadTokens, outputTokens } = mix;
    io.out(
      `The mean of ${calls} recorded calls has ${inputTokens} input tokens (${cacheReadTokens} cached) and ${outputTokens} output.`,
    );
  }
  printRecommendation(io, recommendation, costOf);
}

function printRecommendation(io: CliIo, recommendation: MeasureReport['recommendation'], costOf: string): void {
  const { target, comparedBy, leftOut, excluded, decidedBy } = recommendation;
  const by = comparedBy.map((criterion) => (criterion === 'cost' ? `cost of ${costOf} calls` : criterion));
  const why = by.length === 0 ? 'nothing that all are known by: the first is named' : by.join(', ');
  io.out(toPrintable(target === null ? 'Recommended: none' : `Recommended: ${target}, compared by ${why}`));
  for (const { criterion, unknownOf } of leftOut) {
    io.out(toPrintable(`  left out: ${criterion}, unknown of ${unknownOf.join(', ')}`));
  }
  for (const { target: name, reasons } of excluded) io.out(toPrintable(`  excluded: ${name}, ${reasons.join('; ')}`));
  for (const { target: name, input, value, changesAbove, changesBelow, then } of decidedBy) {
    const side = changesAbove === null ? `below ${showFigure(changesBelow)}` : `above ${showFigure(changesAbove)}`;
    io.out(
      toPrintable(`  decided by: ${input} of ${name}, ${showFigure(value)}; ${side} it would be ${then ?? 'none'}`),
    );
  }
}

function describeSaved(row: SavedRow): string {
  return 'id' in row
    ? `${row.target}: throughput stored as row ${row.id}`
    : `${row.target}: no row stored, ${row.reason}`;
}

function showCost(usd: string | null, { cost }: ComparedRow): string {
  if (usd === null) return 'unknown';
  return `${showFigure(Number(usd))}${cost.isEstimated ? ' (est.)' : ''}`;
}

function showRank(figures: SampleFigures | null, rank: 'p50' | 'p95'): string {
  return showFigure(figures?.[rank]);
}

function showMs(ms: number): string {
  return `${showFigure(ms)} ms`;
}

/** Four digits that mean something; a dash where there is no figure. */
function showFigure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(4)));
}
