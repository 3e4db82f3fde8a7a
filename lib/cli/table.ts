/** One column of a table for people. */
export interface TableColumn {
  readonly title: string;
  /** Numbers stand right, so that their digits line up. */
  readonly isNumber?: boolean;
}

/** Control characters, and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A text from outside as a terminal may get it: whatever could steer it shows as a question mark. */
export function toPrintable(text: string): string {
  return text.replaceAll(UNPRINTABLE, '?');
}

/**
 * Lays out a table: a title line, the rows, and the totals under a rule. Names come from senders, so what could steer a
 * terminal shows as a question mark.
 * @returns its lines, without blanks at their ends
 */
export function layOutTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  totals?: readonly string[],
): readonly string[] {
  const all = [columns.map(({ title }) => title), ...rows, ...(totals ? [totals] : [])].map((row) =>
    row.map(toPrintable),
  );
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  const lines = all.map((row) =>
    columns
      .map(({ isNumber }, index) => {
        const text = row[index] ?? '';
        return isNumber ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const body = lines.slice(1, totals ? -1 : undefined);
  return [lines[0] ?? '', rule, ...body, ...(totals ? [rule, lines.at(-1) ?? ''] : [])];
}

/** A count with its thousands apart: `1,234,567`. */
export function groupDigits(count: string): string {
  return count.replace(/\B(?=(\d{3})+$)/g, ',');
}
