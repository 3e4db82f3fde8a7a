import { gunzipSync } from 'node:zlib';
import { wrapGzip } from '../../app/recording/submit-events.ts';
import { MAX_INFLATED_BYTES } from '../../contracts/limits.ts';
import { encodeFailure } from '../otlp/encode-answer.ts';
import { contentTypeOf, otlpEncodingOf } from '../otlp/otlp-encoding.ts';
import type { ApiPorts } from './api-ports.ts';
import { createDoor } from './authenticate.ts';
import { decodeText } from './decode-text.ts';
import { HttpError } from './http-errors.ts';
import type { HttpRequest, HttpResponse } from './http-types.ts';
import { type Problem, toProblemResponse } from './problem.ts';
import type { Reply, Route, RouteInput } from './route.ts';
import { ROUTES } from './routes.ts';

/** A Lambda function is not handed more than this. */
const MAX_BODY_BYTES = 6_000_000;

/** The API as a function from request to response; it never throws. */
export function createApi(
  ports: ApiPorts,
  routes: readonly Route[] = ROUTES,
): (request: HttpRequest) => Promise<HttpResponse> {
  const enter = createDoor(ports);
  return async (request) => {
    let found: Route | undefined;
    try {
      const { route, params } = findRoute(routes, request);
      found = route;
      const caller = await enter(request, route.access, params['tenant']);
      const reply = await route.run(ports, readInput(route, request, params), caller);
      return toResponse(reply);
    } catch (error) {
      const response = toProblemResponse(error);
      if (response.status >= 500) ports.reportError(error);
      return found?.speaksOtlp ? toOtlpFailure(request, response) : response;
    }
  };
}

function findRoute(
  routes: readonly Route[],
  request: HttpRequest,
): { route: Route; params: Readonly<Record<string, string>> } {
  const matches = routes.flatMap((route) => {
    const params = matchPath(route.path, request.path);
    return params ? [{ route, params }] : [];
  });
  if (matches.length === 0) throw new HttpError(404, 'route/unknown', `There is nothing at ${request.path}.`);
  // A path without parameters is listed before one with them, so the first match is the closest.
  const match = matches.find(({ route }) => route.method === request.method);
  if (match) return match;
  const allow = [...new Set(matches.map(({ route }) => route.method))].join(', ');
  throw new HttpError(405, 'route/method', `${request.path} takes ${allow}, not ${request.method}.`, { allow });
}

/** The last parameter of a path takes what is left between its literal parts: an id may hold slashes, decoded by now. */
function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const open = wanted.findLastIndex((part) => part.startsWith('{'));
  const more = given.length - wanted.length;
  if (more < 0 || (open < 0 && more > 0)) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const start = open >= 0 && index > open ? index + more : index;
    const text = given.slice(start, start + 1 + (index === open ? more : 0)).join('/');
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? part !== text : text === '') return undefined;
    if (name !== undefined) params[name] = text;
  }
  return params;
}

function readInput(route: Route, request: HttpRequest, params: Readonly<Record<string, string>>): RouteInput {
  return {
    params,
    query: readQuery(request.query),
    bodyText: readBody(route, request),
    readBytes: (maxBytes) => readBytes(request, maxBytes),
    headers: request.headers,
  };
}

function readQuery(query: string): Readonly<Record<string, string | readonly string[]>> {
  const values = new Map<string, string | readonly string[]>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]);
  }
  return Object.fromEntries(values);
}

function readBody(route: Route, request: HttpRequest): string {
  if (route.takesSpans || (!route.body && !route.takesEvents)) return '';
  // Events travel on compressed; whoever decodes the message inflates it within its limits.
  if (route.takesEvents && checkBody(request) === 'gzip') return wrapGzip(request.body);
  return decodeText(readBytes(request, MAX_INFLATED_BYTES));
}

function readBytes(request: HttpRequest, maxBytes: number): Uint8Array {
  return checkBody(request) === 'gzip' ? inflate(request.body, maxBytes) : request.body;
}

function checkBody({ body, headers }: HttpRequest): 'identity' | 'gzip' {
  if (body.byteLength > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new HttpError(415, 'request/encoding', `A body may be plain or gzip, not ${encoding}.`, {
    'accept-encoding': 'gzip, identity',
  });
}

function inflate(body: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(maxBytes);
    throw new HttpError(400, 'request/encoding', 'The body is not gzip.');
  }
}

function tooLarge(limitBytes: number): HttpError {
  return new HttpError(413, 'request/too-large', `A body has at most ${limitBytes} bytes.`);
}

/** OTLP's clients read failures as a `google.rpc.Status` in the encoding that they speak. */
function toOtlpFailure(request: HttpRequest, problem: HttpResponse): HttpResponse {
  const encoding = otlpEncodingOf(request.headers['content-type']);
  if (!encoding) return problem;
  const { detail } = JSON.parse(problem.body) as Problem;
  const headers = { ...problem.headers, 'content-type': contentTypeOf(encoding) };
  const failure = encodeFailure(encoding, problem.status, detail);
  return { status: problem.status, headers, ...toBody(failure) };
}

function toBody(encoded: string | Uint8Array): Pick<HttpResponse, 'body' | 'bytes'> {
  return typeof encoded === 'string' ? { body: encoded } : { body: '', bytes: encoded };
}

function toResponse({ status, body, encoded, headers = {} }: Reply): HttpResponse {
  const contentType = body === undefined ? {} : { 'content-type': 'application/json' };
  return {
    status,
    headers: { 'cache-control': 'no-store', ...contentType, ...headers },
    ...toBody(encoded ?? (body === undefined ? '' : JSON.stringify(body))),
  };
}
