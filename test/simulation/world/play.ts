import type { Deed, PullDeed } from '../history/history.ts';
import { act, sweepOnce } from './act.ts';
import { People } from './people.ts';
import { pull } from './pull.ts';
import { send } from './send.ts';
import { VISIBILITY_MS, type World } from './world.ts';

/** Consumers that empty the queues when the weather is fine. */
const DRAINERS = 4;
const MAX_ROUNDS = 40;
const LEASE_OVER_MS = 95_000;
const RETURN_MS = 1_000_000;

/** Plays a history: its deeds, each at its time; then fine weather until nothing is left to do. */
export async function play(world: World): Promise<void> {
  const people = new People(world);
  const { sends, garbage, pulls, others, dispute, setting } = world.history;
  const deeds: readonly Deed[] = [...sends, ...garbage, ...pulls, ...others];
  await meet(world, people, setting.disputesLate ? deeds : [...deeds, ...dispute]);
  if (setting.disputesLate && dispute.length > 0) {
    world.calm();
    await emptyQueues(world, people);
    world.calm(false);
    await meet(world, people, dispute);
  }
  // A history too quiet to count is not left at that.
  for (let round = 0; round < MAX_ROUNDS && world.lacksFaults; round++) await sweepOnce(world, people, 1, []);
  world.calm();
  await emptyQueues(world, people);
  await finish(world, people);
}

/** Does deeds, each at its time from now on, until all are done. */
async function meet(world: World, people: People, deeds: readonly Deed[]): Promise<void> {
  await Promise.all(deeds.map((deed, index) => begin(world, people, deed, index)));
}

async function begin(world: World, people: People, deed: Deed, index: number): Promise<void> {
  await world.time.sleep(deed.atMs);
  if (deed.kind === 'send' || deed.kind === 'garbage') {
    const mail = world.mail.get(deed);
    if (mail) await send(world, people, mail);
  } else if (deed.kind === 'pull') {
    await pull(world, people, deed);
  } else {
    await act(world, people, deed, index);
  }
}

async function emptyQueues(world: World, people: People): Promise<void> {
  const { usage, usageDead, import: imports, importDead } = world.queues;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await Promise.all(Array.from({ length: DRAINERS }, (_, worker) => drain(world, people, worker)));
    if (usage.waiting.length + imports.waiting.length > 0) {
      if (usage.depth.visible + imports.depth.visible === 0) await world.time.sleep(VISIBILITY_MS);
    } else if (usageDead.waiting.length + importDead.waiting.length > 0) {
      // The sweep sends them back, those that came back before only after a while.
      await world.time.sleep(RETURN_MS);
      await sweepOnce(world, people, 0, []);
    } else return;
  }
}

async function drain(world: World, people: People, worker: number): Promise<void> {
  const calm = { worker, most: 10, lifeMs: 60_000, faults: [], failsBack: 'later', losesAnswer: false } as const;
  for (const queue of ['usage', 'import'] as const satisfies readonly PullDeed['queue'][]) {
    while ((await pull(world, people, { ...calm, queue })) > 0);
  }
}

/** Sweeps until a sweep finds nothing left to do, with every lease run out in between. */
async function finish(world: World, people: People): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await world.time.sleep(LEASE_OVER_MS);
    const report = await sweepOnce(world, people, 0, []);
    const isIdle = report && report.claimed + report.expired.due + report.corrected + report.openOrders === 0;
    // What a sweep claims of its own accord, about rejects or prices, is in no count; the next one finds it if it was late.
    if (isIdle && world.hasNoPendingAlert) return;
  }
  world.surprises.push('sweep after sweep found something left to do');
}
