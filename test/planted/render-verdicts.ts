import type { Verdict } from './prove-bug.ts';

/** One verdict as a line of progress. */
export function renderLine({ name, state, suite, test, histories, seconds }: Verdict): string {
  if (state !== 'caught') return `${name}: ${state.toUpperCase()} (${test ?? ''})`;
  const after = histories === null ? '' : ` after ${histories} histories`;
  return `${name}: caught by ${suite}${after}, ${seconds.toFixed(1)} s`;
}

/** The table of all verdicts as Markdown, and what they come to. */
export function renderSummary(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ name, breaks, state, suite, test, histories, seconds }) => [
    name,
    breaks.join(', '),
    state === 'caught' ? `${suite}: ${test}` : `**${state}**: ${test?.split('\n')[0] ?? ''}`,
    histories === null ? '' : String(histories),
    seconds.toFixed(1),
  ]);
  const lines = [['Bug', 'Breaks', 'Caught by', 'Histories', 'Seconds'], ['---', '---', '---', '--:', '--:'], ...rows];
  const caught = verdicts.filter(({ state }) => state === 'caught').length;
  const table = lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
  return `${table}\n\n${caught} of ${verdicts.length} planted bugs caught.\n`;
}
