import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CapacityMeter, SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import { startDynamoDbEngine } from '../../lib/local/dynamodb-engine.ts';

/** A table on an embedded engine of its own. */
export interface EngineTable {
  readonly table: SdkTable;
  readonly client: DynamoDBClient;
  readonly tableName: string;
  /** Another client of the same engine, which tries each request once. */
  connect(): DynamoDBClient;
  stop(): Promise<void>;
}

/** Starts an engine over a temporary file and makes the ledger's table in it. */
export async function startEngineTable(meter?: CapacityMeter): Promise<EngineTable> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-engine-'));
  const engine = await startDynamoDbEngine({
    databaseFile: join(folder, 'table.db'),
    environment: process.env,
    packageName: '@dynoxide/linux-x64',
    log: () => {},
  });
  const connect = (): DynamoDBClient =>
    new DynamoDBClient({
      endpoint: engine.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  const client = connect();
  const tableName = 'ledger';
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    }),
  );
  const stop = async (): Promise<void> => {
    client.destroy();
    await engine.stop();
    rmSync(folder, { recursive: true });
  };
  return { table: new SdkTable(client, tableName, meter), client, tableName, connect, stop };
}
