import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { readText } from './read-environment.ts';

/**
 * The ledger's table. The SDK tries twice and gives a silent connection up after some seconds; longer patience is the
 * ledger's own, which knows its deadline.
 */
export function createTable(env: NodeJS.ProcessEnv): Table {
  // Without the last option the SDK only warns, and waits on for as long as the function lives.
  const requestHandler = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
  const client = new DynamoDBClient({ maxAttempts: 2, requestHandler });
  // It prepares a log line of every request for a logger that there is not: up to a quarter of the time of a read.
  client.middlewareStack.remove('loggerMiddleware');
  return new SdkTable(client, readText(env, ENVIRONMENT.tableName));
}
