import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type BacktestWindow, cutWindows, type SeriesDay } from './windows.ts';

const FOLDER = new URL('../../../shared/data/', import.meta.url);
const LONG_SERIES = new URL('long-daily-series.csv.gz', FOLDER);
const CAMPUS_SERIES = new URL('burstgpt-daily.csv', FOLDER);

/** Why the public series are not tried; undefined when they are there. */
export const PUBLIC_SERIES_MISSING = existsSync(LONG_SERIES)
  ? undefined
  : 'the public series (../shared/data/long-daily-series.csv.gz) are not beside this checkout';

/** Windows of series of one kind. */
export interface WindowSet {
  readonly name: string;
  readonly windows: readonly BacktestWindow[];
}

/** The public series by kind; none where they are missing. */
export function readPublicSets(): WindowSet[] {
  if (PUBLIC_SERIES_MISSING !== undefined) return [];
  const sets = new Map<string, BacktestWindow[]>();
  for (const [name, days] of readLongSeries()) {
    // The tweet counts last 55 days each, so that a month of history leaves no whole period.
    const isTweets = name.startsWith('tweets-');
    const set = isTweets ? 'tweets of five companies' : name;
    sets.set(set, [...(sets.get(set) ?? []), ...cutWindows(days, isTweets ? 24 : 28)]);
  }
  return [...[...sets].map(([name, windows]) => ({ name, windows })), readCampus()];
}

/** Every public series as a whole; none where they are missing. */
export function readPublicSeries(): { readonly name: string; readonly days: readonly SeriesDay[] }[] {
  if (PUBLIC_SERIES_MISSING !== undefined) return [];
  const all = [...readLongSeries(), [CAMPUS, readCampusDays()] as const];
  return all.map(([name, days]) => ({ name, days: [...days].sort((a, b) => a.number - b.number) }));
}

function readLongSeries(): Map<string, SeriesDay[]> {
  const bySeries = new Map<string, SeriesDay[]>();
  const [, ...lines] = gunzipSync(readFileSync(LONG_SERIES)).toString('utf8').trim().split('\n');
  for (const line of lines) {
    const [name = '', date = '', value = ''] = line.split(',');
    const days = bySeries.get(name) ?? [];
    days.push({ number: Date.parse(`${date}T00:00:00Z`) / 86_400_000, amount: Number(value) });
    bySeries.set(name, days);
  }
  return bySeries;
}

const CAMPUS = 'tokens of a campus service';

/** The first 30 days of an LLM service on a campus: one window without any history. */
function readCampus(): WindowSet {
  return { name: CAMPUS, windows: cutWindows(readCampusDays(), 0) };
}

function readCampusDays(): SeriesDay[] {
  const [, ...lines] = readFileSync(CAMPUS_SERIES, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [day = '', , tokens = ''] = line.split(',');
    return { number: 20_000 + Number(day), amount: Number(tokens) };
  });
}
