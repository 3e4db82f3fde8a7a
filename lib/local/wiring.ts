import { basename, dirname, join } from 'node:path';
import { HANDLER_SOURCE_METADATA } from '../contracts/environment.ts';
import { type EngineClient, LOCAL_REGION } from './engine-client.ts';
import { EventSource } from './event-source.ts';
import { FunctionPool } from './function-pool.ts';
import type { LocalHostOptions } from './host-contract.ts';
import type { LocalEndpoints } from './provision.ts';
import { QueueReader } from './queue-reader.ts';
import { nextFiringMs } from './schedules.ts';
import {
  asList,
  asRecord,
  listResources,
  type PhysicalResources,
  resolveText,
  resolveValue,
  type TemplateResource,
  unsupported,
} from './template.ts';

/** Function pools by the template's id. */
export type Pools = ReadonlyMap<string, FunctionPool>;

// Requests of one browser page come a handful at a time.
const HTTP_CONCURRENCY = 4;
const LEAST_CONCURRENCY = 2;
// What a mapping that states no maximum gets here; there it would be as many as the account allows.
const DEFAULT_MAPPING_CONCURRENCY = 2;

/** Makes a pool for each function, with exactly the template's environment and the SDK's own variables. */
export function wireFunctions(
  options: LocalHostOptions,
  resources: PhysicalResources,
  endpoints: LocalEndpoints & { readonly dynamodbEndpoint: string },
  log: (line: string) => void,
): Pools {
  const concurrency = countConcurrency(options.template, resources);
  const sdkVariables = sdkEnvironment(endpoints);
  const pools = new Map<string, FunctionPool>();
  for (const { id, properties, metadata } of listResources(options.template, 'AWS::Lambda::Function')) {
    const source = metadata[HANDLER_SOURCE_METADATA];
    if (typeof source !== 'string') throw unsupported(`function ${id} names no ${HANDLER_SOURCE_METADATA}`);
    const variables = asRecord(resolveValue(asRecord(properties['Environment'])['Variables'], resources));
    const definition = {
      id,
      name: basename(dirname(source)),
      sourceFile: join(options.rootFolder, source),
      timeoutMs: Number(properties['Timeout'] ?? 3) * 1000,
      memoryMegabytes: Number(properties['MemorySize'] ?? 128),
      variables: {
        ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)])),
        ...sdkVariables,
      },
    };
    pools.set(id, new FunctionPool(definition, concurrency.get(id) ?? LEAST_CONCURRENCY, log));
  }
  return pools;
}

/** Makes an event source for each mapping of a queue; they do not read yet. */
export function wireEventSources(
  options: LocalHostOptions,
  resources: PhysicalResources,
  pools: Pools,
  sqs: EngineClient,
  log: (line: string) => void,
): ReadonlyMap<string, EventSource> {
  const urlByArn = new Map(
    listResources(options.template, 'AWS::SQS::Queue').map(({ id }) => {
      const queue = resources.get(id);
      return [queue?.attributes['Arn'], queue?.ref];
    }),
  );
  const sources = new Map<string, EventSource>();
  for (const mapping of listResources(options.template, 'AWS::Lambda::EventSourceMapping')) {
    const { id, properties } = mapping;
    const queueArn = resolveText(properties['EventSourceArn'], resources);
    const queueUrl = urlByArn.get(queueArn);
    if (queueUrl === undefined) throw unsupported(`mapping ${id} reads ${queueArn}, which is no queue of it`);
    const pool = poolOf(functionIdOf(mapping, resources), pools);
    const windowSeconds = Number(properties['MaximumBatchingWindowInSeconds'] ?? 0);
    const settings = {
      batchSize: Number(properties['BatchSize'] ?? 10),
      batchingWindowMs: options.batchingWindowMs ?? windowSeconds * 1000,
      maximumConcurrency: mappingConcurrency(mapping),
      reportsItemFailures: asList(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures'),
    };
    const reader = new QueueReader(sqs, queueUrl, queueArn);
    sources.set(id, new EventSource(reader, settings, (event) => pool.invoke(event), log));
  }
  return sources;
}

/** The rules that run functions by the clock. @throws LocalHostError `local/template-unsupported` for an odd schedule */
export function wireSchedules(
  template: Readonly<Record<string, unknown>>,
  resources: PhysicalResources,
  pools: Pools,
): ReadonlyMap<string, { readonly expression: string; readonly pool: FunctionPool }> {
  const idByArn = new Map([...pools.keys()].map((id) => [resources.get(id)?.attributes['Arn'], id]));
  const schedules = new Map<string, { readonly expression: string; readonly pool: FunctionPool }>();
  for (const { id, properties } of listResources(template, 'AWS::Events::Rule')) {
    const expression = properties['ScheduleExpression'];
    if (typeof expression !== 'string') throw unsupported(`rule ${id} has no schedule`);
    nextFiringMs(expression, 0, 0);
    for (const [index, target] of asList(properties['Targets']).entries()) {
      const pool = poolOf(idByArn.get(resolveText(asRecord(target)['Arn'], resources)) ?? id, pools);
      schedules.set(`${id}.${index}`, { expression, pool });
    }
  }
  return schedules;
}

/**
 * The function behind the HTTP API, if the template has one.
 * @throws LocalHostError `local/template-unsupported` when routes differ by more than their limits: tokens and
 *   signatures are checked by nobody here, and the front hands every request to one function
 */
export function findHttpFunction(template: Readonly<Record<string, unknown>>, pools: Pools): FunctionPool | undefined {
  const integrations = listResources(template, 'AWS::ApiGatewayV2::Integration');
  const found = new Set<FunctionPool | undefined>();
  let hasDefault = false;
  for (const { id, properties } of listResources(template, 'AWS::ApiGatewayV2::Route')) {
    const { RouteKey: routeKey, AuthorizationType: authorization = 'NONE' } = properties;
    if (authorization !== 'NONE') {
      const fix = 'start it without the stack property access';
      throw unsupported(`route ${id} asks for ${authorization} identities, which nobody checks here; ${fix}`);
    }
    hasDefault ||= routeKey === '$default' || routeKey === 'ANY /{proxy+}';
    const target = JSON.stringify(properties['Target']);
    const integration = integrations.find((each) => target.includes(`"${each.id}"`));
    const uri = JSON.stringify(integration?.properties['IntegrationUri'] ?? null);
    found.add([...pools].find(([functionId]) => uri.includes(`"${functionId}"`))?.[1]);
  }
  const [pool] = found;
  if (found.size > 1) throw unsupported('its routes lead to several functions');
  if (pool && !hasDefault) throw unsupported('it has no route for everything ($default)');
  return pool;
}

function countConcurrency(
  template: Readonly<Record<string, unknown>>,
  resources: PhysicalResources,
): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const mapping of listResources(template, 'AWS::Lambda::EventSourceMapping')) {
    const functionId = functionIdOf(mapping, resources);
    limits.set(functionId, (limits.get(functionId) ?? 0) + mappingConcurrency(mapping));
  }
  for (const { properties } of listResources(template, 'AWS::ApiGatewayV2::Integration')) {
    const uri = asRecord(properties['IntegrationUri'])['Fn::GetAtt'];
    limits.set(String(asList(uri)[0]), HTTP_CONCURRENCY);
  }
  return limits;
}

function mappingConcurrency({ properties }: TemplateResource): number {
  return Number(asRecord(properties['ScalingConfig'])['MaximumConcurrency'] ?? DEFAULT_MAPPING_CONCURRENCY);
}

function functionIdOf({ properties }: TemplateResource, resources: PhysicalResources): string {
  return resolveText(properties['FunctionName'], resources);
}

function poolOf(id: string, pools: Pools): FunctionPool {
  const pool = pools.get(id);
  if (!pool) throw unsupported(`${id} names no function of it`);
  return pool;
}

/** The variables that point the AWS SDK at the engines; no profile of the person at the machine is read. */
function sdkEnvironment(
  endpoints: LocalEndpoints & { readonly dynamodbEndpoint: string },
): Readonly<Record<string, string>> {
  return {
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: endpoints.queueEndpoint,
    AWS_ENDPOINT_URL_SNS: endpoints.queueEndpoint,
  };
}
