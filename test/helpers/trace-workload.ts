import { DayDigest } from '../../lib/domain/workload/day-digest.ts';
import type { Workload } from '../../lib/domain/workload/workload.ts';
import { type CallLines, replayStraight } from './straight-line-replay.ts';

const DAY_MS = 86_400_000;

/**
 * The recorded calls as a workload, by UTC day, at the prices of the straight-line program. All of them are chats, and no
 * day is left out, not even the first.
 *
 * @param boundsTokens - ascending
 */
export function digestTrace({ header, lines }: CallLines, boundsTokens: readonly number[]): Workload {
  const names = header.split(',');
  const days = new Map<number, DayDigest>();
  for (const line of lines) {
    const cells = new Map(line.split(',').map((cell, index) => [names[index], cell]));
    const timeMs = Date.parse(cells.get('ts') ?? '');
    const number = Math.floor(timeMs / DAY_MS);
    const frame = { day: new Date(timeMs).toISOString().slice(0, 10), firstMinute: number * 1_440, minutes: 1_440 };
    const digest = days.get(number) ?? new DayDigest({ ...frame, boundsTokens });
    days.set(number, digest);
    const [total] = replayStraight({ header, lines: [line] });
    digest.add({
      ...{ timeMs, kind: 'chat', isMultimodal: false, isCovered: false, isUnpriced: false },
      model: cells.get('model') ?? null,
      provider: null,
      inputTokens: Number(cells.get('input_tokens')),
      outputTokens: Number(cells.get('output_tokens')),
      costPicoUsd: total?.costPicoUsd ?? 0n,
    });
  }
  return { days: [...days].sort(([a], [b]) => a - b).map(([, digest]) => digest.finish()) };
}
