import { parseUsageEvent } from '../domain/events/parse-usage-event.ts';
import { WrongUseError } from './ledger-command.ts';

/** An event read from a line, or why the line holds none. */
export type LineReading =
  | { readonly id: string; readonly event: Readonly<Record<string, unknown>> }
  | { readonly problem: string };

/** Contract fields by column: those of `calls.csv.gz` by its names, any other text field by its own. */
const TEXT_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['ts', 'time'],
  ['call_id', 'id'],
  ...[
    ...['id', 'time', 'app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'model', 'operation'],
    ...['service_tier', 'region', 'billing_account', 'deployment', 'status'],
  ].map((name): [string, string] => [name, name]),
]);

const COUNT_COLUMNS: ReadonlyMap<string, string> = new Map([
  ['cached_input_tokens', 'cache_read_tokens'],
  ...['input_tokens', 'cache_read_tokens', 'cache_write_tokens', 'output_tokens', 'reasoning_tokens'].map(
    (name): [string, string] => [name, name],
  ),
]);

const TAG_COLUMNS: ReadonlySet<string> = new Set(['stream']);

/**
 * Makes a reader of lines after seeing the first: a line that begins with `{` is NDJSON, anything else the header of a
 * CSV file.
 *
 * @returns the reader, and whether the first line was a header rather than an event
 * @throws {@link WrongUseError} naming a column that means nothing, two that mean the same, or one that is missing
 */
export function createLineReader(firstLine: string): {
  readonly isHeader: boolean;
  read(line: string): LineReading;
} {
  if (firstLine.trimStart().startsWith('{')) return { isHeader: false, read: (line) => checkEvent(parseJson(line)) };
  if (firstLine.trimStart().startsWith('[')) {
    throw new WrongUseError('the file begins with a JSON array; NDJSON has one event, {...}, on each line');
  }
  const columns = splitCells(firstLine.replace(/^\uFEFF/, '')) ?? [];
  checkHeader(columns);
  return { isHeader: true, read: (line) => readCsvLine(columns, line) };
}

function checkHeader(columns: readonly string[]): void {
  const columnByField = new Map<string, string>();
  for (const column of columns) {
    const field =
      TEXT_COLUMNS.get(column) ?? COUNT_COLUMNS.get(column) ?? (TAG_COLUMNS.has(column) ? column : undefined);
    if (field === undefined) throw new WrongUseError(`the header names an unknown column ${JSON.stringify(column)}`);
    const other = columnByField.get(field);
    // Which of the two holds the truth is for nobody here to guess.
    if (other !== undefined)
      throw new WrongUseError(`the columns ${other} and ${column} of the header are both ${field}`);
    columnByField.set(field, column);
  }
  for (const field of ['id', 'time', 'model']) {
    if (!columnByField.has(field)) throw new WrongUseError(`the header has no column for ${field}`);
  }
}

function readCsvLine(columns: readonly string[], line: string): LineReading {
  const cells = splitCells(line);
  if (cells?.length !== columns.length) {
    return { problem: `expected ${columns.length} cells, found ${cells?.length ?? 'an open quote'}` };
  }
  const event: Record<string, unknown> = {};
  const usage: Record<string, number> = {};
  const tags: Record<string, string> = {};
  for (const [index, name] of columns.entries()) {
    const cell = cells[index] ?? '';
    if (cell === '') continue;
    const field = TEXT_COLUMNS.get(name);
    const unit = COUNT_COLUMNS.get(name);
    if (field !== undefined) event[field] = cell;
    else if (unit === undefined) tags[name] = cell;
    else if (/^\d{1,16}$/.test(cell)) usage[unit] = Number(cell);
    else return { problem: `${name} is not a whole number` };
  }
  return checkEvent({ ...event, usage, ...(Object.keys(tags).length > 0 ? { tags } : {}) });
}

/** The contract is checked here as the ledger will check it, so a bad line is named before anything of it is sent. */
function checkEvent(value: unknown): LineReading {
  const parsed = parseUsageEvent(value);
  if ('reason' in parsed) return { problem: parsed.message };
  return { id: parsed.event.id, event: value as Readonly<Record<string, unknown>> };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** @returns undefined when a quote stays open */
function splitCells(line: string): readonly string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  // A cell is quoted (two quotes inside mean one) or plain, and ends at a comma or the end of the line.
  const cell = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (let isOpen = true; isOpen; ) {
    const match = cell.exec(line);
    if (!match) return undefined;
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    isOpen = match[3] === ',';
  }
  return cells;
}
