import { z } from 'zod';
import { TENANT_HEADER } from '../../contracts/request-headers.ts';
import type { Route, RouteAnswer } from './route.ts';
import { problemSchema } from './schemas.ts';

type Json = Record<string, unknown>;

const TENANT_PARAMETER = {
  name: TENANT_HEADER,
  in: 'header',
  required: false,
  description: "The tenant to act in, for keys of the organisation; the key's own where left out.",
  schema: { type: 'string' },
};

/**
 * Describes routes as an OpenAPI 3.1 document. It is written from the same data that serves requests, so it can name no
 * route that is not served, and none is served that it does not name.
 *
 * @param usageEvent - JSON Schema of one usage event
 */
export function describeApi(routes: readonly Route[], usageEvent: Json): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    path[route.method.toLowerCase()] = describeRoute(route);
    paths[route.path] = path;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tokenledger',
      version: '1',
      description: 'Usage of language models, priced once and exactly. Money is decimal text in USD.',
    },
    paths,
    components: {
      schemas: { Problem: toSchema(problemSchema, 'output'), UsageEvent: usageEvent },
      parameters: { Tenant: TENANT_PARAMETER },
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describeRoute(route: Route): Json {
  const acting = route.access === 'public' ? [] : [{ $ref: '#/components/parameters/Tenant' }];
  const parameters = [...describePathParameters(route.path), ...describeQuery(route.query), ...acting];
  const access =
    route.access === 'public' ? { security: [] } : { security: [{ key: [] }], 'x-roles': [...route.access] };
  return {
    operationId: nameOperation(route),
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...access,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...describeBody(route),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, describeAnswer(answer)])),
      default: {
        description: 'What went wrong, RFC 9457.',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
          ...(route.speaksOtlp ? { 'application/json': { schema: RPC_STATUS }, ...IN_PROTOBUF } : {}),
        },
      },
    },
  };
}

function nameOperation({ method, path }: Route): string {
  const words = path.replace(/^\/v1/, '').match(/\w+/g) ?? [];
  return [method.toLowerCase(), ...words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('');
}

function describePathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function describeQuery(query: z.ZodType | undefined): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = toSchema(query, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** `google.rpc.Status`, as OTLP answers failures to whoever speaks it. */
const RPC_STATUS: Json = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'integer' }, message: { type: 'string' } },
};

const IN_PROTOBUF: Json = { 'application/x-protobuf': { schema: { type: 'string', format: 'binary' } } };

/** Names of a trace request that are read; OpenTelemetry's own description says more. */
const TRACES: Json = {
  type: 'object',
  required: ['resourceSpans'],
  properties: { resourceSpans: { type: 'array', items: { type: 'object' } } },
};

function describeBody(route: Route): Json {
  const forms = [
    ...(route.body ? [toSchema(route.body, 'input')] : []),
    ...(route.alsoTakes ? [toSchema(route.alsoTakes, 'input')] : []),
    ...(route.takesEvents ? [describeEnvelopes()] : []),
    ...(route.takesSpans ? [TRACES] : []),
  ];
  const [first] = forms;
  if (!first) return {};
  const schema = forms.length > 1 ? { anyOf: forms } : first;
  const content = { 'application/json': { schema }, ...(route.takesSpans ? IN_PROTOBUF : {}) };
  return { requestBody: { required: true, content } };
}

function describeEnvelopes(): Json {
  const event = { $ref: '#/components/schemas/UsageEvent' };
  const events = { type: 'array', items: { anyOf: [event, { type: 'object' }] }, minItems: 1, maxItems: 1_000 };
  return {
    anyOf: [
      event,
      events,
      { type: 'object', required: ['events'], properties: { events } },
      {
        type: 'object',
        required: ['encoding', 'data'],
        properties: { encoding: { const: 'gzip' }, data: { type: 'string', contentEncoding: 'base64' } },
      },
      { type: 'object', required: ['specversion'], properties: { specversion: { const: '1.0' } } },
    ],
  };
}

function describeAnswer({ description, schema, inProtobuf }: RouteAnswer): Json {
  if (!schema) return { description };
  const inJson = { 'application/json': { schema: toSchema(schema, 'output') } };
  return { description, content: { ...inJson, ...(inProtobuf ? IN_PROTOBUF : {}) } };
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return described;
}
