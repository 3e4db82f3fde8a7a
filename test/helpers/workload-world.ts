import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TableWorkloadStore } from '../../lib/adapters/dynamodb/workload-store.ts';
import { voidEntry } from '../../lib/app/corrections/void-entry.ts';
import {
  type RecordedWorkload,
  readWorkload,
  type WorkloadPorts,
  type WorkloadRequest,
} from '../../lib/app/workloads/read-workload.ts';
import type { Workloads } from '../../lib/app/workloads/workload-ports.ts';
import { CREDIT_EVENT } from '../../lib/domain/corrections/credit.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from './ledger-fixtures.ts';
import { createRepricingWorld, widgetCall } from './repricing-world.ts';

/** Sizes at which the calls of these worlds are told apart unless said otherwise. */
const BOUNDS_TOKENS = [100, 8_192];

/** A ledger at 19:30 on the 29th of January 2026 in Berlin, and somebody who reads its workload from the 10th on. */
export function createWorkloadWorld(findModelKind: Workloads['findModelKind'] = () => null) {
  const world = createRepricingWorld();
  const start = world.start();
  const asked: string[] = [];
  let tails = 0;
  let pagesLeft = Number.POSITIVE_INFINITY;
  const reader: WorkloadPorts['reader'] = {
    rollups: (...query) => world.reader.rollups(...query),
    entriesOfDay: (tenant, day, cursor) => {
      asked.push(cursor === undefined ? day : `${day} after ${cursor}`);
      pagesLeft -= 1;
      return world.reader.entriesOfDay(tenant, day, cursor);
    },
    entriesOfDays: (tenant, days, upTo, cursor) => {
      asked.push(`${days.first} to ${days.last}`);
      pagesLeft -= 1;
      return world.reader.entriesOfDays(tenant, days, upTo, cursor);
    },
  };
  const store = new TableWorkloadStore(world.table);
  // The clock stands, and jumps when as many pages were read as a deadline is to allow.
  const now = () => (pagesLeft > 0 ? START_MS : START_MS + 1_000);
  const request: WorkloadRequest = {
    ...{ scope: {}, firstDay: '2026-01-10', lastDay: '2026-01-29', boundsTokens: BOUNDS_TOKENS },
  };
  const ownPorts: WorkloadPorts = { reader, workloads: { store, findModelKind, now } };
  return {
    ...world,
    ports: ownPorts,
    request,
    /** A call of 10 input tokens (10,000,000 picoUSD) at a UTC time of January 2026, `20T10:00:00`; ids differ. */
    call: (time: string, event: Partial<UsageEvent> = {}): UsageEvent =>
      widgetCall(++tails, { timeMs: Date.parse(`2026-01-${time}Z`), ...event }),
    /** Takes a cent off a day. */
    async giveCredit(time: string): Promise<void> {
      const timeMs = Date.parse(`2026-01-${time}Z`);
      const credit = { reason: 'a test', fromDay: '2026-01-01', toDay: '2026-02-01', allocation: 'none' } as const;
      const rated = ratedCall({ id: uuidV7(timeMs, ++tails), timeMs, ...CREDIT_EVENT, usage: {} }, -10_000_000_000n);
      const ledger = new DynamoLedger(world.table, steadySurroundings());
      await ledger.append(TENANT, [{ ...rated, credit }], START_MS + 50_000);
    },
    voidCall: (event: UsageEvent) =>
      voidEntry(start, TENANT, 'key_admin', { id: event.id, reason: 'test' }, world.soon()),
    /**
     * Reads the workload.
     * @param pages - how many pages of entries time is left for
     * @returns with the pages that were asked for: a day, a range of days, or a day behind a commit
     */
    async read(
      changes: Partial<WorkloadRequest> = {},
      pages = Number.POSITIVE_INFINITY,
      ports = ownPorts,
    ): Promise<RecordedWorkload & { readonly asked: readonly string[] }> {
      asked.length = 0;
      pagesLeft = pages;
      const read = await readWorkload(ports, TENANT, { ...request, ...changes }, START_MS + 1);
      pagesLeft = Number.POSITIVE_INFINITY;
      return { ...read, asked: [...asked] };
    },
    /** What somebody reads who has nothing kept, to compare with. */
    readAnew: (changes: Partial<WorkloadRequest> = {}): Promise<RecordedWorkload> => {
      const empty = { list: async () => new Map(), save: async () => {} };
      const ports = { reader: world.reader, workloads: { store: empty, findModelKind, now: () => START_MS } };
      return readWorkload(ports, TENANT, { ...request, ...changes }, START_MS + 1);
    },
  };
}

/** Calls and cost of each day of a workload. */
export function summarise({ workload }: RecordedWorkload): Readonly<Record<string, readonly [number, bigint]>> {
  return Object.fromEntries(
    workload.days.map(({ day, classes }) => {
      const models = classes.flatMap((each) => each.models);
      const calls = models.reduce((sum, each) => sum + each.calls, 0);
      return [day, [calls, models.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n)]];
    }),
  );
}
