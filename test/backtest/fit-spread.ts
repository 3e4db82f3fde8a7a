import { projectRest } from '../../lib/domain/forecast/project-rest.ts';
import { toDistance } from '../../lib/domain/forecast/rest-spread.ts';
import { FAMILIES, makeWindows } from './synthetic-families.ts';
import { ELAPSED_DAYS, PERIOD_DAYS } from './windows.ts';

// `npx node test/backtest/fit-spread.ts`: prints the table of `rest-spread.ts`. Every synthetic family counts alike; the
// distances of what came from what was forecast are taken in scales of their own forecast.

const WINDOWS_PER_FAMILY = 150;
/** Real series were found to hold more surprises than the families do; see the decision record on the forecast. */
const WIDENING = 1.1;
/** The backtest tries seeds from 9,000 on. */
const SEED = 100;
const PROBABILITIES = [0.005, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 0.995] as const;

const distances = FAMILIES.flatMap((family) => makeWindows(family, WINDOWS_PER_FAMILY, SEED)).flatMap((window) => {
  return ELAPSED_DAYS.flatMap((elapsedDays) => {
    const asOf = window.startDay + elapsedDays - 1;
    const known = window.days.filter(({ number }) => number <= asOf);
    const rest = window.days.reduce((total, { number, amount }) => total + (number > asOf ? amount : 0), 0);
    const { forecast, scale } = projectRest(known, asOf, PERIOD_DAYS - elapsedDays);
    return forecast > 0 ? [toDistance(rest / forecast) / scale] : [];
  });
});
distances.sort((a, b) => a - b);
for (const probability of PROBABILITIES) {
  const distance = distances[Math.floor(probability * distances.length)] ?? 0;
  console.log(`${100 * probability} %: ${(WIDENING * distance).toFixed(2)}`);
}
