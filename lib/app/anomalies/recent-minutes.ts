import type { Leaf } from '../../contracts/dimensions.ts';
import { leafOf } from '../../domain/spend.ts';
import type { Clock, LedgerReader, TenantConfig } from '../ports.ts';

/** What the calls of one leaf cost in one minute, by their own time. */
export interface LeafMinute {
  /** Its beginning, epoch milliseconds. */
  readonly minuteMs: number;
  readonly leaf: Leaf;
  readonly costPicoUsd: bigint;
}

/** Minutes that are kept. */
const KEPT_MS = 60 * 60_000;

/** How much earlier than a call a commit may be read that holds it: messages wait and are tried again. */
const EARLIER_MS = 15 * 60_000;

/** Commits that are looked back at when nothing is known yet. */
const MAX_COMMITS_BACK = 16_384;
const FIRST_STEP = 64;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * The last hour of a tenant by minute and leaf, learned from its log. It is not stored: whoever begins anew reads the
 * commits of the last hour and a quarter again, and then only those that come. Corrections are left out.
 */
export class RecentMinutes {
  #followedTo: number | undefined;
  readonly #minutes = new Map<number, Map<string, LeafMinute>>();

  /**
   * Takes in the commits that came since.
   *
   * @param deadlineMs - epoch milliseconds after which no other commit is looked at
   * @returns whether every commit is in it that there was when it began
   */
  async follow(
    reader: Pick<LedgerReader, 'head' | 'commits' | 'entriesOfCommit'>,
    tenant: TenantConfig,
    clock: Clock,
    deadlineMs: number,
  ): Promise<boolean> {
    const head = await reader.head(tenant.tenant);
    const fromMs = clock() - KEPT_MS;
    const from = this.#followedTo ?? (await findStart(reader, tenant.tenant, head, fromMs - EARLIER_MS));
    this.#forget(fromMs);
    const firstHour = new Date(fromMs).toISOString().slice(0, 13);
    this.#followedTo = from;
    for await (const { number, isRecording, deltas } of reader.commits(tenant.tenant, from, head)) {
      if (clock() >= deadlineMs) break;
      if (isRecording && deltas.some(({ hour }) => hour >= firstHour)) await this.#take(reader, tenant, number, fromMs);
      this.#followedTo = number;
    }
    return this.#followedTo >= head;
  }

  /** Everything known of the last hour, in no order. */
  list(): readonly LeafMinute[] {
    return [...this.#minutes.values()].flatMap((leaves) => [...leaves.values()]);
  }

  async #take(
    reader: Pick<LedgerReader, 'entriesOfCommit'>,
    tenant: TenantConfig,
    number: number,
    fromMs: number,
  ): Promise<void> {
    for (const { event, rating, isVoid, credit } of await reader.entriesOfCommit(tenant.tenant, number)) {
      const costPicoUsd = rating.costPicoUsd ?? 0n;
      if (isVoid || credit || costPicoUsd <= 0n || event.timeMs < fromMs) continue;
      const minuteMs = Math.floor(event.timeMs / MINUTE_MS) * MINUTE_MS;
      const leaf = leafOf(tenant, event, rating);
      const leaves = this.#minutes.get(minuteMs) ?? new Map<string, LeafMinute>();
      const name = JSON.stringify(leaf);
      leaves.set(name, { minuteMs, leaf, costPicoUsd: costPicoUsd + (leaves.get(name)?.costPicoUsd ?? 0n) });
      this.#minutes.set(minuteMs, leaves);
    }
  }

  #forget(fromMs: number): void {
    for (const minuteMs of this.#minutes.keys()) if (minuteMs + MINUTE_MS <= fromMs) this.#minutes.delete(minuteMs);
  }
}

/** The commit after which everything since a time was written: steps back, each twice the one before. */
async function findStart(
  reader: Pick<LedgerReader, 'commits'>,
  tenant: string,
  head: number,
  sinceMs: number,
): Promise<number> {
  let number = head;
  for (let step = FIRST_STEP; number > 0 && head - number < MAX_COMMITS_BACK; step *= 2) {
    number = Math.max(0, number - step);
    for await (const { atMs } of reader.commits(tenant, number, Math.min(head, number + 1)))
      if (atMs < sinceMs) return number;
  }
  return number;
}

/** Beginning of the hour of a time, epoch milliseconds. */
export function startOfHour(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS) * HOUR_MS;
}
