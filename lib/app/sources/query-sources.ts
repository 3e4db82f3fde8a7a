import { DIMENSIONS, type Dimension } from '../../contracts/dimensions.ts';
import { addDays } from '../../domain/local-time.ts';
import type { MissingSpan } from '../../domain/sources/missing-spans.ts';
import type { Source } from '../../domain/sources/source.ts';
import type { Clock, LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { SourceStates, UnknownFieldCounts } from './source-ports.ts';

/** What the sources of a tenant are read from. */
export interface SourcePorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly sourceStates: Pick<SourceStates, 'find'>;
  readonly unknownFields: Pick<UnknownFieldCounts, 'listByApp'>;
  readonly now: Clock;
}

/** How an app, or a billing account, reports. Times are epoch milliseconds, null = not known yet. */
export interface SourceSummary {
  /** Null: the calls that name none. */
  readonly name: string | null;
  /** Latest time of its calls, and when the last one was recorded; as of the last sweep. */
  readonly lastEventMs: number | null;
  readonly lastArrivalMs: number | null;
  /** Calls of the seven local days before today, and of today, oldest first. */
  readonly calls: readonly { readonly day: string; readonly calls: bigint }[];
  /** Share of these calls without a full price, 0 to 1; null when there are none. */
  readonly unpricedRatio: number | null;
  /** Shares of these calls that name no value of a dimension, by dimension; those above zero. */
  readonly missingDimensions: ReadonlyMap<string, number>;
  /** Versions of its emitters and when each was last seen, the latest first. */
  readonly versions: readonly { readonly version: string; readonly lastSeenMs: number }[];
  /** Names of fields that the contract does not know, since the first release that counted them by app. */
  readonly unknownFields: ReadonlyMap<string, number>;
  /** When the last call before a silence was recorded; null = it is not silent. */
  readonly silentSinceMs: number | null;
  /** Calls of these days that its emitters numbered and the ledger never got; 0 for a billing account. */
  readonly missingCalls: number;
}

/** Who reports to a tenant, those with the most calls first. */
export interface SourceSummaries {
  readonly apps: readonly SourceSummary[];
  readonly billingAccounts: readonly SourceSummary[];
  /** How many more there are of each. */
  readonly moreApps: number;
  readonly moreBillingAccounts: number;
  /** Missing calls of every emitter, those without an app included. */
  readonly missingCalls: number;
  /** The state of sources holds the commits up to this number. */
  readonly followedTo: number;
}

const HISTORY_DAYS = 7;

/** Sources of each kind that an answer shows. */
const MAX_SHOWN = 500;

/** Dimensions without which a call cannot be told apart or charged to anybody. */
const WANTED: readonly Dimension[] = ['app', 'environment', 'team', 'feature', 'billing_account'];

/** Reads how each source of a tenant reports: counts from the totals, which corrections change too; the rest as followed. */
export async function querySources(ports: SourcePorts, tenant: TenantConfig): Promise<SourceSummaries> {
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const days = Array.from({ length: HISTORY_DAYS + 1 }, (_, index) => addDays(today, index - HISTORY_DAYS));
  const query = { granularity: 'day', fromDay: addDays(today, -HISTORY_DAYS), toDay: addDays(today, 1) } as const;
  const [{ state }, unknownFields, { rows }] = await Promise.all([
    ports.sourceStates.find(tenant.tenant),
    ports.unknownFields.listByApp(tenant.tenant),
    ports.reader.rollups(tenant.tenant, query),
  ]);
  const missing = [...state.missing, ...state.closed].filter(({ lastDay }) => lastDay >= query.fromDay);
  const wanted = wantedDimensions(tenant);
  const summarise = (kind: Source['kind'], name: string | null): SourceSummary => {
    const source = state.sources.find((each) => each.kind === kind && each.name === name);
    const own = rows.filter(({ leaf }) => leaf[DIMENSIONS.indexOf(kind)] === name);
    const isApp = kind === 'app' && name !== null;
    return {
      name,
      lastEventMs: source?.lastEventMs ?? null,
      lastArrivalMs: source?.lastArrivalMs ?? null,
      calls: days.map((day) => ({ day, calls: countCalls(own.filter(({ period }) => period === day)) })),
      unpricedRatio: ratioOf(countUnpriced(own), countCalls(own)),
      missingDimensions: findMissing(own, wanted),
      versions: versionsOf(source),
      unknownFields: (isApp ? unknownFields.get(name) : undefined) ?? new Map(),
      silentSinceMs: source?.silence?.returnedMs === null ? source.silence.sinceMs : null,
      missingCalls: isApp ? countSpans(missing.filter(({ app }) => app === name)) : 0,
    };
  };
  const list = (kind: Source['kind']): readonly SourceSummary[] => {
    const known = state.sources.filter((source) => source.kind === kind).map(({ name }) => name);
    const names = new Set([...known, ...rows.map(({ leaf }) => leaf[DIMENSIONS.indexOf(kind)] ?? null)]);
    return [...names].map((name) => summarise(kind, name)).sort(byCalls);
  };
  const [apps, named] = [list('app'), list('billing_account').filter(({ name }) => name !== null)];
  return {
    apps: apps.slice(0, MAX_SHOWN),
    billingAccounts: named.slice(0, MAX_SHOWN),
    moreApps: Math.max(0, apps.length - MAX_SHOWN),
    moreBillingAccounts: Math.max(0, named.length - MAX_SHOWN),
    missingCalls: countSpans(missing),
    followedTo: state.followedTo,
  };
}

/** Dimensions that calls should name, with their place in a leaf and their name in answers. */
function wantedDimensions({ tagDimensions, leafChanges }: TenantConfig): readonly (readonly [number, string])[] {
  const kept = leafChanges?.at(-1)?.tags ?? tagDimensions;
  const tags = tagDimensions.flatMap((tag, index) =>
    kept.includes(tag) ? [[DIMENSIONS.indexOf('tag1') + index, `tags.${tag}`] as const] : [],
  );
  return [...WANTED.map((dimension) => [DIMENSIONS.indexOf(dimension), dimension] as const), ...tags];
}

function findMissing(
  rows: readonly RollupRow[],
  wanted: readonly (readonly [number, string])[],
): ReadonlyMap<string, number> {
  const calls = countCalls(rows);
  const missing = new Map<string, number>();
  for (const [place, name] of wanted) {
    const ratio = ratioOf(countCalls(rows.filter(({ leaf }) => leaf[place] === null)), calls) ?? 0;
    if (ratio > 0) missing.set(name, ratio);
  }
  return missing;
}

function versionsOf(source: Source | undefined): SourceSummary['versions'] {
  const versions = Object.entries(source?.versions ?? {});
  return versions
    .map(([version, lastSeenMs]) => ({ version, lastSeenMs }))
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs || (a.version < b.version ? -1 : 1));
}

function countCalls(rows: readonly RollupRow[]): bigint {
  return rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n);
}

function countUnpriced(rows: readonly RollupRow[]): bigint {
  return rows.reduce((sum, { measures: { unpriced = 0n, unpriced_unit = 0n, partially_priced = 0n } }) => {
    return sum + unpriced + unpriced_unit + partially_priced;
  }, 0n);
}

/** A share with six decimals, rounded up, so that one call in a million never reads as none. */
function ratioOf(part: bigint, whole: bigint): number | null {
  return whole <= 0n ? null : Number((part * 1_000_000n + whole - 1n) / whole) / 1_000_000;
}

function countSpans(spans: readonly MissingSpan[]): number {
  return spans.reduce((sum, { count }) => sum + count, 0);
}

function byCalls(a: SourceSummary, b: SourceSummary): number {
  const [callsA, callsB] = [a, b].map(({ calls }) => calls.reduce((sum, day) => sum + day.calls, 0n));
  if (callsA !== callsB) return (callsA ?? 0n) > (callsB ?? 0n) ? -1 : 1;
  return String(a.name) < String(b.name) ? -1 : 1;
}
