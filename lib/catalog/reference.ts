import { createHash } from 'node:crypto';
import type { Reference } from '../domain/reference/reference-rows.ts';
import { AWS_HARDWARE } from './hardware/aws-rows.ts';
import { HOSTING_ROWS } from './hardware/hosting-rows.ts';
import { FLAT_HARDWARE, OWNED_HARDWARE } from './hardware/owned-rows.ts';
import { RENTED_HARDWARE } from './hardware/rented-rows.ts';
import { OPEN_MODELS } from './models/open-models.ts';
import { QUALITY_ROWS } from './quality/quality-rows.ts';
import { LLAMA_CPP_ROWS } from './throughput/llama-cpp-rows.ts';
import { OTHER_THROUGHPUT } from './throughput/other-rows.ts';
import { TENSORRT_ROWS } from './throughput/tensorrt-rows.ts';
import { TRAINING_ROWS } from './training/training-rows.ts';

let bundled: Reference | undefined;

/** The rows of hardware, throughput, quality, training, hosting and open models that ship with this release. */
export function bundledReference(): Reference {
  bundled ??= versionRows({
    hardware: [...AWS_HARDWARE, ...RENTED_HARDWARE, ...OWNED_HARDWARE, ...FLAT_HARDWARE],
    throughput: [...TENSORRT_ROWS, ...OTHER_THROUGHPUT, ...LLAMA_CPP_ROWS],
    quality: QUALITY_ROWS,
    training: TRAINING_ROWS,
    hosting: HOSTING_ROWS,
    models: OPEN_MODELS,
  });
  return bundled;
}

function versionRows(rows: Omit<Reference, 'version'>): Reference {
  const version = createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16);
  return { version, ...rows };
}
