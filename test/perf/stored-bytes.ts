import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';

/** The service bills so much for each item on top of what the item holds. */
const OVERHEAD_BYTES = 100;

/**
 * Bytes that DynamoDB would bill as stored: names and values of every item, and the overhead of each.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export async function countStoredBytes(client: DynamoDBClient, tableName: string): Promise<number> {
  let bytes = 0;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tableName, ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    for (const item of page.Items ?? []) bytes += OVERHEAD_BYTES + sizeOfItem(item);
    from = page.LastEvaluatedKey;
  } while (from);
  return bytes;
}

function sizeOfItem(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + name.length + sizeOfValue(value), 0);
}

/** The four kinds that the ledger's table holds. A number takes a byte for two digits and one more. */
function sizeOfValue({ S, N, B, SS }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return B.byteLength;
  return (SS ?? []).reduce((sum, member) => sum + Buffer.byteLength(member), 0);
}
