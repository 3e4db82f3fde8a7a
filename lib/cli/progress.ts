import type { CliIo } from './io.ts';

const BAR_WIDTH = 30;
const CLEAR_LINE_ABOVE = '\u001b[1A\u001b[2K';
const MIN_INTERVAL_MS = 100;

/**
 * Makes a progress bar on standard error; silent where nobody watches.
 * @returns shows a ratio from 0 to 1 and a note beside it
 */
export function createProgress(io: CliIo): (ratio: number, note: string) => void {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let hasShown = false;
  return (ratio, note) => {
    const isLast = ratio >= 1;
    if (!io.isTTY || (!isLast && io.now() - shownAtMs < MIN_INTERVAL_MS)) return;
    const filled = Math.round(Math.min(1, Math.max(0, ratio)) * BAR_WIDTH);
    io.err(`${hasShown ? CLEAR_LINE_ABOVE : ''}[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${note}`);
    shownAtMs = io.now();
    hasShown = true;
  };
}
