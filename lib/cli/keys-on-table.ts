import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { findTableName, StackLookupError } from '../adapters/cloudformation/find-table-name.ts';
import { openKeyAdministration } from '../adapters/dynamodb/key-administration.ts';
import { LedgerError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';
import { readExpiry, readRole } from './key-flags.ts';

const NO_CREDENTIALS =
  'no AWS credentials: sign in (aws sso login, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)';

/**
 * `tokenledger keys create --stack NAME` or `--table NAME`: a tenant and a key of it straight on the table, with AWS
 * credentials and without a key of the ledger.
 *
 * @returns exit code, 3 when the table or stack cannot be reached
 */
export async function createKeyOnTable(args: string[], io: CliIo, usage: string): Promise<number> {
  try {
    return await create(args, io);
  } catch (error) {
    const isWrongUse = error instanceof TypeError || (error instanceof LedgerError && !error.retryable);
    const reason = explain(error);
    if (error instanceof StackLookupError) io.err(reason);
    else io.err(isWrongUse ? reason : `the table cannot be used: ${reason}`);
    if (error instanceof StackLookupError) return 3;
    if (isWrongUse) io.err(`usage: ${usage}`);
    return isWrongUse ? 2 : 3;
  }
}

async function create(args: string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      stack: { type: 'string' },
      table: { type: 'string' },
      region: { type: 'string' },
      tenant: { type: 'string', default: 'default' },
      role: { type: 'string', default: 'admin' },
      label: { type: 'string', default: 'created on the command line' },
      'expires-at': { type: 'string' },
      'expires-in-days': { type: 'string' },
      'time-zone': { type: 'string' },
      endpoint: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  const { stack, table, region, tenant, label, endpoint, 'time-zone': timeZone } = values;
  if (positionals.join(' ') !== 'create') throw new TypeError('--stack and --table go with create');
  const role = readRole(values.role);
  const expiresAtMs = readExpiry(values, io.now());
  if (stack !== undefined && table !== undefined) throw new TypeError('name a stack or a table, not both');
  const tableName = table ?? (await findTableName(stack ?? '', region));
  const client = new DynamoDBClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
  });
  const administration = openKeyAdministration(client, tableName, io.now);
  const outcome = await administration.createTenant({ tenant, timeZone: timeZone ?? 'UTC' });
  if (outcome === 'exists' && timeZone !== undefined)
    io.err(`the tenant ${tenant} exists and keeps the time zone it was made with`);
  const end = expiresAtMs === undefined ? {} : { expiresAtMs };
  const { key, keyId } = await administration.createKey({ tenant, role, label, ...end });
  const expires = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString();
  if (values.json) io.out(JSON.stringify({ key, key_id: keyId, tenant, role, label, expires_at: expires }));
  else io.out(key);
  return 0;
}

/** What went wrong; the SDK's own word for missing credentials is wrapped by whatever asked for them. */
function explain(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'CredentialsProviderError') return NO_CREDENTIALS;
    if (/region is missing/i.test(cause.message)) return 'no AWS region: name one with --region or AWS_REGION';
  }
  return error instanceof Error ? error.message : String(error);
}
