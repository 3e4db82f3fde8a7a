import { USAGE_UNITS } from '../contracts/usage-units.ts';
import { parseDecimal } from '../domain/decimal.ts';
import { LedgerError } from '../domain/errors.ts';
import { type Catalog, MODEL_KINDS } from '../domain/prices/price-catalog.ts';
import { isRecord, RowFields } from './row-fields.ts';
import {
  decodeSnapshot,
  type SnapshotFacts,
  type SnapshotModel,
  type SnapshotPeriod,
  type SnapshotRate,
  type SnapshotSurcharge,
} from './snapshot.ts';

/** A file of catalog rows broke its contract; each issue names row and field. */
export class InvalidCatalogError extends LedgerError {
  override readonly name = 'InvalidCatalogError';
  readonly code = 'catalog/invalid';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(`catalog rejected: ${issues.join('; ')}`, options);
    this.issues = issues;
  }
}

const PERIOD_FIELDS = ['effective_from', 'effective_to'];
const PRICE_FIELDS = ['unit', 'rate', 'per', 'service_tier', ...PERIOD_FIELDS, 'tiers', 'windows', 'minimum'];
const MODEL_FIELDS = ['aliases', 'facts', 'surcharges', 'varies_by_region'];
const ROW_FIELDS = ['provider', 'model', ...PRICE_FIELDS, ...MODEL_FIELDS, 'source', 'checked_on'];
const FACT_FIELDS = ['kind', 'context_tokens', 'max_output_tokens', 'input_modalities', 'output_modalities'];

/**
 * Reads a file of rows, `{"rows":[...]}`, one row per model, unit, service tier and period:
 * `{"provider","model","unit","rate","per"?,"service_tier"?,"effective_from"?,"effective_to"?,
 * "tiers"?:[{"over","operator","rate"}],"windows"?:[{"from","to","weekdays"?}],"minimum"?,"source"?,"checked_on"?}`.
 * Rates are decimal text in USD per `per` units (1,000,000 unless given). A later row wins over an earlier one.
 * Any row may say more of its model, and one without `unit` and `rate` says only that: `"aliases":[...]`,
 * `"facts":{"kind","context_tokens","max_output_tokens","input_modalities","output_modalities"}` (a later fact wins),
 * `"surcharges":[{"regions","factor","effective_from"?,"effective_to"?}]`, and `"varies_by_region":true` where calls
 * pinned to a region that no surcharge names have no price.
 *
 * @param version - names these rows in every rating
 * @throws {@link InvalidCatalogError} naming every field that is wrong
 */
export function readCatalogRows(json: unknown, version: string): Catalog {
  const rows = isRecord(json) ? json['rows'] : json;
  if (!Array.isArray(rows)) throw new InvalidCatalogError(['rows: expected an array of rows']);
  const issues: string[] = [];
  const sources: Array<{ source: string; checkedOn: string }> = [];
  const models = new Map<string, Map<string, SnapshotModel>>();
  for (const [index, row] of rows.entries()) {
    const fields = new RowFields(row, `rows[${index}]`, issues, ROW_FIELDS);
    const provider = fields.text('provider').toLowerCase();
    const id = fields.text('model');
    sources.push({ source: fields.text('source', 'file'), checkedOn: fields.text('checked_on', 'unknown') });
    const ofProvider = models.get(provider) ?? new Map<string, SnapshotModel>();
    models.set(provider, ofProvider);
    ofProvider.set(id, addRow(ofProvider.get(id) ?? { id, names: [id.toLowerCase()], periods: [] }, fields, index));
  }
  if (issues.length > 0) throw new InvalidCatalogError(issues);
  const listed = Object.fromEntries([...models].map(([provider, byId]) => [provider, [...byId.values()]]));
  return decodeSnapshot({ version, library: 'file', checkedOn: 'unknown', sources, fallbacks: {}, models: listed });
}

function addRow(model: SnapshotModel, fields: RowFields, source: number): SnapshotModel {
  const saysOnlyMore = MODEL_FIELDS.some((field) => fields.has(field)) && !PRICE_FIELDS.some((it) => fields.has(it));
  const periods = saysOnlyMore ? [] : [{ ...readPeriod(fields), source }];
  const names = new Set([...(model.names ?? []), ...fields.texts('aliases').map((name) => name.toLowerCase())]);
  const facts = fields.object('facts', FACT_FIELDS);
  const surcharges = [...(model.surcharges ?? []), ...readSurcharges(fields, source)];
  return {
    ...model,
    names: [...names],
    ...(fields.flag('varies_by_region') ? { variesByRegion: true as const } : {}),
    ...(facts === undefined ? {} : { facts: { ...model.facts, ...readFacts(facts), source } }),
    ...(surcharges.length === 0 ? {} : { surcharges }),
    periods: [...model.periods, ...periods],
  };
}

function readPeriod(fields: RowFields): SnapshotPeriod {
  const unit = fields.text('unit');
  if (unit !== '' && !USAGE_UNITS.some((it) => it === unit)) {
    fields.complain('unit', `one of ${USAGE_UNITS.join(', ')}`, unit);
  }
  const windows = fields.objects('windows', ['from', 'to', 'weekdays']).map((window) => ({
    from: window.timeOfDay('from'),
    to: window.timeOfDay('to'),
    ...(window.has('weekdays') ? { weekdays: window.weekdays('weekdays') } : {}),
  }));
  return {
    ...fields.period(),
    ...(windows.length > 0 ? { windows } : {}),
    tier: fields.text('service_tier', 'default'),
    rates: { [unit]: readRate(fields) },
  };
}

function readRate(fields: RowFields): SnapshotRate {
  let smallest = 0;
  const tiers = fields.objects('tiers', ['over', 'operator', 'rate']).map((tier) => {
    const operator = tier.oneOf('operator', ['>', '>=']);
    const over = tier.wholeNumber('over', 0);
    const from = operator === '>' ? over + 1 : over;
    if (from < smallest) tier.complain('over', 'tiers in ascending order', 0);
    smallest = from + 1;
    return [operator, over, tier.decimal('rate')] as const;
  });
  const minimum = fields.has('minimum') ? { minimum: fields.decimal('minimum') } : {};
  return { rate: fields.decimal('rate'), per: fields.wholeNumber('per', 1, 1_000_000), tiers, ...minimum };
}

function readFacts(fields: RowFields): SnapshotFacts {
  return {
    ...(fields.has('kind') ? { kind: fields.oneOf('kind', MODEL_KINDS) } : {}),
    ...(fields.has('context_tokens') ? { contextTokens: fields.wholeNumber('context_tokens', 1) } : {}),
    ...(fields.has('max_output_tokens') ? { maxOutputTokens: fields.wholeNumber('max_output_tokens', 1) } : {}),
    ...(fields.has('input_modalities') ? { inputModalities: fields.texts('input_modalities') } : {}),
    ...(fields.has('output_modalities') ? { outputModalities: fields.texts('output_modalities') } : {}),
  };
}

function readSurcharges(fields: RowFields, source: number): readonly SnapshotSurcharge[] {
  return fields.objects('surcharges', ['regions', 'factor', ...PERIOD_FIELDS]).map((surcharge) => {
    const regions = surcharge.texts('regions').map((region) => region.toLowerCase());
    if (regions.length === 0) surcharge.complain('regions', 'names of regions', regions);
    const factor = surcharge.decimal('factor');
    if (parseDecimal(factor)?.digits === 0n) surcharge.complain('factor', 'a factor above 0', factor);
    return { regions, factor, ...surcharge.period(), source };
  });
}
