import type { OwnModel } from '../own-model.ts';
import type { SnapshotModel, SnapshotPeriod } from '../snapshot.ts';

/** A named place where prices were read, and when. */
export interface Source {
  readonly source: string;
  readonly checkedOn: string;
}

/**
 * Lays one own model over the library's models of its provider: takes over its names, and replaces or extends its
 * rates. Sources are appended to `sources` when new.
 * @throws Error when the entry has no source or day of check, or replaces a model the library does not have
 */
export function layOwnModel(models: readonly SnapshotModel[], own: OwnModel, sources: Source[]): SnapshotModel[] {
  if (own.source.trim() === '' || !/^\d{4}-\d{2}-\d{2}$/.test(own.checkedOn)) {
    throw new Error(`own rows of ${own.provider} ${own.model} need a source and the day of the check`);
  }
  const periods = own.periods.map((period) => ({ ...period, source: sourceIndex(own, sources) }));
  const replaced = models.find((model) => model.id === own.replaces);
  if (own.scope !== 'all' && replaced === undefined) {
    throw new Error(`own rows of ${own.provider} ${own.model} extend ${own.replaces}, which the library does not have`);
  }
  const names = new Set([...(own.names ?? []), own.model.toLowerCase(), ...namesOf(replaced)]);
  const model: SnapshotModel = {
    ...(replaced ?? {}),
    id: own.model,
    names: [...names].sort(),
    periods: own.scope === 'all' ? periods : [...(replaced?.periods ?? []), ...periods],
  };
  const others = models.filter((it) => it !== replaced).map((it) => giveUpNames(it, names));
  return [...others, model];
}

function sourceIndex({ source, checkedOn }: OwnModel, sources: Source[]): number {
  const known = sources.findIndex((it) => it.source === source && it.checkedOn === checkedOn);
  return known >= 0 ? known : sources.push({ source, checkedOn }) - 1;
}

function namesOf(model: SnapshotModel | undefined): readonly string[] {
  return model === undefined ? [] : (model.names ?? [model.id.toLowerCase()]);
}

/** A library model whose own id was taken goes on under its first remaining name. */
function giveUpNames(model: SnapshotModel, taken: ReadonlySet<string>): SnapshotModel {
  const names = namesOf(model).filter((name) => !taken.has(name));
  if (names.length === namesOf(model).length) return model;
  return { ...model, id: taken.has(model.id.toLowerCase()) ? (names[0] ?? model.id) : model.id, names };
}

/** Fails on a period that could never be in force or has no rate. */
export function checkPeriods(provider: string, model: SnapshotModel): void {
  for (const period of model.periods) {
    if (Object.keys(period.rates).length === 0 || isEmpty(period)) {
      throw new Error(`${provider} ${model.id} has an empty period: ${JSON.stringify(period)}`);
    }
  }
}

function isEmpty({ from, to }: SnapshotPeriod): boolean {
  return from !== undefined && to !== undefined && Date.parse(to) <= Date.parse(from);
}
