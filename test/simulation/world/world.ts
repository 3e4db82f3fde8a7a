import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { RollupSnapshot } from '../../../lib/app/ports.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { FAULTS, type Fault, type TableCall } from '../../helpers/faulty-table.ts';
import { Random } from '../engine/random.ts';
import { VirtualTime } from '../engine/virtual-time.ts';
import { BEGIN_MS } from '../history/calls.ts';
import type { History } from '../history/history.ts';
import type { Mail } from '../history/mail.ts';
import { writeMail } from '../history/mail.ts';
import { TENANTS } from '../history/tenants.ts';
import type { InFlight, TableTemper } from '../models/latent-table.ts';
import { QueueModel } from '../models/queue-model.ts';
import { TopicModel } from '../models/topic-model.ts';
import { WatchedTable } from '../models/watched-table.ts';
import { explainSurprise } from './surprises.ts';
import { emptyTally } from './tally.ts';

/** Six times the time-out of the function that consumes, as the template has it. */
export const VISIBILITY_MS = 360_000;

/** For so long the sweep has a dead letter for itself. */
const DEAD_VISIBILITY_MS = 60_000;

/** As the template has it. */
export const MAX_RECEIVE_COUNT = 10;

/** What somebody read while others wrote. */
export type Look =
  | {
      readonly what: 'rollups';
      readonly tenant: string;
      readonly granularity: string;
      readonly fromDay: string;
      readonly snapshot: RollupSnapshot;
    }
  | {
      readonly what: 'spend';
      readonly tenant: string;
      readonly commit: number;
      /** First local day; the moment before which it ends. */
      readonly fromDay: string;
      readonly untilMs: number;
      readonly costPicoUsd: bigint;
      readonly calls: bigint;
    }
  | { readonly what: 'audit'; readonly tenant: string; readonly differences: readonly unknown[] }
  | {
      readonly what: 'budget';
      readonly tenant: string;
      /** Which of the budgets of every history. */
      readonly number: number;
      readonly period: string;
      readonly parts: ReadonlyMap<string, bigint>;
      readonly commit: number;
    };

/** What somebody asked for and was told that it is done. */
export type Promised =
  | { readonly what: 'void'; readonly tenant: string; readonly id: string }
  | { readonly what: 'credit'; readonly tenant: string; readonly id: string; readonly amountPicoUsd: bigint }
  | { readonly what: 'override'; readonly scope: string; readonly fileText: string };

/** One ledger with everything around it, and what was seen of it. */
export class World {
  readonly history: History;
  readonly random: Random;
  readonly time: VirtualTime;
  readonly memory = new MemoryTable();
  readonly watched = new WatchedTable(this.memory);
  readonly inFlight: InFlight = new Map();
  readonly temper: TableTemper;
  readonly queues: Readonly<Record<'usage' | 'import' | 'usageDead' | 'importDead', QueueModel>>;
  readonly topic: TopicModel;
  readonly mail: ReturnType<typeof writeMail>;
  /** What every body says, however often it was sent. */
  readonly mailByBody = new Map<string, Mail>();
  readonly tally = emptyTally();
  readonly looks: Look[] = [];
  readonly promised: Promised[] = [];
  /** Ids of calls and credits that somebody asked to void, whatever was answered. */
  readonly voidsAsked = new Set<string>();
  /** Texts that the functions wrote to their logs. */
  readonly logged: string[] = [];
  /** Errors that no fault accounts for: bugs, whatever the ledger looks like in the end. */
  readonly surprises: string[] = [];
  /** Messages of which the API refused other events than it should have, in words. */
  readonly wrongRefusals: string[] = [];
  /** Number of the price list that functions start with. */
  release = 0;
  #outageUntilMs = 0;
  #isCalm = false;
  #faults = 0;
  #processes = 0;

  constructor(history: History) {
    const { seed, latencyMs, largestTransaction, topic } = history.setting;
    this.history = history;
    this.random = new Random(seed);
    this.time = new VirtualTime(BEGIN_MS, this.random);
    this.temper = {
      time: this.time,
      random: this.random,
      latencyMs,
      largestTransaction,
      onConflict: () => this.count('transact conflict'),
    };
    const { now } = this.time;
    const common = { now, random: this.random, visibilityMs: VISIBILITY_MS, maxReceiveCount: MAX_RECEIVE_COUNT };
    const dead = { ...common, visibilityMs: DEAD_VISIBILITY_MS };
    const usageDead = new QueueModel({ ...dead, name: 'usage-dead' });
    const importDead = new QueueModel({ ...dead, name: 'import-dead' });
    this.queues = {
      usage: new QueueModel({ ...common, name: 'usage', deadLetters: usageDead }),
      import: new QueueModel({ ...common, name: 'import', deadLetters: importDead }),
      usageDead,
      importDead,
    };
    this.topic = new TopicModel(this.time, this.random, topic, (name) => this.count(name));
    this.mail = writeMail(history);
    for (const mail of this.mail.values()) this.mailByBody.set(mail.body, mail);
  }

  async open(): Promise<void> {
    for (const tenant of TENANTS) await new TenantStore(this.memory, () => 0).create(tenant);
  }

  nextProcess(): number {
    return ++this.#processes;
  }

  /** Which fault, if any, comes out of the blue to a table call. */
  drawFault(): Fault | undefined {
    this.tally.tableCalls += 1;
    if (this.#isCalm) return undefined;
    if (this.time.now() < this.#outageUntilMs) return 'busy';
    const isDue = this.lacksFaults && this.random.oneIn(8);
    return isDue ? this.random.pick(FAULTS) : undefined;
  }

  /** Whether there were fewer faults than there should be. */
  get lacksFaults(): boolean {
    return this.#faults < this.history.setting.leastFaults;
  }

  /** Whether planned faults do not happen any more. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** Whether every alert that was claimed is known to be sent. */
  get hasNoPendingAlert(): boolean {
    return [...this.memory.items()].every(({ pk }) => pk !== keys.alertOutbox);
  }

  countFault(call: TableCall, fault: Fault): void {
    this.count(`${call} ${fault}`);
    if (fault.startsWith('crash')) this.tally.crashes += 1;
  }

  count(name: string): void {
    this.#faults += 1;
    this.tally.faults[name] = (this.tally.faults[name] ?? 0) + 1;
  }

  beginOutage(milliseconds: number): void {
    this.#outageUntilMs = Math.max(this.#outageUntilMs, this.time.now() + milliseconds);
  }

  /** From now on nothing fails any more, or again as before. */
  calm(isCalm = true): void {
    this.#isCalm = isCalm;
    this.topic.calm(isCalm);
  }

  /** Notes an error that no fault accounts for. */
  judge(who: string, cause: unknown): void {
    const surprise = explainSurprise(cause);
    if (surprise !== undefined) this.surprises.push(`${who}: ${surprise}`);
  }
}
