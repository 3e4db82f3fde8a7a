import type { Leaf } from '../../contracts/dimensions.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { ModelKind } from '../../domain/prices/price-catalog.ts';
import { leafOf } from '../../domain/spend.ts';
import { DayDigest, type DayFrame } from '../../domain/workload/day-digest.ts';
import type { WorkloadDay } from '../../domain/workload/workload.ts';
import { toWorkloadCall } from '../../domain/workload/workload-call.ts';
import type { TenantConfig } from '../ports.ts';
import { addDaySums, type DaySums, NO_SUMS, sumsOfEntry } from './day-sums.ts';
import type { StoredDay, Workloads } from './workload-ports.ts';

/** Which entries are folded, and what is known of their models. */
export interface EntryScope {
  readonly tenant: TenantConfig;
  readonly matches: (leaf: Leaf) => boolean;
  readonly findModelKind: Workloads['findModelKind'];
}

const MINUTE_MS = 60_000;

/** Bounds of a local day by the minute, and the sizes at which its calls are told apart. */
export function frameDay(zone: Zone, day: string, boundsTokens: readonly number[]): DayFrame {
  const firstMinute = Math.floor(zone.dayStartMs(day) / MINUTE_MS);
  const minutes = Math.floor(zone.dayStartMs(addDays(day, 1)) / MINUTE_MS) - firstMinute;
  return { day, firstMinute, minutes, boundsTokens };
}

/** A day while its entries are read, commit by commit. */
export class MeasuredDay {
  readonly day: string;
  /** Whether part of it was read earlier: corrections made since then are not in it. */
  readonly isResumed: boolean;
  /** Whether all of it was read earlier. */
  readonly wasWhole: boolean;
  readonly #scope: EntryScope;
  readonly #frame: DayFrame;
  readonly #digest: DayDigest;
  #sums: DaySums;
  #cursor: string | undefined;
  #hasMoved = false;

  constructor(scope: EntryScope, frame: DayFrame, stored?: StoredDay) {
    this.day = frame.day;
    this.isResumed = stored !== undefined;
    this.wasWhole = stored !== undefined && stored.upTo !== null;
    this.#scope = scope;
    this.#frame = frame;
    this.#digest = new DayDigest(frame);
    if (stored) this.#digest.addDigest(stored.digest);
    this.#sums = stored?.sums ?? NO_SUMS;
    this.#cursor = stored?.cursor;
  }

  get sums(): DaySums {
    return this.#sums;
  }

  /** Whether something was read that is not kept yet. */
  get hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** Behind which entries reading goes on; undefined before the first. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Takes in an entry of the day, read for the first time. */
  add(entry: LedgerEntry): void {
    const { tenant, matches, findModelKind } = this.#scope;
    // Corrections count for the leaf under which an entry was recorded.
    if (!matches(leafOf(tenant, entry.event, entry.recorded, entry.credit))) return;
    this.#sums = addDaySums(this.#sums, sumsOfEntry(entry));
    if (entry.isVoid || entry.credit) return;
    const { price } = entry.rating;
    const modelKind: ModelKind | null = price?.provider ? findModelKind(price.provider, price.modelId) : null;
    const call = toWorkloadCall(entry, modelKind);
    if (call) this.#digest.add(call);
  }

  /** Notes that every entry of the day up to a place was taken in. */
  readUpTo(cursor: string): void {
    this.#hasMoved ||= this.#cursor !== cursor;
    this.#cursor = cursor;
  }

  /** The same day before anything was read of it. */
  restart(): MeasuredDay {
    return new MeasuredDay(this.#scope, this.#frame);
  }

  /** What was folded so far. */
  digest(): WorkloadDay {
    return this.#digest.finish();
  }

  /**
   * What to keep of it; undefined where nothing was read yet.
   * @param upTo - see {@link StoredDay.upTo}
   */
  toStored(upTo: number | null): StoredDay | undefined {
    if (this.#cursor === undefined) return undefined;
    return { digest: this.#digest.finish(), sums: this.#sums, upTo, cursor: this.#cursor };
  }
}
