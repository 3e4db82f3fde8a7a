import { parseArgs } from 'node:util';
import { bundledCatalog } from '../catalog/catalog.ts';
import { toProviderId } from '../domain/prices/model-name.ts';
import { findModelSheet, type ModelSheet, type SheetRow } from '../domain/prices/price-catalog-sheet.ts';
import { parseInstant } from '../domain/prices/price-catalog-time.ts';
import type { CliIo } from './io.ts';
import { layOutTable } from './table.ts';

const USAGE = 'tokenledger catalog show [PROVIDER] MODEL [--at T] [--json]';

/** `tokenledger catalog show`: what the bundled catalog knows of a model. @returns exit code: 1 when it knows nothing */
export async function showModel(args: readonly string[], io: CliIo): Promise<number> {
  const wanted = readArguments(args);
  if (typeof wanted === 'string') {
    io.err(wanted);
    io.err(`usage: ${USAGE}`);
    return 2;
  }
  const { isHelp, isJson, provider, model, atMs } = wanted;
  if (isHelp) {
    io.out(USAGE);
    return 0;
  }
  const catalog = bundledCatalog();
  const sheet = findModelSheet(catalog, { provider, model, atMs });
  if (isJson) io.out(JSON.stringify({ catalog_version: catalog.version, model: sheet ?? null }));
  else if (sheet !== undefined) for (const line of describeSheet(sheet)) io.out(line);
  if (sheet !== undefined) return 0;
  const whose = provider === null ? 'without a provider' : `of ${provider}`;
  io.err(`the catalog has no model ${JSON.stringify(model)} ${whose}`);
  return 1;
}

interface Wanted {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  readonly provider: string | null;
  readonly model: string;
  readonly atMs: number | null;
}

/** @returns a sentence about what is wrong with them where something is */
function readArguments(args: readonly string[]): Wanted | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { at: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    const [first, second, ...more] = positionals;
    const isHelp = values.help === true;
    if (!isHelp && (first === undefined || more.length > 0)) return 'catalog show takes one model, and its provider';
    const atMs = values.at === undefined ? null : parseInstant(values.at);
    if (atMs === undefined) return `--at: expected a date or an RFC 3339 time, got ${JSON.stringify(values.at)}`;
    const provider = second === undefined ? null : toProviderId(first);
    return { isHelp, isJson: values.json === true, provider, model: second ?? first ?? '', atMs };
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'wrong use';
  }
}

function describeSheet(sheet: ModelSheet): readonly string[] {
  const { facts } = sheet;
  const known = [
    facts?.kind ?? null,
    facts?.context_tokens ? `context ${facts.context_tokens} tokens` : null,
    facts?.max_output_tokens ? `at most ${facts.max_output_tokens} out` : null,
  ].filter((it) => it !== null);
  const surcharges = sheet.surcharges.map(
    ({ regions, factor, effective_from, source }) =>
      `in ${regions.join(', ')}: rates of tokens times ${factor}${fromText(effective_from)} (${source})`,
  );
  const region = sheet.varies_by_region ? ['in any other region that is named: unpriced'] : [];
  const titles = ['unit', 'USD', 'per', 'tier', 'window', 'from', 'to', 'source'];
  const sources = [...new Set(sheet.rows.map(sourceOf))];
  const columns = titles.map((title) => ({ title, isNumber: title === 'USD' || title === 'per' }));
  return [
    [`${sheet.provider} ${sheet.model} (${sheet.method})`, ...known].join(', '),
    ...surcharges,
    ...region,
    `catalog ${sheet.catalog_version}`,
    '',
    ...layOutTable(
      columns,
      sheet.rows.flatMap((row) => rowsOf(row, `[${sources.indexOf(sourceOf(row)) + 1}]`)),
    ),
    '',
    ...sources.map((source, index) => `[${index + 1}] ${source}`),
  ];
}

/** A line for the base rate and one for each size of request that moves it. */
function rowsOf(row: SheetRow, source: string): readonly (readonly string[])[] {
  const line = (unit: string, rate: string): readonly string[] => [
    unit,
    rate,
    String(row.per),
    row.service_tier,
    row.windows.map(({ from, to, weekdays }) => `${from}-${to}${weekdaysText(weekdays)}`).join(' '),
    dayText(row.effective_from),
    dayText(row.effective_to),
    source,
  ];
  const minimum = row.minimum === null ? '' : ` (at least ${row.minimum})`;
  const larger = row.tiers.map(({ over, operator, rate_usd }) => line(`  prompt ${operator} ${over}`, rate_usd));
  return [line(`${row.unit}${minimum}`, row.rate_usd), ...larger];
}

function sourceOf({ source, checked_on }: SheetRow): string {
  return `${source} (checked ${checked_on})`;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function weekdaysText(weekdays: readonly number[] | null): string {
  return weekdays === null ? '' : ` ${weekdays.map((day) => WEEKDAYS[day]).join(',')}`;
}

function fromText(time: string | null): string {
  return time === null ? '' : ` from ${dayText(time)}`;
}

/** A time as short as it can be said: a day alone where it is its first moment. */
function dayText(time: string | null): string {
  return time === null ? '' : time.replace(/T00:00:00\.000Z$/, '').replace(/\.000Z$/, 'Z');
}
