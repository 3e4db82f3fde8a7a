import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTable } from '../../functions/shared/create-table.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import { TableBusyError, TableRefusedError, TableUnknownError } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';

/** A fault as the service would answer it, and whether the request was carried out all the same. */
interface ServiceFault {
  readonly name: string;
  readonly $fault: 'client' | 'server';
  readonly CancellationReasons?: readonly { readonly Code: string }[];
  readonly isApplied?: boolean;
}

const CONFLICT: ServiceFault = {
  name: 'TransactionCanceledException',
  $fault: 'client',
  CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
};
const THROTTLE: ServiceFault = { name: 'ThrottlingException', $fault: 'client' };
const LOST_REQUEST: ServiceFault = { name: 'TimeoutError', $fault: 'server' };
const LOST_ANSWER: ServiceFault = { name: 'InternalServerError', $fault: 'server', isApplied: true };

/** Puts faults into the SDK's own middleware stack, where the service would cause them. */
function withFaults(client: DynamoDBClient, decide: (command: string) => ServiceFault | undefined): DynamoDBClient {
  const inject =
    (next: (args: unknown) => Promise<unknown>, context: { readonly commandName?: string }) =>
    async (args: unknown) => {
      const fault = decide(String(context.commandName));
      if (!fault) return next(args);
      if (fault.isApplied) await next(args);
      throw Object.assign(new Error(`injected ${fault.name}`), fault);
    };
  client.middlewareStack.add(inject as never, { step: 'build', name: 'injectFaults' });
  return client;
}

describe('the table over the SDK, when the service fails', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());

  const failingWith = (fault: ServiceFault) =>
    new SdkTable(
      withFaults(engine.connect(), () => fault),
      engine.tableName,
    );

  it('tells what was not applied from what may have been, and from what never will be', async () => {
    const item = { pk: 'x', sk: 'y' };
    const write = [{ type: 'put', item } as const];
    await expect(failingWith(CONFLICT).transact(write)).rejects.toThrow(TableBusyError);
    await expect(failingWith(THROTTLE).put(item)).rejects.toThrow(TableBusyError);
    await expect(failingWith(LOST_ANSWER).put(item)).rejects.toThrow(TableUnknownError);
    await expect(failingWith(LOST_REQUEST).get(item)).rejects.toThrow(TableUnknownError);
    const invalid: ServiceFault = { name: 'ValidationException', $fault: 'client' };
    await expect(failingWith(invalid).put(item)).rejects.toThrow(TableRefusedError);
  });

  it('takes a missing permission for something that will be mended, so that it costs no event', async () => {
    const denied: ServiceFault = { name: 'AccessDeniedException', $fault: 'client' };
    await expect(failingWith(denied).put({ pk: 'x', sk: 'y' })).rejects.toThrow(TableUnknownError);
  });

  it('gives up on a connection that stays silent, so that the ledger can keep its deadline', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${port}`);
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
    try {
      const table = createTable({ TABLE_NAME: 'silent' });
      await expect(table.get({ pk: 'x', sk: 'y' })).rejects.toThrow(TableUnknownError);
      expect(sockets.length).toBeGreaterThan(0);
    } finally {
      vi.unstubAllEnvs();
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('records every event once through conflicts, throttles and time-outs after the commit', async () => {
    const surroundings = steadySurroundings();
    const faults = [CONFLICT, THROTTLE, LOST_REQUEST, LOST_ANSWER];
    const hits = new Map<string, number>();
    const calls = new Map<string, number>();
    const client = withFaults(engine.connect(), (command) => {
      // Every third call of a command fails, in each way in turn.
      const call = (calls.get(command) ?? 0) + 1;
      calls.set(command, call);
      const fault = call % 3 === 0 ? faults[(call / 3) % faults.length] : undefined;
      if (fault) hits.set(`${command} ${fault.name}`, (hits.get(`${command} ${fault.name}`) ?? 0) + 1);
      return fault;
    });
    await new TenantStore(engine.table, surroundings.now).create(TENANT);
    const table = new SdkTable(client, engine.tableName);
    const writers = [0, 1, 2].map(() => createWriter(table, surroundings, TENANT.tenant));
    const events = Array.from({ length: 300 }, (_, n) => ({
      id: n % 2 ? uuidV7(START_MS + n, n) : `call-${n}`,
      time: new Date(START_MS + n).toISOString(),
      model: 'm-1',
      app: `app-${n % 7}`,
      usage: { input_tokens: n },
    }));
    let queue = Array.from({ length: 60 }, (_, i) => ({
      messageId: `m-${i}`,
      // Each event travels in two messages.
      body: JSON.stringify(events.filter((_, n) => n % 30 === i % 30)),
      senderId: 'someone',
      sentAtMs: START_MS,
      queue: 'usage' as const,
      stamp: {},
    }));
    for (let round = 0; queue.length > 0; round++) {
      expect(round, 'a valid message was never settled').toBeLessThan(50);
      // Four messages to each writer at a time: several transactions, and writers that meet.
      const batches = writers.map((_, w) => queue.filter((_, i) => i < 12 && i % writers.length === w));
      const failed = await Promise.all(writers.map((write, w) => write(batches[w] ?? [])));
      const again = new Set(failed.flat());
      queue = [...queue.slice(12), ...queue.slice(0, 12).filter(({ messageId }) => again.has(messageId))];
    }
    const reader = new DynamoLedgerReader(engine.table, new TenantStore(engine.table, () => 0));
    const january = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;
    const rows = (await reader.rollups(TENANT.tenant, january)).rows;
    // 0 + 1 + ... + 299 = 44,850 tokens at $1 per million
    expect(rows.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n)).toBe(44_850_000_000n);
    expect(rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n)).toBe(300n);
    expect(await auditAll(engine.table, TENANT)).toEqual([]);
    const commands = ['QueryCommand', 'UpdateItemCommand', 'TransactWriteItemsCommand'];
    const missing = commands
      .flatMap((command) => faults.map(({ name }) => `${command} ${name}`))
      .filter((k) => !hits.get(k));
    expect(missing).toEqual([]);
  });
});
