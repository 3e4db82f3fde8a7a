import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findRole, openKeyAdministration } from '../adapters/dynamodb/key-administration.ts';
import { LedgerError } from '../domain/errors.ts';
import type { CliIo, Command } from './io.ts';

const USAGE = `tokenledger keys create --table NAME [--tenant NAME] [--role emitter|reader|admin|org-admin]
                        [--label TEXT] [--time-zone ZONE] [--endpoint URL] [--json]
  Works straight on the table with AWS credentials; the first step after a deployment.
  A tenant that does not exist is created, its days in ZONE (UTC); one that does keeps its zone.
  The key is shown once and kept nowhere.`;

/** `tokenledger keys create`: the first key of a deployed ledger, from AWS credentials. */
export const keysCommand: Command = {
  name: 'keys',
  summary: 'Create a tenant and a key of it, straight on the table',
  usage: USAGE,
  run: async (args, io) => {
    try {
      return await createKey(args, io);
    } catch (error) {
      const isWrongUse = error instanceof TypeError || (error instanceof LedgerError && !error.retryable);
      const reason = error instanceof Error ? error.message : String(error);
      io.err(isWrongUse ? reason : `the table cannot be used: ${reason}`);
      if (isWrongUse) io.err(`usage: ${USAGE}`);
      return isWrongUse ? 2 : 3;
    }
  },
};

async function createKey(args: string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      table: { type: 'string' },
      tenant: { type: 'string', default: 'default' },
      role: { type: 'string', default: 'admin' },
      label: { type: 'string', default: 'created on the command line' },
      'time-zone': { type: 'string' },
      endpoint: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const role = findRole(values.role);
  if (positionals.join(' ') !== 'create') throw new TypeError('keys takes create');
  if (values.table === undefined) throw new TypeError('--table is missing');
  if (!role)
    throw new TypeError(`--role: expected emitter, reader, admin or org-admin, got ${JSON.stringify(values.role)}`);
  const client = new DynamoDBClient(values.endpoint === undefined ? {} : { endpoint: values.endpoint });
  const administration = openKeyAdministration(client, values.table);
  const timeZone = values['time-zone'];
  const outcome = await administration.createTenant({ tenant: values.tenant, timeZone: timeZone ?? 'UTC' });
  if (outcome === 'exists' && timeZone !== undefined)
    io.err(`the tenant ${values.tenant} exists and keeps the time zone it was made with`);
  const { key, keyId } = await administration.createKey({ tenant: values.tenant, role, label: values.label });
  if (values.json) io.out(JSON.stringify({ key, key_id: keyId, tenant: values.tenant, role }));
  else io.out(key);
  return 0;
}
