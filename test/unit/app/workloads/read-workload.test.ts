import { describe, expect, it } from 'vitest';
import type { RollupSnapshot } from '../../../../lib/app/ports.ts';
import { MAX_WORKLOAD_BOUNDS, MAX_WORKLOAD_DAYS, readWorkload } from '../../../../lib/app/workloads/read-workload.ts';
import { START_MS, TENANT } from '../../../helpers/ledger-fixtures.ts';
import { createWorkloadWorld, summarise } from '../../../helpers/workload-world.ts';

/** A call of 10 tokens costs 10,000,000 picoUSD. */
const CALL_PICO_USD = 10_000_000n;

/** Calls on the 15th, which is the ledger's first day, and on three days after it. */
async function withDays() {
  const world = createWorkloadWorld();
  const calls = ['15T10:00:00', '20T10:00:00', '20T11:00:00', '21T10:00:00', '24T10:00:00'].map((time) =>
    world.call(time),
  );
  await world.record(calls);
  return { ...world, calls };
}

describe('the days of a workload', () => {
  it('are complete local days on which the tenant recorded a call, without the first one and today', async () => {
    const world = createWorkloadWorld();
    // 22:59:59 UTC is the 20th in Berlin, a second later the 21st. The 29th is today, the 18th and 19th are missed.
    const times = ['15T10:00:00', '17T10:00:00', '20T22:59:59', '20T23:00:00', '28T10:00:00', '29T10:00:00'];
    await world.record(times.map((time) => world.call(time)));
    const read = await world.read();
    expect(read).toMatchObject({ missing: [], contradictory: [] });
    const each = [1, CALL_PICO_USD];
    expect(summarise(read)).toEqual({ '2026-01-17': each, '2026-01-20': each, '2026-01-21': each, '2026-01-28': each });
    const [, , third] = read.workload.days;
    expect(third).toMatchObject({ firstMinute: Date.UTC(2026, 0, 20, 23) / 60_000, minutes: 1_440 });
  });

  it('take the first one too where that is asked for, and are none outside of what is asked for', async () => {
    const { read } = await withDays();
    const taken = await read({ takesFirstDay: true, lastDay: '2026-01-20' });
    expect(Object.keys(summarise(taken))).toEqual(['2026-01-15', '2026-01-20']);
    expect(Object.keys(summarise(await read({ firstDay: '2026-01-22', lastDay: '2026-01-23' })))).toEqual([]);
    expect(Object.keys(summarise(await read({ firstDay: '2026-02-01', lastDay: '2026-02-03' })))).toEqual([]);
  });

  it('are idle where the scope recorded nothing and the tenant something', async () => {
    const world = createWorkloadWorld();
    await world.record([
      world.call('15T10:00:00'),
      world.call('20T10:00:00', { app: 'bot' }),
      world.call('20T10:00:00', { app: 'other' }),
      world.call('21T10:00:00', { app: 'other' }),
    ]);
    const read = await world.read({ scope: { app: 'bot' } });
    expect(summarise(read)).toEqual({ '2026-01-20': [1, CALL_PICO_USD], '2026-01-21': [0, 0n] });
    expect(summarise(await world.read({ scope: { tags: 'x' } }))['2026-01-20']).toEqual([0, 0n]);
  });

  it('hold no credit, no call that is void, and none that failed without usage', async () => {
    const world = createWorkloadWorld();
    const wrong = world.call('20T10:00:00');
    await world.record([
      ...[world.call('15T10:00:00'), wrong, world.call('20T10:00:00')],
      world.call('20T10:00:00', { status: 'error', usage: { requests: 1 } }),
    ]);
    await world.giveCredit('20T12:00:00');
    await world.voidCall(wrong);
    const read = await world.read();
    expect(read).toMatchObject({ missing: [], contradictory: [] });
    expect(summarise(read)).toEqual({ '2026-01-20': [1, CALL_PICO_USD] });
  });

  it('tell the kind of a call by what the catalog says of its model', async () => {
    const world = createWorkloadWorld((provider, model) =>
      `${provider}/${model}` === 'acme/widget' ? 'rerank' : null,
    );
    await world.record([world.call('15T10:00:00'), world.call('20T10:00:00')]);
    expect((await world.read()).workload.days[0]?.classes).toMatchObject([{ kind: 'rerank', upToTokens: 100 }]);
  });
});

describe('what was measured', () => {
  it('is used again without reading an entry', async () => {
    const { read } = await withDays();
    const first = await read();
    // Neighbours are read together, and then each is asked for what came meanwhile.
    expect(first.asked[0]).toBe('2026-01-20 to 2026-01-24');
    expect(first.asked.slice(1)).toEqual(['2026-01-20 after 1', '2026-01-21 after 1', '2026-01-24 after 1']);
    const second = await read();
    expect(second.asked).toEqual([]);
    expect(second.workload).toEqual(first.workload);
    expect((await read({ firstDay: '2026-01-21', lastDay: '2026-01-21' })).asked).toEqual([]);
  });

  it('is gone on with where a call arrives late, reading no entry twice', async () => {
    const { record, call, read } = await withDays();
    await read();
    await record([call('21T09:00:00')]);
    const late = await read();
    expect(late.asked).toEqual(['2026-01-21 after 1']);
    expect(summarise(late)).toMatchObject({
      '2026-01-20': [2, 2n * CALL_PICO_USD],
      '2026-01-21': [2, 2n * CALL_PICO_USD],
    });
    expect((await read()).asked).toEqual([]);
  });

  it('is measured anew where a call is voided', async () => {
    const { calls, voidCall, read, readAnew } = await withDays();
    await read();
    await voidCall(calls[1] ?? expect.fail());
    const read2 = await read();
    expect(read2.asked).toEqual(['2026-01-20 after 1', '2026-01-20']);
    expect(summarise(read2)).toMatchObject({ '2026-01-20': [1, CALL_PICO_USD] });
    expect(read2.workload).toEqual((await readAnew()).workload);
    expect((await read()).asked).toEqual([]);
  });

  it('is measured anew where a call is voided and another recorded in its place', async () => {
    const { calls, voidCall, record, call, read, readAnew } = await withDays();
    await read();
    await voidCall(calls[1] ?? expect.fail());
    await record([call('20T23:30:00', { usage: { input_tokens: 5 } }), call('20T15:00:00')]);
    const again = await read();
    expect(again.workload).toEqual((await readAnew()).workload);
    expect(summarise(again)).toMatchObject({ '2026-01-20': [2, 2n * CALL_PICO_USD] });
  });

  it('has the cost after a repricing', async () => {
    const { override, settle, read } = await withDays();
    await read();
    await override({ overrides: [{ model: 'widget', provider: '*', multiplier: '0.5' }] });
    for (let minute = 0; minute < 5; minute++) await settle();
    expect(summarise(await read())).toMatchObject({
      '2026-01-20': [2, CALL_PICO_USD],
      '2026-01-21': [1, CALL_PICO_USD / 2n],
    });
  });

  it('is measured anew where a commit touched its totals without bringing an entry, though they are the same', async () => {
    const { ports, read } = await withDays();
    await read();
    // Two corrections may leave the sums as they were, such as a price that goes over from one model to another.
    const rollups: typeof ports.reader.rollups = async (...asked) => {
      const { rows, ...answer } = await ports.reader.rollups(...asked);
      return { ...answer, rows: rows.map((row) => (row.period === '2026-01-20' ? { ...row, upTo: 9 } : row)) };
    };
    const corrected = { ...ports, reader: { ...ports.reader, rollups } };
    expect((await read({}, undefined, corrected)).asked).toEqual(['2026-01-20 after 1', '2026-01-20']);
    expect((await read({}, undefined, corrected)).asked).toEqual([]);
  });

  it('is not taken for current where it is not known which commit touched its totals last', async () => {
    const { ports, read, record, call } = await withDays();
    await read();
    await record([call('28T09:00:00')]);
    // Rows that a commit touches while they are read are as of the head, and do not say since when.
    const rollups: typeof ports.reader.rollups = async (...asked) => {
      const { rows, ...answer } = await ports.reader.rollups(...asked);
      const row = rows.find(({ period }) => period === '2026-01-20');
      if (!row) return { rows, ...answer };
      const { upTo: _, ...untold } = { ...row, leaf: row.leaf.with(0, 'other'), measures: {} };
      return { ...answer, rows: [...rows, untold] };
    };
    const touched = { ...ports, reader: { ...ports.reader, rollups } };
    const { asked } = await read({ lastDay: '2026-01-21' }, undefined, touched);
    expect(asked).toEqual(['2026-01-20 after 1', '2026-01-20']);
  });

  it('is measured anew for sizes that it does not tell apart, and then tells both', async () => {
    const { read } = await withDays();
    await read();
    const finer = await read({ boundsTokens: [9] });
    expect(finer.asked).not.toEqual([]);
    expect(finer.workload.days[0]).toMatchObject({ boundsTokens: [9, 100, 8_192], classes: [{ upToTokens: 100 }] });
    expect((await read()).asked).toEqual([]);
    expect((await read({ boundsTokens: [9, 8_192] })).asked).toEqual([]);
  });

  it('is of its own scope, whatever the order of its dimensions', async () => {
    const world = createWorkloadWorld();
    const mine = { app: 'bot', team: 'cx' };
    await world.record([world.call('15T10:00:00'), world.call('20T10:00:00', mine), world.call('20T10:00:00')]);
    expect(summarise(await world.read())).toEqual({ '2026-01-20': [2, 2n * CALL_PICO_USD] });
    expect(summarise(await world.read({ scope: mine }))).toEqual({ '2026-01-20': [1, CALL_PICO_USD] });
    expect((await world.read({ scope: { team: 'cx', app: 'bot' } })).asked).toEqual([]);
    // The same dimensions with other values, and the same sums.
    const others = { app: 'bot', team: 'ops' };
    await world.record([world.call('20T11:00:00', others)]);
    const theirs = await world.read({ scope: others });
    expect(theirs.workload.days[0]?.classes[0]?.minutes).toMatchObject([
      { minute: Date.UTC(2026, 0, 20, 11) / 60_000 },
    ]);
    const mines = await world.read({ scope: mine });
    expect(mines.workload.days[0]?.classes[0]?.minutes).toMatchObject([{ minute: Date.UTC(2026, 0, 20, 10) / 60_000 }]);
  });

  it('is lost without loss', async () => {
    const { read, table, request } = await withDays();
    const before = await read();
    for (const day of ['20', '21', '24'])
      for (const pk of new Set([...table.items()].map((item) => item.pk).filter((key) => key.startsWith('WORKLOAD#'))))
        await table.delete({ pk, sk: `2026-01-${day}#0000` });
    const after = await read(request);
    expect(after.asked).not.toEqual([]);
    expect(after.workload).toEqual(before.workload);
  });
});

describe('time', () => {
  it('that runs out leaves days missing, and the next call goes on with them', async () => {
    const { read, readAnew } = await withDays();
    const first = await read({}, 1);
    // The first page had every entry, but whether more came since is not known.
    expect(first).toMatchObject({ missing: ['2026-01-20', '2026-01-21', '2026-01-24'], workload: { days: [] } });
    const second = await read();
    expect(second).toMatchObject({ missing: [], asked: ['20', '21', '24'].map((day) => `2026-01-${day} after 1`) });
    expect(second.workload).toEqual((await readAnew()).workload);
  });

  it('is enough for a day of any size, page by page, each of them read once', async () => {
    const world = createWorkloadWorld();
    await world.record([world.call('15T10:00:00')]);
    // 25 commits are three pages of ten.
    for (let commit = 0; commit < 25; commit++)
      await world.record([world.call('20T10:00:00'), world.call('20T11:00:00')]);
    const asked: string[] = [];
    for (const missing of [['2026-01-20'], ['2026-01-20'], []]) {
      const read = await world.read({}, 1);
      expect(read.missing).toEqual(missing);
      asked.push(...read.asked);
    }
    expect(asked).toEqual(['2026-01-20', '2026-01-20 after 11', '2026-01-20 after 21']);
    expect(summarise(await world.read())).toEqual({ '2026-01-20': [50, 50n * CALL_PICO_USD] });
  });

  it('that runs out between pages of days that are read together loses none of them', async () => {
    const world = createWorkloadWorld();
    await world.record([world.call('15T10:00:00')]);
    // As after an import in any order: 15 commits, each of which holds both days.
    for (let commit = 0; commit < 15; commit++)
      await world.record([world.call('20T10:00:00'), world.call('21T10:00:00')]);
    const cut = await world.read({}, 1);
    expect(cut).toMatchObject({ missing: ['2026-01-20', '2026-01-21'], asked: ['2026-01-20 to 2026-01-21'] });
    const read = await world.read();
    expect(read.asked).toEqual(['2026-01-20 after 11', '2026-01-21 after 11']);
    const each = [15, 15n * CALL_PICO_USD];
    expect(summarise(read)).toEqual({ '2026-01-20': each, '2026-01-21': each });
  });

  it('begins no page when there is none left', async () => {
    const { read } = await withDays();
    expect(await read({}, 0)).toMatchObject({ missing: ['2026-01-20', '2026-01-21', '2026-01-24'], asked: [] });
  });

  it('is told of by day', async () => {
    const { ports, request, record, call } = await withDays();
    const told: unknown[] = [];
    const onDay = (progress: unknown) => void told.push(progress);
    await readWorkload(ports, TENANT, request, START_MS + 1, { onDay });
    expect(told).toEqual([
      { day: '2026-01-20', done: 1, total: 3 },
      { day: '2026-01-21', done: 2, total: 3 },
      { day: '2026-01-24', done: 3, total: 3 },
    ]);
    await record([call('24T09:00:00')]);
    told.length = 0;
    await readWorkload(ports, TENANT, request, START_MS + 1, { onDay });
    expect(told).toEqual([{ day: '2026-01-24', done: 1, total: 1 }]);
  });
});

describe('a ledger that is written meanwhile', () => {
  it.each([1, 2])('has a call in the place of a voided one seen, though it came behind page %d', async (behind) => {
    const world = createWorkloadWorld();
    await world.record([world.call('15T10:00:00')]);
    const calls = Array.from({ length: 15 }, () => world.call('20T10:00:00'));
    for (const call of calls) await world.record([call]);
    let pages = 0;
    const entriesOfDay: typeof world.ports.reader.entriesOfDay = async (...asked) => {
      const page = await world.ports.reader.entriesOfDay(...asked);
      pages += 1;
      if (pages === behind) {
        await world.voidCall(calls[0] ?? expect.fail());
        await world.record([world.call('20T20:00:00')]);
      }
      return page;
    };
    const ports = { ...world.ports, reader: { ...world.ports.reader, entriesOfDay } };
    const read = await world.read({}, undefined, ports);
    expect(read).toMatchObject({ missing: [], contradictory: [] });
    const minutes = read.workload.days.flatMap(({ classes }) => classes.flatMap((each) => each.minutes));
    // Behind the last page nothing is seen yet, and the next reading sees it.
    expect(minutes.map(({ calls: each }) => each)).toEqual(behind === 1 ? [14, 1] : [15]);
    expect((await world.read()).workload).toEqual((await world.readAnew()).workload);
  });
});

describe('totals that the entries do not add up to', () => {
  /** Rollups of one day more, or only of the first answers. */
  const withWrongDay = (answer: RollupSnapshot): RollupSnapshot => ({
    ...answer,
    rows: answer.rows.map((row) =>
      row.period === '2026-01-21' ? { ...row, measures: { ...row.measures, input_tokens: 11n } } : row,
    ),
  });

  it('make a day contradictory, which is left out', async () => {
    const { ports, read } = await withDays();
    const rollups: typeof ports.reader.rollups = async (...asked) => withWrongDay(await ports.reader.rollups(...asked));
    const wrong = await read({}, undefined, { ...ports, reader: { ...ports.reader, rollups } });
    expect(wrong).toMatchObject({ missing: [], contradictory: ['2026-01-21'] });
    expect(Object.keys(summarise(wrong))).toEqual(['2026-01-20', '2026-01-24']);
    expect(await read()).toMatchObject({ contradictory: [] });
  });

  it('are read once more, because they may have changed meanwhile', async () => {
    const { ports, read } = await withDays();
    let isFirst = true;
    const rollups: typeof ports.reader.rollups = async (...asked) => {
      const answer = await ports.reader.rollups(...asked);
      const isWrong = isFirst;
      isFirst = false;
      return isWrong ? withWrongDay(answer) : answer;
    };
    const late = await read({}, undefined, { ...ports, reader: { ...ports.reader, rollups } });
    expect(late).toMatchObject({ missing: [], contradictory: [] });
    expect(Object.keys(summarise(late))).toHaveLength(3);
  });

  it('make a day missing for now where they keep changing', async () => {
    const { ports, read } = await withDays();
    let tokens = 100n;
    const rollups: typeof ports.reader.rollups = async (...asked) => {
      const { rows, ...answer } = await ports.reader.rollups(...asked);
      tokens += 1n;
      return { ...answer, rows: rows.map((row) => ({ ...row, measures: { ...row.measures, input_tokens: tokens } })) };
    };
    const changing = await read({ lastDay: '2026-01-21' }, undefined, {
      ...ports,
      reader: { ...ports.reader, rollups },
    });
    expect(changing).toMatchObject({ missing: ['2026-01-20', '2026-01-21'], contradictory: [] });
  });
});

describe('a tenant with many calls', () => {
  it('has days read together while they are 200,000 calls at most, and a larger one alone', async () => {
    const { ports, read } = await withDays();
    /** Answers as if others had made so many more calls on the 20th. */
    const withOthers =
      (calls: bigint): typeof ports.reader.rollups =>
      async (...asked) => {
        const answer = await ports.reader.rollups(...asked);
        const others = { ...(answer.rows[0] ?? expect.fail()), period: '2026-01-20', leaf: [], measures: { calls } };
        return { ...answer, rows: [...answer.rows, others] };
      };
    const scope = { model: 'widget' };
    // Two calls of the 20th, one of the 21st and one of the 24th are of the tenant anyway.
    for (const [others, first] of [
      [199_996n, '2026-01-20 to 2026-01-24'],
      [199_997n, '2026-01-20 to 2026-01-21'],
      [199_998n, '2026-01-20'],
    ] as const) {
      const reader = { ...ports.reader, rollups: withOthers(others) };
      const store = { list: async () => new Map(), save: async () => {} };
      const { asked, missing } = await read({ scope }, undefined, { reader, workloads: { ...ports.workloads, store } });
      expect(asked[0]).toBe(first);
      expect(missing).toEqual([]);
    }
  });
});

describe('a request', () => {
  it('adds its sizes to those kept of a day, up to 256 of them', async () => {
    const { read } = await withDays();
    const sizesFrom = (first: number) => Array.from({ length: 128 }, (_, index) => first + index);
    const kept = async () => (await read()).workload.days[0]?.boundsTokens;
    await read({ boundsTokens: sizesFrom(1) });
    expect((await read({ boundsTokens: sizesFrom(1_001) })).workload.days[0]?.boundsTokens).toHaveLength(256);
    // 100 and 8,192 would be 258.
    expect(await kept()).toEqual([100, 8_192]);
  });

  it(`is for at most ${MAX_WORKLOAD_DAYS} days and ${MAX_WORKLOAD_BOUNDS} sizes`, async () => {
    const { read } = await withDays();
    // From the 30th of October to the 29th of January are 92 days.
    expect(Object.keys(summarise(await read({ firstDay: '2025-10-30' })))).toHaveLength(3);
    await expect(read({ firstDay: '2025-10-29' })).rejects.toThrow('at most 92 days');
    const sizes = Array.from({ length: MAX_WORKLOAD_BOUNDS }, (_, index) => index + 1);
    expect((await read({ boundsTokens: [...sizes, 1] })).workload.days[0]?.boundsTokens).toContain(128);
    await expect(read({ boundsTokens: [...sizes, 129] })).rejects.toThrow('at most 128 sizes');
  });
});
