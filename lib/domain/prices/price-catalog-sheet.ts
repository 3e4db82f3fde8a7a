import type { Catalog, CatalogRow, DailyWindow, ModelFacts, RegionSurcharge } from './price-catalog.ts';
import { type ResolvedModel, resolveModel } from './price-catalog-resolve.ts';
import { isWithin, type Period } from './price-catalog-time.ts';

/** Where a fact of the catalog was read, and the day of that. */
interface Sourced {
  readonly source: string;
  readonly checked_on: string;
}

/** A half-open period as RFC 3339 times; null = open. */
interface SheetPeriod {
  readonly effective_from: string | null;
  readonly effective_to: string | null;
}

/** One dated price as answers show it; rates are exact decimal text in USD per `per` units. */
export interface SheetRow extends SheetPeriod, Sourced {
  readonly unit: string;
  readonly service_tier: string;
  readonly rate_usd: string;
  readonly per: number;
  readonly tiers: readonly { readonly over: number; readonly operator: string; readonly rate_usd: string }[];
  readonly windows: readonly {
    readonly from: string;
    readonly to: string;
    readonly weekdays: readonly number[] | null;
  }[];
  readonly minimum: string | null;
}

/** All that the catalog knows of one model, in the fields of answers. */
export interface ModelSheet {
  readonly provider: string;
  readonly model: string;
  /** How the name was found, as in a rating. */
  readonly method: string;
  readonly names: readonly string[];
  readonly catalog_version: string;
  /** Whether a call pinned to a region that no surcharge names is left unpriced. */
  readonly varies_by_region: boolean;
  readonly facts:
    | (Sourced & {
        readonly kind: string | null;
        readonly context_tokens: number | null;
        readonly max_output_tokens: number | null;
        readonly input_modalities: readonly string[] | null;
        readonly output_modalities: readonly string[] | null;
      })
    | null;
  readonly surcharges: readonly (SheetPeriod &
    Sourced & { readonly regions: readonly string[]; readonly factor: string })[];
  /** In the catalog's order: where two are in force for one unit and tier, the later one counts. */
  readonly rows: readonly SheetRow[];
}

/**
 * Looks a model up as a call would name it.
 * @param atMs - only prices in force at this time, at whatever hour of the day; null = of all times
 * @returns undefined when the catalog has no such model
 */
export function findModelSheet(
  catalog: Catalog,
  call: { readonly provider: string | null; readonly model: string; readonly atMs: number | null },
): ModelSheet | undefined {
  const { provider, model, atMs } = call;
  return toModelSheet(catalog, resolveModel(catalog, { provider, model, timeMs: atMs ?? 0, region: null }), atMs);
}

/** Writes down what the catalog knows of a model that was found, as {@link findModelSheet} does. */
export function toModelSheet(catalog: Catalog, { hit }: ResolvedModel, atMs: number | null): ModelSheet | undefined {
  if (hit === null) return undefined;
  const { model, method } = hit;
  const isShown = (period: Period): boolean => atMs === null || isWithin(atMs, period);
  return {
    provider: model.provider,
    model: model.id,
    method,
    names: model.names,
    catalog_version: catalog.version,
    varies_by_region: model.variesByRegion,
    facts: model.facts === null ? null : toSheetFacts(model.facts),
    surcharges: model.surcharges.filter(isShown).map(toSheetSurcharge),
    rows: model.rows().filter(isShown).map(toSheetRow),
  };
}

function toSheetFacts(facts: ModelFacts): NonNullable<ModelSheet['facts']> {
  return {
    kind: facts.kind,
    context_tokens: facts.contextTokens,
    max_output_tokens: facts.maxOutputTokens,
    input_modalities: facts.inputModalities,
    output_modalities: facts.outputModalities,
    source: facts.source,
    checked_on: facts.checkedOn,
  };
}

function toSheetSurcharge(surcharge: RegionSurcharge): ModelSheet['surcharges'][number] {
  const { regions, factor, source, checkedOn } = surcharge;
  return { regions, factor, ...toSheetPeriod(surcharge), source, checked_on: checkedOn };
}

function toSheetRow(row: CatalogRow): SheetRow {
  return {
    unit: row.unit,
    service_tier: row.serviceTier,
    rate_usd: row.rate,
    per: row.per,
    tiers: row.tiers.map(({ over, operator, rate }) => ({ over: Number(over), operator, rate_usd: rate })),
    windows: row.windows.map(toSheetWindow),
    minimum: row.minimum,
    ...toSheetPeriod(row),
    source: row.source,
    checked_on: row.checkedOn,
  };
}

function toSheetWindow({ fromMinute, toMinute, weekdays }: DailyWindow): SheetRow['windows'][number] {
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return { from: clock(fromMinute), to: clock(toMinute), weekdays };
}

function toSheetPeriod({ fromMs, toMs }: Period): SheetPeriod {
  const text = (timeMs: number | null): string | null => (timeMs === null ? null : new Date(timeMs).toISOString());
  return { effective_from: text(fromMs), effective_to: text(toMs) };
}
