import type { GpuSamples } from '../../app/recording/record-usage.ts';
import type { GpuReading, GpuSampleReader } from '../../app/rules/rule-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { GpuSample } from '../../domain/events/gpu-sample.ts';
import type { GpuHour } from '../../domain/rules/judge-rule.ts';
import { textAttribute } from './item-attributes.ts';
import { forEachAtOnce } from './ledger/known-ids.ts';
import type { Table } from './table.ts';

/** Deployments whose samples are read, in the order of their names. */
export const MAX_GPU_DEPLOYMENTS = 100;

/** Samples of an hour of a deployment that are read, the first of it: one a second. */
export const MAX_GPU_SAMPLES_PER_HOUR = 3_600;

/** Deployments that a warm function knows to be listed. */
const MAX_REMEMBERED = 1_000;

const HOUR_MS = 3_600_000;

/**
 * GPU samples in the table, one item per deployment and moment; the first one sent stands. Deployments are listed beside
 * them, because one that nobody calls is in no total.
 */
export class GpuSampleStore implements GpuSamples, GpuSampleReader {
  readonly #table: Table;
  readonly #listed = new Set<string>();

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(tenant: string, samples: readonly GpuSample[]): Promise<void> {
    // Listed first: a sample that is kept is found.
    await forEachAtOnce([...new Set(samples.map(({ deployment }) => deployment))], (deployment) =>
      this.#list(tenant, deployment),
    );
    await forEachAtOnce(samples, async (sample) => {
      const key = { pk: keys.gpuSamples(tenant, sample.deployment), sk: padNumber(sample.timeMs) };
      await this.#table.put({ ...key, sample: JSON.stringify(sample) }, { absent: true });
    });
  }

  async readHours(tenant: string, fromMs: number, toMs: number): Promise<GpuReading> {
    const listed = await this.#table.query({ pk: keys.gpuDeployments(tenant), limit: MAX_GPU_DEPLOYMENTS + 1 });
    const hours: GpuHour[] = [];
    await forEachAtOnce(listed.slice(0, MAX_GPU_DEPLOYMENTS), async ({ sk: deployment }) => {
      for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
        const ratios = await this.#readHour(tenant, deployment, hourMs);
        if (ratios.length > 0) hours.push({ deployment, hourMs, ratios });
      }
    });
    return { hours, isCut: listed.length > MAX_GPU_DEPLOYMENTS };
  }

  async #readHour(tenant: string, deployment: string, hourMs: number): Promise<readonly number[]> {
    const items = await this.#table.query({
      pk: keys.gpuSamples(tenant, deployment),
      after: padNumber(hourMs - 1),
      upTo: padNumber(hourMs + HOUR_MS - 1),
      limit: MAX_GPU_SAMPLES_PER_HOUR,
    });
    return items.map((item) => (JSON.parse(textAttribute(item, 'sample')) as GpuSample).gpu_utilisation_ratio);
  }

  async #list(tenant: string, deployment: string): Promise<void> {
    const name = JSON.stringify([tenant, deployment]);
    if (this.#listed.has(name)) return;
    await this.#table.put({ pk: keys.gpuDeployments(tenant), sk: deployment }, { absent: true });
    if (this.#listed.size >= MAX_REMEMBERED) this.#listed.clear();
    this.#listed.add(name);
  }
}
