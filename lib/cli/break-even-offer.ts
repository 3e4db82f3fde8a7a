import type { ApiAnswer } from '../client/api-client.ts';
import { nameUnservable } from '../domain/break-even/unservable-words.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { showCount, showPercent, showUsd } from './break-even-figures.ts';
import { groupDigits, layOutTable } from './table.ts';

/** One offer in detail: bills, staircase, hybrids, horizon, what decides it and what it rests on. */
export function describeOffer(row: ApiAnswer): readonly string[] {
  return [
    `${textAt(row, 'offer')}:`,
    '',
    ...layOutBills(row),
    ...describeRest(row),
    '',
    ...describeFleet(row),
    ...describeCrossings(row),
    ...describeHybrids(row),
    '',
    ...layOutHorizon(row),
    '',
    ...drawTornado(row),
    '',
    ...describeQuality(row),
    ...describeGrounds(row),
  ];
}

function layOutBills(row: ApiAnswer): readonly string[] {
  const titles = ['a month, USD', 'bill', '80 % of months from', 'to', 'a year', 'per 1,000 calls'];
  const bills = [
    ['API', 'api'],
    ['self-hosted', 'self'],
    [nameHybrid(objectAt(row, 'hybrid')), 'hybrid'],
  ].map(([title = '', name = '']) => {
    const monthly = objectAt(row, name);
    const [low, high] = [monthly['lo80_usd'], monthly['hi80_usd']].map(showUsd);
    const more = ['yearly', 'per_1000_requests'].map((field) => showUsd(objectAt(row, field)[`${name}_usd`]));
    return [title, showUsd(monthly['usd']), low ?? '', high ?? '', ...more];
  });
  return layOutTable(
    titles.map((title, index) => ({ title, isNumber: index > 0 })),
    bills,
  );
}

function nameHybrid(hybrid: ApiAnswer): string {
  if (numberAt(hybrid, 'share_ratio') === 0) return 'no hybrid is cheaper';
  return `${textAt(hybrid, 'mode')}, ${showPercent(hybrid['share_ratio'])} own`;
}

function describeRest(row: ApiAnswer): readonly string[] {
  const left = objectsAt(row, 'unservable').map((part) => {
    return `${groupDigits(textAt(part, 'calls'))} ${nameUnservable(textAt(part, 'reason'))}`;
  });
  const unpriced = numberAt(row, 'unpriced_calls');
  return [
    ...(left.length > 0
      ? [
          `Calls that it does not take: ${left.join(', ')};`,
          `  their ${showUsd(row['rest_monthly_usd'])} a month are paid in any case and in no bill above.`,
        ]
      : []),
    ...(unpriced > 0
      ? [`${unpriced} calls lack a price: they are load, and the saving is at least what is shown.`]
      : []),
  ];
}

function describeFleet(row: ApiAnswer): readonly string[] {
  const [mean, peak] = [numberAt(row, 'mean_busy_replicas'), numberAt(row, 'peak_busy_replicas')];
  const measured = row['peak_measured'] === true ? '99th percentile of minutes' : 'assumed';
  const even = row['break_even_utilisation_ratio'];
  const hourly = objectAt(row, 'hourly_fleet');
  const spot = row['spot_monthly_usd'];
  return [
    `Fleet: ${textAt(row, 'replicas')} replicas and ${textAt(row, 'spare_replicas')} spare on ${textAt(row, 'machines')} ` +
      `machines; ${showBusy(mean)} busy on average, ${showBusy(peak)} at the peak (${measured});`,
    `  ${showPercent(row['utilisation_ratio'])} used, ` +
      `${typeof even === 'number' ? `even with the API at ${showPercent(even)}` : 'dearer than the API however full'}.`,
    ...(row['hourly_fleet'] === null
      ? []
      : [
          `  Hour by hour between ${textAt(hourly, 'min_replicas')} and ${textAt(hourly, 'max_replicas')} replicas, ` +
            `${numberAt(hourly, 'mean_replicas').toFixed(1)} on average: ${showUsd(hourly['monthly_usd'])} a month.`,
        ]),
    ...(typeof spot === 'number' ? [`  On spot, which may be taken away: ${showUsd(spot)} a month.`] : []),
  ];
}

function showBusy(replicas: number): string {
  return replicas >= 0.1 ? replicas.toFixed(1) : replicas.toPrecision(1);
}

function describeCrossings(row: ApiAnswer): readonly string[] {
  const even = objectAt(row, 'break_even');
  const crossing = (name: string): string =>
    even[`${name}_requests`] === null
      ? 'never'
      : `at ${showCount(even[`${name}_requests`])} calls (${showCount(even[`${name}_tokens`])} tokens)`;
  const reversing = objectAt(row, 'reversing');
  const price = reversing['below_usd_per_million_output'];
  const perToken =
    typeof price === 'number' ? ` or below $${showUsd(price)} for all a call costs per 1M output tokens` : '';
  return [
    `Break-even a month: first ${crossing('first')}, for good ${crossing('stable')}; now ` +
      `${showCount(row['requests_per_month'])} calls.`,
    `  A full replica is worth ${showUsd(even['full_replica_value_usd'])} and costs ${showUsd(even['replica_usd'])}.`,
    row['reversing'] === null
      ? '  All of it self-hosted does not pay now.'
      : `  No longer pays below ${showCount(reversing['below_requests'])} calls a month${perToken}.`,
    describePayback(row),
  ];
}

function describePayback(row: ApiAnswer): string {
  if (numberAt(row, 'one_time_usd') === 0) return '  No cost of setting it up was given (--set one_time_usd).';
  const once = `  ${showUsd(row['one_time_usd'])} once are`;
  return typeof row['payback_months'] === 'number'
    ? `${once} earned back in ${numberAt(row, 'payback_months').toFixed(1)} months.`
    : `${once} never earned back.`;
}

function describeHybrids(row: ApiAnswer): readonly string[] {
  return ['router', 'cascade'].map((mode) => {
    const bills = objectsAt(objectAt(row, mode), 'curve');
    const shown = bills.filter((_, step) => step % 2 === 0);
    return `${mode}, own share 0 20 40 60 80 100 %: ${shown.map((bill) => showUsd(bill['usd'])).join('  ')}`;
  });
}

function layOutHorizon(row: ApiAnswer): readonly string[] {
  return layOutTable(
    ['API prices fall a year by', 'API over the horizon', 'self-hosted'].map((title) => ({ title, isNumber: true })),
    objectsAt(row, 'horizon').map((costs) => [
      showPercent(costs['api_decline_annual_ratio']),
      showUsd(costs['api_usd']),
      showUsd(costs['self_usd']),
    ]),
  );
}

const BAR_WIDTH = 30;

/** Bars of the monthly saving at each end of a range; `|` is where nothing is saved. */
function drawTornado(row: ApiAnswer): readonly string[] {
  const bars = objectsAt(row, 'tornado').filter((bar) => numberAt(bar, 'swing_usd') > 0);
  const ends = bars.flatMap((bar) => [numberAt(bar, 'savings_at_low_usd'), numberAt(bar, 'savings_at_high_usd')]);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const place = (usd: number): number => Math.round(((usd - least) / (most - least || 1)) * BAR_WIDTH);
  const rows = bars.map((bar) => {
    const [low, high] = [numberAt(bar, 'savings_at_low_usd'), numberAt(bar, 'savings_at_high_usd')];
    const [from, to] = [place(Math.min(low, high)), place(Math.max(low, high))];
    const cells = Array.from({ length: BAR_WIDTH + 1 }, (_, cell): string => (cell >= from && cell <= to ? '=' : ' '));
    cells[place(0)] = '|';
    const range = `${showEnd(bar, 'low')} to ${showEnd(bar, 'high')}`;
    return [textAt(bar, 'parameter').replaceAll('_', ' '), range, showUsd(low), showUsd(high), cells.join('')];
  });
  return layOutTable(
    [
      ...[{ title: 'what decides' }, { title: 'from low to high' }, { title: 'saves at low', isNumber: true }],
      ...[{ title: 'saves at high', isNumber: true }, { title: '| is a saving of 0' }],
    ],
    rows,
  );
}

function showEnd(bar: ApiAnswer, end: string): string {
  return groupDigits(String(Number(numberAt(bar, end).toPrecision(3))));
}

function describeQuality(row: ApiAnswer): readonly string[] {
  const lines = objectsAt(row, 'quality').map((scores) => {
    const current = scores['current'] === null ? 'not known' : textAt(objectAt(scores, 'current'), 'score');
    return `Quality, ${textAt(scores, 'scale')}: ${textAt(objectAt(scores, 'target'), 'score')}; today's model: ${current}.`;
  });
  const accepted = objectAt(row, 'accepted');
  const even = accepted['even_ratio'];
  return [
    ...(lines.length > 0 ? lines : ['Quality: no score of this model is known.']),
    ...(typeof even === 'number'
      ? [
          `An accepted answer costs $${numberAt(accepted, 'api_usd_per_answer').toPrecision(3)} today, with ` +
            `${showPercent(accepted['ratio'])} accepted; ` +
            `self-hosted ${even > 1 ? 'more at any acceptance' : `as much at ${showPercent(even)}`}.`,
        ]
      : []),
  ];
}

function describeGrounds(row: ApiAnswer): readonly string[] {
  const assumed = Array.isArray(row['assumed']) ? row['assumed'].map(String) : [];
  const hardware = objectAt(row, 'hardware');
  const rows = objectsAt(row, 'throughput');
  const dated = (source: ApiAnswer): string =>
    `${textAt(source, 'source')} (${source['as_of'] === null ? '' : `of ${textAt(source, 'as_of')}, `}checked ${textAt(source, 'checked_on')})`;
  const error = row['fit_error_ratio'];
  const fit = typeof error === 'number' ? `fitted with a mean error of ${(error * 100).toFixed(1)} %` : 'the nearest';
  return [
    'Assumed:',
    ...assumed.map((text) => `  - ${text}`),
    `Price: ${dated(hardware)}.`,
    ...(rows[0] ? [`Throughput: ${rows.length} rows, ${fit}; ${dated(rows[0])}.`] : []),
    `Model: ${dated(objectAt(row, 'model_row'))}.`,
  ];
}
