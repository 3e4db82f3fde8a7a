/** A table of figures, ready to be printed. */
export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the columns mean and how they were measured, in sentences. */
  readonly note: string;
}

/** One row of the design's bars with what this run found. */
export interface BarLine {
  readonly what: string;
  readonly bar: string;
  readonly figure: string;
  /** `met`, `missed by ...`, or who shows it when this run did not. */
  readonly verdict: string;
  readonly command: string;
}

/** What one measurement found. */
export interface BenchResult {
  readonly tables: readonly BenchTable[];
  readonly bars: readonly BarLine[];
}

/** How a run was asked for. */
export interface BenchOptions {
  /** A tenth of the events or less, for a look within a minute; its figures are rougher. */
  readonly quick: boolean;
  /** Takes one line about what is being done. */
  readonly progress: (line: string) => void;
}

/** One measurement of `npm run bench`. */
export interface Measurement {
  /** Word for `--only`. */
  readonly name: string;
  readonly measure: (options: BenchOptions) => Promise<BenchResult>;
}

/** A bar that is a number: what was found is judged against it. */
export interface NumericBar {
  readonly what: string;
  readonly bar: string;
  readonly limit: number;
  readonly isUpperLimit: boolean;
  readonly value: number;
  readonly figure: string;
  readonly command: string;
}

/** Judges a figure against its bar; a miss says by how many percent of the bar. */
export function judgeBar({ what, bar, limit, isUpperLimit, value, figure, command }: NumericBar): BarLine {
  const missRatio = isUpperLimit ? value / limit - 1 : 1 - value / limit;
  // A figure that is not a number is nothing that could meet a bar.
  const isMet = missRatio <= 0;
  return { what, bar, figure, verdict: isMet ? 'met' : `missed by ${(100 * missRatio).toFixed(1)} %`, command };
}

/** Renders a table as Markdown whose columns also line up as plain text. */
export function renderTable({ title, columns, rows, note }: BenchTable): string {
  const widths = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const isText = columns.map((_, index) => rows.some((row) => !/^[-$]?[\d,.]+( \D*)?$/.test(row[index] ?? '')));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => pad(cell, widths[index] ?? 0, isText[index] ?? true)).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (isText[index] ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [`### ${title}`, '', line(columns), rule, ...rows.map(line), '', note].join('\n');
}

/** A whole number with its thousands set apart by commas. */
export function formatWhole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Milliseconds with one decimal, and the unit. */
export function formatMs(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function pad(cell: string, width: number, isText: boolean): string {
  return isText ? cell.padEnd(width) : cell.padStart(width);
}
