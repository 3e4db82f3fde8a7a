import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableOwnRowStore } from '../../lib/adapters/dynamodb/own-row-store.ts';
import { assessBreakEven } from '../../lib/app/break-even/assess-break-even.ts';
import { putMigrationProfile } from '../../lib/app/break-even/assess-break-even-profiles.ts';
import { addDaySums, NO_SUMS, sumsOfEntry } from '../../lib/app/workloads/day-sums.ts';
import { frameDay } from '../../lib/app/workloads/measured-day.ts';
import type { StoredDay, WorkloadStore } from '../../lib/app/workloads/workload-ports.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { bundledReference } from '../../lib/catalog/reference.ts';
import { listWindowTokens } from '../../lib/domain/break-even/compare-targets.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { addDays, createZone } from '../../lib/domain/local-time.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../lib/domain/rating/rating.ts';
import { DayDigest } from '../../lib/domain/workload/day-digest.ts';
import type { WorkloadDay } from '../../lib/domain/workload/workload.ts';
import { toWorkloadCall } from '../../lib/domain/workload/workload-call.ts';
import { createAlertWorld, delta, USD } from './alert-world.ts';

/** Never reached. */
export const FAR_MS = Number.MAX_SAFE_INTEGER;

/** How the calls of a day lie in it. */
export interface CallPattern {
  /** Minutes of the day in which calls start, each as many. */
  readonly minutes?: readonly number[];
  readonly callsPerMinute?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly model?: string;
}

/** Every hour that each day has: the shortest lacks one. */
const EVERY_HOUR = Array.from({ length: 23 }, (_, hour) => 60 * hour);

/** A world in which days are measured already: what they recorded is given as a bill and a pattern of calls. */
export function createMigrateWorld() {
  const world = createAlertWorld();
  const kept = new Map<string, StoredDay>();
  const store: WorkloadStore = {
    list: async (_tenant, _scope, firstDay, lastDay) =>
      new Map([...kept].filter(([day]) => day >= firstDay && day <= lastDay)),
    save: async () => undefined,
  };
  const workloads = { store, findModelKind: () => null, now: world.clock };
  const start = () => ({
    ...world.start(),
    workloads,
    ownRows: new TableOwnRowStore(world.table),
    overrideChanges: new TableOverrideChanges(world.table),
    capacities: new TableCapacityStore(world.table),
  });
  const zone = createZone(world.tenant.timeZone);
  const bounds = listWindowTokens(bundledReference());
  const book = createPriceBook({ catalog: bundledCatalog() });

  /** Records a day of the app `bot`. */
  const recordDay = (day: string, usd: number, pattern: CallPattern = {}) => {
    const { minutes = EVERY_HOUR, callsPerMinute = 1, inputTokens = 1_000, outputTokens = 200 } = pattern;
    const calls = minutes.length * callsPerMinute;
    const frame = frameDay(zone, day, bounds);
    const cents = BigInt(Math.round(usd * 100));
    const costPicoUsd = cents * (USD / 100n);
    const digest = digestOf(frame, { minutes, callsPerMinute, inputTokens, outputTokens, costPicoUsd, ...pattern });
    const sums = {
      ...{ calls: BigInt(calls), unpricedCalls: 0n, costPicoUsd },
      ...{ inputTokens: BigInt(calls * inputTokens), outputTokens: BigInt(calls * outputTokens) },
    };
    kept.set(day, { digest, sums, upTo: 0, cursor: '1' });
    const measures = { calls: sums.calls, input_tokens: sums.inputTokens, output_tokens: sums.outputTokens };
    world.ledger.commit(delta(day, usd, { app: 'bot' }, measures));
  };
  /** Records the calls of one day as senders told of them, at list price. */
  const recordEvents = (day: string, events: readonly UsageEvent[]) => {
    const digest = new DayDigest(frameDay(zone, day, bounds));
    let sums = NO_SUMS;
    for (const event of events) {
      const rating = rateEvent(book, event);
      const call = toWorkloadCall({ event, rating }, null);
      if (call) digest.add(call);
      sums = addDaySums(sums, sumsOfEntry({ event, rating, isVoid: false }));
    }
    kept.set(day, { digest: digest.finish(), sums, upTo: 0, cursor: '1' });
    const { calls, costPicoUsd: cost, inputTokens: input_tokens, outputTokens: output_tokens } = sums;
    world.ledger.commit(delta(day, 0, { app: events[0]?.app ?? '' }, { calls, cost, input_tokens, output_tokens }));
  };
  /** Records one day after another; undefined = nothing was recorded at all. */
  const recordDays = (firstDay: string, days: readonly (number | undefined)[], pattern: CallPattern = {}) => {
    for (const [index, usd] of days.entries()) if (usd !== undefined) recordDay(addDays(firstDay, index), usd, pattern);
  };
  const ports = start();
  return {
    ...world,
    start,
    ports,
    recordDay,
    recordDays,
    recordEvents,
    put: (profile: object) => putMigrationProfile(ports, world.tenant, profile),
    assess: () => assessBreakEven(ports, world.tenant, FAR_MS),
  };
}

type DayPattern = Required<Omit<CallPattern, 'model'>> & Pick<CallPattern, 'model'> & { readonly costPicoUsd: bigint };

function digestOf(frame: ReturnType<typeof frameDay>, pattern: DayPattern): WorkloadDay {
  const { minutes, callsPerMinute, inputTokens, outputTokens, costPicoUsd, model = 'gpt-4o' } = pattern;
  const digest = new DayDigest(frame);
  let left = costPicoUsd;
  for (const minute of minutes) {
    for (let call = 0; call < callsPerMinute; call++) {
      digest.add({
        timeMs: (frame.firstMinute + minute) * 60_000,
        ...{ kind: 'chat', isMultimodal: false, isCovered: false, isUnpriced: false },
        ...{ model, provider: 'openai', inputTokens, outputTokens },
        // The first call bears the day's whole bill: only their sum matters.
        costPicoUsd: left,
      });
      left = 0n;
    }
  }
  return digest.finish();
}
