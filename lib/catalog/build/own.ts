import type { OwnModel } from '../own-model.ts';
import type { SnapshotFacts, SnapshotModel } from '../snapshot.ts';
import { namesOf } from './merge.ts';
import type { SourceList } from './periods.ts';
import type { Source } from './timeline.ts';

/**
 * Lays one own model over the library's models of its provider: takes over its names, replaces or extends its rates,
 * adds surcharges and wins over its facts one by one. Sources are appended to `sources` when new.
 *
 * @returns undefined when the entry extends a model that the library does not list
 */
export function layOwnModel(
  models: readonly SnapshotModel[],
  own: OwnModel,
  sources: SourceList,
  library: Source,
): SnapshotModel[] | undefined {
  const replaced = models.find((model) => model.id === own.replaces);
  if (own.scope !== 'all' && replaced === undefined) return undefined;
  const source = sources.indexOf(own);
  const periods = own.periods.map((period) => ({ ...period, source }));
  const surcharges = (own.surcharges ?? []).map((surcharge) => ({ ...surcharge, source }));
  const names = new Set([...(own.names ?? []), own.model.toLowerCase(), ...(replaced ? namesOf(replaced) : [])]);
  const facts = layFacts(replaced?.facts, own, sources, library);
  const model: SnapshotModel = {
    ...(replaced ?? {}),
    id: own.model,
    names: [...names].sort(),
    ...(facts === undefined ? {} : { facts }),
    ...(surcharges.length === 0 ? {} : { surcharges: [...(replaced?.surcharges ?? []), ...surcharges] }),
    periods: own.scope === 'all' ? periods : [...(replaced?.periods ?? []), ...periods],
  };
  const others = models.filter((it) => it !== replaced).map((it) => giveUpNames(it, names));
  return [...others, model];
}

/** Facts come from several places; their source names all of them. */
function layFacts(
  known: SnapshotFacts | undefined,
  own: OwnModel,
  sources: SourceList,
  library: Source,
): SnapshotFacts | undefined {
  if (own.facts === undefined) return known;
  const { source: knownSource, ...knownFacts } = known ?? {};
  const isAllOwn = Object.keys(knownFacts).every((fact) => fact in (own.facts ?? {}));
  const before = knownSource === undefined ? library : (sources.list()[knownSource] ?? library);
  const isSame = before.source === own.source;
  const source = isAllOwn || isSame ? own.source : `${own.source}; ${before.source}`;
  return { ...knownFacts, ...own.facts, source: sources.indexOf({ source, checkedOn: own.checkedOn }) };
}

/** A library model whose own id was taken goes on under its first remaining name. */
function giveUpNames(model: SnapshotModel, taken: ReadonlySet<string>): SnapshotModel {
  const names = namesOf(model).filter((name) => !taken.has(name));
  if (names.length === namesOf(model).length) return model;
  return { ...model, id: taken.has(model.id.toLowerCase()) ? (names[0] ?? model.id) : model.id, names };
}
