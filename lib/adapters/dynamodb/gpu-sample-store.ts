import type { GpuSamples } from '../../app/recording/record-usage.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { GpuSample } from '../../domain/events/gpu-sample.ts';
import { forEachAtOnce } from './ledger/known-ids.ts';
import type { Table } from './table.ts';

/** GPU samples in the table, one item per deployment and moment; the first one sent stands. */
export class GpuSampleStore implements GpuSamples {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(tenant: string, samples: readonly GpuSample[]): Promise<void> {
    await forEachAtOnce(samples, async (sample) => {
      const key = { pk: keys.gpuSamples(tenant, sample.deployment), sk: padNumber(sample.timeMs) };
      await this.#table.put({ ...key, sample: JSON.stringify(sample) }, { absent: true });
    });
  }
}
