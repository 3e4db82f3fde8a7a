import type { FigureRow } from '../../domain/reference/reference-rows.ts';
import { CHECKED_ON, GUIDES } from '../reference-source.ts';

type Figure = readonly [id: string, about: string, low: number, high: number, unit: string, source: string];

const OURS = 'own assumption, to be replaced by your own figure';

const ESTIMATES: readonly Figure[] = [
  ['reserved-discount', 'discount of a commitment, on instances only', 0.3, 0.5, 'ratio', `${GUIDES.s4}, line 167`],
  ['pue', 'power of the site over that of the machine, where nothing is stated', 1, 1, 'ratio', OURS],
  ['target-utilisation', 'load of a replica that is aimed at', 0.7, 0.7, 'ratio', OURS],
  [
    'peak-factor',
    'peak over mean load, where minutes were not measured',
    4,
    4,
    'times',
    'own measurement on public traces of one hour: busiest minutes are 1.2 (chat) to 4.0 (code) times the mean',
  ],
  ['ops-base', 'operations a month, whatever the fleet', 500, 500, 'USD', `${GUIDES.s4}, line 326`],
  ['ops-per-instance', 'operations a month for each instance', 200, 200, 'USD', `${GUIDES.s4}, line 326`],
  ['engineer-share', 'time of an engineer', 0.1, 0.4, 'ratio', `${GUIDES.s4}, line 208`],
  ['staff', 'staff a month', 1_000, 5_000, 'USD', `${GUIDES.s3}, line 128`],
  ['maintenance', 'maintenance a month', 500, 1_000, 'USD', `${GUIDES.s3}, line 129`],
  ['quantisation-saving', 'memory that 8 or 4 bits save against 16', 0.5, 0.75, 'ratio', `${GUIDES.s4}, line 187`],
];

const LEGACY: ReadonlyArray<readonly [...Figure, note: string]> = [
  [
    ...(['ops-flat', 'operations a month', 800, 800, 'USD', `${GUIDES.s4}, lines 235-239`] as const),
    'Its formula, 500 + 200 an instance, gives 1,100 for the three instances of the same example.',
  ],
  [
    ...(['vram-70b', 'memory of a 70B model', 40, 40, 'GB', `${GUIDES.s1}, line 367`] as const),
    'Parameters x bits / 8: 140 GB at 16 bits, 70 at 8, 35 at 4; 40 leaves 5 for the cache at 4 bits.',
  ],
];

/** Figures that the cost of hosting needs beside the price of a machine; all of them are to be replaced by better ones. */
export const HOSTING_ROWS: readonly FigureRow[] = [
  ...ESTIMATES.map((figure) => toRow(figure, 'estimate', null)),
  ...LEGACY.map(([id, about, low, high, unit, source, note]) =>
    toRow([id, about, low, high, unit, source], 'legacy', note),
  ),
];

function toRow(
  [id, about, low, high, unit, source]: Figure,
  standing: FigureRow['standing'],
  note: string | null,
): FigureRow {
  const asOf = source.startsWith(GUIDES.s4) ? '2025-11' : null;
  return { id, about, model: null, low, high, unit, source, asOf, checkedOn: CHECKED_ON, standing, note };
}
