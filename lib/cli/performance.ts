import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** The figures of a row, in the order of the table. */
const COLUMNS: readonly { readonly title: string; readonly show: (row: ApiAnswer) => string }[] = [
  { title: 'calls', show: (row) => groupDigits(textAt(row, 'calls')) },
  { title: 'ok', show: (row) => showShare(row, 'availability_ratio') },
  { title: 'errors', show: (row) => groupDigits(textAt(row, 'errors')) },
  { title: 'p50 ms', show: (row) => showTime(row, 'latency', 'p50') },
  { title: 'p95 ms', show: (row) => showTime(row, 'latency', 'p95') },
  { title: 'ttft p50 ms', show: (row) => showTime(row, 'ttft', 'p50') },
  { title: 'ttft p95 ms', show: (row) => showTime(row, 'ttft', 'p95') },
  { title: 'tokens/s', show: showSpeed },
  { title: 'hits', show: (row) => showShare(row, 'response_cache_ratio') },
  { title: 'cached', show: (row) => showShare(row, 'prompt_cache_ratio') },
  { title: 'quality', show: (row) => (row['quality_mean'] === null ? '-' : numberAt(row, 'quality_mean').toFixed(3)) },
  { title: '$ a call', show: (row) => showUsd(row, 'cost_per_call_usd') ?? 'unknown' },
  { title: '$ per 1,000', show: (row) => showUsd(row, 'cost_per_1000_calls_usd') ?? 'unknown' },
  { title: '$ a point', show: (row) => showUsd(row, 'cost_per_quality_point_usd') ?? '-' },
];

/** `tokenledger performance`: latency, speed, availability, caches, quality and cost per call. */
export const performanceCommand: Command = ledgerCommand(
  {
    name: 'performance',
    summary: 'Show latency, speed, availability, caches, quality and cost per call, by model and app',
    usage: `tokenledger performance [--from TIME] [--to TIME] [--group-by a,b,c] [--filter dimension=value]... [--json]
  TIME: 2026-01-29 (local to the tenant), 2026-01, or 2026-01-29T18:00:00Z; --from is included, --to is not.
  Without times: the running month; 31 days at most. Without --group-by: model,app; with '' all calls together.
  Times lie between the bounds shown; 102,400+ is without an upper one. JSON has more percentiles, and all digits.`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'group-by': { type: 'string', default: 'model,app' },
      filter: { type: 'string', multiple: true },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const { from, to, filter, 'group-by': groupBy } = flags;
    const answer = await api.ask('GET', '/v1/performance', { query: { from, to, filter, group_by: groupBy } });
    if (isJson) io.out(JSON.stringify(answer));
    else printTable(io, answer, groupBy === '' ? [] : groupBy.split(','));
    return 0;
  },
);

function printTable(io: CliIo, answer: ApiAnswer, dimensions: readonly string[]): void {
  const labels = dimensions.length > 0 ? dimensions : [''];
  const columns = [...labels.map((title) => ({ title })), ...COLUMNS.map(({ title }) => ({ title, isNumber: true }))];
  const figures = (row: ApiAnswer): string[] => COLUMNS.map(({ show }) => show(row));
  const rows = objectsAt(answer, 'rows').map((row) => [
    ...dimensions.map((name) => (row[name] === null ? '-' : textAt(row, name))),
    ...figures(row),
  ]);
  const total = ['total', ...labels.slice(1).map(() => ''), ...figures(objectAt(answer, 'total'))];
  // All calls together are the total, which is not shown twice.
  const lines = dimensions.length > 0 ? layOutTable(columns, rows, total) : layOutTable(columns, [total]);
  for (const line of lines) io.out(line);
  const leftOut = numberAt(answer, 'rows_left_out');
  if (leftOut > 0) io.out(`${groupDigits(String(leftOut))} more with fewer calls; the total has them too`);
  for (const line of describeCompleteness(answer)) io.out(line);
}

function showShare(row: ApiAnswer, field: string): string {
  return row[field] === null ? '-' : `${(numberAt(row, field) * 100).toFixed(1)} %`;
}

/** Four digits are enough to compare by; `--json` has all of them. */
function showUsd(row: ApiAnswer, field: string): string | undefined {
  if (row[field] === null) return undefined;
  return Number(textAt(row, field)).toLocaleString('en-US', { maximumSignificantDigits: 4 });
}

/** Bounds rounded outwards to the millisecond, as the exact ones are between them. */
function showTime(row: ApiAnswer, field: string, percentile: string): string {
  if (row[field] === null) return '-';
  const bounds = objectAt(objectAt(row, field), percentile);
  const belowMs = bounds['below_ms'] === null ? null : Math.ceil(numberAt(bounds, 'below_ms'));
  return showBounds(Math.floor(numberAt(bounds, 'at_least_ms')), belowMs);
}

function showSpeed(row: ApiAnswer): string {
  const field = 'output_tokens_per_second';
  if (row[field] === null) return '-';
  const speed = objectAt(row, field);
  const atMost = speed['at_most'] === null ? null : Math.ceil(numberAt(speed, 'at_most'));
  return showBounds(Math.floor(numberAt(speed, 'at_least')), atMost);
}

function showBounds(low: number, high: number | null): string {
  const shown = groupDigits(String(low));
  return high === null ? `${shown}+` : `${shown}-${groupDigits(String(high))}`;
}
