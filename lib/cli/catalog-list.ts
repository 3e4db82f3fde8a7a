import { parseArgs } from 'node:util';
import { bundledReference } from '../catalog/reference.ts';
import {
  findHardware,
  findOpenModel,
  findQuality,
  findThroughputRows,
  maySize,
} from '../domain/reference/find-reference.ts';
import type {
  FigureRow,
  HardwareRow,
  OpenModelRow,
  QualityRow,
  Reference,
  SourcedRow,
  ThroughputRow,
} from '../domain/reference/reference-rows.ts';
import type { CliIo } from './io.ts';
import { layOutTable } from './table.ts';

const USAGE = `tokenledger catalog list KIND [--model M] [--gpu G] [--precision P] [--scale S] [--provider P] [--legacy] [--json]
  KIND: hardware, throughput, quality, training, hosting or models`;

const FLAGS = {
  model: { type: 'string' },
  gpu: { type: 'string' },
  precision: { type: 'string' },
  scale: { type: 'string' },
  provider: { type: 'string' },
  legacy: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flags = ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>>['values'];

/** How rows of one kind are found and shown. */
interface Listing<Row extends SourcedRow> {
  /** Flags that say something about this kind. */
  readonly takes: readonly (keyof Flags)[];
  find(reference: Reference, flags: Flags): readonly Row[];
  readonly titles: readonly string[];
  show(row: Row): readonly (string | number | null)[];
}

const HARDWARE: Listing<HardwareRow> = {
  takes: ['gpu', 'provider', 'legacy'],
  find: (reference, { gpu, provider, legacy = false }) =>
    findHardware(reference, {
      ...(gpu === undefined ? {} : { gpu }),
      ...(provider === undefined ? {} : { provider }),
      isWithLegacy: legacy,
    }),
  titles: ['machine', 'GPU', 'GPUs', 'GB', 'USD'],
  show: (row) => [
    row.kind === 'rented' ? `${row.provider} ${row.instance}` : `${row.name} (${row.kind})`,
    row.gpu,
    row.gpuCount,
    row.vramGb,
    describePrice(row),
  ],
};

const THROUGHPUT: Listing<ThroughputRow> = {
  takes: ['model', 'gpu', 'precision'],
  find: (reference, flags) => findThroughputRows(reference, pick(flags, ['model', 'gpu', 'precision'])),
  titles: ['model', 'GPU', 'GPUs', 'precision', 'in', 'out', 'in flight', 'tokens/s', 'kind', 'sizes'],
  show: (row) => [
    row.model,
    row.gpu,
    row.gpuCount,
    row.precision,
    row.inputTokens,
    row.outputTokens,
    row.concurrency,
    row.outputTokensPerS,
    row.kind,
    maySize(row) ? 'yes' : 'no',
  ],
};

const QUALITY: Listing<QualityRow> = {
  takes: ['model', 'scale'],
  find: (reference, flags) => findQuality(reference, pick(flags, ['model', 'scale'])),
  titles: ['model', 'score', 'scale'],
  show: ({ model, score, scale }) => [model, score, scale],
};

const MODELS: Listing<OpenModelRow> = {
  takes: ['model'],
  find: (reference, { model }) => {
    if (model === undefined) return reference.models;
    const found = findOpenModel(reference, model);
    return found === undefined ? [] : [found];
  },
  titles: ['model', 'kind', 'parameters B', 'active B', 'context', 'licence'],
  show: (row) => [row.id, row.kind, row.paramsB, row.activeParamsB, row.contextTokens, row.licence],
};

/** `tokenledger catalog list`: rows of reference of this release. @returns exit code: 1 when there is none */
export async function listReference(args: readonly string[], io: CliIo): Promise<number> {
  try {
    const { values: flags, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: FLAGS });
    if (flags.help) {
      for (const line of USAGE.split('\n')) io.out(line);
      return 0;
    }
    const [kind, ...more] = positionals;
    if (more.length > 0) return refuse(io, 'catalog list takes one KIND');
    if (kind === 'hardware') return printRows(io, kind, flags, HARDWARE);
    if (kind === 'throughput') return printRows(io, kind, flags, THROUGHPUT);
    if (kind === 'quality') return printRows(io, kind, flags, QUALITY);
    if (kind === 'models') return printRows(io, kind, flags, MODELS);
    if (kind === 'training' || kind === 'hosting') return printRows(io, kind, flags, figuresOf(kind));
    return refuse(io, `no kind ${JSON.stringify(kind ?? '')}`);
  } catch (error) {
    return refuse(io, error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong use');
  }
}

function figuresOf(kind: 'training' | 'hosting'): Listing<FigureRow> {
  return {
    takes: ['legacy'],
    find: (reference, { legacy = false }) => reference[kind].filter(({ standing }) => legacy || standing !== 'legacy'),
    titles: ['about', 'model', 'from', 'to', 'unit'],
    show: ({ about, model, low, high, unit }) => [about, model, low, high, unit],
  };
}

function printRows<Row extends SourcedRow>(io: CliIo, kind: string, flags: Flags, listing: Listing<Row>): number {
  const given = Object.keys(flags).filter((flag) => flag !== 'json');
  const stray = given.find((flag) => !listing.takes.some((it) => it === flag));
  if (stray !== undefined) return refuse(io, `--${stray} says nothing about ${kind}`);
  const reference = bundledReference();
  const rows = listing.find(reference, flags);
  if (flags.json) io.out(JSON.stringify({ reference_version: reference.version, kind, rows: rows.map(toSnakeCase) }));
  else if (rows.length > 0) for (const line of describeRows(rows, listing)) io.out(line);
  if (rows.length > 0) return 0;
  io.err(`there is no such row of ${kind}`);
  return 1;
}

function describeRows<Row extends SourcedRow>(rows: readonly Row[], listing: Listing<Row>): readonly string[] {
  const sources = [...new Set(rows.map(describeSource))];
  const lines = rows.map((row) => [
    ...listing.show(row).map((it) => (it === null ? '?' : String(it))),
    row.standing,
    `[${sources.indexOf(describeSource(row)) + 1}]`,
  ]);
  const columns = [...listing.titles, 'standing', 'source'].map((title) => ({ title }));
  return [...layOutTable(columns, lines), '', ...sources.map((source, index) => `[${index + 1}] ${source}`)];
}

function describeSource({ source, asOf, checkedOn, note }: SourcedRow): string {
  const dated = `${source} (of ${asOf ?? 'no stated date'}, checked ${checkedOn})`;
  return note === null ? dated : `${dated}: ${note}`;
}

function describePrice(row: HardwareRow): string {
  if (row.kind === 'flat') return `${row.lowMonthlyUsd} to ${row.highMonthlyUsd} a month`;
  if (row.kind === 'owned') return `${row.capexUsd ?? '?'} to buy`;
  const prices = [
    row.hourlyUsd === null ? [] : `${row.hourlyUsd} an hour`,
    row.reservedHourlyUsd === null ? [] : `${row.reservedHourlyUsd} reserved`,
    row.spotHourlyUsd === null ? [] : `${row.spotHourlyUsd} on spot`,
  ];
  return prices.flat().join(', ');
}

/** A row with the field names of the API: `hourly_usd`. */
function toSnakeCase(row: SourcedRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field.replaceAll(/[A-Z]/g, (it) => `_${it.toLowerCase()}`), value]),
  );
}

function pick<Name extends 'model' | 'gpu' | 'precision' | 'scale'>(
  flags: Flags,
  names: readonly Name[],
): { readonly [N in Name]?: string } {
  const picked: { [N in Name]?: string } = {};
  for (const name of names) {
    const value = flags[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

function refuse(io: CliIo, why: string): number {
  io.err(why);
  for (const line of `usage: ${USAGE}`.split('\n')) io.err(line);
  return 2;
}
