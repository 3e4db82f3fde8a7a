import { AUDIO_SECOND_SCALE } from '../../contracts/measures.ts';
import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { formatDecimal } from '../decimal.ts';
import { nextMonth } from '../local-time.ts';
import { toProviderId } from '../prices/model-name.ts';
import { DEFAULT_TIER } from '../prices/price-book-tiers.ts';
import { type AlertMessage, toShortMessage, toSubject } from './alert.ts';
import { quoteWord, toOneLine } from './alert-text.ts';
import type { UnpricedCause, UnpricedModel } from './alert-unpriced.ts';

/** A model of the message with why it has no price. */
export interface ToldModel extends UnpricedModel {
  readonly cause: UnpricedCause;
}

/** All that an alert about calls without a price says. */
export interface UnpricedAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  readonly timeZone: string;
  /** Named in the message, those with the most calls first, one at least. */
  readonly models: readonly ToldModel[];
  /** Found as well and only counted. */
  readonly moreModels: number;
  readonly moreCalls: number;
  /** Whether so many models were told of this month that others are only counted, once a day. */
  readonly isCapped: boolean;
  readonly asOfMs: number;
  /** First and last local month of the calls. */
  readonly months: { readonly first: string; readonly last: string };
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const CAUSES: Readonly<Record<UnpricedCause, string>> = {
  unknown_provider: 'no provider was sent, and the name alone does not tell it',
  unknown_model: 'the catalog does not know this model of the provider',
  no_price_in_region: 'the catalog has no price for the region of the calls',
  no_price_for_tier: 'the catalog has no price for the service tier of the calls',
  no_price_at_time: 'the catalog has no price at the time of the calls',
  unit_without_rate: 'units without a rate',
  price_known_by_now: 'a price is known by now, and the calls are being priced',
};

/** Units of one model that text and data name; senders may report any number of their own. */
const MAX_UNITS = 8;
const MAX_DATA_UNITS = 24;

/** Service tiers of one model that the file is written for; there are five, and senders may name any. */
const MAX_TIERS = 5;

/** One thing for all models: prices that are missing. */
const ABOUT: readonly string[] = ['unpriced'];

/** Writes the alert about calls that were recorded without a full price: one message, whatever the number of models. */
export function renderUnpricedAlert(facts: UnpricedAlertFacts): AlertMessage {
  const { alertId, tenant, models } = facts;
  const kind = 'unpriced_model';
  const severity = 'warning';
  const [only, ...others] = models;
  const single = only && others.length === 0 && facts.moreModels === 0 ? only : undefined;
  const calls = countCalls(facts);
  const what = single ? nameModel(single) : `${models.length + facts.moreModels} models`;
  const headline = `No full price for ${what}: ${calls} ${calls === 1 ? 'call' : 'calls'}`;
  return {
    alertId,
    kind,
    severity,
    tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}. They are kept and counted, not priced. Alert ${alertId.slice(0, 8)}`),
    data: renderData(facts, severity, kind),
    about: ABOUT,
    attributes: { tenant, kind, severity, alert_id: alertId, ...(single ? { model: single.model } : {}) },
  };
}

function renderText(facts: UnpricedAlertFacts): string {
  const { models, moreModels, moreCalls, months } = facts;
  const calls = countCalls(facts);
  const period = months.first === months.last ? months.first : `${months.first} to ${months.last}`;
  const isOne = calls === 1;
  return [
    `${calls} recorded ${isOne ? 'call has' : 'calls have'} no full price.`,
    '',
    `Where:    tenant ${toOneLine(facts.tenant)}, ${period} (${facts.timeZone})`,
    'Models:',
    ...models.flatMap(describeModel),
    ...(moreModels > 0 ? [`  and ${moreModels} more models with ${moreCalls} calls`] : []),
    models.every(({ capacity }) => capacity !== null)
      ? 'Effect:   the tokens are kept and counted, and cost nothing; list cost and what the capacity saves lack them'
      : 'Effect:   the tokens are kept and counted; spend, budgets and forecasts lack their cost, and say so',
    `As of:    ${new Date(facts.asOfMs).toISOString()}`,
    '',
    ...describeFix(models),
    `Show it:  ${showCommand(facts)}`,
    `          ${showLink(facts)}`,
    `Silence:  ${describeSilence(facts)}`,
    `Alert:    ${facts.alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describeFix(models: readonly ToldModel[]): readonly string[] {
  const file = toOverrides(models);
  if (file.overrides.length === 0) return ['Fix:      nothing that a price could do'];
  return [
    'Fix:      fill in the rates, save this as prices.json, and run',
    '          tokenledger catalog override prices.json',
    `          ${toOneLine(JSON.stringify(file))}`,
    '          The calls are priced from it by themselves; nothing has to be sent again.',
    ...describeStandIn(models),
  ];
}

/** A model of one's own often has no price anywhere; that of one like it will do for the list cost of a capacity's calls. */
function describeStandIn(models: readonly ToldModel[]): readonly string[] {
  const names = new Set(models.flatMap(({ capacity }) => (capacity === null ? [] : [capacity])));
  if (names.size === 0) return [];
  return [
    `          Or name a model whose price is their list price, as "list_price_of" of ${[...names].join(', ')}, and run`,
    '          tokenledger capacities apply capacities.json',
  ];
}

function describeSilence({ isCapped }: UnpricedAlertFacts): string {
  return isCapped
    ? 'so many models lack a price this month that further ones are told of together, once a day'
    : 'none needed, a model is told of once a month for each way in which it lacks a price';
}

function describeModel(model: ToldModel): readonly string[] {
  const units = listUnits(model, MAX_UNITS).map(([unit, count]) => `${count} ${unit}`);
  const more = model.units.size > MAX_UNITS ? [`${model.units.size - MAX_UNITS} other units`] : [];
  const lacking = model.unpricedUnits.slice(0, MAX_UNITS).join(', ');
  const why = lacking === '' ? CAUSES[model.cause] : `${CAUSES[model.cause]}: ${toOneLine(lacking)}`;
  const head = `${nameModel(model)}: ${model.calls} ${model.calls === 1 ? 'call' : 'calls'}`;
  return [
    `  ${head}, ${toOneLine([...units, ...more].join(', '))}`,
    `    since ${new Date(model.sinceMs).toISOString()}; ${model.status.replaceAll('_', ' ')}: ${why}`,
    ...(model.capacity === null
      ? []
      : [`    covered by capacity ${model.capacity}: they cost nothing, their list cost is not known`]),
  ];
}

function nameModel({ provider, model }: ToldModel): string {
  return toOneLine(provider === null ? model : `${provider}/${model}`);
}

/** Units with their counts as plain decimal text, those of the contract first, and in its order. */
function listUnits({ units }: ToldModel, limit: number): readonly (readonly [unit: string, count: string])[] {
  const names = new Set<string>([...USAGE_UNITS.filter((unit) => units.has(unit)), ...units.keys()]);
  return [...names].slice(0, limit).map((unit) => {
    const scale = unit === 'audio_seconds' ? String(AUDIO_SECOND_SCALE).length - 1 : 0;
    return [unit, formatDecimal({ digits: units.get(unit) ?? 0n, scale })];
  });
}

/** A file of overrides with everything but the rates, which only the reader knows: as it is, no ledger accepts it. */
function toOverrides(models: readonly ToldModel[]): { readonly overrides: readonly object[] } {
  const overrides = models.flatMap(({ model, provider, cause, serviceTiers, units, unpricedUnits }) => {
    const reported = unpricedUnits.length > 0 ? unpricedUnits : [...units.keys()].filter((unit) => unit !== 'requests');
    // Units of a sender's own stay without a price, whatever is stored.
    const wanted = reported.filter((unit) => PRICEABLE.has(unit));
    if (cause === 'price_known_by_now' || wanted.length === 0) return [];
    const per = wanted.some((unit) => unit.endsWith('_tokens')) ? 1_000_000 : 1;
    // Rates are for the default tier unless they say otherwise, and would leave calls of another one as they are.
    return serviceTiers.slice(0, MAX_TIERS).map((tier) => ({
      model: model.toLowerCase(),
      provider: toProviderId(provider) ?? '*',
      ...(tier === DEFAULT_TIER ? {} : { service_tier: tier }),
      rates: Object.fromEntries(wanted.map((unit) => [unit, `USD per ${per}`])),
      per,
    }));
  });
  return { overrides };
}

const PRICEABLE: ReadonlySet<string> = new Set(USAGE_UNITS);

function countCalls({ models, moreCalls }: UnpricedAlertFacts): number {
  return models.reduce((sum, { calls }) => sum + calls, moreCalls);
}

/** The filter that shows the calls, where one model is all there is. */
function filterOf({ models: [only, ...others], moreModels }: UnpricedAlertFacts): string | undefined {
  return only && others.length === 0 && moreModels === 0 ? `model=${only.model}` : undefined;
}

function showCommand(facts: UnpricedAlertFacts): string {
  const filter = filterOf(facts);
  const range = `--from ${facts.months.first} --to ${nextMonth(facts.months.last)}`;
  const filtered = filter === undefined ? '' : ` --filter ${quoteWord(toOneLine(filter))}`;
  return `tokenledger spend ${range} --group-by provider,model${filtered}`;
}

function showLink(facts: UnpricedAlertFacts): string {
  const filter = filterOf(facts);
  const range = `from=${facts.months.first}&to=${nextMonth(facts.months.last)}`;
  const filtered = filter === undefined ? '' : `&filter=${encodeURIComponent(filter)}`;
  return `${facts.apiUrl ?? ''}/v1/spend?${range}&group_by=${encodeURIComponent('provider,model')}${filtered}`;
}

function renderData(facts: UnpricedAlertFacts, severity: string, kind: string): Readonly<Record<string, unknown>> {
  const counts = new Map<string, number>();
  for (const { status, calls } of facts.models) counts.set(status, (counts.get(status) ?? 0) + calls);
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind,
    severity,
    tenant: facts.tenant,
    about: ABOUT,
    as_of: new Date(facts.asOfMs).toISOString(),
    complete: false,
    incomplete_reasons: [...counts].map(([reason, count]) => ({ reason, count })),
    unpriced: {
      from_month: facts.months.first,
      to_month: facts.months.last,
      time_zone: facts.timeZone,
      models: facts.models.map((model) => ({
        provider: model.provider,
        model: model.model,
        status: model.status,
        cause: model.cause,
        calls: model.calls,
        units: Object.fromEntries(listUnits(model, MAX_DATA_UNITS)),
        unpriced_units: model.unpricedUnits.slice(0, MAX_DATA_UNITS),
        since: new Date(model.sinceMs).toISOString(),
      })),
      more_models: facts.moreModels,
      more_calls: facts.moreCalls,
    },
    show: { command: showCommand(facts), link: showLink(facts) },
  };
}
