import { toGpuKey, toModelKey } from './reference-names.ts';
import {
  type HardwareRow,
  type OpenModelRow,
  type QualityRow,
  type Reference,
  SIZING_KINDS,
  type SourcedRow,
  type ThroughputRow,
} from './reference-rows.ts';

/** The model with open weights that goes by a name, in any spelling; undefined = none is known. */
export function findOpenModel({ models }: Pick<Reference, 'models'>, name: string): OpenModelRow | undefined {
  const key = toModelKey(name);
  return models.find(({ id, names }) => [id, ...names].some((it) => toModelKey(it) === key));
}

/** Which machines to look for; what is left out does not matter. */
export interface HardwareQuery {
  readonly gpu?: string;
  readonly provider?: string;
  readonly kind?: HardwareRow['kind'];
  /** Also rows that are superseded or wrong, and older prices of a machine. @default false */
  readonly isWithLegacy?: boolean;
}

/**
 * Machines of a GPU, seller or kind, in the order of the rows. Of a machine with prices of several dates only the newest
 * is found, a price without a date counting as the oldest. Legacy rows are left out unless asked for.
 */
export function findHardware({ hardware }: Pick<Reference, 'hardware'>, query: HardwareQuery): readonly HardwareRow[] {
  const { gpu, provider, kind, isWithLegacy = false } = query;
  const matching = hardware.filter(
    (row) =>
      (gpu === undefined || (row.gpu !== null && toGpuKey(row.gpu) === toGpuKey(gpu))) &&
      (provider === undefined || (row.kind === 'rented' && row.provider.toLowerCase() === provider.toLowerCase())) &&
      (kind === undefined || row.kind === kind),
  );
  if (isWithLegacy) return matching;
  const newest = new Map<string, HardwareRow>();
  for (const row of matching.filter(isCurrent)) {
    const machine = nameMachine(row);
    const other = newest.get(machine);
    // Dates of differing exactness compare as text: 2025-11 is before 2025-11-21 and 2026.
    if (other === undefined || (row.asOf ?? '') > (other.asOf ?? '')) newest.set(machine, row);
  }
  return matching.filter((row) => newest.get(nameMachine(row)) === row);
}

/** Which measurements to look for; what is left out does not matter. */
export interface ThroughputQuery {
  readonly model?: string;
  readonly gpu?: string;
  readonly gpuCount?: number;
  readonly precision?: string;
}

/** Measurements of a model on a GPU, of every kind: {@link maySize} says which may size. */
export function findThroughputRows(
  reference: Pick<Reference, 'throughput' | 'models'>,
  { model, gpu, gpuCount, precision }: ThroughputQuery,
): readonly ThroughputRow[] {
  const keys = model === undefined ? undefined : listModelKeys(reference, model);
  return reference.throughput.filter(
    (row) =>
      (keys === undefined || keys.has(toModelKey(row.model))) &&
      (gpu === undefined || (row.gpu !== null && toGpuKey(row.gpu) === toGpuKey(gpu))) &&
      (gpuCount === undefined || row.gpuCount === gpuCount) &&
      (precision === undefined || row.precision?.toLowerCase() === precision.toLowerCase()),
  );
}

/** Whether capacity may be computed from a row: many requests at once, on a machine and with lengths that are known. */
export function maySize({ kind, standing, gpu, gpuCount, inputTokens, outputTokens }: ThroughputRow): boolean {
  const isKnown = gpu !== null && gpuCount !== null && inputTokens !== null && outputTokens !== null;
  return SIZING_KINDS.has(kind) && standing === 'stated' && isKnown;
}

/** Which scores to look for; what is left out does not matter. */
export interface QualityQuery {
  readonly model?: string;
  /** Exactly as rows have it. */
  readonly scale?: string;
}

/** Scores of a model, or of all models on a scale. Compare only those of one scale. */
export function findQuality(
  reference: Pick<Reference, 'quality' | 'models'>,
  { model, scale }: QualityQuery,
): readonly QualityRow[] {
  const keys = model === undefined ? undefined : listModelKeys(reference, model);
  return reference.quality.filter(
    (row) => (keys === undefined || keys.has(toModelKey(row.model))) && (scale === undefined || row.scale === scale),
  );
}

/** What a model is called in rows, by any of its names. */
function listModelKeys(reference: Pick<Reference, 'models'>, name: string): ReadonlySet<string> {
  const model = findOpenModel(reference, name);
  return new Set([name, ...(model ? [model.id, ...model.names] : [])].map(toModelKey));
}

function isCurrent({ standing }: SourcedRow): boolean {
  return standing !== 'legacy';
}

/** What is alike in rows of one machine, of whatever date. */
export function nameMachine(row: HardwareRow): string {
  return (row.kind === 'rented' ? `${row.provider} ${row.instance}` : `${row.kind} ${row.name}`).toLowerCase();
}
