import { type AccruedDay, type DaySplit, NOTHING_DUE, splitDay } from '../../domain/capacity/accrued-day.ts';
import { findVersion } from '../../domain/capacity/capacity.ts';
import { costOfDay } from '../../domain/capacity/day-cost.ts';
import {
  addDemand,
  type Demand,
  groupByCaller,
  type LeafSums,
  NO_DEMAND,
  selectCovered,
} from '../../domain/capacity/day-demand.ts';
import { judgeUse } from '../../domain/capacity/utilisation.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { AccrualPorts } from './capacity-ports.ts';
import type { StoredVersion, TenantCapacities } from './read-capacities.ts';

/** A split with the number of the version that it was made with; null = none is in force on the day. */
export type VersionedSplit = DaySplit & Pick<AccruedDay, 'version'>;

/**
 * Splits complete days of capacities as the ledger stands: what each costs, how much of it was used, and by whom. Sums of a
 * month are read once for all its days.
 */
export class DaySplitter {
  readonly #ports: Pick<AccrualPorts, 'reader' | 'gpuSamples'>;
  readonly #tenant: TenantConfig;
  readonly #capacities: TenantCapacities;
  readonly #zone: Zone;
  #month: { readonly name: string; readonly rows: ReadonlyMap<string, readonly RollupRow[]> } | undefined;

  constructor(ports: Pick<AccrualPorts, 'reader' | 'gpuSamples'>, tenant: TenantConfig, capacities: TenantCapacities) {
    this.#ports = ports;
    this.#tenant = tenant;
    this.#capacities = capacities;
    this.#zone = findZone(tenant.timeZone);
  }

  /** Splits one day; nothing is due where the zone has no such day, or no version of the capacity is in force. */
  async split(name: string, day: string): Promise<VersionedSplit> {
    const version = findVersion(this.#capacities.versions.get(name) ?? [], day);
    const [startMs, endMs] = [this.#zone.dayStartMs(day), this.#zone.dayStartMs(addDays(day, 1))];
    if (version === undefined || startMs === endMs) return { ...NOTHING_DUE, version: null };
    const covered = selectCovered(await this.#readDay(day), this.#capacities.covers, name, startMs);
    const callers = groupByCaller(covered);
    const demand = callers.reduce<Demand>(addDemand, NO_DEMAND);
    const month = this.#zone.monthBounds(this.#zone.localMonth(day));
    const utilisation = judgeUse({
      calls: demand.calls,
      tokens: demand.tokens,
      lengthMs: endMs - startMs,
      monthMs: month.endMs - month.startMs,
      serves: version.capacity.serves,
      sampledHours: demand.calls === 0n ? [] : await this.#readSamples(version, startMs, endMs),
    });
    const cost = costOfDay(version.capacity.price, this.#zone, day);
    return { ...splitDay(cost, utilisation, callers), version: version.number };
  }

  async #readDay(day: string): Promise<readonly LeafSums[]> {
    const name = this.#zone.localMonth(day);
    if (this.#month?.name !== name) {
      const days = { fromDay: `${name}-01`, toDay: addDays(this.#zone.daysOfMonth(name).at(-1) ?? day, 1) };
      const { rows } = await this.#ports.reader.rollups(this.#tenant.tenant, { granularity: 'day', ...days });
      this.#month = { name, rows: Map.groupBy(rows, ({ period }) => period) };
    }
    return this.#month.rows.get(day) ?? [];
  }

  async #readSamples(
    { capacity }: StoredVersion,
    startMs: number,
    endMs: number,
  ): Promise<readonly (readonly number[])[]> {
    const { deployment } = capacity.covers;
    if (deployment === undefined) return [];
    const { hours } = await this.#ports.gpuSamples.readHours(this.#tenant.tenant, startMs, endMs, deployment);
    return hours.map(({ ratios }) => ratios);
  }
}
