import type { Outside } from '../../../functions/shared/outside.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { type Fault, FaultyTable, type TableCall } from '../../helpers/faulty-table.ts';
import type { PlannedFault } from '../history/history.ts';
import { LatentTable } from '../models/latent-table.ts';
import type { World } from './world.ts';

/** Longest time that a call takes which takes long; a function that it happens to goes on with what it knew before. */
const STALL_MS = 8_000;

/** Latest a write that was given up may still take effect. */
const LATE_MS = 20_000;

/** One environment of a function, with its own connection to the table: warm until it dies. */
export class Process {
  readonly number: number;
  /** The release of the ledger that it runs. */
  readonly release: number;
  readonly outside: Outside;
  readonly #world: World;
  readonly #latent: LatentTable;
  readonly #table: FaultyTable;
  #planned: readonly PlannedFault[] = [];
  readonly #calls = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.number = world.nextProcess();
    this.release = world.release;
    this.#latent = new LatentTable(world.watched, world.temper, world.inFlight);
    this.#table = new FaultyTable(this.#latent, (call) => this.#decide(call));
    let leases = 0;
    this.outside = {
      table: this.#table,
      now: world.time.now,
      sleep: world.time.sleep,
      random: world.random.next,
      publisher: this.#connectTopic(),
      drawOwner: () => `owner-${this.number}-${++leases}`,
      leaseMs: world.history.setting.leaseMs,
      apiUrl: 'https://ledger.example',
    };
  }

  /** Does one piece of work under the faults that are planned for it; ends when it is done, dead, or out of time. */
  async run<T>(faults: readonly PlannedFault[], lifeMs: number, work: () => Promise<T>): Promise<T | 'died'> {
    this.#planned = faults;
    this.#calls.clear();
    let isOver = false;
    this.#world.time.after(lifeMs, () => {
      if (isOver) return;
      this.#world.tally.crashes += 1;
      this.#world.count('function timed out');
      this.#table.kill();
    });
    try {
      return await Promise.race([work(), this.#table.death]);
    } finally {
      isOver = true;
    }
  }

  #decide(call: TableCall): Fault | undefined {
    const at: Partial<Record<string, number>> = { call: this.#countCall('call'), [call]: this.#countCall(call) };
    const planned = this.#world.isCalm ? undefined : this.#planned.find((each) => at[each.on] === each.at)?.fault;
    const fault = planned ?? this.#world.drawFault();
    if (fault === 'stall') {
      this.#latent.delayNext(this.#world.random.below(STALL_MS));
      return undefined;
    }
    if (fault === 'late') this.#latent.delayNext(this.#world.random.below(LATE_MS));
    if (fault) this.#world.countFault(call, fault);
    return fault;
  }

  /** Calls of a kind before this one. */
  #countCall(kind: string): number {
    const before = this.#calls.get(kind) ?? 0;
    this.#calls.set(kind, before + 1);
    return before;
  }

  /** A dead process publishes nothing, and hears nothing of what it published. */
  #connectTopic(): Outside['publisher'] {
    const { topic, memory, watched, time } = this.#world;
    const connection = topic.connect((alertId) => {
      const pending = memory.peek({ pk: keys.alertOutbox, sk: alertId });
      const isOwner = String(pending?.['owner']).startsWith(`owner-${this.number}-`);
      return isOwner && !watched.closedAlerts.has(alertId) && Number(pending?.['leaseUntilMs']) > time.now();
    });
    let isDead = false;
    this.#table.death.then(() => {
      isDead = true;
    });
    const unlessDead = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isDead) return new Promise<never>(() => undefined);
      try {
        return await work();
      } finally {
        if (isDead) await new Promise<never>(() => undefined);
      }
    };
    return { ...connection, publish: (message) => unlessDead(() => connection.publish(message)) };
  }
}

/** Where a function runs: one environment after the other, each doing one thing at a time. */
export class Host<Ports> {
  readonly #world: World;
  readonly #who: string;
  readonly #wire: (process: Process) => Ports;
  #current: { readonly process: Process; readonly ports: Ports } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(world: World, who: string, wire: (process: Process) => Ports) {
    this.#world = world;
    this.#who = who;
    this.#wire = wire;
  }

  /**
   * Runs the function once, behind what runs there already.
   * @returns what it answered; `died` when it crashed or ran out of time, `failed` when it threw
   */
  invoke<T>(
    faults: readonly PlannedFault[],
    lifeMs: number,
    work: (ports: Ports) => Promise<T>,
  ): Promise<{ readonly answer: T } | 'died' | 'failed'> {
    const result = this.#last.then(() => this.#invoke(faults, lifeMs, work));
    this.#last = result;
    return result;
  }

  async #invoke<T>(faults: readonly PlannedFault[], lifeMs: number, work: (ports: Ports) => Promise<T>) {
    const isOutdated = this.#current?.process.release !== this.#world.release;
    const current = this.#current && !isOutdated ? this.#current : this.#start();
    try {
      const end = await current.process.run(faults, lifeMs, async () => ({ answer: await work(current.ports) }));
      if (end === 'died') this.#current = undefined;
      return end;
    } catch (cause) {
      this.#world.judge(this.#who, cause);
      return 'failed';
    }
  }

  #start() {
    const process = new Process(this.#world);
    this.#current = { process, ports: this.#wire(process) };
    return this.#current;
  }
}
