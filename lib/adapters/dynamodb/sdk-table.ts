import {
  type AttributeValue,
  BatchGetItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type Attribute,
  type Condition,
  type Item,
  type Key,
  type PartitionQuery,
  type Table,
  TableBusyError,
  TableRefusedError,
  TableUnknownError,
  type TransactWrite,
} from './table.ts';

/** Told the capacity units that a request consumed, as the service returned them. */
export type CapacityMeter = (units: { readonly read: number; readonly write: number }) => void;

/** The table on DynamoDB. With a meter, each request asks for its consumed capacity. */
export class SdkTable implements Table {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #meter: CapacityMeter | undefined;

  constructor(client: DynamoDBClient, tableName: string, meter?: CapacityMeter) {
    this.#client = client;
    this.#tableName = tableName;
    this.#meter = meter;
  }

  async get(key: Key): Promise<Item | undefined> {
    const command = new GetItemCommand({ ...this.#base(), Key: toAttributes({ ...key }), ConsistentRead: true });
    const { Item: found, ConsumedCapacity: used } = await this.#send(() => this.#client.send(command));
    this.#count('read', used);
    return found && toItem(found);
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
    const { ReturnConsumedCapacity } = this.#base();
    const found = new Map<string, Item>();
    let open = keys.map((key) => toAttributes({ ...key }));
    while (open.length > 0) {
      const RequestItems = { [this.#tableName]: { Keys: open, ConsistentRead: true } };
      const command = new BatchGetItemCommand({ RequestItems, ReturnConsumedCapacity });
      const answer = await this.#send(() => this.#client.send(command));
      for (const used of answer.ConsumedCapacity ?? []) this.#count('read', used);
      for (const item of (answer.Responses?.[this.#tableName] ?? []).map(toItem))
        found.set(`${item.pk}\n${item.sk}`, item);
      const left = answer.UnprocessedKeys?.[this.#tableName]?.Keys ?? [];
      // The service leaves out what would be too much at once; when that is everything, it is busy.
      if (left.length === open.length) throw new TableBusyError(`none of ${left.length} keys was read`);
      open = left;
    }
    return keys.map((key) => found.get(`${key.pk}\n${key.sk}`));
  }

  async query(query: PartitionQuery): Promise<readonly Item[]> {
    const items: Item[] = [];
    const condition = keyCondition(query);
    // The service refuses a range that is the wrong way round; here it is an empty one.
    if (!condition) return items;
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        ...this.#base(),
        ...condition,
        ConsistentRead: true,
        ScanIndexForward: !query.descending,
        ...(query.limit === undefined ? {} : { Limit: query.limit - items.length }),
        ...(from ? { ExclusiveStartKey: from } : {}),
      });
      const page = await this.#send(() => this.#client.send(command));
      this.#count('read', page.ConsumedCapacity);
      for (const found of page.Items ?? []) items.push(toItem(found));
      from = page.LastEvaluatedKey;
    } while (from && (query.limit === undefined || items.length < query.limit));
    return items;
  }

  async put(item: Item, condition?: Condition): Promise<'written' | 'failed'> {
    const command = new PutItemCommand({ ...this.#base(), Item: toAttributes(item), ...conditionOf(condition) });
    return this.#conditional(async () => {
      this.#count('write', (await this.#client.send(command)).ConsumedCapacity);
      return 'written';
    });
  }

  async delete(key: Key, condition?: Condition): Promise<'deleted' | 'failed'> {
    const command = new DeleteItemCommand({
      ...this.#base(),
      Key: toAttributes({ ...key }),
      ...conditionOf(condition),
    });
    return this.#conditional(async () => {
      this.#count('write', (await this.#client.send(command)).ConsumedCapacity);
      return 'deleted';
    });
  }

  async addToSet(key: Key, attribute: string, member: string): Promise<ReadonlySet<string>> {
    const command = new UpdateItemCommand({
      ...this.#base(),
      Key: toAttributes({ ...key }),
      UpdateExpression: 'ADD #a :m',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':m': { SS: [member] } },
      ReturnValues: 'UPDATED_OLD',
    });
    const { Attributes: before, ConsumedCapacity: used } = await this.#send(() => this.#client.send(command));
    this.#count('write', used);
    return new Set(before?.[attribute]?.SS ?? []);
  }

  async add(key: Key, sums: Readonly<Record<string, bigint>>): Promise<void> {
    const command = new UpdateItemCommand({
      ...this.#base(),
      Key: toAttributes({ ...key }),
      ...sumExpression({}, sums),
    });
    const { ConsumedCapacity: used } = await this.#send(() => this.#client.send(command));
    this.#count('write', used);
  }

  async transact(writes: readonly TransactWrite[]): Promise<'committed' | 'failed'> {
    const { ReturnConsumedCapacity } = this.#base();
    const command = new TransactWriteItemsCommand({
      TransactItems: writes.map((write) => this.#transactItem(write)),
      ReturnConsumedCapacity,
    });
    return this.#conditional(async () => {
      const { ConsumedCapacity: used } = await this.#client.send(command);
      for (const table of used ?? []) this.#count('write', table);
      return 'committed';
    });
  }

  #transactItem(write: TransactWrite): TransactWriteItem {
    const TableName = this.#tableName;
    if (write.type === 'put')
      return { Put: { TableName, Item: toAttributes(write.item), ...conditionOf(write.condition) } };
    const Key = toAttributes({ ...write.key });
    if (write.type === 'delete') return { Delete: { TableName, Key, ...conditionOf(write.condition) } };
    return { Update: { TableName, Key, ...sumExpression(write.set, write.add) } };
  }

  #base(): { TableName: string; ReturnConsumedCapacity: 'TOTAL' | 'NONE' } {
    return { TableName: this.#tableName, ReturnConsumedCapacity: this.#meter ? 'TOTAL' : 'NONE' };
  }

  #count(kind: 'read' | 'write', used: ConsumedCapacity | undefined): void {
    const units = used?.CapacityUnits ?? 0;
    this.#meter?.(kind === 'read' ? { read: units, write: 0 } : { read: 0, write: units });
  }

  async #conditional<T extends string>(send: () => Promise<T>): Promise<T | 'failed'> {
    try {
      return await send();
    } catch (cause) {
      if (conditionFailed(cause)) return 'failed';
      throw translate(cause);
    }
  }

  async #send<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (cause) {
      throw translate(cause);
    }
  }
}

interface ServiceError {
  readonly name: string;
  readonly message: string;
  readonly $fault?: 'client' | 'server';
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'LimitExceededException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);
const BUSY_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

function reasons(error: ServiceError): readonly string[] {
  return (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
}

function conditionFailed(cause: unknown): boolean {
  const error = cause as ServiceError;
  if (error.name === 'ConditionalCheckFailedException') return true;
  // A lost condition outranks a conflict or throttle reported beside it: reading on settles both.
  return error.name === 'TransactionCanceledException' && reasons(error).includes('ConditionalCheckFailed');
}

/**
 * Turns what the SDK threw into the table's own errors. Only a request that is malformed or too large is refused for
 * good; a missing permission or table is somebody's mistake that will be mended, and must cost no event.
 */
function translate(cause: unknown): Error {
  const error = cause as ServiceError;
  const text = `${error.name}: ${error.message}`.slice(0, 500);
  const codes = reasons(error);
  if (error.name === 'ValidationException' || codes.includes('ValidationError')) {
    return new TableRefusedError(text, { cause });
  }
  const busy = BUSY.has(error.name) || (codes.length > 0 && codes.every((code) => BUSY_REASONS.has(code)));
  return busy ? new TableBusyError(text, { cause }) : new TableUnknownError(text, { cause });
}

function conditionOf(condition: Condition | undefined) {
  if (!condition) return {};
  if ('absent' in condition) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: '#c = :c',
    ExpressionAttributeNames: { '#c': condition.attribute },
    ExpressionAttributeValues: { ':c': toAttribute(condition.equals) },
  };
}

/** Sorts behind every other character as UTF-8, the order of the service. */
const LAST_CHARACTER = '\u{10ffff}';

function keyCondition({ pk, after, upTo, prefix }: PartitionQuery) {
  // BETWEEN includes its bounds: the least text behind `after` is `after` and a zero character.
  const low = [after === undefined ? '' : `${after}\u0000`, prefix ?? ''].reduce((a, b) => (a > b ? a : b));
  const highs = [upTo, prefix === undefined ? undefined : prefix + LAST_CHARACTER].filter((text) => text !== undefined);
  const high = highs.length === 0 ? undefined : highs.reduce((a, b) => (a < b ? a : b));
  if (high !== undefined && low > high) return undefined;
  const values: Record<string, AttributeValue> = { ':pk': { S: pk } };
  let condition = 'pk = :pk';
  if (low !== '') values[':low'] = { S: low };
  if (high !== undefined) values[':high'] = { S: high };
  if (low !== '' && high !== undefined) condition += ' AND sk BETWEEN :low AND :high';
  else if (low !== '') condition += ' AND sk >= :low';
  else if (high !== undefined) condition += ' AND sk <= :high';
  return { KeyConditionExpression: condition, ExpressionAttributeValues: values };
}

/** `SET` for replaced and `ADD` for summed attributes; names here never collide with reserved words (each has a digit or is `upTo`). */
function sumExpression(set: Readonly<Record<string, bigint>>, add: Readonly<Record<string, bigint>>) {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const part = (entries: Readonly<Record<string, bigint>>, join: string) =>
    Object.entries(entries).map(([name, value]) => {
      const placeholder = `:${Object.keys(values).length.toString(36)}`;
      values[placeholder] = { N: value.toString() };
      if (/^[a-z]\w*\d\w*$/i.test(name)) return `${name}${join}${placeholder}`;
      const alias = `#${Object.keys(names).length.toString(36)}`;
      names[alias] = name;
      return `${alias}${join}${placeholder}`;
    });
  const sets = part(set, '=');
  const adds = part(add, ' ');
  return {
    UpdateExpression: [sets.length ? `SET ${sets.join(',')}` : '', adds.length ? `ADD ${adds.join(',')}` : '']
      .join(' ')
      .trim(),
    ...(Object.keys(names).length ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length ? { ExpressionAttributeValues: values } : {}),
  };
}

function toAttribute(value: Attribute): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'bigint') return { N: value.toString() };
  if (value instanceof Uint8Array) return { B: value };
  return { SS: [...value] };
}

function toAttributes(item: Readonly<Record<string, Attribute>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));
}

function toItem(attributes: Record<string, AttributeValue>): Item {
  const item: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value.S !== undefined) item[name] = value.S;
    else if (value.N !== undefined) item[name] = BigInt(value.N);
    else if (value.B !== undefined) item[name] = value.B;
    else if (value.SS !== undefined) item[name] = new Set(value.SS);
  }
  return item as Item;
}
