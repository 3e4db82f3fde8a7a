import type { Fault } from '../../helpers/faulty-table.ts';

/** What happens to one table call of a deed. */
export interface PlannedFault {
  /** Which kind of call it happens to; `call` = any. */
  readonly on: 'call' | 'transact' | 'put' | 'addToSet';
  /** The call's place among those of its kind in the deed, from 0. */
  readonly at: number;
  /** `stall`: the call takes a second or several, and is answered in the end. */
  readonly fault: Fault | 'stall';
}

/** What becomes of a request to a queue or the topic: not taken, or taken and nobody told. */
export type RequestFate = 'fine' | 'lost-request' | 'lost-answer';

/** What is wrong with one event of a message. */
export type Flaw =
  | 'unknown-fields'
  | 'other-tenant'
  | 'impossible-usage'
  | 'no-model'
  | 'too-old'
  | 'in-future'
  | 'torn-text';

interface Timed {
  /** Milliseconds after the history's beginning. */
  readonly atMs: number;
}

/** A message of calls on its way in. */
export interface SendDeed extends Timed {
  readonly kind: 'send';
  readonly tenant: number;
  /**
   * `sqs`: its own role to the queue; `forger`: the same, stamping another tenant on it; `api`: a key, through the API
   * to the usage queue; `import`: to the import queue; `stranger`: a role of no tenant.
   */
  readonly via: 'sqs' | 'forger' | 'api' | 'import' | 'stranger';
  /** How many calls that were never sent before. */
  readonly fresh: number;
  /** Which calls are sent once more, by their distance from the newest. */
  readonly repeats: readonly number[];
  /** Whether the repeats have other content than the first time. */
  readonly altersRepeats: boolean;
  /** Flaws of further events in it. */
  readonly flaws: readonly Flaw[];
  readonly form: 'array' | 'object' | 'gzip' | 'cloud-events';
  readonly fate: RequestFate;
}

/** A body that cannot be read at all. */
export interface GarbageDeed extends Timed {
  readonly kind: 'garbage';
  readonly tenant: number;
  readonly body: 'text' | 'cut-json' | 'bad-gzip';
}

/** One batch handed to one consumer. */
export interface PullDeed extends Timed {
  readonly kind: 'pull';
  readonly worker: number;
  readonly queue: 'usage' | 'import';
  /** Most messages of the batch. */
  readonly most: number;
  /** How long the function may run. */
  readonly lifeMs: number;
  readonly faults: readonly PlannedFault[];
  /** Whether what failed comes back at once or when its visibility is over. */
  readonly failsBack: 'at once' | 'later';
  /** Whether the answer to the queue gets lost, so that the whole batch comes again. */
  readonly losesAnswer: boolean;
}

/** Everything else that somebody does. */
export type OtherDeed = Timed & { readonly faults: readonly PlannedFault[] } & (
    | { readonly kind: 'echo'; readonly queue: 'usage' | 'import'; readonly message: number }
    | { readonly kind: 'sweep'; readonly sweeper: number }
    | { readonly kind: 'budget'; readonly tenant: number; readonly name: number; readonly mills: number }
    | {
        readonly kind: 'override';
        /** Of every tenant, or of one. */
        readonly scope: 'global' | number;
        readonly model: 'plain' | 'dated' | 'partly' | 'late';
        readonly inputRate: string;
        readonly outputRate: string | null;
        readonly window: 'always' | 'february' | 'from-march' | 'next-year';
        readonly replaces: boolean;
      }
    /** The call by its place among those that were sent for the tenant so far. */
    | { readonly kind: 'void'; readonly tenant: number; readonly call: number }
    /** From now on every function starts with the next price list. */
    | { readonly kind: 'release' }
    | { readonly kind: 'reprice'; readonly tenant: number; readonly window: 'all' | 'march' | 'one-day' }
    | { readonly kind: 'credit'; readonly tenant: number; readonly number: number; readonly cents: number }
    | {
        readonly kind: 'read';
        readonly tenant: number;
        readonly what: 'hour' | 'day' | 'month' | 'spend' | 'audit' | 'budgets';
      }
    | { readonly kind: 'outage'; readonly forMs: number }
  );

/** One thing that somebody does at some time. */
export type Deed = SendDeed | GarbageDeed | PullDeed | OtherDeed;

/** What holds for the whole of a history. */
export interface Setting {
  /** All chance follows from it: how long calls take, what a queue hands out, which fault comes out of the blue. */
  readonly seed: number;
  /** Longest time of an ordinary table call; 1 = everybody takes turns. */
  readonly latencyMs: number;
  /** Whether consumers remember next to nothing. */
  readonly isForgetful: boolean;
  readonly largestTransaction: number;
  /** What the topic makes of each publish in turn; further ones are fine. */
  readonly topic: readonly RequestFate[];
  /** Faults come out of the blue until there were so many. */
  readonly leastFaults: number;
  /** How long whoever claims an alert has it to itself: as the stack sets it, or less than a function may live. */
  readonly leaseMs: number;
  /** Whether the dispute begins only once every message is consumed. */
  readonly disputesLate: boolean;
}

/** Everything that happens, before the weather clears and the queues run dry. */
export interface History {
  readonly setting: Setting;
  readonly sends: readonly SendDeed[];
  readonly garbage: readonly GarbageDeed[];
  readonly pulls: readonly PullDeed[];
  readonly others: readonly OtherDeed[];
  /** Deeds about the same few calls or budgets within a few seconds, so that they contradict each other. */
  readonly dispute: readonly OtherDeed[];
}
