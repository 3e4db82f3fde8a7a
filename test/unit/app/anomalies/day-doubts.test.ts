import { describe, expect, it } from 'vitest';
import { doubtfulDays, listDayDoubts } from '../../../../lib/app/anomalies/day-doubts.ts';
import type { RollupRow } from '../../../../lib/app/ports.ts';
import { addDays, createZone } from '../../../../lib/domain/local-time.ts';
import type { Source } from '../../../../lib/domain/sources/source.ts';
import { leaf } from '../../../helpers/alert-world.ts';

const ZONE = createZone('UTC');
const DAYS = Array.from({ length: 20 }, (_, index) => addDays('2026-01-01', index));

/** Each day 90 calls of a bot and 10 of mails. */
const ROWS: readonly RollupRow[] = DAYS.flatMap((day) =>
  [
    ['bot', 90n],
    ['mail', 10n],
  ].map(([app, calls]): RollupRow => {
    return {
      period: day,
      day: null,
      leaf: leaf({ app: String(app) }),
      measures: { calls: BigInt(String(calls)) },
      histograms: {},
    };
  }),
);

const list = (over: Partial<Parameters<typeof listDayDoubts>[0]>) =>
  listDayDoubts({
    zone: ZONE,
    rows: ROWS,
    sources: { missing: [], closed: [], sources: [] },
    asOfMs: Date.UTC(2026, 0, 21, 6),
    fromDay: '2026-01-01',
    toDay: '2026-01-21',
    ...over,
  });

const span = (firstDay: string, lastDay: string, app: string | null, count: number) => ({
  firstDay,
  lastDay,
  app,
  count,
});
const missing = (...spans: ReturnType<typeof span>[]) => ({ sources: { missing: spans, closed: [], sources: [] } });

const silent = (name: string, sinceDay: string, returnedDay: string | null): Source => ({
  kind: 'app',
  name,
  firstEventMs: 0,
  lastEventMs: 0,
  firstArrivalMs: 0,
  lastArrivalMs: 0,
  hours: {},
  versions: {},
  silence: {
    sinceMs: ZONE.dayStartMs(sinceDay),
    isTold: true,
    returnedMs: returnedDay === null ? null : ZONE.dayStartMs(returnedDay),
  },
  returnedMs: null,
});

describe('a day may have cost more than is known', () => {
  it('nowhere where nothing is missing', () => {
    expect(list({})).toEqual([]);
  });

  it('where more than a fiftieth of the calls is missing: of the app whose emitter misses them, or of all', () => {
    // 2 of 102 are less than 2 %, 3 of 103 more.
    expect(list(missing(span('2026-01-05', '2026-01-05', null, 2)))).toEqual([]);
    expect(list(missing(span('2026-01-05', '2026-01-05', null, 3)))).toEqual([
      { day: '2026-01-05', reason: 'missing_calls', key: null },
    ]);
    // One of the 11 calls of mails, and of 101 of everybody.
    const ofMail = list(missing(span('2026-01-05', '2026-01-06', 'mail', 1)));
    expect(ofMail.map(({ day, key }) => [day, key?.value])).toEqual([
      ['2026-01-05', 'mail'],
      ['2026-01-06', 'mail'],
    ]);
    expect([...doubtfulDays(ofMail, { dimension: 'app', value: 'mail' })]).toEqual(['2026-01-05', '2026-01-06']);
    expect([...doubtfulDays(ofMail, { dimension: 'app', value: 'bot' })]).toEqual([]);
    expect([...doubtfulDays(ofMail, null)]).toEqual([]);
  });

  it('while a source is silent, for a week; of all spend where it made a tenth of the calls', () => {
    const ofBot = list({ sources: { missing: [], closed: [], sources: [silent('bot', '2026-01-10', null)] } });
    expect(doubtfulDays(ofBot, null).size).toBe(7);
    expect([...doubtfulDays(ofBot, null)].at(-1)).toBe('2026-01-16');
    const rare = ROWS.map((row) => (row.leaf[0] === 'mail' ? { ...row, measures: { calls: 9n } } : row));
    const ofMail = list({
      rows: rare,
      sources: { missing: [], closed: [], sources: [silent('mail', '2026-01-10', '2026-01-11')] },
    });
    expect(doubtfulDays(ofMail, null).size).toBe(0);
    expect([...doubtfulDays(ofMail, { dimension: 'app', value: 'mail' })]).toEqual(['2026-01-10', '2026-01-11']);
  });

  it('where messages that were sent on it may still be on their way', () => {
    expect(list({ asOfMs: Date.UTC(2026, 0, 19, 23) }).map(({ day, reason }) => [day, reason])).toEqual([
      ['2026-01-19', 'unproved'],
      ['2026-01-20', 'unproved'],
    ]);
  });
});
