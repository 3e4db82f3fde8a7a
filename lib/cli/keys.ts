import type { ApiAnswer } from '../client/api-client.ts';
import { objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { readExpiry, readRole } from './key-flags.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const USAGE = `tokenledger keys create [--role emitter|reader|admin|org-reader|org-admin] [--label TEXT]
                        [--expires-at TIME | --expires-in-days N] [--json]
       tokenledger keys list
       tokenledger keys revoke KEY_ID [--force]
       tokenledger keys create --stack NAME [--region REGION] [--tenant NAME] [--time-zone ZONE] [--role ROLE] ...
       tokenledger keys create --table NAME [--endpoint URL] ...
  With --stack or --table it works straight on the table of a deployed ledger with AWS credentials: the first step after
  a deployment. A tenant that does not exist (default) is created, its days in ZONE (UTC); one that does keeps its zone.
  A key is shown once and kept nowhere. --force: also when a key takes itself away and is the last of its kind.`;

/** `tokenledger keys create|list|revoke`. */
export const keysCommand: Command = {
  name: 'keys',
  summary: 'Make, list and revoke keys; the first one straight on the table of a deployed ledger',
  usage: USAGE,
  run: async (args, io) => {
    if (!args.some((arg) => /^--(stack|table)(=|$)/.test(arg))) return keysOverApi.run(args, io);
    // The AWS SDK takes longer to load than most commands to run.
    const { createKeyOnTable } = await import('./keys-on-table.ts');
    return createKeyOnTable(args, io, USAGE);
  },
};

const keysOverApi: Command = ledgerCommand(
  {
    name: keysCommand.name,
    summary: keysCommand.summary,
    usage: USAGE,
    options: {
      role: { type: 'string', default: 'admin' },
      label: { type: 'string', default: 'created on the command line' },
      'expires-at': { type: 'string' },
      'expires-in-days': { type: 'string' },
      force: { type: 'boolean' },
    },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    if (verb === 'create') {
      takeNoWord(words);
      const answer = await api.ask('POST', '/v1/keys', { body: toRequest(flags, io.now()) });
      io.out(isJson ? JSON.stringify(answer) : textAt(answer, 'key'));
    } else if (verb === 'revoke') {
      const path = `/v1/keys/${encodeURIComponent(takeWord(words, 'KEY_ID'))}`;
      const answer = await api.ask('DELETE', path, flags.force ? { query: { force: 'true' } } : {});
      if (isJson) io.out(JSON.stringify(answer));
      else io.out(`${textAt(answer, 'key_id')}: ${textAt(answer, 'outcome').replace('_', ' ')}`);
    } else if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/keys');
      if (isJson) io.out(JSON.stringify(answer));
      else for (const line of layOutKeys(objectsAt(answer, 'keys'))) io.out(line);
    } else throw new WrongUseError(`keys takes create, list or revoke, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

interface KeyFlags {
  readonly role: string;
  readonly label: string;
  readonly 'expires-at'?: string | undefined;
  readonly 'expires-in-days'?: string | undefined;
}

function toRequest(flags: KeyFlags, nowMs: number): Record<string, unknown> {
  try {
    const expiresAtMs = readExpiry(flags, nowMs);
    const expires = expiresAtMs === undefined ? {} : { expires_at: new Date(expiresAtMs).toISOString() };
    return { role: readRole(flags.role), label: flags.label, ...expires };
  } catch (cause) {
    throw new WrongUseError(cause instanceof Error ? cause.message : 'wrong use', { cause });
  }
}

function layOutKeys(keys: readonly ApiAnswer[]): readonly string[] {
  const fields = ['key_id', 'role', 'state', 'created_at', 'expires_at', 'last_used_day', 'label'];
  const titles = ['key', 'role', 'state', 'made', 'ends', 'last used', 'label'];
  return layOutTable(
    titles.map((title) => ({ title })),
    keys.map((key) => fields.map((field) => textAt(key, field) || '-')),
  );
}
