import { setTimeout as sleep } from 'node:timers/promises';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { startDynamoDbEngine } from './dynamodb-engine.ts';
import { EngineClient } from './engine-client.ts';
import { LocalHostError } from './errors.ts';
import type { EventSource } from './event-source.ts';
import type { InvocationOutcome } from './function-environment.ts';
import type { FunctionPool } from './function-pool.ts';
import type { LocalHost, LocalHostOptions } from './host-contract.ts';
import { type HttpFront, startHttpFront } from './http-front.ts';
import { namePhysicalResources, provision, queueUrlOf, subscriberQueueOf } from './provision.ts';
import { startQueueEngine } from './queue-engine.ts';
import { QueueReader } from './queue-reader.ts';
import { startSchedule } from './schedules.ts';
import { startSubscriber } from './subscriber.ts';
import { listResources, readOutputs } from './template.ts';
import { findHttpFunction, wireEventSources, wireFunctions, wireSchedules } from './wiring.ts';

/**
 * Runs a template on embedded engines: tables, queues, topics, functions, mappings, schedules and the HTTP API.
 * @throws {@link LocalHostError} when it cannot start; nothing is left running then
 */
export async function startLocalHost(options: LocalHostOptions): Promise<LocalHost> {
  const started = new AsyncDisposableStack();
  try {
    const host = await start(options, started);
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= started.disposeAsync();
      return stopped;
    };
    return { ...host, stop };
  } catch (cause) {
    await started.disposeAsync();
    throw cause;
  }
}

async function start(options: LocalHostOptions, started: AsyncDisposableStack): Promise<Omit<LocalHost, 'stop'>> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const folder = openDataFolder(options.dataFolder);
  started.defer(() => folder.release());
  const front = await startHttpFront(options.port);
  started.defer(() => front.stop());
  const engines = await startEngines(options, folder, log, started);
  const { template } = options;
  const endpoints = { queueEndpoint: engines.queueEngine.endpoint, apiUrl: front.url };
  const resources = namePhysicalResources(template, endpoints);
  await provision(template, resources, engines);

  const pools = wireFunctions(options, resources, { ...endpoints, dynamodbEndpoint: engines.dynamodbEndpoint }, log);
  started.defer(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end()));
  });
  const sources = wireEventSources(options, resources, pools, engines.sqs, log);
  const schedules = wireSchedules(template, resources, pools);
  connect(options, { front, pools, sources, schedules }, started);
  for (const { id } of listResources(template, 'AWS::SNS::Topic')) {
    if (!options.onAlert) break;
    const queue = subscriberQueueOf(id);
    const reader = new QueueReader(engines.sqs, queueUrlOf(endpoints.queueEndpoint, queue), queue);
    const subscriber = startSubscriber(reader, options.onAlert, log);
    started.defer(() => subscriber.stop());
  }
  return {
    url: front.url,
    queueEndpoint: endpoints.queueEndpoint,
    dynamodbEndpoint: engines.dynamodbEndpoint,
    outputs: readOutputs(template, resources),
    environmentOf: (name) => findPool(pools, name).definition.variables,
    invoke: async (name, event) => invoke(findPool(pools, name), event),
    invokeSchedule: async (name) => invoke(findPool(pools, name), scheduledEvent()),
    stats: () => ({
      functions: Object.fromEntries([...pools.values()].map((pool) => [pool.definition.name, pool.stats])),
      eventSources: Object.fromEntries([...sources].map(([id, source]) => [id, source.stats])),
    }),
  };
}

interface StartedEngines {
  readonly queueEngine: Awaited<ReturnType<typeof startQueueEngine>>;
  readonly dynamodbEndpoint: string;
  readonly sqs: EngineClient;
  readonly dynamodb: EngineClient;
}

async function startEngines(
  options: LocalHostOptions,
  folder: DataFolder,
  log: (line: string) => void,
  started: AsyncDisposableStack,
): Promise<StartedEngines> {
  const database = await startDynamoDbEngine({
    databaseFile: folder.databaseFile,
    environment: options.environment ?? process.env,
    packageName: options.enginePackage ?? `@dynoxide/${process.platform}-${process.arch}`,
    log,
  });
  started.defer(() => database.stop());
  const queuePort = options.queuePort ?? (options.port === 0 ? 0 : options.port + 1);
  const queueEngine = await startQueueEngine(folder.queueFolder, queuePort);
  started.defer(() => queueEngine.stop());
  const sqs = new EngineClient('sqs', queueEngine.endpoint);
  const dynamodb = new EngineClient('dynamodb', database.endpoint);
  started.defer(() => {
    sqs.close();
    dynamodb.close();
  });
  return { queueEngine, dynamodbEndpoint: database.endpoint, sqs, dynamodb };
}

interface Wiring {
  readonly front: HttpFront;
  readonly pools: ReadonlyMap<string, FunctionPool>;
  readonly sources: ReadonlyMap<string, EventSource>;
  readonly schedules: ReadonlyMap<string, { readonly expression: string; readonly pool: FunctionPool }>;
}

/** Starts everything that makes functions run, and defers its end: first no new work, then the rest of the old. */
function connect(options: LocalHostOptions, wiring: Wiring, started: AsyncDisposableStack): void {
  const http = findHttpFunction(options.template, wiring.pools);
  if (http) wiring.front.connect((event) => http.invoke(event));
  for (const source of wiring.sources.values()) source.start();
  const timers = options.runSchedules === false ? [] : [...wiring.schedules.values()];
  const running = timers.map(({ expression, pool }) => {
    const fire = async () => {
      await pool.invoke(scheduledEvent());
    };
    return startSchedule(expression, fire, options.minuteMs);
  });
  started.defer(async () => {
    for (const schedule of running) schedule.stop();
    const drained = Promise.all([wiring.front.stop(), ...[...wiring.sources.values()].map((source) => source.stop())]);
    const grace = new AbortController();
    const late = sleep(options.stopGraceMs ?? 10_000, 'late', { signal: grace.signal }).catch(() => 'drained');
    await Promise.race([drained, late]);
    grace.abort();
    // Whoever is still at work is ended; its messages were not deleted, so the next start hands them out again.
    await Promise.all([...wiring.pools.values()].map((pool) => pool.end()));
    await drained;
  });
}

function findPool(pools: ReadonlyMap<string, FunctionPool>, name: string): FunctionPool {
  const found = pools.get(name) ?? [...pools.values()].find((pool) => pool.definition.name === name);
  if (!found) throw new LocalHostError('local/unknown-function', `the template has no function ${name}`);
  return found;
}

async function invoke(pool: FunctionPool, event: unknown): Promise<unknown> {
  const outcome: InvocationOutcome = await pool.invoke(event);
  if (outcome.status === 'succeeded') return outcome.result;
  const detail = outcome.status === 'failed' ? `${outcome.errorType}: ${outcome.message}` : 'timed out';
  throw new LocalHostError('local/invocation-failed', `${pool.definition.name} did not succeed: ${detail}`);
}

function scheduledEvent(): unknown {
  const time = new Date().toISOString();
  return { version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', time, resources: [], detail: {} };
}
