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

/** Samples of an hour of a deployment that are read: one in five seconds. Of more, as many of each part of the hour. */
export const MAX_GPU_SAMPLES_PER_HOUR = 720;

/** Parts of an hour that are read evenly where it holds more samples than that. */
const PARTS_OF_HOUR = 12;

/** Deployments, by day, that a warm function knows to be listed. */
const MAX_REMEMBERED = 1_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * GPU samples in the table, one item per deployment and moment; the first one sent stands. Deployments are listed beside
 * them, because one that nobody calls is in no total, and by UTC day, so that those which are gone stand in nobody's way.
 */
export class GpuSampleStore implements GpuSamples, GpuSampleReader {
  readonly #table: Table;
  readonly #listed = new Set<string>();

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(tenant: string, samples: readonly GpuSample[]): Promise<void> {
    // Listed first: a sample that is kept is found.
    const listed = samples.map(({ deployment, timeMs }) => `${toDay(timeMs)}#${deployment}`);
    await forEachAtOnce([...new Set(listed)], (name) => this.#list(tenant, name));
    await forEachAtOnce(samples, async (sample) => {
      const key = { pk: keys.gpuSamples(tenant, sample.deployment), sk: padNumber(sample.timeMs) };
      await this.#table.put({ ...key, sample: JSON.stringify(sample) }, { absent: true });
    });
  }

  async readHours(tenant: string, fromMs: number, toMs: number, deployment?: string): Promise<GpuReading> {
    const found = deployment === undefined ? await this.#findDeployments(tenant, fromMs, toMs) : [deployment];
    const hours: GpuHour[] = [];
    await forEachAtOnce(found.slice(0, MAX_GPU_DEPLOYMENTS), async (deployment) => {
      for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
        const ratios = await this.#readHour(tenant, deployment, hourMs);
        if (ratios.length > 0) hours.push({ deployment, hourMs, ratios });
      }
    });
    return { hours, isCut: found.length > MAX_GPU_DEPLOYMENTS };
  }

  /** Deployments with a sample on the days of a time, by name: one more than are looked at where there are too many. */
  async #findDeployments(tenant: string, fromMs: number, toMs: number): Promise<readonly string[]> {
    const found = new Set<string>();
    for (let dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS; dayMs < toMs; dayMs += DAY_MS) {
      const prefix = `${toDay(dayMs)}#`;
      const asked = { pk: keys.gpuDeployments(tenant), prefix, limit: MAX_GPU_DEPLOYMENTS + 1 };
      for (const { sk } of await this.#table.query(asked)) found.add(sk.slice(prefix.length));
    }
    return [...found].sort();
  }

  /** The utilisation of each sample of an hour; evenly from all of it where there are too many. */
  async #readHour(tenant: string, deployment: string, hourMs: number): Promise<readonly number[]> {
    const read = (fromMs: number, toMs: number, limit: number): Promise<readonly number[]> =>
      this.#readSamples(keys.gpuSamples(tenant, deployment), fromMs, toMs, limit);
    const all = await read(hourMs, hourMs + HOUR_MS, MAX_GPU_SAMPLES_PER_HOUR + 1);
    if (all.length <= MAX_GPU_SAMPLES_PER_HOUR) return all;
    const partMs = HOUR_MS / PARTS_OF_HOUR;
    const even: number[] = [];
    for (let fromMs = hourMs; fromMs < hourMs + HOUR_MS; fromMs += partMs)
      even.push(...(await read(fromMs, fromMs + partMs, MAX_GPU_SAMPLES_PER_HOUR / PARTS_OF_HOUR)));
    return even;
  }

  async #readSamples(pk: string, fromMs: number, toMs: number, limit: number): Promise<readonly number[]> {
    const items = await this.#table.query({ pk, after: padNumber(fromMs - 1), upTo: padNumber(toMs - 1), limit });
    return items.map((item) => (JSON.parse(textAttribute(item, 'sample')) as GpuSample).gpu_utilisation_ratio);
  }

  async #list(tenant: string, listed: string): Promise<void> {
    const name = JSON.stringify([tenant, listed]);
    if (this.#listed.has(name)) return;
    await this.#table.put({ pk: keys.gpuDeployments(tenant), sk: listed }, { absent: true });
    if (this.#listed.size >= MAX_REMEMBERED) this.#listed.clear();
    this.#listed.add(name);
  }
}

function toDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
