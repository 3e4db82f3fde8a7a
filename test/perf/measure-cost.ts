import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { startDynamoDbEngine } from '../../lib/local/dynamodb-engine.ts';
import { LOCAL_ACCOUNT } from '../../lib/local/engine-client.ts';
import { events } from './bench-events.ts';
import { type BenchHost, readVisibleCalls, startBenchHost } from './bench-host.ts';
import { type CapacityProxy, startCapacityProxy } from './capacity-proxy.ts';
import { type CostFigure, type CostScenario, describeCost, judgeCost } from './describe-cost.ts';
import { billUsage, countQueueRequests } from './list-prices.ts';
import type { BenchOptions, BenchResult, Measurement } from './report.ts';
import { packMessages } from './send-messages.ts';
import { countStoredBytes } from './stored-bytes.ts';

const LEAVES = 20;
/** As the mapping's maximum: two writers of one tenant, each losing commit numbers to the other. */
const CONCURRENCY = 2;

const SCENARIOS: readonly CostScenario[] = [
  { eventsPerMessage: 1_000, messagesPerInvocation: 1, invocations: 60 },
  { eventsPerMessage: 1_000, messagesPerInvocation: 10, invocations: 10 },
  { eventsPerMessage: 100, messagesPerInvocation: 10, invocations: 60 },
  { eventsPerMessage: 100, messagesPerInvocation: 100, invocations: 10 },
  { eventsPerMessage: 1, messagesPerInvocation: 500, invocations: 20 },
];

/** What a million events cost on AWS at list price, from the requests and units that the deployed code makes. */
export const cost: Measurement = { name: 'cost', measure: measureCost };

async function measureCost({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-cost-'));
  await using ends = new AsyncDisposableStack();
  ends.defer(() => rmSync(folder, { recursive: true }));
  const engine = await startDynamoDbEngine({
    databaseFile: join(folder, 'table.db'),
    environment: process.env,
    packageName: `@dynoxide/${process.platform}-${process.arch}`,
    log: progress,
  });
  ends.defer(() => engine.stop());
  const proxy = await startCapacityProxy(engine.endpoint);
  ends.defer(() => proxy.stop());
  const bench = await startBenchHost({ dynamodbEndpoint: proxy.endpoint });
  ends.defer(() => bench.stop());
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'us-east-1', credentials });
  ends.defer(() => client.destroy());
  const run = new CostRun(bench, proxy, client);
  progress('cost: warming both writers');
  await run.measure({ eventsPerMessage: 100, messagesPerInvocation: 1, invocations: 4 });
  const figures: CostFigure[] = [];
  for (const scenario of SCENARIOS) {
    const invocations = Math.max(2 * CONCURRENCY, Math.ceil(scenario.invocations / (quick ? 6 : 1)));
    const { eventsPerMessage, messagesPerInvocation } = scenario;
    progress(`cost: ${invocations} invocations of ${messagesPerInvocation} messages of ${eventsPerMessage}`);
    figures.push(await run.measure({ ...scenario, invocations }));
  }
  return { tables: describeCost(figures), bars: judgeCost(figures) };
}

/** Runs record-usage as its mapping would, through the host's own workers. */
class CostRun {
  readonly #bench: BenchHost;
  readonly #proxy: CapacityProxy;
  /** Past the proxy, so that looking costs nothing. */
  readonly #engine: DynamoDBClient;
  #sent = 0;

  constructor(bench: BenchHost, proxy: CapacityProxy, engine: DynamoDBClient) {
    this.#bench = bench;
    this.#proxy = proxy;
    this.#engine = engine;
  }

  async measure(scenario: CostScenario): Promise<CostFigure> {
    const { eventsPerMessage, messagesPerInvocation, invocations } = scenario;
    const count = eventsPerMessage * messagesPerInvocation * invocations;
    const startMs = Date.now() - 120_000;
    const settings = { leaves: LEAVES, timed: true, startMs, ratePerSecond: count / 60, firstNumber: this.#sent };
    const bodies = packMessages([...events(count, settings)], eventsPerMessage);
    const batches = Array.from({ length: invocations }, (_, index) =>
      bodies.slice(index * messagesPerInvocation, (index + 1) * messagesPerInvocation),
    );
    const storedBefore = await countStoredBytes(this.#engine, this.#bench.host.tableName);
    this.#proxy.take();
    const busySeconds = await this.#invokeAll(batches);
    const capacity = this.#proxy.take();
    this.#sent += count;
    const visible = await readVisibleCalls(this.#bench);
    if (visible !== this.#sent) throw new Error(`${visible} of ${this.#sent} calls are counted`);
    const queueRequests = batches.reduce(
      (sum, batch) => sum + countQueueRequests(batch.map(({ length }) => length)),
      0,
    );
    const usage = {
      writeUnits: capacity.writeUnits + capacity.cancelledWriteUnits,
      readUnits: capacity.readUnits,
      queueRequests,
      invocations,
      busySeconds,
    };
    const storedBytes = (await countStoredBytes(this.#engine, this.#bench.host.tableName)) - storedBefore;
    return { scenario, events: count, capacity, usage, bill: billUsage(usage), storedBytes };
  }

  async #invokeAll(batches: readonly (readonly string[])[]): Promise<number> {
    const queue = batches.values();
    let busyMs = 0;
    const invoke = async (): Promise<void> => {
      for (const batch of queue) {
        const event = { Records: batch.map((body) => this.#toRecord(body)) };
        const started = performance.now();
        const answer = (await this.#bench.host.invoke('record-usage', event)) as {
          readonly batchItemFailures: readonly unknown[];
        };
        busyMs += performance.now() - started;
        if (answer.batchItemFailures.length > 0) throw new Error('messages of the bench failed');
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, invoke));
    return busyMs / 1000;
  }

  #toRecord(body: string): Readonly<Record<string, unknown>> {
    return {
      messageId: randomUUID(),
      receiptHandle: 'bench',
      body,
      attributes: { SenderId: LOCAL_ACCOUNT, SentTimestamp: String(Date.now()), ApproximateReceiveCount: '1' },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: this.#bench.host.environmentOf('record-usage')[ENVIRONMENT.usageQueueArn],
      awsRegion: 'us-east-1',
    };
  }
}
