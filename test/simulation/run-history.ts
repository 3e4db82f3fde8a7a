import { withVirtualGlobals } from './engine/virtual-time.ts';
import type { History } from './history/history.ts';
import { INVARIANTS } from './invariants/invariants.ts';
import { type Evidence, gatherEvidence } from './oracle/evidence.ts';
import { play } from './world/play.ts';
import type { Tally } from './world/tally.ts';
import { World } from './world/world.ts';

/** What came of a history. */
export interface Outcome {
  /** Each begins with the name of the invariant. */
  readonly violations: readonly string[];
  readonly tally: Tally;
}

/** Plays a history in virtual time, then checks every invariant. The same history comes to the same each time. */
export async function runHistory(history: History): Promise<Outcome> {
  const world = new World(history);
  const { time, random, tally } = world;
  try {
    await withVirtualGlobals(time, random, async () => {
      await world.open();
      await time.until(play(world));
    });
    const evidence = await gatherEvidence(world);
    addUp(world, evidence);
    const violations = Object.entries(INVARIANTS).flatMap(([name, check]) =>
      check(evidence).map((violation) => `${name}: ${violation}`),
    );
    return { violations, tally };
  } catch (cause) {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    return { violations: [`nothing lost: the history did not come to an end: ${text}`, ...world.surprises], tally };
  }
}

function addUp({ tally, queues, mail, mailByBody, topic }: World, { tenants }: Evidence): void {
  tally.histories = 1;
  for (const { calls } of mail.values()) tally.calls += calls.length;
  for (const { body } of [...queues.usage.accepted, ...queues.import.accepted]) {
    tally.sentEvents += mailByBody.get(body)?.calls.length ?? 0;
  }
  for (const { entries, rejects, conflicts } of tenants) {
    for (const { corrections } of entries) tally.corrections += corrections.length;
    tally.rejects += rejects.length;
    tally.conflicts += conflicts.length;
  }
  tally.deadLettered = queues.usage.givenUp + queues.import.givenUp;
  tally.alertsClaimed = new Set(topic.log.map(({ message }) => message.alertId)).size;
  tally.alertsDelivered = topic.log.filter(({ outcome }) => outcome !== 'refused').length;
}
