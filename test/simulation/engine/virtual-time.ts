import type { Random } from './random.ts';

/** Nothing is left that could ever happen, and something is still waited for. */
export class StuckError extends Error {
  override readonly name = 'StuckError';
}

interface Task {
  readonly atMs: number;
  /** Orders tasks of the same moment; drawn, so that every order occurs. */
  readonly rank: number;
  readonly run: () => void;
}

const realImmediate = setImmediate;

/**
 * A clock that jumps from one event to the next. Whoever waits for something sleeps here; one sleeper is woken at a time
 * and everything it does before it waits again is done before the next is woken. So a history is the same each time.
 */
export class VirtualTime {
  #nowMs: number;
  readonly #random: Random;
  readonly #tasks: Task[] = [];

  constructor(startMs: number, random: Random) {
    this.#nowMs = startMs;
    this.#random = random;
  }

  now = (): number => this.#nowMs;

  /** Runs something later; at once means behind everything that is under way now. */
  after(milliseconds: number, run: () => void): void {
    push(this.#tasks, { atMs: this.#nowMs + Math.max(0, Math.ceil(milliseconds)), rank: this.#random.next(), run });
  }

  sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => this.after(milliseconds, resolve));

  /** Lets time pass until the work is done. @throws {@link StuckError} when it never will be */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const mark = () => {
      isDone = true;
    };
    work.then(mark, mark);
    for (;;) {
      // All microtasks run before an immediate does: everybody waits for something by then.
      await new Promise((resolve) => realImmediate(resolve));
      if (isDone) return work;
      const task = pop(this.#tasks);
      if (!task) throw new StuckError('somebody waits for what will never happen');
      this.#nowMs = Math.max(this.#nowMs, task.atMs);
      task.run();
    }
  }
}

/** Puts virtual time and seeded chance in the place of the global ones while the work runs. */
export async function withVirtualGlobals<T>(time: VirtualTime, random: Random, work: () => Promise<T>): Promise<T> {
  const real = { setTimeout: globalThis.setTimeout, random: Math.random, now: Date.now };
  const setVirtual = (run: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]): void =>
    time.after(milliseconds, () => run(...given));
  Object.assign(globalThis, { setTimeout: setVirtual });
  Math.random = random.next;
  Date.now = time.now;
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout });
    Math.random = real.random;
    Date.now = real.now;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank);
}

/** Adds a task to a binary heap, whose first is the next. */
function push(heap: Task[], task: Task): void {
  let at = heap.push(task) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (!above || isBefore(above, task)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = task;
}

function pop(heap: Task[]): Task | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const left = heap[child];
    if (!left) break;
    const right = heap[child + 1];
    if (right && isBefore(right, left)) child += 1;
    const least = heap[child];
    if (!least || isBefore(last, least)) break;
    heap[at] = least;
    at = child;
  }
  heap[at] = last;
  return first;
}
