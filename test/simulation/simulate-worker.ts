import { parentPort } from 'node:worker_threads';
import { type SearchResult, search } from './search.ts';
import type { Tally } from './world/tally.ts';

/** Histories that one seed stands for. */
export const HISTORIES_PER_SEED = 250;

/** What the leader tells a worker: play the histories of a seed, and stop beginning new ones at some moment. */
export interface Task {
  readonly seed: number;
  readonly histories: number;
  readonly path?: string | undefined;
  /** Epoch milliseconds; null = never. */
  readonly untilMs: number | null;
}

/** What a worker tells its leader. */
export type Report =
  | { readonly kind: 'history'; readonly tally: Tally }
  | { readonly kind: 'result'; readonly seed: number; readonly result: SearchResult };

parentPort?.on('message', ({ untilMs, ...task }: Task) => {
  const report = (what: Report) => parentPort?.postMessage(what);
  const now = Date.now;
  search({
    ...task,
    isTimeUp: () => untilMs !== null && now() >= untilMs,
    onHistory: (tally) => report({ kind: 'history', tally }),
  }).then((result) => report({ kind: 'result', seed: task.seed, result }));
});
