import type { ScoredSet } from './draw-chart.ts';
import { type DayScore, listMisses } from './score-windows.ts';
import { SIMPLE_METHODS } from './simple-forecasts.ts';

/** Sets with fewer windows say too little to be held to the bar. */
export const MIN_BAR_WINDOWS = 20;

/** The page that the backtest writes. */
export function describeBacktest(publicSets: readonly ScoredSet[], families: readonly ScoredSet[]): string {
  const judged = publicSets.filter(isJudged);
  const others = publicSets.filter((set) => !isJudged(set));
  return [
    '# Forecast: how it is made and how well it does',
    '',
    'Written by `npm run backtest`; do not edit. How it is built and fitted: [ADR 16](adr/0016-forecast.md).',
    '',
    ...INTRODUCTION,
    '',
    '![Error by day of the period](forecast.svg)',
    '',
    '## Public series',
    '',
    ...(publicSets.length === 0
      ? ['The public series were not there when this page was written.']
      : [`Held to the bar, as they have at least ${MIN_BAR_WINDOWS} windows:`]),
    '',
    ...judged.flatMap(describeSet),
    ...(others.length === 0 ? [] : ['Too few windows for a verdict, shown for what they are:', '']),
    ...others.flatMap(describeSet),
    ...describeFamilies(families),
    '',
  ].join('\n');
}

/** Whether a set has enough windows to be held to the bar. */
export function isJudged({ scores }: ScoredSet): boolean {
  return (scores[0]?.windows ?? 0) >= MIN_BAR_WINDOWS;
}

const INTRODUCTION = [
  'A period ends at what was counted so far, exactly, plus a forecast of the days left. Eleven simple methods forecast',
  'those days (means of 7 to 182 days, a mean by weekday, means that fade in 1 and 20 days, one with its peaks cut, a median,',
  'growth, and two that follow the course of a year ago). Each is replayed on the past days of the same series, up to 400, and counts the more',
  'the smaller its errors were there, above all at moments like the present one. The distances at which the replayed forecasts fell set the',
  'width of the intervals; where there is little past, or it has seen nothing like what happens now, the width follows from how far the',
  'methods differ and from how few days are known. Nothing is random, and nothing but the shape of the tails was fitted.',
  '',
  'Every period below has 30 days and is forecast when 5, 10, 15, 20 and 25 of them are over. *WAPE* is the sum of the errors',
  'of the totals over the sum of the totals. *Bar*: 1.02 times the best of run-rate, last-7, last-28 and weekday-mean on that',
  'very set and day, known only afterwards, plus 0.2 points; and 70 to 92 % of the totals inside the 80 % interval.',
  '*Brier*: mean square error of the probability of exceeding 0.8, 1 and 1.25 times the rate of the last 28 days; beside it',
  'what naming the observed share each time would score.',
  '',
  '**What no method sees.** A new workload can multiply within a week: the campus service below rose sixteenfold on its tenth',
  'day. The first 28 days are `learning` or `provisional` for this reason.',
];

function describeSet({ name, scores }: ScoredSet): string[] {
  const misses = listMisses(scores);
  return [
    `### ${name} (${scores[0]?.windows ?? 0} windows)`,
    '',
    `| Day | WAPE % | Bar % | ${SIMPLE_METHODS.join(' | ')} | in 50 % | in 80 % | in 95 % | Brier | of the share |`,
    `| --- | ${'--- | '.repeat(SIMPLE_METHODS.length + 7)}`.trimEnd(),
    ...scores.map(describeDay),
    '',
    ...(isJudged({ name, scores })
      ? [misses.length === 0 ? 'Meets the bar on every day.' : `Misses the bar: ${misses.join('; ')}.`, '']
      : []),
  ];
}

function describeDay(score: DayScore): string {
  const cells = [
    String(score.elapsedDays),
    `**${score.wapePercent.toFixed(2)}**`,
    score.barPercent.toFixed(2),
    ...score.simpleWapePercent.map((percent) => percent.toFixed(2)),
    ...score.coverage.map((share) => (100 * share).toFixed(0)),
    score.brier.toFixed(3),
    score.brierOfShare.toFixed(3),
  ];
  return `| ${cells.join(' | ')} |`;
}

function describeFamilies(families: readonly ScoredSet[]): string[] {
  const cells = families.flatMap(({ scores }) => scores);
  const met = cells.filter(({ wapePercent, barPercent }) => wapePercent <= barPercent).length;
  const held = cells.filter(({ coverage }) => coverage[1] >= 0.7 && coverage[1] <= 0.92).length;
  const days = cells.slice(0, families[0]?.scores.length ?? 0).map(({ elapsedDays }) => elapsedDays);
  return [
    '## Synthetic families',
    '',
    'Made by `test/backtest/synthetic-families.ts`, with seeds that the width of the intervals was not fitted on. Each series has',
    `a period and a past of its own, 0 to 180 days long. ${met} of ${cells.length} cells meet the bar of the error, ${held} that of the`,
    `interval. Each cell: WAPE % / bar %, and the share inside the 80 % interval; ${families[0]?.scores[0]?.windows ?? 0} windows each.`,
    '',
    `| Family | ${days.map((day) => `day ${day}`).join(' | ')} |`,
    `| --- | ${'--- | '.repeat(days.length)}`.trimEnd(),
    ...families.map(({ name, scores }) => {
      const row = scores.map(({ wapePercent, barPercent, coverage }) => {
        return `${wapePercent.toFixed(1)} / ${barPercent.toFixed(1)}, ${(100 * coverage[1]).toFixed(0)} %`;
      });
      return `| ${name} | ${row.join(' | ')} |`;
    }),
  ];
}
