import type { RentedHardware } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES } from '../reference-source.ts';

type Offer = readonly [
  provider: string,
  instance: string,
  gpu: string | null,
  gpuCount: number,
  vramGb: number | null,
  vcpu: number | null,
  ramGb: number | null,
  hourlyUsd: number,
  spotHourlyUsd: number | null,
];

/** Lambda has one price for all regions; of RunPod its secure tier. */
const CLOUDS: readonly Offer[] = [
  ['Lambda', 'gpu_1x_a6000', 'RTX A6000', 1, 48, 14, 100, 0.8, null],
  ['Lambda', 'gpu_2x_a6000', 'RTX A6000', 2, 96, 28, 200, 1.6, null],
  ['Lambda', 'gpu_4x_a6000', 'RTX A6000', 4, 192, 56, 400, 3.2, null],
  ['Lambda', 'gpu_8x_v100', 'V100-16GB', 8, 128, 92, 448, 4.4, null],
  ['Lambda', 'gpu_8x_a100', 'A100-40GB', 8, 320, 124, 1800, 10.32, null],
  ['Lambda', 'gpu_8x_a100_80gb_sxm4', 'A100-80GB', 8, 640, 240, 1800, 14.32, null],
  ['Lambda', 'gpu_1x_h100_pcie', 'H100-PCIe', 1, 80, 26, 200, 2.49, null],
  ['Lambda', 'gpu_1x_h100_sxm5', 'H100', 1, 80, 26, 225, 3.29, null],
  ['Lambda', 'gpu_2x_h100_sxm5', 'H100', 2, 160, 52, 450, 6.38, null],
  ['Lambda', 'gpu_4x_h100_sxm5', 'H100', 4, 320, 104, 900, 12.36, null],
  ['Lambda', 'gpu_8x_h100_sxm5', 'H100', 8, 640, 208, 1800, 23.92, null],
  ['RunPod', '1x_A100-80GB_SECURE', 'A100-80GB-PCIe', 1, 80, 8, 117, 1.64, 0.82],
  ['RunPod', '2x_A100-80GB_SECURE', 'A100-80GB-PCIe', 2, 160, 16, 234, 3.28, 1.64],
  ['RunPod', '3x_A100-80GB_SECURE', 'A100-80GB-PCIe', 3, 240, 24, 351, 4.92, 2.46],
  ['RunPod', '4x_A100-80GB_SECURE', 'A100-80GB-PCIe', 4, 320, 32, 468, 6.56, 3.28],
];

/** The last five have no GPU: servers of an application that calls an API, or of a model that runs on the CPU. */
const GUIDE_TABLES: readonly Offer[] = [
  ['AWS', 'g4dn.xlarge', 'T4', 1, 16, 4, 16, 0.526, null],
  ['AWS', 'g4dn.2xlarge', 'T4', 1, 16, 8, 32, 0.752, null],
  ['AWS', 'g5.xlarge', 'A10G', 1, 24, 4, 16, 1.006, null],
  ['Azure', 'NC6s_v3', 'V100-16GB', 1, 16, 6, 112, 3.06, null],
  ['Azure', 'NC4as_T4_v3', 'T4', 1, 16, 4, 28, 0.526, null],
  ['GCP', 'n1-standard-4 + T4', 'T4', 1, 16, 4, 15, 0.65, null],
  ['Alibaba', 'ecs.gn6v-c8g1.2xlarge', 'T4', 1, 16, 8, 32, 0.85, null],
  ['AWS', 't3.medium', null, 0, 0, 2, 4, 0.0416, null],
  ['AWS', 't3.xlarge', null, 0, 0, 4, 16, 0.1664, null],
  ['Azure', 'B2s', null, 0, 0, 2, 4, 0.042, null],
  ['GCP', 'n1-standard-2', null, 0, 0, 2, 7.5, 0.095, null],
  ['Alibaba', 'ecs.g6.large', null, 0, 0, 2, 8, 0.09, null],
];

/** Rentals without a seller that guides compute with, and what they should say. */
const GUIDE_RENTALS: ReadonlyArray<readonly [Offer, source: string, note: string]> = [
  [
    ['unspecified', 'A100-80GB at 1.00', 'A100-80GB', 1, 80, null, null, 1, null],
    `${GUIDES.s2}, line 638`,
    'Below every dated offer: 1.64 to 3.43 an hour.',
  ],
  [
    ['unspecified', 'A100-80GB at 1.50', 'A100-80GB', 1, 80, null, null, 1.5, null],
    `${GUIDES.s2}, line 1408`,
    'Below every dated offer: 1.64 to 3.43 an hour.',
  ],
  [
    ['unspecified', 'A100-80GB at 2.00', 'A100-80GB', 1, 80, null, null, 2, null],
    `${GUIDES.s2}, line 858, upper end`,
    'No seller is named; dated offers are 1.64 to 3.43 an hour.',
  ],
  [
    ['unspecified', 'A10G at 0.50', 'A10G', 1, 24, null, null, 0.5, null],
    `${GUIDES.s2}, line 639`,
    'Half of the dated price, 1.006 an hour; and a 70B model at 4 bits takes 35 GB, more than its 24.',
  ],
  [
    ['unspecified', 'A100 at 1,500 a month', 'A100', 1, null, null, null, 2.054795, null],
    `${GUIDES.s1}, lines 664-671: 1,500 USD a month over 730 hours`,
    'Neither its memory nor a seller is named; dated offers are 1.64 to 3.43 an hour.',
  ],
];

const LAMBDA = 'skypilot-org/skypilot-catalog v8 lambda, commit 95eaf484';
const RUNPOD = 'skypilot-org/skypilot-catalog v8 runpod, commit 46062acb';
const BLOCKS = 'AWS Capacity Blocks price page, stored copy';
const BLOCK_NOTE = 'Paid up front for a fixed stretch of days; no longer in force since 2025-01-01.';

/** Machines by the hour of other sellers, and those of the guides. */
export const RENTED_HARDWARE: readonly RentedHardware[] = [
  ...CLOUDS.map((offer) => toRow(offer, { source: offer[0] === 'Lambda' ? LAMBDA : RUNPOD, asOf: null })),
  ...GUIDE_TABLES.map((offer) => toRow(offer, { source: `${GUIDES.s4}, lines 155-175`, asOf: '2025-11' })),
  ...GUIDE_RENTALS.map(([offer, source, note]) => {
    const asOf = source.startsWith(GUIDES.s2) ? '2025-11' : null;
    return toRow(offer, { source, asOf, standing: 'legacy', note });
  }),
  capacityBlock('p5.48xlarge', 'H100', 640, 2_048, 192, 39.33, 'us-east-1'),
  capacityBlock('p4d.24xlarge', 'A100-40GB', 320, 1_152, 96, 14.75, 'us-east-2'),
];

function toRow(
  [provider, instance, gpu, gpuCount, vramGb, vcpu, ramGb, hourlyUsd, spotHourlyUsd]: Offer,
  stated: Pick<RentedHardware, 'source' | 'asOf'> & Partial<Pick<RentedHardware, 'standing' | 'note'>>,
): RentedHardware {
  return {
    id: [provider.toLowerCase(), instance, ...(stated.asOf === null ? [] : [stated.asOf])].join('/'),
    kind: 'rented',
    provider,
    instance,
    region: null,
    gpu,
    gpuCount,
    vramGb,
    vcpu,
    ramGb,
    hourlyUsd,
    reservedHourlyUsd: null,
    spotHourlyUsd,
    checkedOn: CHECKED_ON,
    standing: 'stated',
    note: null,
    ...stated,
  };
}

function capacityBlock(
  instance: string,
  gpu: string,
  vramGb: number,
  ramGb: number,
  vcpu: number,
  reservedHourlyUsd: number,
  region: string,
): RentedHardware {
  return {
    ...toRow(['AWS', `${instance} (Capacity Block)`, gpu, 8, vramGb, vcpu, ramGb, 0, null], {
      source: BLOCKS,
      asOf: '2024',
      standing: 'legacy',
      note: BLOCK_NOTE,
    }),
    hourlyUsd: null,
    reservedHourlyUsd,
    region,
  };
}
