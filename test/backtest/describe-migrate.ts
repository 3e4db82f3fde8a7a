import type { MigrateScore } from './score-migrate.ts';

/** Shares that the product's rule may not exceed. */
export const MIGRATE_BAR = { withdrawnRatio: 0.08, losingRatio: 0.035 } as const;

const BEGIN = '<!-- table: npm run backtest migrate -->';
const END = '<!-- end of the table -->';

/** A table in Markdown, one row for each score. */
export function describeMigrateScores(names: readonly string[], scores: readonly MigrateScore[]): string {
  return [
    '| Rule or set | pairs | alerts | withdrawn | followed by a losing month | pairs alerted more than once | lasting gains told |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...scores.map((score, index) => {
      const { pairs, alerts, withdrawn, judged, losing, repeatedPairs, gains, toldGains } = score;
      const cells = [
        ...[pairs, alerts, share(withdrawn, alerts), `${share(losing, judged)} of ${judged}`, repeatedPairs],
        `${share(toldGains, gains)} of ${gains}`,
      ];
      return `| ${names[index] ?? ''} | ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}

/** The page with another table between its marks. @throws when the page lacks them */
export function replaceTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/migrate-now.md lacks ${BEGIN} or ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}

function share(part: number, whole: number): string {
  return whole === 0 ? String(part) : `${part} (${((100 * part) / whole).toFixed(1)} %)`;
}
