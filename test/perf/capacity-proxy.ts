import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What went through a {@link CapacityProxy}. */
export interface CapacityCount {
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Transactions that were answered as cancelled. AWS charges them as if they had been made. */
  readonly cancelledTransactions: number;
  /** Units of the cancelled ones, at the mean of the committed ones per item: the engine does not return them. */
  readonly cancelledWriteUnits: number;
}

/** Stands between the functions and the table engine and counts what the engine says is consumed. */
export interface CapacityProxy {
  readonly endpoint: string;
  /** Counts since they were last taken. */
  take(): CapacityCount;
  stop(): Promise<void>;
}

const METERED = new Set(['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'TransactWriteItems']);
const READS = new Set(['GetItem', 'Query']);
/** Costs nothing, and happens when the host starts. */
const FREE = new Set(['ListTables', 'CreateTable', 'DescribeTable']);

/**
 * Starts a proxy that asks for the consumed capacity of every request. The functions behind it are the deployed ones,
 * which do not ask themselves.
 */
export async function startCapacityProxy(target: string): Promise<CapacityProxy> {
  const agent = new Agent({ keepAlive: true });
  let counter = new Counter();
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing, { target: new URL(target), agent, count: (call) => counter.count(call) }).catch(
      (cause) => outgoing.destroy(cause instanceof Error ? cause : new Error(String(cause))),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    take() {
      const taken = counter.sum();
      counter = new Counter();
      return taken;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

interface AnsweredCall {
  readonly operation: string;
  readonly items: number;
  readonly status: number;
  readonly answer: string;
}

class Counter {
  #requests = 0;
  #readUnits = 0;
  #writeUnits = 0;
  #committed = { items: 0, units: 0 };
  #cancelled = { transactions: 0, items: 0 };

  count({ operation, items, status, answer }: AnsweredCall): void {
    if (!METERED.has(operation)) throw new Error(`${operation} is not metered; add it`);
    this.#requests += 1;
    if (status !== 200) {
      if (answer.includes('TransactionCanceled')) {
        this.#cancelled.transactions += 1;
        this.#cancelled.items += items;
      }
      return;
    }
    const units = sumUnits(answer);
    if (READS.has(operation)) this.#readUnits += units;
    else this.#writeUnits += units;
    if (operation === 'TransactWriteItems') {
      this.#committed.items += items;
      this.#committed.units += units;
    }
  }

  sum(): CapacityCount {
    const unitsPerItem = this.#committed.items === 0 ? 0 : this.#committed.units / this.#committed.items;
    return {
      requests: this.#requests,
      readUnits: this.#readUnits,
      writeUnits: this.#writeUnits,
      cancelledTransactions: this.#cancelled.transactions,
      cancelledWriteUnits: this.#cancelled.items * unitsPerItem,
    };
  }
}

interface Forwarding {
  readonly target: URL;
  readonly agent: Agent;
  readonly count: (call: AnsweredCall) => void;
}

async function forward(incoming: IncomingMessage, outgoing: ServerResponse, options: Forwarding): Promise<void> {
  const received = await readAll(incoming);
  const operation = String(incoming.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
  const isMetered = METERED.has(operation);
  const input = isMetered
    ? (JSON.parse(received.toString()) as { readonly TransactItems?: readonly unknown[] })
    : undefined;
  const body = isMetered ? Buffer.from(JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' })) : received;
  const headers = { ...incoming.headers, 'content-length': String(body.byteLength) };
  const { target, agent, count } = options;
  const call = request(target, { method: incoming.method ?? 'POST', path: incoming.url ?? '/', agent, headers });
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const answer = await readAll(response);
  const status = response.statusCode ?? 500;
  if (!FREE.has(operation)) {
    count({ operation, items: input?.TransactItems?.length ?? 1, status, answer: answer.toString() });
  }
  outgoing.writeHead(status, response.headers);
  outgoing.end(answer);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** One table per request here; a transaction answers with a list of tables, everything else with one. */
function sumUnits(answer: string): number {
  const { ConsumedCapacity: used } = JSON.parse(answer) as { ConsumedCapacity?: unknown };
  const tables = (Array.isArray(used) ? used : [used]) as readonly ({ CapacityUnits?: number } | undefined)[];
  return tables.reduce((sum, table) => sum + (table?.CapacityUnits ?? 0), 0);
}
