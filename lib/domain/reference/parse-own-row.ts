import { isCalendarDate } from '../budgets/periods/calendar-date.ts';
import { checkReference } from './check-reference.ts';
import { nameMachine } from './find-reference.ts';
import { toGpuName } from './reference-names.ts';
import type {
  HardwareRow,
  OwnedHardware,
  QualityRow,
  Reference,
  RentedHardware,
  SourcedRow,
  ThroughputRow,
} from './reference-rows.ts';

/** Kinds of rows that a tenant may add to those of the release. */
export const OWN_ROW_KINDS = ['hardware', 'throughput', 'quality'] as const;

/** One of {@link OWN_ROW_KINDS}. */
export type OwnRowKind = (typeof OWN_ROW_KINDS)[number];

/** Longest text of a row, in characters. */
export const MAX_OWN_ROW_TEXT = 150;

/** Largest number of a row. */
export const MAX_OWN_ROW_NUMBER = 1e9;

/** A row that a tenant added, by what it is about. */
export type OwnRow =
  | { readonly kind: 'hardware'; readonly row: HardwareRow }
  | { readonly kind: 'throughput'; readonly row: ThroughputRow }
  | { readonly kind: 'quality'; readonly row: QualityRow };

/** Something wrong with a row: where, and what would have been right. */
export interface OwnRowIssue {
  readonly field: string;
  readonly expected: string;
}

/**
 * Reads a row from JSON, in the fields in which `catalog list --json` shows rows. Optional fields that are left out are
 * unknown (null). `as_of` is the day of the figure, which is not after the day on which it is stored.
 *
 * @param today - day of storing, `YYYY-MM-DD`
 * @param issues - takes in every fault, by field; the answer is undefined when there is one
 */
export function parseOwnRow(
  kind: OwnRowKind,
  id: string,
  json: Readonly<Record<string, unknown>>,
  today: string,
  issues: OwnRowIssue[],
): OwnRow | undefined {
  const before = issues.length;
  const fields = new RowFields(json, issues);
  const own = readRow(kind, fields, {
    id,
    source: fields.text('source'),
    asOf: fields.day('as_of'),
    checkedOn: today,
    standing: 'stated',
    note: fields.textOrNull('note'),
  });
  fields.refuseOthers();
  if (issues.length > before) return undefined;
  for (const fault of checkReference(toReference([own])))
    issues.push({ field: '', expected: `a sound row, but ${fault.slice(fault.indexOf(id) + id.length + 2)}` });
  return issues.length > before ? undefined : own;
}

/**
 * Rows of a tenant before those of the release, so that they are found first. A tenant's price of a machine stands in the
 * place of the release's, whatever their dates: it is what the tenant pays.
 */
export function addOwnRows(reference: Reference, own: readonly OwnRow[]): Reference {
  const added = toReference(own);
  const priced = new Set(added.hardware.map(nameMachine));
  return {
    ...reference,
    hardware: [...added.hardware, ...reference.hardware.filter((row) => !priced.has(nameMachine(row)))],
    throughput: [...added.throughput, ...reference.throughput],
    quality: [...added.quality, ...reference.quality],
  };
}

function toReference(own: readonly OwnRow[]): Omit<Reference, 'version'> {
  return {
    hardware: own.flatMap((it) => (it.kind === 'hardware' ? [it.row] : [])),
    throughput: own.flatMap((it) => (it.kind === 'throughput' ? [it.row] : [])),
    quality: own.flatMap((it) => (it.kind === 'quality' ? [it.row] : [])),
    training: [],
    hosting: [],
    models: [],
  };
}

function readRow(kind: OwnRowKind, fields: RowFields, sourced: SourcedRow): OwnRow {
  if (kind === 'hardware') return { kind, row: { ...sourced, ...readMachine(fields) } };
  if (kind === 'quality') {
    const scored = { model: fields.text('model'), score: fields.number('score'), scale: fields.text('scale') };
    return { kind, row: { ...sourced, ...scored } };
  }
  return {
    kind,
    row: {
      ...sourced,
      kind: fields.choice('kind', ['max-load', 'concurrency-sweep', 'single-stream']),
      model: fields.text('model'),
      paramsB: fields.numberOrNull('params_b'),
      gpu: toGpuName(fields.text('gpu')),
      gpuCount: fields.number('gpu_count'),
      precision: fields.textOrNull('precision'),
      engine: fields.textOrNull('engine'),
      concurrency: fields.numberOrNull('concurrency'),
      inputTokens: fields.number('input_tokens'),
      outputTokens: fields.number('output_tokens'),
      inputTokensPerS: fields.numberOrNull('input_tokens_per_s'),
      outputTokensPerS: fields.number('output_tokens_per_s'),
    },
  };
}

function readMachine(
  fields: RowFields,
): Omit<RentedHardware, keyof SourcedRow> | Omit<OwnedHardware, keyof SourcedRow> {
  const gpu = fields.textOrNull('gpu');
  const machine = {
    gpu: gpu === null ? null : toGpuName(gpu),
    gpuCount: fields.numberOrNull('gpu_count'),
    vramGb: fields.numberOrNull('vram_gb'),
  };
  if (fields.choice('kind', ['rented', 'owned']) === 'owned') {
    return {
      kind: 'owned',
      ...machine,
      name: fields.text('name'),
      capexUsd: fields.number('capex_usd'),
      lifeYears: fields.numberOrNull('life_years'),
      powerWatts: fields.numberOrNull('power_watts'),
      pueRatio: fields.numberOrNull('pue_ratio'),
      tariffUsd: fields.numberOrNull('tariff_usd'),
      maintenanceMonthlyUsd: fields.numberOrNull('maintenance_monthly_usd'),
      salvageUsd: fields.numberOrNull('salvage_usd'),
    };
  }
  return {
    kind: 'rented',
    ...machine,
    provider: fields.text('provider'),
    instance: fields.text('instance'),
    region: fields.textOrNull('region'),
    vcpu: fields.numberOrNull('vcpu'),
    ramGb: fields.numberOrNull('ram_gb'),
    hourlyUsd: fields.numberOrNull('hourly_usd'),
    reservedHourlyUsd: fields.numberOrNull('reserved_hourly_usd'),
    spotHourlyUsd: fields.numberOrNull('spot_hourly_usd'),
  };
}

/** Reads fields one by one and gathers what is wrong, so that a row is corrected in one go. */
class RowFields {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #issues: OwnRowIssue[];
  readonly #asked = new Set<string>();

  constructor(json: Readonly<Record<string, unknown>>, issues: OwnRowIssue[]) {
    this.#json = json;
    this.#issues = issues;
  }

  text(field: string): string {
    const value = this.#at(field);
    if (typeof value === 'string' && isPlainText(value)) return value;
    const expected = `text of at most ${MAX_OWN_ROW_TEXT} characters without control characters`;
    return this.#refuse(field, expected) ?? '';
  }

  textOrNull(field: string): string | null {
    return this.#at(field) === null ? null : this.text(field);
  }

  day(field: string): string {
    const value = this.#at(field);
    if (typeof value === 'string' && isCalendarDate(value)) return value;
    return this.#refuse(field, 'the day of the figure, such as "2026-01-29"') ?? '';
  }

  number(field: string): number {
    const value = this.#at(field);
    if (typeof value === 'number' && value >= 0 && value <= MAX_OWN_ROW_NUMBER) return value;
    return this.#refuse(field, `a number from 0 to ${MAX_OWN_ROW_NUMBER}`) ?? 0;
  }

  numberOrNull(field: string): number | null {
    return this.#at(field) === null ? null : this.number(field);
  }

  choice<const Choice extends string>(field: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.#at(field);
    return choices.find((it) => it === value) ?? this.#refuse(field, choices.join(' or ')) ?? choices[0];
  }

  /** Names the fields that nothing asked for. */
  refuseOthers(): void {
    for (const field of Object.keys(this.#json).filter((name) => !this.#asked.has(name)))
      this.#refuse(field, `nothing: the fields are ${[...this.#asked].join(', ')}`);
  }

  #at(field: string): unknown {
    this.#asked.add(field);
    return (Object.hasOwn(this.#json, field) ? this.#json[field] : null) ?? null;
  }

  #refuse(field: string, expected: string): undefined {
    this.#issues.push({ field, expected });
  }
}

function isPlainText(text: string): boolean {
  const isLong = text.trim() === '' || text.length > MAX_OWN_ROW_TEXT;
  return !isLong && text.isWellFormed() && !/\p{Cc}/u.test(text);
}
