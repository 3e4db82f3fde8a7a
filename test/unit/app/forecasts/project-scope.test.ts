import { describe, expect, it } from 'vitest';
import { projectScope, type ScopeQuestion } from '../../../../lib/app/forecasts/project-scope.ts';
import type { RollupRow } from '../../../../lib/app/ports.ts';
import { projectPeriod } from '../../../../lib/domain/forecast/forecast.ts';
import { addDays } from '../../../../lib/domain/local-time.ts';
import { conditionsOf, dayRow, listDays, TODAY } from '../../../helpers/forecast-rows.ts';

const USD = 1_000_000_000_000n;
const JUNE = { fromDay: '2026-06-01', toDay: '2026-07-01' };
const SINCE = '2026-03-01';

const WIDGET = { provider: 'acme', model: 'widget' };
/** $1 a million input tokens until 19 June, half of it from the 20th on. */
const HALVED = [
  { unit: 'input_tokens', rate: '1' },
  { unit: 'input_tokens', rate: '0.5', effective_from: '2026-06-20' },
];

function question(rows: readonly RollupRow[], over: Partial<ScopeQuestion> = {}): ScopeQuestion {
  return {
    rows,
    tenant: { tagDimensions: [] },
    scope: {},
    unit: 'pico_usd',
    days: JUNE,
    today: TODAY,
    levels: [],
    conditions: conditionsOf({}),
    missingDays: new Set(),
    oneOffs: [],
    ...over,
  };
}

/** $10 a day of a million tokens each, ten calls, since March. */
const steady = (values: Parameters<typeof dayRow>[1] = WIDGET, usd = 10n) =>
  listDays(SINCE, TODAY).map((day) => dayRow(day, values, { cost: usd * USD, input_tokens: 10_000_000n, calls: 10n }));

/** As a series of weekdays with a trend and some noise, so that nothing is right by accident. */
const lively = (values: Parameters<typeof dayRow>[1] = {}) =>
  listDays(SINCE, TODAY).map((day, index) => {
    const cents = 500 + 3 * index + (index % 7 < 5 ? 400 : 0) + ((index * 37) % 90);
    return dayRow(day, values, { cost: BigInt(cents) * (USD / 100n), output_tokens: BigInt(cents * 1000) });
  });

describe('the projection of a scope', () => {
  it('is that of its daily series to the bit where nothing is known to change', () => {
    const rows = lively({ team: 'cx' });
    const plain = projectPeriod({
      series: rows.map(({ period, measures }) => [period, Number(measures.cost ?? 0n) / 1e12]),
      asOf: addDays(TODAY, -1),
      periodStart: JUNE.fromDay,
      periodEnd: '2026-06-30',
      budget: 300,
    });
    const changes = [{ day: '2026-07-01' }, { day: '2026-01-01' }, { day: '2026-06-20', scope: { team: 'other' } }];
    for (const conditions of [conditionsOf({}), conditionsOf({ rows: HALVED, changes })]) {
      const others = steady({ team: 'other' });
      const asked = question([...rows, ...others], { scope: { team: 'cx' }, levels: [300n * USD], conditions });
      const { projection, exceed, history } = projectScope(asked);
      expect(projection).toEqual({ ...plain, pExceed: null });
      expect(exceed[0]?.probability).toBe(plain.pExceed);
      expect(history).toEqual({ fromDay: SINCE, days: 106, missingDays: 0 });
    }
  });

  it('takes a price that is known to halve for what it is, before and after the day', () => {
    const conditions = conditionsOf({ rows: HALVED });
    // 14 days of $10 are spent; 5 more of $10 and 11 of $5 are to come: $140 + $50 + $55.
    const before = projectScope(question(steady(), { conditions, levels: [245n * USD, 244n * USD] }));
    expect(before.projection.point).toBeCloseTo(245, 9);
    // Ten days later 19 of $10 and 5 of $5 are spent; 6 of $5 are to come.
    const later = steady().concat(
      listDays(TODAY, '2026-06-25').map((day) =>
        dayRow(day, WIDGET, { cost: day < '2026-06-20' ? 10n * USD : 5n * USD, input_tokens: 10_000_000n, calls: 10n }),
      ),
    );
    const after = projectScope(question(later, { conditions, today: '2026-06-25' }));
    expect(after.spent).toBe(215n * USD);
    expect(after.projection.point).toBeCloseTo(245, 9);
    // Without knowing of the price it looks like a level that fell lately, and the rest is not $30.
    const unaware = projectScope(question(later, { today: '2026-06-25' }));
    expect(Math.abs((unaware.projection.point ?? 0) - 245)).toBeGreaterThan(0.1);
  });

  it('multiplies the days of a planned change by its factor, and no others', () => {
    const conditions = conditionsOf({ changes: [{ day: '2026-06-21', scope: { team: 'cx' } }] });
    const rows = [...steady({ team: 'cx' }), ...steady({ team: 'qa' }, 5n)];
    // Both teams: $15 a day, 20 days; then $20 + $5 on ten days: 300 + 250.
    expect(projectScope(question(rows, { conditions })).projection.point).toBeCloseTo(550, 9);
    expect(projectScope(question(rows, { conditions, scope: { team: 'qa' } })).projection.point).toBeCloseTo(150, 9);
    // Calls: ten a day of each team, 400 by the 20th, then 30 a day.
    expect(projectScope(question(rows, { conditions, unit: 'calls' })).projection.point).toBeCloseTo(700, 9);
    const part = { dimension: 'team', value: 'cx' };
    expect(projectScope(question(rows, { conditions, part, unit: 'tokens' })).projection.point).toBeCloseTo(4e8, 1);
  });

  it('leaves tokens and calls alone where only prices change', () => {
    const conditions = conditionsOf({ rows: HALVED });
    const plain = projectScope(question(steady(), { unit: 'tokens' }));
    expect(projectScope(question(steady(), { unit: 'tokens', conditions }))).toEqual(plain);
  });

  it('knows what is to come of a workload that costs nothing yet', () => {
    const rows = [
      { unit: 'input_tokens', rate: '0' },
      { unit: 'input_tokens', rate: '1', effective_from: '2026-06-21' },
    ];
    const free = projectScope(question(steady(WIDGET, 0n), { conditions: conditionsOf({ rows }) }));
    // 10M tokens a day at $1 a million on ten days.
    expect(free.spent).toBe(0n);
    expect(free.projection.point).toBeCloseTo(100, 9);
  });

  it('expects nothing more of a scope whose calls are planned to end', () => {
    const endOn = (day: string) => conditionsOf({ changes: [{ day, factor: { digits: 0n, scale: 0 } }] });
    const ended = projectScope(question(steady(), { conditions: endOn('2026-06-18'), levels: [171n * USD] }));
    // 14 days are spent, three are left.
    expect(ended.projection.point).toBeCloseTo(170, 9);
    const over = projectScope(question(steady(), { conditions: endOn(TODAY) }));
    expect(over.projection).toMatchObject({ point: 140, lo95: 140, hi95: 140 });
  });
});

describe('the odds and the day on which an amount is used up', () => {
  it('are asked for each amount alone, and certain once it is spent', () => {
    const levels = [100n, 140n, 220n, 250n, 1_000n].map((usd) => usd * USD);
    const { exceed } = projectScope(question(steady(), { levels }));
    // $140 are spent, and every day brings $10 from the 15th on.
    expect(exceed.map(({ runOutDay }) => runOutDay)).toEqual([TODAY, TODAY, '2026-06-23', '2026-06-26', null]);
    const odds = exceed.map(({ probability }) => probability ?? 0);
    expect(odds[0]).toBe(1);
    expect(odds.toSorted((a, b) => b - a)).toEqual(odds);
    expect(odds[4]).toBeLessThan(0.001);
  });

  it('are none of a scope that has long been idle', () => {
    const used = lively().map((row) => (row.period < '2026-05-10' ? row : { ...row, measures: { calls: 1n } }));
    const days = { fromDay: '2026-04-01', toDay: '2026-07-01' };
    const { spent, projection } = projectScope(question(used, { days }));
    const { exceed } = projectScope(question(used, { days, levels: [spent, spent + 1n, spent + USD] }));
    expect([projection.state, projection.method]).toEqual(['idle', 'zeros']);
    expect(exceed.map(({ probability }) => probability)).toEqual([0, 0, 0]);
  });

  it('follow the conditions of the days to come', () => {
    const asked = question(steady(), { levels: [200n * USD, 240n * USD], conditions: conditionsOf({ rows: HALVED }) });
    // $190 by the 19th, then $5 a day: $200 at the end of the 21st, $240 at the end of the 29th.
    expect(projectScope(asked).exceed.map(({ runOutDay }) => runOutDay)).toEqual(['2026-06-22', '2026-06-30']);
  });

  it('count what today has brought beyond what was expected of it', () => {
    const rows = [...steady(), dayRow(TODAY, WIDGET, { cost: 100n * USD })];
    const levels = [240n, 251n, 389n, 391n].map((usd) => usd * USD);
    const { spent, projection, exceed } = projectScope(question(rows, { levels }));
    expect(spent).toBe(240n * USD);
    // $10 were expected of today, and 15 days of $10 are still to come: $240 + $150.
    expect(projection.point).toBeCloseTo(390, 9);
    expect(projection.lo95).toBeGreaterThan(300);
    expect(exceed.map(({ runOutDay }) => runOutDay)).toEqual([TODAY, '2026-06-17', '2026-06-30', null]);
    const odds = exceed.map(({ probability }) => probability ?? 0);
    expect(odds[2]).toBeGreaterThan(0.5);
    expect(odds[3]).toBeLessThan(0.5);
    // What is left of the amounts is what $299 and $301 leave without today.
    const without = projectScope(question(steady(), { levels: [299n * USD, 301n * USD] }));
    expect(odds.slice(2)).toEqual(without.exceed.map(({ probability }) => probability));
  });

  it('take what today has brought short of what was expected of it for a day that is not over', () => {
    const rows = [...steady(), dayRow(TODAY, WIDGET, { cost: 9n * USD })];
    const asked = { levels: [301n * USD] };
    const { spent, ...ofToday } = projectScope(question(rows, asked));
    const { spent: before, ...plain } = projectScope(question(steady(), asked));
    expect([spent, before]).toEqual([149n * USD, 140n * USD]);
    expect(ofToday).toEqual(plain);
  });

  it('are those of the projection for every amount, however many are asked for', () => {
    const levels = Array.from({ length: 30 }, (_, index) => BigInt(100 + 15 * index) * USD);
    const { exceed } = projectScope(question(lively(), { levels }));
    const series = lively().map(({ period, measures }) => [period, Number(measures.cost) / 1e12] as const);
    const period = { asOf: addDays(TODAY, -1), periodStart: JUNE.fromDay, periodEnd: '2026-06-30' };
    const alone = levels.map((level) => projectPeriod({ series, ...period, budget: Number(level / USD) }).pExceed);
    expect(exceed.map(({ probability }) => probability)).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(5);
  });

  it('are as wide around a changed price as around the one before', () => {
    const plain = projectScope(question(lively(WIDGET))).projection;
    const changes = [{ day: TODAY, factor: { digits: 3n, scale: 0 } }];
    const tripled = projectScope(question(lively(WIDGET), { conditions: conditionsOf({ changes }) })).projection;
    const spent = projectScope(question(lively(WIDGET))).spent;
    const rest = (figure: number | null) => (figure ?? 0) - Number(spent) / 1e12;
    for (const name of ['lo95', 'lo80', 'point', 'hi80', 'hi95'] as const)
      expect(rest(tripled[name])).toBeCloseTo(3 * rest(plain[name]), 6);
  });
});

describe('rows that were read once', () => {
  it('answer every question as if they had been read for it alone', () => {
    const rows = [...lively({ team: 'cx', ...WIDGET }), ...steady({ team: 'qa', ...WIDGET })];
    const conditions = conditionsOf({ rows: HALVED, changes: [{ day: '2026-06-21', scope: { team: 'cx' } }] });
    const questions: readonly Partial<ScopeQuestion>[] = [
      {},
      { scope: { team: 'cx' }, levels: [200n * USD] },
      { scope: { team: 'qa' } },
      { unit: 'tokens' },
      { days: { fromDay: '2026-06-15', toDay: '2026-06-22' } },
      { conditions: conditionsOf({}) },
      { today: '2026-06-10' },
    ];
    for (const over of questions) {
      const shared = projectScope(question(rows, { conditions, ...over }));
      expect(shared).toEqual(projectScope(question([...rows], { conditions, ...over })));
    }
  });
});

describe('what a projection knows of its history', () => {
  it('leaves days out that miss calls, keeps what they did bring, and is degraded beyond a tenth', () => {
    const few = new Set(['2026-06-10', '2026-06-11']);
    const { spent, projection, history } = projectScope(question(steady(), { missingDays: few }));
    expect(spent).toBe(140n * USD);
    expect(projection.point).toBeCloseTo(300, 9);
    expect(projection.state).toBe('ready');
    expect(history).toEqual({ fromDay: SINCE, days: 104, missingDays: 2 });
    const many = new Set(listDays('2026-06-08', TODAY));
    expect(projectScope(question(steady(), { missingDays: many })).projection.state).toBe('degraded');
  });

  it('counts calls without a price of the period and of the time before apart', () => {
    const rows = [
      dayRow('2026-05-30', {}, { calls: 5n, unpriced: 3n, unpriced_unit: 1n }),
      dayRow('2026-06-02', {}, { calls: 5n, unpriced: 2n, partially_priced: 1n }),
    ];
    expect(projectScope(question(rows)).unpriced).toEqual({
      period: { unpriced: 2n, partiallyPriced: 1n },
      history: { unpriced: 4n, partiallyPriced: 0n },
    });
  });

  it('says that there are no data of a scope without calls', () => {
    const nobody = projectScope(question(steady(), { scope: { team: 'nobody' }, levels: [USD] }));
    expect(nobody).toMatchObject({
      spent: 0n,
      projection: { state: 'no_data', point: null },
      exceed: [{ level: USD, probability: null, runOutDay: null }],
      history: { fromDay: null, days: 0, missingDays: 0 },
    });
  });

  it('takes credits as known and not as a habit', () => {
    const credit = { model: 'credit', operation: 'credit' };
    const rows = [...steady(), dayRow('2026-06-03', credit, { cost: -40n * USD, calls: 0n })];
    const { spent, projection } = projectScope(question(rows, { conditions: conditionsOf({ rows: HALVED }) }));
    expect(spent).toBe(100n * USD);
    // $245 as above, less $40.
    expect(projection.point).toBeCloseTo(205, 9);
  });

  it('takes what a confirmed anomaly brought beyond its day as spent, and expects it on no other day', () => {
    const oneOffs = [
      dayRow('2026-06-05', WIDGET, { cost: 500n * USD, input_tokens: 10_000_000n, calls: 90n, unpriced: 2n }),
      dayRow('2026-05-05', WIDGET, { cost: 700n * USD }),
      dayRow('2026-06-05', { team: 'other' }, { cost: 900n * USD }),
    ];
    const scope = { model: 'widget' };
    const asked = { scope, oneOffs, levels: [799n * USD, 900n * USD], conditions: conditionsOf({ rows: HALVED }) };
    const { spent, oneOffs: oneOff, projection, exceed, unpriced } = projectScope(question(steady(), asked));
    // $140 as a rule and $500 aside; then $245 + $500, whatever the price of tokens does.
    expect([spent, oneOff]).toEqual([640n * USD, 500n * USD]);
    expect(projection.point).toBeCloseTo(745, 9);
    expect(exceed[0]?.probability).toBeLessThan(0.5);
    const without = projectScope(question(steady(), { ...asked, oneOffs: [], levels: [299n * USD, 400n * USD] }));
    // What is left of the amounts is the same.
    expect(exceed.map(({ probability }) => probability?.toFixed(9))).toEqual(
      without.exceed.map(({ probability }) => probability?.toFixed(9)),
    );
    expect(unpriced.period.unpriced).toBe(2n);
  });

  it('is of any period, and provisional at most where more than 45 days are to come', () => {
    const day = projectScope(question(steady(), { days: { fromDay: TODAY, toDay: addDays(TODAY, 1) } }));
    expect(day.projection.point).toBeCloseTo(10, 9);
    const year = projectScope(question(steady(), { days: { fromDay: '2026-01-01', toDay: '2027-01-01' } }));
    // 106 days of $10 since March, and 200 to come.
    expect(year.projection.point).toBeCloseTo(3_060, 6);
    expect(year.projection.state).toBe('provisional');
  });
});
