import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { parseDecimal } from '../../domain/decimal.ts';
import { MODEL_KINDS } from '../../domain/prices/price-catalog.ts';
import { parseInstant } from '../../domain/prices/price-catalog-time.ts';
import type { CorrectedName, CorrectedRow } from '../corrected-rows.ts';
import type { OwnModel } from '../own-model.ts';
import type { SnapshotFacts, SnapshotModel, SnapshotPeriod, SnapshotRate } from '../snapshot.ts';
import { namesOf, type SnapshotContent } from './merge.ts';

/** Service tiers that a row may be quoted for; a vendor's new one is added here, a slip of the pen is not. */
const SERVICE_TIERS: readonly string[] = ['default', 'batch', 'flex', 'priority', 'fast'];

const UNITS: ReadonlySet<string> = new Set(USAGE_UNITS);
const MODALITIES: readonly string[] = ['text', 'image', 'audio', 'video', 'document'];

/** What is wrong with our own rows before they are laid over the library's, a sentence each; empty = nothing. */
export function checkOwnModels(ownModels: readonly OwnModel[]): readonly string[] {
  const owners = new Map<string, OwnModel>();
  return ownModels.flatMap((own) => {
    const taken = [own.model.toLowerCase(), ...(own.names ?? [])].flatMap((it) => {
      const other = owners.get(`${own.provider} ${it}`);
      owners.set(`${own.provider} ${it}`, own);
      return other === undefined || other.model === own.model
        ? []
        : [`own rows of ${own.provider} ${other.model}: ${own.model} takes its name ${it}`];
    });
    const name = `own rows of ${own.provider} ${own.model}`;
    return [
      ...taken,
      ...(own.source.trim() === '' ? [`${name}: no source`] : []),
      ...(isDay(own.checkedOn) ? [] : [`${name}: checkedOn is "${own.checkedOn}", expected the day of the check`]),
      ...checkOverlaps(name, own.periods),
    ];
  });
}

/** What is wrong with the lists of corrections. */
export function checkCorrections(rows: readonly CorrectedRow[], names: readonly CorrectedName[]): readonly string[] {
  return [
    ...rows.map((row) => ({ ...row, what: `correction of ${row.provider} ${row.model} ${row.unit}` })),
    ...names.map((row) => ({ ...row, what: `correction of the name ${row.provider} ${row.name}` })),
  ].flatMap(({ what, why, source }) =>
    why.trim() === '' || source.trim() === '' ? [`${what}: needs a reason and a source`] : [],
  );
}

/** What is wrong with a snapshot's rows, facts and surcharges, a sentence each naming the model; empty = nothing. */
export function checkSnapshot(snapshot: SnapshotContent): readonly string[] {
  const isKnownSource = (index: number | undefined): boolean =>
    index === undefined || snapshot.sources[index] !== undefined;
  const unsourced = snapshot.sources.filter(({ source, checkedOn }) => source.trim() === '' || !isDay(checkedOn));
  const issues = unsourced.map((it) => `source ${JSON.stringify(it)}: needs a place and the day of the check`);
  for (const [provider, models] of Object.entries(snapshot.models)) {
    issues.push(...checkNames(provider, models));
    for (const model of models) {
      const name = `${provider} ${model.id}`;
      const indexes = [model.facts?.source, ...[...model.periods, ...(model.surcharges ?? [])].map((it) => it.source)];
      if (!indexes.every(isKnownSource)) issues.push(`${name}: a row names a source that is not in the list`);
      issues.push(...model.periods.flatMap((period) => checkPeriod(name, period)));
      issues.push(...checkFacts(name, model.facts), ...checkSurcharges(name, model));
    }
  }
  return issues;
}

/** A name must lead to one model, and an id say which. */
function checkNames(provider: string, models: readonly SnapshotModel[]): readonly string[] {
  const repeated = (texts: readonly string[]) => new Set(texts.filter((it, index) => texts.indexOf(it) !== index));
  return [
    ...[...repeated(models.map(({ id }) => id))].map((id) => `${provider} ${id}: two models of this id`),
    ...[...repeated(models.flatMap(namesOf))].map((name) => `${provider} ${name}: a name of two models`),
  ];
}

function checkPeriod(model: string, period: SnapshotPeriod): readonly string[] {
  const name = `${model} ${nameOf(period)}`;
  const issues = checkBounds(name, period);
  if (Object.keys(period.rates).length === 0) issues.push(`${name}: holds no rate`);
  if (!SERVICE_TIERS.includes(period.tier ?? 'default')) {
    issues.push(`${name}: tier ${period.tier}, expected ${SERVICE_TIERS.join(', ')}`);
  }
  for (const { from, to, weekdays } of period.windows ?? []) {
    const isTime = [from, to].every((text) => /^(?:[01]\d|2[0-3]):[0-5]\d$/.test(text)) && from !== to;
    const areDays =
      (weekdays ?? [0]).length > 0 && (weekdays ?? []).every((day) => [0, 1, 2, 3, 4, 5, 6].includes(day));
    if (!isTime || !areDays) issues.push(`${name}: window ${from}-${to} on ${weekdays ?? 'every day'} is none`);
  }
  for (const [unit, rate] of Object.entries(period.rates)) {
    if (!UNITS.has(unit)) issues.push(`${name}: ${unit} is no unit of the contract`);
    issues.push(...checkRate(`${name} ${unit}`, rate));
  }
  return issues;
}

function checkRate(name: string, entry: SnapshotRate): readonly string[] {
  const rate = typeof entry === 'string' ? { rate: entry } : entry;
  const issues: string[] = [];
  const decimals = [rate.rate, ...(rate.tiers ?? []).map((tier) => tier[2]), rate.minimum ?? '0'];
  for (const text of decimals) {
    if (parseDecimal(text) === undefined) issues.push(`${name}: "${text}" is no plain decimal`);
  }
  if (!isPositiveCount(rate.per ?? 1)) issues.push(`${name}: a block of ${rate.per}, expected a whole number above 0`);
  let last = -1;
  for (const [operator, over] of rate.tiers ?? []) {
    const smallest = operator === '>' ? over + 1 : over;
    if (!Number.isSafeInteger(over) || !(smallest > last) || over < 0) issues.push(`${name}: size tiers out of order`);
    last = smallest;
  }
  return issues;
}

function checkFacts(name: string, facts: SnapshotFacts | undefined): readonly string[] {
  const issues: string[] = [];
  if (facts?.kind !== undefined && !MODEL_KINDS.includes(facts.kind)) issues.push(`${name}: kind ${facts.kind}`);
  for (const fact of ['contextTokens', 'maxOutputTokens'] as const) {
    const value = facts?.[fact];
    if (value !== undefined && !isPositiveCount(value)) issues.push(`${name}: ${fact} ${value}, expected above 0`);
  }
  for (const fact of ['inputModalities', 'outputModalities'] as const) {
    const unknown = (facts?.[fact] ?? ['text']).filter((it) => !MODALITIES.includes(it));
    if (unknown.length > 0) issues.push(`${name}: ${fact} ${unknown}, expected some of ${MODALITIES.join(', ')}`);
  }
  return issues;
}

function checkSurcharges(model: string, { surcharges = [] }: SnapshotModel): readonly string[] {
  return surcharges.flatMap((surcharge) => {
    const name = `${model} surcharge ${surcharge.regions.join(', ')}`;
    const issues = checkBounds(name, surcharge);
    const factor = parseDecimal(surcharge.factor);
    if (factor === undefined || factor.digits === 0n) issues.push(`${name}: factor "${surcharge.factor}"`);
    const areRegions = surcharge.regions.length > 0 && surcharge.regions.every((it) => /^[a-z0-9-]+\*?$|^\*$/.test(it));
    if (!areRegions) issues.push(`${name}: expected names of regions in lower case`);
    return issues;
  });
}

function checkBounds(name: string, { from, to }: { readonly from?: string; readonly to?: string }): string[] {
  const times = [from, to].map((text) => (text === undefined ? undefined : (parseInstant(text) ?? Number.NaN)));
  const [fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY] = times;
  if (times.some(Number.isNaN)) return [`${name}: ${from ?? ''} to ${to ?? ''} are no dates or RFC 3339 times`];
  return fromMs < toMs ? [] : [`${name}: a period that is never in force`];
}

/** Two prices of one unit, tier and time of day at once: whoever wrote them cannot have meant both. */
function checkOverlaps(model: string, periods: readonly SnapshotPeriod[]): readonly string[] {
  const boundMs = (text: string | undefined, open: number): number =>
    text === undefined ? open : (parseInstant(text) ?? open);
  return periods.flatMap((period, index) =>
    periods.slice(index + 1).flatMap((other) => {
      const isAlike =
        (period.tier ?? 'default') === (other.tier ?? 'default') &&
        JSON.stringify(period.windows ?? []) === JSON.stringify(other.windows ?? []);
      const isTogether =
        boundMs(period.from, Number.NEGATIVE_INFINITY) < boundMs(other.to, Number.POSITIVE_INFINITY) &&
        boundMs(other.from, Number.NEGATIVE_INFINITY) < boundMs(period.to, Number.POSITIVE_INFINITY);
      const units = Object.keys(period.rates).filter((unit) => unit in other.rates);
      return isAlike && isTogether && units.length > 0
        ? [`${model}: ${units.join(', ')} have two prices at once, ${nameOf(period)} and ${nameOf(other)}`]
        : [];
    }),
  );
}

function nameOf({ tier, from, to }: SnapshotPeriod): string {
  return `(${tier ?? 'default'}, ${from ?? 'ever'} to ${to ?? 'now'})`;
}

function isPositiveCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text) !== undefined;
}
