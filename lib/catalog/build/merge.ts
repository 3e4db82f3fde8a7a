import type { CorrectedName, CorrectedRow } from '../corrected-rows.ts';
import type { Snapshot, SnapshotModel } from '../snapshot.ts';
import { type MergeRules, mergeTimelines } from './merge-timelines.ts';
import { SourceList, toPeriods, toSurcharges } from './periods.ts';
import {
  type Element,
  isSameCost,
  NEVER,
  plainRate,
  type Source,
  surchargeTimelinesOf,
  type Timeline,
  timelinesOf,
} from './timeline.ts';

/** A snapshot before its version is known. */
export type SnapshotContent = Omit<Snapshot, 'version'>;

/** What decides how far a build may change a release. */
export interface HistoryRules {
  /** First moment of undated changes, epoch milliseconds. */
  readonly asOfMs: number;
  readonly correctedRows: readonly CorrectedRow[];
  readonly correctedNames: readonly CorrectedName[];
}

/**
 * Adds to a freshly built snapshot what the released one knew: prices that changed or ended stay as periods up to the
 * effective date, a model that vanished stays with its periods and names, a model under a new id keeps its past.
 * Building again from the result changes nothing.
 */
export function keepHistory(released: Snapshot, built: SnapshotContent, rules: HistoryRules): SnapshotContent {
  const sources = new SourceList(built.sources);
  const models: Record<string, readonly SnapshotModel[]> = {};
  for (const provider of new Set([...Object.keys(built.models), ...Object.keys(released.models)])) {
    const [past, now] = [released.models[provider] ?? [], built.models[provider] ?? []];
    const ownSource = librarySource(released, provider);
    const merged = now.map((model) => {
      const was = predecessorOf(model, past);
      return was === undefined
        ? model
        : mergeModel({ provider, was, model, released, built, ownSource, rules, sources });
    });
    const names = new Set(now.flatMap(namesOf));
    const survivors = new Set(now.map((model) => predecessorOf(model, past)));
    const kept = past
      .filter((model) => !survivors.has(model))
      .map((model) => detach(model, released, ownSource, sources, names));
    models[provider] = [...merged, ...kept].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  return { ...built, sources: sources.list(), fallbacks: { ...released.fallbacks, ...built.fallbacks }, models };
}

/**
 * Names of the release whose past calls a snapshot would price otherwise, each with what is wrong; empty = history is
 * whole. Independent of {@link keepHistory}: it looks names up in both, so it also finds a name that moved to a model
 * with another past.
 */
export function findLostHistory(released: Snapshot, snapshot: SnapshotContent, rules: HistoryRules): readonly string[] {
  const issues: string[] = [];
  for (const [provider, past] of Object.entries(released.models)) {
    const now = new Map((snapshot.models[provider] ?? []).flatMap((it) => namesOf(it).map((name) => [name, it])));
    for (const was of past) {
      for (const name of namesOf(was)) {
        if (rules.correctedNames.some((it) => it.provider === provider && it.name === name)) continue;
        const model = now.get(name);
        if (model === undefined) issues.push(`${provider} ${name}: was priced as ${was.id}, now has no model`);
        else if (!isPastKept({ provider, was, model, released, built: snapshot, rules })) {
          issues.push(`${provider} ${name}: ${model.id} prices its past otherwise than ${was.id} did at the release`);
        }
      }
    }
  }
  return issues;
}

/** Where prices without a source of their own were read. */
export function librarySource({ library, checkedOn }: SnapshotContent, provider: string): Source {
  return { source: `${library} prices/providers/${provider}.yml`, checkedOn };
}

/** A model's exact names. */
export function namesOf(model: SnapshotModel): readonly string[] {
  return model.names ?? [model.id.toLowerCase()];
}

interface Pair {
  readonly provider: string;
  readonly was: SnapshotModel;
  readonly model: SnapshotModel;
  readonly released: Snapshot;
  readonly built: SnapshotContent;
  readonly rules: HistoryRules;
}

/** The released model whose past a model has: the one of its id, else the one that had one of its names. */
function predecessorOf(model: SnapshotModel, past: readonly SnapshotModel[]): SnapshotModel | undefined {
  const names = namesOf(model);
  return past.find(({ id }) => id === model.id) ?? past.find((it) => namesOf(it).some((name) => names.includes(name)));
}

/** Names of the release that the model goes on having: of its own id, or of a model that is listed no more. */
function keptNames({ provider, was, model, built }: Pair, past: readonly SnapshotModel[]): readonly string[] {
  const now = built.models[provider] ?? [];
  const isListed = now.some(({ id }) => id === was.id);
  const heir = isListed ? now.find(({ id }) => id === was.id) : now.find((it) => predecessorOf(it, past) === was);
  if (heir !== model) return [];
  return namesOf(was).filter((name) => !now.some((it) => namesOf(it).includes(name)));
}

function mergeModel(pair: Pair & { readonly ownSource: Source; readonly sources: SourceList }): SnapshotModel {
  const { was, model, released, built, ownSource, sources, rules } = pair;
  const kept = keptNames(pair, released.models[pair.provider] ?? []);
  const names = [...namesOf(model), ...kept].sort();
  const prices = mergeAll(timelinesOf(was, released, ownSource), timelinesOf(model, built, null), (it) =>
    priceRules(pair, it),
  );
  const surcharges = mergeAll(
    surchargeTimelinesOf(was, released, ownSource),
    surchargeTimelinesOf(model, built, null),
    () => ({ asOfMs: rules.asOfMs, isCorrected: () => false, isEmptyUnknown: was.variesByRegion === true }),
  );
  const facts =
    was.facts === undefined ? model.facts : (model.facts ?? detachFacts(was.facts, ownSource, released, sources));
  return {
    ...model,
    ...(kept.length === 0 ? {} : { names }),
    ...(facts === undefined ? {} : { facts }),
    ...(surcharges.isChanged ? { surcharges: toSurcharges(surcharges.timelines, sources) } : {}),
    periods: prices.isChanged ? toPeriods(prices.timelines, sources) : model.periods,
  };
}

function mergeAll(
  was: ReadonlyMap<string, Timeline>,
  now: ReadonlyMap<string, Timeline>,
  rulesOf: (timeline: Timeline) => MergeRules,
): { timelines: readonly Timeline[]; isChanged: boolean } {
  const timelines: Timeline[] = [];
  let isChanged = false;
  for (const [key, timeline] of new Map([...was, ...now])) {
    const built = now.get(key)?.segments ?? NEVER;
    const segments = mergeTimelines(was.get(key)?.segments ?? NEVER, built, rulesOf(timeline));
    isChanged ||= !isSameCost(segments, built);
    timelines.push({ ...timeline, segments });
  }
  return { timelines, isChanged };
}

function priceRules({ provider, model, rules }: Pair, { tier, unit }: Timeline): MergeRules {
  const corrections = rules.correctedRows.filter(
    (it) =>
      it.provider === provider && it.model === model.id && it.unit === unit && (it.serviceTier ?? 'default') === tier,
  );
  const isWrong = ({ rate }: Element): boolean => {
    const base = plainRate(typeof rate === 'string' ? rate : rate.rate);
    return corrections.some(({ wrongRate }) => plainRate(wrongRate) === base);
  };
  return { asOfMs: rules.asOfMs, isCorrected: (offer) => offer.some(isWrong), isEmptyUnknown: true };
}

function isPastKept(pair: Pair): boolean {
  const { provider, was, model, released, built } = pair;
  const now = timelinesOf(model, built, null);
  return [...timelinesOf(was, released, librarySource(released, provider))].every(([key, timeline]) => {
    const segments = now.get(key)?.segments ?? NEVER;
    return isSameCost(mergeTimelines(timeline.segments, segments, priceRules(pair, timeline)), segments);
  });
}

/** A model of the release that is no longer listed: as it was, its sources named, without names that others took. */
function detach(
  model: SnapshotModel,
  released: Snapshot,
  ownSource: Source,
  sources: SourceList,
  taken: ReadonlySet<string>,
): SnapshotModel {
  const move = (index: number | undefined): number =>
    sources.indexOf(index === undefined ? ownSource : (released.sources[index] ?? ownSource));
  return {
    ...model,
    ...(namesOf(model).some((name) => taken.has(name))
      ? { names: namesOf(model).filter((name) => !taken.has(name)) }
      : {}),
    ...(model.facts === undefined ? {} : { facts: detachFacts(model.facts, ownSource, released, sources) }),
    ...(model.surcharges === undefined
      ? {}
      : { surcharges: model.surcharges.map((it) => ({ ...it, source: move(it.source) })) }),
    periods: model.periods.map((period) => ({ ...period, source: move(period.source) })),
  };
}

function detachFacts(
  facts: NonNullable<SnapshotModel['facts']>,
  ownSource: Source,
  released: Snapshot,
  sources: SourceList,
): NonNullable<SnapshotModel['facts']> {
  const source = facts.source === undefined ? ownSource : (released.sources[facts.source] ?? ownSource);
  return { ...facts, source: sources.indexOf(source) };
}
