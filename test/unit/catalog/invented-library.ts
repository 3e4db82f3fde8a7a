import { buildSnapshot, type History, InvalidRowsError } from '../../../lib/catalog/build/make.ts';
import type { OwnModel } from '../../../lib/catalog/own-model.ts';
import { decodeSnapshot, type Snapshot } from '../../../lib/catalog/snapshot.ts';

type LibraryModel = Parameters<typeof buildSnapshot>[0]['providers'][number]['models'][number];
type Prices = LibraryModel['prices'];

/** One provider `acme` of an invented library: models by id, each recognised by its id and the names given. */
export function library(
  models: Readonly<Record<string, Prices>>,
  names: Readonly<Record<string, readonly string[]>> = {},
) {
  const listed = Object.entries(models).map(([id, prices]): LibraryModel => {
    return { id, match: { or: [id, ...(names[id] ?? [])].map((name) => ({ equals: name })) }, prices };
  });
  return { id: 'acme', name: 'Acme', api_pattern: 'acme', models: listed };
}

/** What a build is made of; one of nothing makes an empty snapshot. */
export interface Build {
  readonly providers?: ReadonlyArray<ReturnType<typeof library>>;
  readonly own?: readonly OwnModel[];
  readonly release?: string;
  readonly checkedOn?: string;
}

/** Builds a snapshot, over nothing unless a release is given; changes count from 2026-03-01. */
export function build(
  { providers = [], own = [], release = '1', checkedOn = '2026-01-01' }: Build,
  history?: Partial<History>,
) {
  return buildSnapshot(
    {
      library: `example/prices ${release}`,
      checkedOn,
      providers: [...providers],
      ownModels: own,
      freeModels: [],
      borrowedPrices: new Map(),
      resales: [],
    },
    { released: undefined, asOf: '2026-03-01', correctedRows: [], correctedNames: [], ...history },
  );
}

/** A row of our own: `widget` at 1 USD per million tokens. */
export const own: OwnModel = {
  provider: 'acme',
  model: 'widget',
  replaces: null,
  scope: 'all',
  periods: [{ rates: { input_tokens: '1' } }],
  source: 'acme.example/pricing',
  checkedOn: '2026-01-01',
};

/** What a name costs: every row as `unit tier rate from..to`, read from the finished catalog. */
export function rowsOf(snapshot: Snapshot, name = 'widget'): readonly string[] {
  const rows = decodeSnapshot(snapshot).find('acme', name)?.model.rows() ?? [];
  const day = (timeMs: number | null) => (timeMs === null ? '' : new Date(timeMs).toISOString().slice(0, 10));
  return rows.map(({ unit, rate, fromMs, toMs }) => `${unit} ${rate} ${day(fromMs)}..${day(toMs)}`);
}

/** What a build refuses; empty = it made a snapshot. */
export function issuesOf(parts: Build, history?: Partial<History>): readonly string[] {
  try {
    build(parts, history);
  } catch (error) {
    if (error instanceof InvalidRowsError) return error.issues;
    throw error;
  }
  return [];
}
