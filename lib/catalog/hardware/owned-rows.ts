import type { FlatHardware, OwnedHardware } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES, PAPER } from '../reference-source.ts';

/** Bought machines. Neither source says what cooling adds or what the machine is sold for. */
export const OWNED_HARDWARE: readonly OwnedHardware[] = [
  owned('rtx-4090', 'RTX 4090', 24, {
    capexUsd: 1_600,
    powerWatts: 450,
    lifeYears: 3,
    maintenanceMonthlyUsd: 0,
    tariffUsd: 0.12,
    source: `${GUIDES.s1}, lines 650-656; memory from a public llama.cpp table`,
    asOf: null,
  }),
  owned('a100-40gb', 'A100-40GB', 40, {
    capexUsd: 10_000,
    powerWatts: 400,
    lifeYears: 4,
    maintenanceMonthlyUsd: 50,
    tariffUsd: 0.12,
    source: `${GUIDES.s1}, lines 657-663`,
    asOf: null,
  }),
  owned('rtx-5090', 'RTX 5090', 32, {
    capexUsd: 2_000,
    powerWatts: 575,
    lifeYears: null,
    maintenanceMonthlyUsd: null,
    tariffUsd: 0.15,
    source: `${PAPER}, table of GPUs`,
    asOf: '2025-11',
  }),
  owned('a100-80gb', 'A100-80GB', 80, {
    capexUsd: 15_000,
    powerWatts: 400,
    lifeYears: null,
    maintenanceMonthlyUsd: null,
    tariffUsd: 0.15,
    source: `${PAPER}, table of GPUs`,
    asOf: '2025-11',
  }),
];

/** Servers of which only a monthly range is known. */
export const FLAT_HARDWARE: readonly FlatHardware[] = [
  {
    id: 'basic-cpu-server',
    kind: 'flat',
    name: 'basic CPU server for TinyLlama',
    gpu: null,
    gpuCount: 0,
    vramGb: 0,
    lowMonthlyUsd: 50,
    highMonthlyUsd: 100,
    source: `${GUIDES.s0}, line 56`,
    asOf: null,
    checkedOn: CHECKED_ON,
    standing: 'estimate',
    note: null,
  },
  {
    id: 'gpu-server-of-guide-s3',
    kind: 'flat',
    name: 'A100 or H100 server',
    gpu: null,
    gpuCount: null,
    vramGb: null,
    lowMonthlyUsd: 500,
    highMonthlyUsd: 2_000,
    source: `${GUIDES.s3}, line 127`,
    asOf: null,
    checkedOn: CHECKED_ON,
    standing: 'legacy',
    note: 'One H100 is 1,818 to 5,022 a month at dated prices of 2.49 to 6.88 an hour.',
  },
];

function owned(
  id: string,
  gpu: string,
  vramGb: number,
  facts: Pick<
    OwnedHardware,
    'capexUsd' | 'powerWatts' | 'lifeYears' | 'maintenanceMonthlyUsd' | 'tariffUsd' | 'source' | 'asOf'
  >,
): OwnedHardware {
  return {
    id,
    kind: 'owned',
    name: gpu,
    gpu,
    gpuCount: 1,
    vramGb,
    pueRatio: null,
    salvageUsd: null,
    checkedOn: CHECKED_ON,
    standing: 'stated',
    note: null,
    ...facts,
  };
}
