import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const COLUMNS = [
  { title: 'day' },
  { title: 'of' },
  { title: 'what' },
  { title: 'actual $', isNumber: true },
  { title: 'expected $', isNumber: true },
  { title: 'times', isNumber: true },
  { title: 'top cause' },
];

/** `tokenledger anomalies`: days that were out of the ordinary. */
export const anomaliesCommand: Command = ledgerCommand(
  {
    name: 'anomalies',
    summary: 'Show days on which spend was out of the ordinary, with their causes',
    usage: `tokenledger anomalies [--from DAY] [--to DAY] [--json]
  DAY: 2026-01-29, local to the tenant; --from is included, --to is not. Without days: the last 30 complete ones.`,
    options: { from: { type: 'string' }, to: { type: 'string' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const query = Object.entries(flags).flatMap(([name, day]) =>
      typeof day === 'string' && (name === 'from' || name === 'to') ? [`${name}=${encodeURIComponent(day)}`] : [],
    );
    const answer = await api.ask('GET', `/v1/anomalies${query.length === 0 ? '' : `?${query.join('&')}`}`);
    if (isJson) {
      io.out(JSON.stringify(answer));
      return 0;
    }
    const rows = objectsAt(answer, 'anomalies').flatMap((anomaly) =>
      objectsAt(anomaly, 'findings').map((finding) => describeFinding(anomaly, finding)),
    );
    const days = `from ${textAt(answer, 'from_day')} to before ${textAt(answer, 'to_day')}`;
    if (rows.length === 0) io.out(`nothing out of the ordinary ${days}`);
    else for (const line of layOutTable(COLUMNS, rows)) io.out(line);
    const history = numberAt(answer, 'history_days');
    if (history < 15) io.out(`${history} days of history; the first 14 cannot be judged`);
    for (const line of describeCompleteness(answer)) io.out(line);
    return 0;
  },
);

function describeFinding(anomaly: ApiAnswer, finding: ApiAnswer): readonly string[] {
  const of = anomaly['dimension'] === null ? 'all spend' : nameValue(anomaly);
  const [top] = objectsAt(finding, 'contributors');
  const share = top ? `${nameValue(top)} (${Math.round(numberAt(top, 'share_ratio') * 100)} %)` : '-';
  return [
    textAt(finding, 'from_day'),
    of,
    textAt(finding, 'detector').replaceAll('_', ' '),
    cents(textAt(finding, 'actual_usd')),
    cents(textAt(finding, 'expected_usd')),
    finding['ratio'] === null ? '-' : numberAt(finding, 'ratio').toFixed(1),
    share,
  ];
}

function nameValue(of: ApiAnswer): string {
  return `${textAt(of, 'dimension')}=${textAt(of, 'value')}`;
}

/** An amount for people; `--json` has all of it. */
function cents(usd: string): string {
  return Number(usd).toFixed(2);
}
