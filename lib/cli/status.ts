import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** `tokenledger status`: how the ledger stands. */
export const statusCommand: Command = ledgerCommand(
  {
    name: 'status',
    summary: 'Show how the ledger stands: queues, rejects, conflicts, and each app that reports',
    usage: 'tokenledger status [--json]',
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    takeNoWord(words);
    const status = await api.ask('GET', '/v1/status');
    if (isJson) {
      io.out(JSON.stringify(status));
      return 0;
    }
    const queued = objectAt(status, 'queued');
    const unknown = Object.entries(objectAt(status, 'unknown_fields')).map(
      ([name, count]) => `${name} (${String(count)})`,
    );
    const count = (field: string): string => groupDigits(textAt(status, field));
    const lines = [
      ['tenant', `${textAt(status, 'tenant')}, days in ${textAt(status, 'time_zone')}`],
      ['commits', `${count('commit')}, the last at ${textAt(status, 'last_commit_at') || '-'}`],
      ['queued', `${textAt(queued, 'usage')} usage and ${textAt(queued, 'import')} import messages`],
      ['dead letters', count('dead_letters')],
      ['rejects', count('rejects')],
      ['conflicts', count('conflicts')],
      ['unpriced', `${count('unpriced_calls')} calls, and ${count('partially_priced_calls')} priced in part`],
      ['unknown fields', unknown.join(', ') || 'none'],
      ['senders', textAt(status, 'sender_mode')],
      ['missing', `${count('missing_calls')} calls of the last week that emitters numbered and nobody got`],
    ];
    for (const [name = '', text = ''] of lines) io.out(`${name.padEnd(16)}${text}`);
    const apps = objectsAt(status, 'apps');
    if (apps.length === 0) return 0;
    io.out('');
    for (const line of layOutTable(COLUMNS, apps.map(toRow))) io.out(line);
    const more = numberAt(status, 'more_apps');
    if (more > 0) io.out(`and ${more} more, which have fewer calls`);
    return 0;
  },
);

const COLUMNS = [
  { title: 'app' },
  { title: 'last call' },
  { title: 'a day', isNumber: true },
  { title: 'today', isNumber: true },
  { title: 'unpriced', isNumber: true },
  { title: 'missing', isNumber: true },
  { title: 'not named' },
  { title: 'emitter' },
  { title: 'unknown fields' },
  { title: 'silent since' },
];

function toRow(app: ApiAnswer): readonly string[] {
  const calls = objectsAt(app, 'calls').map((day) => numberAt(day, 'calls'));
  const days = calls.slice(0, -1);
  const mean = days.reduce((sum, each) => sum + each, 0) / Math.max(1, days.length);
  const unpriced = app['unpriced_ratio'];
  const versions = objectsAt(app, 'emitter_versions').map((version) => textAt(version, 'version'));
  return [
    textAt(app, 'app') || '-',
    toMinute(textAt(app, 'last_event_at')),
    groupDigits(String(Math.round(mean))),
    groupDigits(String(calls.at(-1) ?? 0)),
    typeof unpriced === 'number' ? toPercent(unpriced) : '-',
    groupDigits(textAt(app, 'missing_calls')),
    Object.entries(objectAt(app, 'missing_dimensions'))
      .map(([name, ratio]) => `${name} ${toPercent(Number(ratio))}`)
      .join(', ') || '-',
    versions.join(', ') || '-',
    Object.keys(objectAt(app, 'unknown_fields')).join(', ') || '-',
    toMinute(textAt(app, 'silent_since')),
  ];
}

/** A share in percent, rounded up, so that a little never reads as nothing. */
function toPercent(ratio: number): string {
  return `${Math.ceil(ratio * 100)}%`;
}

function toMinute(time: string): string {
  return time === '' ? '-' : `${time.slice(0, 16)}Z`;
}
