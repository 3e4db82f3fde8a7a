import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { showCount, showPercent, showRatio, showUsd } from './break-even-figures.ts';
import { describeOffer } from './break-even-offer.ts';
import { describeVerdict } from './break-even-verdict.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo } from './io.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';

/** Prints an answer about break-even: all offers best first, then the first of them in detail. */
export function printBreakEven(io: CliIo, answer: ApiAnswer): void {
  const print = (lines: readonly string[]): void => {
    for (const line of lines) io.out(toPrintable(line));
  };
  print(describeQuestion(answer));
  const rows = objectsAt(answer, 'rows');
  const [best] = rows;
  if (best !== undefined) print([...describeVerdict(best, rows.length + numberAt(answer, 'rows_left_out')), '']);
  if (rows.length > 0) print(layOutOffers(rows, numberAt(answer, 'rows_left_out')));
  const below = objectsAt(answer, 'below_quality');
  if (below.length > 0) {
    print(['', 'Not good enough (below the score asked for, or below 90 % of that of the model of today):']);
    print(layOutOffers(below, numberAt(answer, 'below_quality_left_out')));
  }
  print(describeNotOffered(objectsAt(answer, 'not_offered')));
  if (best !== undefined) print(['', ...describeOffer(best)]);
  else if (below.length === 0) print(['No machine of the reference can serve any of these calls.']);
  if (answer['as_of'] !== undefined) print(['', ...describeCompleteness(answer)]);
}

function describeQuestion(answer: ApiAnswer): readonly string[] {
  if (answer['recorded_days'] === undefined) {
    return [`Typed calls: the API charges ${showUsd(answer['api_monthly_usd'])} a month.`, ''];
  }
  const outlook = objectAt(answer, 'volume_outlook');
  const seen =
    answer['volume_outlook'] === null
      ? 'too little history to say where the volume is going'
      : `the coming 30 days bring ${showPercent(outlook['lo80_ratio'])} to ${showPercent(outlook['hi80_ratio'])} of it (80 %)`;
  const odd = answer['contradictory_days'];
  return [
    `${groupDigits(textAt(answer, 'calls'))} calls of ${textAt(answer, 'recorded_days')} complete days from ` +
      `${textAt(answer, 'from')} to before ${textAt(answer, 'to')}, $${textAt(answer, 'cost_usd')} in all;`,
    `${seen}.`,
    ...(Array.isArray(odd) && odd.length > 0 ? [`left out, since entries and totals differ: ${odd.join(', ')}`] : []),
    '',
  ];
}

const COLUMNS: readonly {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly show: (row: ApiAnswer) => string;
}[] = [
  { title: 'model', show: (row) => `${textAt(row, 'model')} ${textAt(row, 'precision')}`.trimEnd() },
  { title: 'machines', show: (row) => `${textAt(row, 'machines')} x ${textAt(objectAt(row, 'hardware'), 'id')}` },
  { title: 'paid', show: (row) => textAt(row, 'purchase').replace('_', ' ') },
  { title: 'API', isNumber: true, show: (row) => showUsd(objectAt(row, 'api')['usd']) },
  { title: 'own', isNumber: true, show: (row) => showUsd(objectAt(row, 'self')['usd']) },
  { title: 'hybrid', isNumber: true, show: (row) => showHybrid(objectAt(row, 'hybrid')) },
  { title: 'stays', isNumber: true, show: (row) => showUsd(row['rest_monthly_usd']) },
  { title: 'best', isNumber: true, show: (row) => showUsd(row['best_monthly_usd']) },
  { title: 'pays from', isNumber: true, show: (row) => showCount(objectAt(row, 'break_even')['first_requests']) },
  { title: 'p', isNumber: true, show: (row) => showRatio(row['probability']) },
  { title: 'quality', isNumber: true, show: (row) => showPercent(findScoreRatio(row)) },
  { title: 'trust', show: (row) => textAt(row, 'confidence') },
];

/** Neither all nor nothing. */
function showHybrid(hybrid: ApiAnswer): string {
  const share = numberAt(hybrid, 'share_ratio');
  return share === 0 || share === 1 ? '-' : `${showUsd(hybrid['usd'])} (${showPercent(share)})`;
}

/** The lowest score over that of the model of today, where both have one. */
function findScoreRatio(row: ApiAnswer): number | null {
  const ratios = objectsAt(row, 'quality').flatMap(({ target, current }) => {
    const [own, today] = [target, current].map((score) => score && numberAt(score as ApiAnswer, 'score'));
    return typeof own === 'number' && typeof today === 'number' && today > 0 ? [own / today] : [];
  });
  return ratios.length === 0 ? null : Math.min(...ratios);
}

function layOutOffers(rows: readonly ApiAnswer[], leftOut: number): readonly string[] {
  const lines = layOutTable(
    COLUMNS,
    rows.map((row) => COLUMNS.map(({ show }) => show(row))),
  );
  const more = leftOut === 0 ? [] : [`${leftOut} more cost more (--limit)`];
  return [
    ...lines,
    ...more,
    'USD a month. API, own: all calls that it can serve; hybrid: a part of them (share) on own machines, where that is cheapest;',
    'stays: calls that it cannot serve, on the API in any case; best: the lowest bill with these, the order of the rows;',
    'pays from: calls a month; p: probability of the saving asked for; quality: lowest score over that of the model of today',
  ];
}

function describeNotOffered(rows: readonly ApiAnswer[]): readonly string[] {
  const reasons = Map.groupBy(rows, (row) => textAt(row, 'reason'));
  const parts = [...reasons].map(
    ([reason, of]) => `${countKinds(of)} ${REASONS[reason] ?? reason.replaceAll('_', ' ')}`,
  );
  return parts.length === 0 ? [] : [`not offered: ${parts.join('; ')} (--json names them)`];
}

const REASONS: Readonly<Record<string, string>> = {
  unknown_model: 'of which nothing is known but a throughput',
  unknown_context_window: 'of which nobody says what window they have',
  no_throughput: 'without a throughput measured under load',
  no_machine: 'on GPUs of which no machine is known',
  no_price: 'without a price',
  unknown_size: 'of unknown size',
  memory: 'too large for their machines',
  no_calls: 'that could serve none of the calls',
};

/** `21 models and 61 machines`. */
function countKinds(rows: readonly ApiAnswer[]): string {
  const kinds = Map.groupBy(rows, (row) => (textAt(row, 'kind') === 'hardware' ? 'machine' : 'model'));
  return [...kinds].map(([kind, of]) => `${of.length} ${kind}${of.length === 1 ? '' : 's'}`).join(' and ');
}
