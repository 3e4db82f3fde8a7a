/** What a column may hold for a row. */
export type Scalar = string | number | boolean | null;

/** A column: one value for all rows (`c`), a dictionary with an index per row (`d`, `i`), or a value per row (`v`). */
export type Column = { c: Scalar } | { d: Scalar[]; i: number[] } | { v: Scalar[] };

/** Columns by name. */
export type Columns = Readonly<Record<string, Column>>;

/** Collects values by column and row; a value that is absent or null takes no room. */
export class ColumnWriter {
  readonly #columns = new Map<string, Scalar[]>();
  readonly #rows: number;

  constructor(rows: number) {
    this.#rows = rows;
  }

  set(name: string, row: number, value: Scalar | undefined): void {
    if (value === undefined || value === null) return;
    let column = this.#columns.get(name);
    if (!column) {
      column = new Array<Scalar>(this.#rows).fill(null);
      this.#columns.set(name, column);
    }
    column[row] = value;
  }

  pack(): Columns {
    return Object.fromEntries([...this.#columns].map(([name, values]) => [name, packColumn(values)]));
  }
}

function packColumn(values: Scalar[]): Column {
  const first = values[0] ?? null;
  if (values.every((value) => value === first)) return { c: first };
  if (typeof first === 'number') return { v: values };
  const distinct = new Map<Scalar, number>();
  for (const value of values) {
    if (!distinct.has(value)) distinct.set(value, distinct.size);
    if (distinct.size > values.length / 3) return { v: values };
  }
  return { d: [...distinct.keys()], i: values.map((value) => distinct.get(value) ?? 0) };
}

/** Gives a column's value by row; null where it has none. */
export function columnReader(column: Column): (row: number) => Scalar {
  if ('c' in column) return () => column.c;
  if ('v' in column) return (row) => column.v[row] ?? null;
  return (row) => column.d[column.i[row] ?? -1] ?? null;
}

/** Readers of columns by name. */
export type ColumnReaders = readonly (readonly [string, (row: number) => Scalar])[];

/** A reader for each column. */
export function columnReaders(columns: Columns): ColumnReaders {
  return Object.entries(columns).map(([name, column]) => [name, columnReader(column)] as const);
}
