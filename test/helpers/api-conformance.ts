import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { HttpResponse } from '../../lib/adapters/http/http-types.ts';
import document from '../../lib/contracts/openapi.generated.json' with { type: 'json' };

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'api', ...document });
const compiled = new Map<string, ValidateFunction>();

/** Every operation of the served description, as `GET /v1/spend`, with the roles it is for (`null` = anybody). */
export const OPERATIONS: readonly {
  readonly method: string;
  readonly path: string;
  readonly roles: readonly string[] | null;
}[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    roles: 'x-roles' in operation ? operation['x-roles'] : null,
  })),
);

/**
 * What in a response breaks the served OpenAPI description; empty when nothing does. A path that no operation has is
 * only held to being a problem.
 */
export function findViolations(method: string, path: string, response: HttpResponse): readonly string[] {
  const operation = findOperation(method, path);
  const answers = (operation?.responses ?? {}) as Record<string, { content?: Record<string, unknown> }>;
  const named = Object.hasOwn(answers, String(response.status)) ? String(response.status) : 'default';
  if (named === 'default' && response.status < 400) return [`${method} ${path} does not describe ${response.status}`];
  const sent = response.headers['content-type'] ?? '';
  const usual = named === 'default' ? 'application/problem+json' : 'application/json';
  const type = Object.hasOwn(answers[named]?.content ?? {}, sent) ? sent : usual;
  if (type === 'application/x-protobuf') return response.body === '' ? [] : ['protobuf as text'];
  const hasContent = named === 'default' || answers[named]?.content !== undefined;
  if (!hasContent) return response.body === '' ? [] : [`${method} ${path} ${named} has a body`];
  if (response.headers['content-type'] !== type) return [`content-type ${response.headers['content-type']}`];
  const pointer =
    type === 'application/problem+json'
      ? '#/components/schemas/Problem'
      : `#/paths/${encodePointer(operation?.path ?? '')}/${method.toLowerCase()}/responses/${named}/content/${encodePointer(type)}/schema`;
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `api${pointer}` });
  compiled.set(pointer, validate);
  if (validate(JSON.parse(response.body))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function findOperation(method: string, path: string) {
  const found = Object.entries(document.paths)
    .filter(([pattern]) => new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '.+')}$`).test(path))
    .sort(([a], [b]) => a.split('{').length - b.split('{').length)
    .flatMap(([pattern, methods]) =>
      Object.entries(methods).map(([name, operation]) => ({ name, path: pattern, responses: operation.responses })),
    );
  return found.find(({ name }) => name === method.toLowerCase());
}

function encodePointer(path: string): string {
  return encodeURIComponent(path.replaceAll('/', '~1')).replaceAll('%7E', '~');
}
