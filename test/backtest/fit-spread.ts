import { projectRest } from '../../lib/domain/forecast/project-rest.ts';
import { toDistance } from '../../lib/domain/forecast/rest-spread.ts';
import { FAMILIES, makeWindows } from './synthetic-families.ts';
import { ELAPSED_DAYS, PERIOD_DAYS } from './windows.ts';

/** One row of the table of `rest-spread.ts`: a probability and its distance in scales. */
export interface SpreadRow {
  readonly probability: number;
  readonly distance: number;
}

const PROBABILITIES = [0.005, 0.025, 0.1, 0.25, 0.75, 0.9, 0.975, 0.995] as const;
/** Real series were found to hold more surprises than the families do; see the decision record on the forecast. */
const WIDENING = 1.1;
/** The backtest tries seeds from 9,000 on. */
const SEED = 100;

/**
 * Fits the table of `rest-spread.ts`: how far, in scales of its own forecast, what came lay from what was forecast. Every
 * synthetic family counts alike.
 */
export function fitSpread(windowsPerFamily: number): SpreadRow[] {
  const windows = FAMILIES.flatMap((family) => makeWindows(family, windowsPerFamily, SEED));
  const distances = windows.flatMap(({ days, startDay }) => {
    return ELAPSED_DAYS.flatMap((elapsedDays) => {
      const asOf = startDay + elapsedDays - 1;
      const known = days.filter(({ number }) => number <= asOf);
      const rest = days.reduce((total, { number, amount }) => total + (number > asOf ? amount : 0), 0);
      const { forecast, floor, scale } = projectRest(known, asOf, PERIOD_DAYS - elapsedDays);
      return scale > 0 ? [toDistance(rest, forecast, floor) / scale] : [];
    });
  });
  distances.sort((a, b) => a - b);
  return PROBABILITIES.map((probability) => {
    return { probability, distance: WIDENING * (distances[Math.floor(probability * distances.length)] ?? 0) };
  });
}
