import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

const MEASURE_COLUMNS = [
  { title: 'cost $', field: 'cost_usd' },
  { title: 'list $', field: 'list_cost_usd' },
  { title: 'calls', field: 'calls' },
  { title: 'input', field: 'input_tokens' },
  { title: 'cached', field: 'cache_read_tokens' },
  { title: 'output', field: 'output_tokens' },
  { title: 'unpriced', field: 'unpriced_calls' },
] as const;

/** An answer that grows while it is read is begun again so many times. */
const MAX_READS = 5;

/** `tokenledger spend`: what was spent, as a table, JSON or CSV. */
export const spendCommand: Command = ledgerCommand(
  {
    name: 'spend',
    summary: 'Show spend by period and up to three dimensions',
    usage: `tokenledger spend [--from TIME] [--to TIME] [--granularity month|day|hour] [--group-by a,b,c]
                  [--filter dimension=value]... [--json | --csv]
  TIME: 2026-01-29 (local to the tenant), 2026-01, or 2026-01-29T18:00:00Z; --from is included, --to is not.
  Without times: the running month.`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      granularity: { type: 'string' },
      'group-by': { type: 'string' },
      filter: { type: 'string', multiple: true },
      csv: { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    if (isJson && flags.csv) throw new WrongUseError('--json and --csv exclude each other');
    const groupBy = flags['group-by'];
    const query = { from: flags.from, to: flags.to, granularity: flags.granularity, group_by: groupBy };
    const answer = await readWhole(api, { ...query, filter: flags.filter });
    const dimensions = groupBy ? groupBy.split(',') : [];
    if (isJson) io.out(JSON.stringify(answer));
    else if (flags.csv) {
      printCsv(io, answer, dimensions);
      for (const line of describeCompleteness(answer)) io.err(line);
    } else printTable(io, answer, dimensions);
    return 0;
  },
);

/** Joins the pages of an answer; when the ledger moved on in between, the pages are of different sums and read again. */
async function readWhole(api: ApiClient, query: NonNullable<Parameters<ApiClient['pages']>[1]>): Promise<ApiAnswer> {
  for (let read = 1; ; read++) {
    const rows: ApiAnswer[] = [];
    const commits = new Set<number>();
    let last: ApiAnswer = {};
    for await (const page of api.pages('/v1/spend', query)) {
      rows.push(...objectsAt(page, 'rows'));
      commits.add(numberAt(page, 'commit'));
      last = page;
    }
    const { next: _next, ...answer } = last;
    if (commits.size <= 1 || read >= MAX_READS) return { ...answer, rows };
  }
}

function printTable(io: CliIo, answer: ApiAnswer, dimensions: readonly string[]): void {
  const columns = [
    { title: 'period' },
    ...dimensions.map((title) => ({ title })),
    ...MEASURE_COLUMNS.map(({ title }) => ({ title, isNumber: true })),
  ];
  const measures = (row: ApiAnswer): string[] => MEASURE_COLUMNS.map(({ field }) => showMeasure(row, field));
  const rows = objectsAt(answer, 'rows').map((row) => [
    textAt(row, 'period'),
    ...dimensions.map((name) => (row[name] === null ? '-' : textAt(row, name))),
    ...measures(row),
  ]);
  const totals = ['total', ...dimensions.map(() => ''), ...measures(objectAt(answer, 'total'))];
  for (const line of layOutTable(columns, rows, totals)) io.out(line);
  for (const line of describeCompleteness(answer)) io.out(line);
}

function showMeasure(row: ApiAnswer, field: string): string {
  if (row[field] === null) return 'unknown';
  return field.endsWith('_usd') ? textAt(row, field) : groupDigits(textAt(row, field));
}

function printCsv(io: CliIo, answer: ApiAnswer, dimensions: readonly string[]): void {
  const rows = objectsAt(answer, 'rows');
  const names = ['period', ...dimensions, ...Object.keys(objectAt(answer, 'total'))];
  io.out(names.map(quoteCell).join(','));
  for (const row of rows) io.out(names.map((name) => quoteCell(textAt(row, name))).join(','));
}

function quoteCell(text: string): string {
  // A leading = + - @ would be a formula to a spreadsheet; digits after a minus are a number.
  const isFormula = /^[=+@\t\r]|^-(?!\d)/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
