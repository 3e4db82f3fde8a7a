import { findOpenModel, maySize } from '../reference/find-reference.ts';
import { toGpuKey } from '../reference/reference-names.ts';
import type { HardwareRow, OpenModelRow, Reference, ThroughputRow } from '../reference/reference-rows.ts';
import { fitServiceTime, type LengthRate } from './fit-service-time.ts';
import type { HostingTarget, NotOffered, TargetServiceTime } from './hosting-offer.ts';

/** Tokens of the mean call, which chooses the nearest row where there are too few for a fit. */
export interface MeanLengths {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * Every model with open weights on every number of GPUs or machine without one, precision and engine of which a throughput row may size. A model
 * whose context window is not known is not among them: nobody could say which calls it serves.
 */
export function listTargets(
  reference: Pick<Reference, 'models' | 'throughput'>,
  lengths: MeanLengths,
): { readonly targets: readonly HostingTarget[]; readonly notOffered: readonly NotOffered[] } {
  const groups = new Map<string, SizingRow[]>();
  for (const row of reference.throughput) {
    if (!isSizing(row)) continue;
    const key = nameTarget(findOpenModel(reference, row.model)?.id ?? row.model, row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const targets: HostingTarget[] = [];
  const notOffered: NotOffered[] = [];
  for (const [id, rows] of groups) {
    const [row] = rows;
    const model = row && findOpenModel(reference, row.model);
    if (row === undefined || model === undefined) notOffered.push({ kind: 'target', id, reason: 'unknown_model' });
    else if (!hasWindow(model)) notOffered.push({ kind: 'target', id, reason: 'unknown_context_window' });
    else targets.push(describeTarget(id, model, row, findServiceTime(rows, lengths)));
  }
  const measured = new Set([...groups.values()].flatMap(([row]) => row && findOpenModel(reference, row.model)?.id));
  for (const { id } of reference.models) {
    if (!measured.has(id)) notOffered.push({ kind: 'model', id, reason: 'no_throughput' });
  }
  return { targets, notOffered };
}

type SizingRow = ThroughputRow & LengthRate & { readonly gpu: string; readonly gpuCount: number };

function isSizing(row: ThroughputRow): row is SizingRow {
  return maySize(row);
}

function hasWindow(model: OpenModelRow): model is HostingTarget['model'] {
  return model.contextTokens !== null;
}

function nameTarget(model: string, { precision, gpu, gpuCount, engine }: SizingRow): string {
  const machine = gpuCount === 0 ? gpu : `${gpuCount}x${gpu}`;
  return [model, precision?.toLowerCase() ?? '16 bits', machine, engine ?? 'engine not named'].join('/');
}

function describeTarget(
  id: string,
  model: HostingTarget['model'],
  { precision, gpu, gpuCount, engine }: SizingRow,
  serviceTime: TargetServiceTime,
): HostingTarget {
  return { id, model, precision, bits: readBits(precision), gpu, gpusPerReplica: gpuCount, engine, serviceTime };
}

const UNKNOWN_BITS = 16;

/** Bits of a weight from names such as `fp8`, `bf16`, `int4` and `q4_k_m`, whose scales take a little besides. */
function readBits(precision: string | null): number {
  const name = precision?.toLowerCase() ?? '';
  const bits = /^(?:fp|bf|f|int|nvfp|mxfp|w|q)(\d+)/.exec(name)?.[1];
  if (/^(?:awq|gptq)/.test(name)) return 4;
  if (bits === undefined) return UNKNOWN_BITS;
  return name.startsWith('q') ? Number(bits) * 1.2 : Number(bits);
}

/** Of a sweep over requests in flight only the best rate of a mix of lengths says what a full replica does. */
function findServiceTime(rows: readonly SizingRow[], lengths: MeanLengths): TargetServiceTime {
  const best = new Map<string, SizingRow>();
  for (const row of rows) {
    const key = `${row.inputTokens} ${row.outputTokens}`;
    if (row.outputTokensPerS > (best.get(key)?.outputTokensPerS ?? 0)) best.set(key, row);
  }
  const full = [...best.values()];
  const fitted = fitServiceTime(full);
  if (fitted !== null) return { fit: fitted.fit, method: 'fitted', meanErrorRatio: fitted.meanErrorRatio, rows: full };
  const nearest = full.reduce((near, row) => (distance(row, lengths) < distance(near, lengths) ? row : near));
  // Fits over many lengths put a token in at about a token out, so every token is taken to be alike.
  const tokenS = nearest.outputTokens / nearest.outputTokensPerS / (nearest.inputTokens + nearest.outputTokens);
  const fit = { inputTokenS: tokenS, outputTokenS: tokenS, contextTokenS: 0 };
  return { fit, method: 'nearest', meanErrorRatio: null, rows: [nearest] };
}

/** How far lengths are apart, as factors; a call without output is one token away from one with one. */
function distance(row: MeanLengths, lengths: MeanLengths): number {
  const apart = (a: number, b: number): number => Math.abs(Math.log((a + 1) / (b + 1)));
  return apart(row.inputTokens, lengths.inputTokens) + apart(row.outputTokens, lengths.outputTokens);
}

/** Whether a target was measured on the GPUs of a machine, or on the machine itself where it has none; in any spelling. */
export function runsOn({ gpu, gpusPerReplica }: HostingTarget, row: HardwareRow): boolean {
  if (gpusPerReplica > 0) return row.gpu !== null && toGpuKey(row.gpu) === toGpuKey(gpu);
  const names = [row.id, row.kind === 'rented' ? row.instance : row.name];
  return row.gpuCount === 0 && names.some((name) => name.toLowerCase() === gpu.toLowerCase());
}
