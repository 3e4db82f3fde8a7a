import type { z } from 'zod';
import type { Credential, Role } from '../../app/access/access-ports.ts';
import type { TenantConfig } from '../../app/ports.ts';
import { InvalidRequestError } from '../../app/request-errors.ts';
import type { ApiPorts } from './api-ports.ts';
import { toRequestIssues } from './request-issues.ts';

/** Who may call a route: anybody, or keys of these roles. */
export type Access = 'public' | readonly Role[];

/** One kind of answer of a route; without a schema the body is empty. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** It is answered in the protobuf of OTLP to those who ask in it. */
  readonly inProtobuf?: boolean;
}

/** What a handler may know of the caller. The door decides which tenant it acts in; nothing else names one. */
export interface Caller {
  /** The tenant it acts in. */
  readonly tenant: TenantConfig;
  readonly key: Credential;
}

/** A handler's answer; its body is any JSON value, absent for none. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** In place of a body: what is encoded already, with its content type among the headers. */
  readonly encoded?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a matched request brings. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>;
  /** Values by name; a list where a name came more than once. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** The body as text: JSON, or any envelope of the contract. */
  readonly bodyText: string;
  /**
   * The body of a route that takes spans, inflated.
   * @param maxBytes - most bytes it may inflate to
   */
  readonly readBytes: (maxBytes: number) => Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface RouteFacts {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/entries/{id}`: a part in braces is a parameter; `{tenant}` is the tenant to act in, which the door checks. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** By status; problems are described once for all routes. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
}

interface RouteShape<Query extends z.ZodType, Body extends z.ZodType> extends RouteFacts {
  readonly query?: Query;
  readonly body?: Body;
  /** The body is a message of the usage contract, in any envelope. */
  readonly takesEvents?: boolean;
  /** The body is an OTLP trace request, or may be one; its handler reads the bytes. */
  readonly takesSpans?: boolean;
  /** One more form of such a body, for the description; the handler reads it. */
  readonly alsoTakes?: z.ZodType;
  /** It speaks OTLP in its failures too. */
  readonly speaksOtlp?: boolean;
}

/** A call of a route that a key is needed for, with everything checked that can be checked without the ledger. */
export interface KeyedCall<Query, Body> extends Omit<RouteInput, 'query'>, Caller {
  readonly ports: ApiPorts;
  readonly query: Query;
  readonly body: Body;
}

/** A route as data: what OpenAPI says of it, who may call it, and what it does. */
export interface Route extends RouteShape<z.ZodType, z.ZodType> {
  readonly access: Access;
  run(ports: ApiPorts, input: RouteInput, caller: Caller | undefined): Promise<Reply>;
}

/** Describes a route that needs a key of one of these roles. */
export function keyedRoute<Query extends z.ZodType, Body extends z.ZodType>(
  access: readonly Role[],
  shape: RouteShape<Query, Body>,
  handle: (call: KeyedCall<z.output<Query>, z.output<Body>>) => Promise<Reply>,
): Route {
  return {
    ...shape,
    access,
    run: async (ports, input, caller) => {
      if (!caller) throw new TypeError(`${shape.method} ${shape.path} was run without a caller`);
      const query = parseWith(shape.query, input.query, '') as z.output<Query>;
      const body = (shape.body ? parseWith(shape.body, readJson(input.bodyText), 'body') : undefined) as z.output<Body>;
      return handle({ ...input, ...caller, ports, query, body });
    },
  };
}

/** Describes a route that anybody may call. */
export function publicRoute(shape: RouteFacts, handle: () => Promise<Reply>): Route {
  return {
    ...shape,
    access: 'public',
    run: async (_ports, input) => {
      parseWith(undefined, input.query, '');
      return handle();
    },
  };
}

function parseWith(schema: z.ZodType | undefined, value: unknown, root: string): unknown {
  if (!schema) {
    const names = Object.keys(value as object);
    if (names.length === 0) return {};
    throw new InvalidRequestError(names.map((field) => ({ field, expected: 'no parameters here' })));
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new InvalidRequestError(toRequestIssues(result.error, root));
}

function readJson(text: string): unknown {
  let hasPrototype = false;
  let value: unknown;
  try {
    value = JSON.parse(text, (name, part: unknown) => {
      hasPrototype ||= name === '__proto__';
      return part;
    });
  } catch (cause) {
    throw new InvalidRequestError([{ field: 'body', expected: 'JSON' }], { cause });
  }
  // Schemas pass over this name without a word: a budget would lose its filter and count every call.
  if (hasPrototype) throw new InvalidRequestError([{ field: '__proto__', expected: 'no such field or parameter' }]);
  return value;
}
