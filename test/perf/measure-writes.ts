import { startEngineTable } from '../helpers/engine-table.ts';
import {
  type BarLine,
  type BenchOptions,
  type BenchResult,
  type BenchTable,
  formatWhole,
  judgeBar,
  type Measurement,
} from './report.ts';
import { type Meter, measureBaseline, measureGroups, type WriteFigure } from './write-units.ts';

const LEAVES = [20, 80, 400];

/** Events in one append, and how many appends make a figure. */
const GROUPS: readonly { readonly group: number; readonly timedGroups: number; readonly untimedGroups: number }[] = [
  { group: 1, timedGroups: 200, untimedGroups: 100 },
  { group: 10, timedGroups: 60, untimedGroups: 40 },
  { group: 100, timedGroups: 30, untimedGroups: 15 },
  { group: 1_000, timedGroups: 10, untimedGroups: 4 },
];
const BASELINE_EVENTS = 400;

/** Write units an event and events a second of the ledger on the embedded engine. */
export const writes: Measurement = { name: 'writes', measure: measureWrites };

async function measureWrites({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const counter = { read: 0, write: 0 };
  const engine = await startEngineTable(({ read, write }) => {
    counter.read += read;
    counter.write += write;
  });
  const meter: Meter = {
    take() {
      const taken = { ...counter };
      counter.read = 0;
      counter.write = 0;
      return taken;
    },
  };
  const divisor = quick ? 4 : 1;
  try {
    progress('writes: one transaction per event');
    const baseline = await measureBaseline(engine.table, meter, Math.ceil(BASELINE_EVENTS / divisor));
    const figures: WriteFigure[] = [];
    for (const timed of [true, false]) {
      for (const leaves of LEAVES) {
        progress(`writes: ${timed ? 'timed' : 'untimed'} ids, ${leaves} leaves`);
        for (const { group, timedGroups, untimedGroups } of GROUPS) {
          const groups = Math.ceil((timed ? timedGroups : untimedGroups) / divisor);
          const settings = { leaves, timed, group, groups };
          figures.push(await measureGroups(engine.table, meter, settings));
        }
      }
    }
    return { tables: [describe(baseline, figures)], bars: judge(figures) };
  } finally {
    await engine.stop();
  }
}

function describe(baseline: WriteFigure, figures: readonly WriteFigure[]): BenchTable {
  const row = (name: string, each: WriteFigure): string[] => [
    name,
    each.ids,
    formatWhole(each.leaves),
    formatWhole(each.group),
    formatWhole(each.events),
    each.writeUnitsPerEvent.toFixed(3),
    each.readUnitsPerEvent.toFixed(3),
    formatWhole(each.eventsPerSecond),
    each.rawEventsPerSecond === undefined ? '-' : formatWhole(each.rawEventsPerSecond),
  ];
  return {
    title: 'Write units per event, and events/s of one writer',
    columns: [
      '',
      'ids',
      'leaves',
      'group',
      'events',
      'write units/event',
      'read units/event',
      'events/s',
      'raw writes, events/s',
    ],
    rows: [row('one transaction per event', baseline), ...figures.map((each) => row('ledger', each))],
    note:
      'Units are the sum of the consumed capacity that the engine returned. One warm writer appends groups one after ' +
      'another to an engine of its own; calls are parsed and priced before the clock starts. The baseline puts each ' +
      'entry and sums its hour and day row in one transaction, without looking for duplicates beyond the put. "Raw ' +
      'writes" is the ceiling of engine and client: the very items and sums that the ledger wrote, written again under ' +
      'other keys in the same order, with nothing read and nothing computed.',
  };
}

function judge(figures: readonly WriteFigure[]): BarLine[] {
  const command = 'npm run bench -- --only writes';
  const worst = (matches: (each: WriteFigure) => boolean): number =>
    Math.max(...figures.filter(matches).map((each) => each.writeUnitsPerEvent));
  const line = (what: string, limit: number, value: number): BarLine =>
    judgeBar({
      what,
      bar: `<= ${limit.toFixed(limit < 10 ? 2 : 0)}`,
      limit,
      isUpperLimit: true,
      value,
      figure: value.toFixed(3),
      command,
    });
  const timedThousands = [
    { leaves: 20, limit: 0.2 },
    { leaves: 80, limit: 0.3 },
    { leaves: 400, limit: 0.6 },
  ].map(({ leaves, limit }) =>
    line(
      `Write units/event, timed ids, groups of 1,000, ${leaves} leaves`,
      limit,
      worst((each) => each.ids === 'timed' && each.group === 1_000 && each.leaves === leaves),
    ),
  );
  return [
    ...timedThousands,
    line(
      'Write units/event, untimed ids, groups of 1,000, worst of 20, 80, 400 leaves',
      1.4,
      worst((each) => each.ids === 'untimed' && each.group === 1_000),
    ),
    line(
      'Write units, one event per invocation, timed ids, worst of 20, 80, 400 leaves',
      12,
      worst((each) => each.ids === 'timed' && each.group === 1),
    ),
  ];
}
