import { MAX_COUNT, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { FieldReading, type RawObject } from '../field-reading.ts';
import { readTime } from './parse-usage-event.ts';

/**
 * Load of an own deployment at one moment, identified by deployment and time. Ratios are means over its GPUs, 0 to 1;
 * fields keep the contract's names, as in a usage event.
 */
export interface GpuSample {
  readonly deployment: string;
  readonly timeMs: number;
  readonly gpu_utilisation_ratio: number;
  readonly gpu_memory_used_ratio?: number;
  readonly gpus?: number;
}

/** A GPU sample that keeps the contract, and what else its body said. */
export interface ParsedGpuSample {
  readonly sample: GpuSample;
  readonly tenantClaim?: string;
  readonly unknownFields: readonly string[];
}

const SAMPLE_FIELDS: ReadonlySet<string> = new Set([
  ...['type', 'tenant', 'deployment', 'time', 'gpu_utilisation_ratio', 'gpu_memory_used_ratio', 'gpus'],
]);

/** Checks one GPU sample; answers the sample, or the first thing that is wrong with it. */
export function parseGpuSample(raw: RawObject): ParsedGpuSample | Rejection {
  const reading = new FieldReading();
  const deployment = reading.readText(raw['deployment'], 'deployment', MAX_TEXT_BYTES);
  const timeMs = readTime(reading, raw['time']);
  const utilisation = reading.readNumber(raw['gpu_utilisation_ratio'], 'gpu_utilisation_ratio', 0, 1);
  const memory = reading.readNumber(raw['gpu_memory_used_ratio'], 'gpu_memory_used_ratio', 0, 1);
  const gpus = reading.readWhole(raw['gpus'], 'gpus', 0, MAX_COUNT);
  const tenantClaim = reading.readText(raw['tenant'], 'tenant', MAX_TEXT_BYTES);
  reading.noteUnknown(raw, SAMPLE_FIELDS, '');
  if (deployment === undefined) reading.fail('missing_field', 'deployment', 'deployment is required');
  if (utilisation === undefined) {
    reading.fail('missing_field', 'gpu_utilisation_ratio', 'gpu_utilisation_ratio is required');
  }
  if (reading.rejection !== undefined) return reading.rejection;
  if (deployment === undefined || timeMs === undefined || utilisation === undefined) {
    return { reason: 'missing_field', field: null, message: 'deployment, time and gpu_utilisation_ratio are required' };
  }
  const sample: GpuSample = {
    deployment,
    timeMs,
    gpu_utilisation_ratio: utilisation,
    ...(memory === undefined ? {} : { gpu_memory_used_ratio: memory }),
    ...(gpus === undefined ? {} : { gpus }),
  };
  const { unknownFields } = reading;
  return tenantClaim === undefined ? { sample, unknownFields } : { sample, tenantClaim, unknownFields };
}
