import type { DayScore } from './score-windows.ts';
import { SIMPLE_METHODS } from './simple-forecasts.ts';

/** A set with its scores by day of the period. */
export interface ScoredSet {
  readonly name: string;
  readonly scores: readonly DayScore[];
}

const PANEL_WIDTH = 300;
const PANEL_HEIGHT = 200;
const MARGIN = { left: 40, right: 14, top: 30, bottom: 28 };
const COLORS = ['#9a9a9a', '#4c9f70', '#c98a2b', '#7b6cc4', '#c76b98'] as const;
const OWN_COLOR = '#1f5fbf';
const LEGEND_HEIGHT = 30;

/** An SVG with a panel for each set: error in percent by day of the period, ours as the thick line. */
export function drawChart(sets: readonly ScoredSet[]): string {
  const columns = Math.min(sets.length, 2);
  const width = columns * PANEL_WIDTH;
  const height = Math.ceil(sets.length / columns) * PANEL_HEIGHT + LEGEND_HEIGHT;
  const panels = sets.map((set, index) => {
    const x = (index % columns) * PANEL_WIDTH;
    const y = Math.floor(index / columns) * PANEL_HEIGHT;
    return `<g transform="translate(${x} ${y})">${drawPanel(set)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>Error of the total of a period by the day of the forecast</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...panels,
    `<g transform="translate(12 ${height - 12})">${drawLegend(width)}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ name, scores }: ScoredSet): string {
  const highest = Math.max(...scores.flatMap((score) => [score.wapePercent, ...score.simpleWapePercent]));
  const innerWidth = PANEL_WIDTH - MARGIN.left - MARGIN.right;
  const innerHeight = PANEL_HEIGHT - MARGIN.top - MARGIN.bottom;
  const toX = (day: number): number => MARGIN.left + ((day - 5) / 20) * innerWidth;
  const toY = (percent: number): number => MARGIN.top + (1 - percent / highest) * innerHeight;
  const line = (color: string, width: number, percentOf: (score: DayScore) => number): string => {
    const points = scores.map((score) => `${toX(score.elapsedDays).toFixed(1)},${toY(percentOf(score)).toFixed(1)}`);
    return `<polyline fill="none" stroke="${color}" stroke-width="${width}" points="${points.join(' ')}"/>`;
  };
  const days = scores.map(({ elapsedDays }) => {
    return `<text x="${toX(elapsedDays)}" y="${PANEL_HEIGHT - 10}" text-anchor="middle">${elapsedDays}</text>`;
  });
  const levels = [0, 0.5, 1].map((part) => {
    const y = toY(part * highest).toFixed(1);
    const label = `${(part * highest).toFixed(highest < 10 ? 1 : 0)} %`;
    return (
      `<line x1="${MARGIN.left}" x2="${PANEL_WIDTH - MARGIN.right}" y1="${y}" y2="${y}" stroke="#e4e4e4"/>` +
      `<text x="${MARGIN.left - 4}" y="${y}" dy="4" text-anchor="end">${label}</text>`
    );
  });
  return [
    `<text x="${MARGIN.left}" y="18" font-weight="bold">${name}</text>`,
    ...levels,
    ...days,
    ...COLORS.map((color, index) => line(color, 1.2, (score) => score.simpleWapePercent[index] ?? 0)),
    line(OWN_COLOR, 2.6, (score) => score.wapePercent),
  ].join('');
}

function drawLegend(width: number): string {
  const entries = [['forecast', OWN_COLOR], ...SIMPLE_METHODS.map((name, index) => [name, COLORS[index] ?? '#000000'])];
  const step = (width - 24) / entries.length;
  return entries
    .map(([name = '', color = ''], index) => {
      const x = (index * step).toFixed(0);
      return `<rect x="${x}" y="-9" width="9" height="9" fill="${color}"/><text x="${Number(x) + 13}" y="0">${name}</text>`;
    })
    .join('');
}
