import type { ApiAnswer } from '../client/api-client.ts';
import { RATE_STAND_INS } from '../domain/prices/price-book-levels.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeWord } from './ledger-command.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';

/** `tokenledger explain ID`: why an entry counts for what it does. */
export const explainCommand: Command = ledgerCommand(
  {
    name: 'explain',
    summary: 'Explain an entry: its rates and where they come from, its lines, every correction since',
    usage: `tokenledger explain ID [--json]
  The lines sum to the entry, and its amounts are computed anew from the rates held with it.
  Exit 1 when they differ, or when the ledger holds no such entry.`,
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    const id = takeWord(words, 'ID');
    const answer = await api.ask('GET', `/v1/entries/${encodeURIComponent(id)}/explain`);
    if (isJson) io.out(JSON.stringify(answer));
    else for (const line of describe(answer)) io.out(line);
    return objectAt(answer, 'rebuilt')['exact'] === true ? 0 : 1;
  },
);

function describe(answer: ApiAnswer): readonly string[] {
  const facts = [...describeEntry(answer), ...describeDecisions(answer)];
  return [
    ...facts.map(([name, text]) => toPrintable(`${name.padEnd(14)}${text}`)),
    ...layOutRates(answer),
    ...layOutLines(answer),
    ...describeSum(answer).map(toPrintable),
    ...layOutCorrections(answer),
    ...describeCompleteness(answer),
  ];
}

type Fact = readonly [name: string, text: string];

function describeEntry(answer: ApiAnswer): readonly Fact[] {
  const event = objectAt(answer, 'event');
  const model = objectAt(answer, 'model');
  const credit = answer['credit'] === null ? undefined : objectAt(answer, 'credit');
  const isShare = textAt(event, 'operation').startsWith('capacity_');
  const sent = `${textAt(model, 'model_sent')}, provider ${textAt(model, 'provider_sent') || 'not sent'}`;
  const found =
    model['model_id'] === null
      ? 'no price was found'
      : `${textAt(model, 'provider') || 'any provider'}/${textAt(model, 'model_id')} (${textAt(model, 'method')})`;
  const status = textAt(answer, 'status').replaceAll('_', ' ');
  return [
    ['entry', textAt(answer, 'id')],
    ['status', answer['is_void'] === true ? `VOID, counts for nothing; it was ${status}` : status],
    ['time', `${textAt(event, 'time')}, local day ${textAt(answer, 'day')}, commit ${textAt(answer, 'commit')}`],
    ...(credit
      ? ([
          [
            isShare ? 'capacity' : 'credit',
            `for ${textAt(credit, 'from')} up to ${textAt(credit, 'to')}, allocation ${textAt(credit, 'allocation')}`,
          ],
          ['reason', textAt(credit, 'reason')],
        ] as const)
      : ([['sent', sent], ['found', found], ...describeCover(answer)] as const)),
  ];
}

function describeCover(answer: ApiAnswer): readonly Fact[] {
  if (answer['capacity'] === null) return [];
  const capacity = objectAt(answer, 'capacity');
  const list = objectAt(capacity, 'list_price_of');
  const model = textAt(list, 'model_id');
  const whose = model === '' ? 'its own model' : `${textAt(list, 'provider')}/${model}`;
  return [['capacity', `${textAt(capacity, 'name')} covers it at a fixed price; list price of ${whose}`]];
}

function describeDecisions(answer: ApiAnswer): readonly Fact[] {
  const versions = objectAt(answer, 'versions');
  const tier = objectAt(answer, 'service_tier');
  const facts: Fact[] = [];
  if (versions['catalog'] !== null) {
    const kept = versions['catalog_found'] === true ? '' : ' (not kept: its rows cannot be shown)';
    facts.push([
      'versions',
      `catalog ${textAt(versions, 'catalog')}${kept}, overrides ${textAt(versions, 'overrides') || 'none'}`,
    ]);
    facts.push(['service tier', `${textAt(tier, 'sent') || 'not sent'}, rated as ${textAt(tier, 'rated_as')}`]);
    facts.push(['size tier', textAt(objectAt(answer, 'size_tier'), 'decision')]);
  }
  if (answer['surcharge'] !== null) {
    const surcharge = objectAt(answer, 'surcharge');
    const source = textAt(surcharge, 'source') || 'source not at hand';
    facts.push(['surcharge', `x ${textAt(surcharge, 'factor')} in ${textAt(surcharge, 'region')}: ${source}`]);
  }
  for (const minimum of objectsAt(answer, 'minimum_billed')) {
    facts.push([
      'minimum',
      `${textAt(minimum, 'reported')} ${textAt(minimum, 'unit')} are billed as ${textAt(minimum, 'billed')}`,
    ]);
  }
  if (answer['reported_cost'] !== null) {
    const reported = objectAt(answer, 'reported_cost');
    const used = reported['used'] === true ? 'used' : 'not used';
    facts.push(['reported cost', `$${textAt(reported, 'reported_usd')}, ${used}: ${textAt(reported, 'why')}`]);
  }
  const unpriced = answer['unpriced_units'];
  if (Array.isArray(unpriced) && unpriced.length > 0) facts.push(['without rate', unpriced.join(', ')]);
  return facts;
}

/** The rates of units that the call used, with their sources named below, also where it costs nothing; others are counted. */
function layOutRates(answer: ApiAnswer): readonly string[] {
  const rates = objectsAt(answer, 'rates');
  const units = [
    ...objectsAt(answer, 'lines').map((line) => textAt(line, 'unit')),
    ...Object.keys(objectAt(answer, 'usage')),
  ];
  const wanted = new Set([...units, ...units.map((unit) => RATE_STAND_INS.get(unit))]);
  const used = rates.filter((rate) => wanted.has(textAt(rate, 'unit')));
  if (used.length === 0) return [];
  const columns = [
    { title: 'unit' },
    { title: 'rate $', isNumber: true },
    { title: 'list $', isNumber: true },
    { title: 'per', isNumber: true },
    { title: 'in force' },
    { title: 'source' },
  ];
  const sources: string[] = [];
  const rows = used.map((rate) => {
    const source = nameSource(rate);
    if (!sources.includes(source)) sources.push(source);
    return [
      textAt(rate, 'unit'),
      textAt(rate, 'rate_usd'),
      textAt(rate, 'list_rate_usd'),
      groupDigits(textAt(rate, 'per')),
      rate['row'] === null ? '-' : namePeriod(objectAt(rate, 'row')),
      `[${sources.indexOf(source) + 1}]`,
    ];
  });
  const rest = rates.length - used.length;
  return [
    '',
    ...layOutTable(columns, rows),
    ...sources.map((source, index) => toPrintable(`[${index + 1}] ${source}`)),
    ...(rest > 0 ? [`not used by the call: ${rest} other ${rest === 1 ? 'rate' : 'rates'}`] : []),
  ];
}

function namePeriod(row: ApiAnswer): string {
  const [from, to] = [textAt(row, 'effective_from').slice(0, 10), textAt(row, 'effective_to').slice(0, 10)];
  const days = from === '' && to === '' ? 'always' : `${from || '...'} to ${to || '...'}`;
  const windows = objectsAt(row, 'windows').map((window) => `${textAt(window, 'from')}-${textAt(window, 'to')}`);
  return windows.length === 0 ? days : `${days}, ${windows.join(' and ')} UTC`;
}

function nameSource(rate: ApiAnswer): string {
  const row = objectAt(rate, 'row');
  if (rate['row'] !== null) return `${textAt(row, 'source')} (checked ${textAt(row, 'checked_on')})`;
  return ROW_GAPS[textAt(rate, 'row_missing')] ?? '';
}

const ROW_GAPS: Readonly<Record<string, string>> = {
  catalog_not_kept: 'the catalog of this version was not kept',
  model_not_in_catalog: 'a price of your own: the catalog does not know the model',
  unit_not_in_catalog: 'a price of your own: the catalog has none for this unit',
};

function layOutLines(answer: ApiAnswer): readonly string[] {
  const columns = [
    { title: 'line' },
    { title: 'count', isNumber: true },
    { title: 'rate $', isNumber: true },
    { title: 'per', isNumber: true },
    { title: 'cost $', isNumber: true },
    { title: 'list $', isNumber: true },
  ];
  const rows = objectsAt(answer, 'lines').map((line) => [
    textAt(line, 'unit'),
    textAt(line, 'count'),
    textAt(line, 'rate_usd'),
    groupDigits(textAt(line, 'per')),
    textAt(line, 'amount_usd'),
    textAt(line, 'list_amount_usd'),
  ]);
  const amount = (field: string): string => (answer[field] === null ? 'unknown' : textAt(answer, field));
  return ['', ...layOutTable(columns, rows, ['sum', '', '', '', amount('cost_usd'), amount('list_cost_usd')])];
}

function describeSum(answer: ApiAnswer): readonly string[] {
  const rebuilt = objectAt(answer, 'rebuilt');
  const lines: string[] = [''];
  if (answer['discount_usd'] !== null && answer['discount_usd'] !== '0') {
    lines.push(`discount ${textAt(answer, 'discount_usd')}: list cost less cost`);
  }
  if (answer['saved_usd'] !== null)
    lines.push(`answered from a response cache, which saved ${textAt(answer, 'saved_usd')}`);
  const anew = rebuilt['cost_usd'] === null ? 'unknown' : textAt(rebuilt, 'cost_usd');
  const difference = `${textAt(rebuilt, 'cost_difference_usd') || 'unknown'}, at list price ${textAt(rebuilt, 'list_cost_difference_usd') || 'unknown'}`;
  lines.push(
    rebuilt['exact'] === true
      ? `computed anew from the rates above: ${anew}, no difference`
      : `WRONG: computed anew it is ${anew}; difference ${difference}`,
  );
  return lines;
}

function layOutCorrections(answer: ApiAnswer): readonly string[] {
  const corrections = objectsAt(answer, 'corrections');
  if (corrections.length === 0) return ['never corrected'];
  const columns = [
    { title: 'correction' },
    { title: 'when' },
    { title: 'by' },
    { title: 'order', isNumber: true },
    { title: 'before $', isNumber: true },
    { title: 'after $', isNumber: true },
    { title: 'why' },
  ];
  const rows = corrections.map((correction) => [
    textAt(correction, 'kind'),
    textAt(correction, 'at'),
    textAt(correction, 'by'),
    textAt(correction, 'order'),
    showAmount(correction, 'before'),
    showAmount(correction, 'after'),
    textAt(correction, 'reason'),
  ]);
  return ['', ...layOutTable(columns, rows)];
}

function showAmount(correction: ApiAnswer, field: string): string {
  if (correction[field] === null) return 'void';
  const amounts = objectAt(correction, field);
  return amounts['cost_usd'] === null ? textAt(amounts, 'status') : textAt(amounts, 'cost_usd');
}
