import { LocalHostError } from './errors.ts';

/** One resource of a template, its properties not yet resolved. */
export interface TemplateResource {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What a resource became here: what `Ref` and `Fn::GetAtt` answer. */
export interface PhysicalResource {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Physical resources and pseudo parameters by the id that the template uses for them. */
export type PhysicalResources = ReadonlyMap<string, PhysicalResource>;

/** Resources of one CloudFormation type, in the order of the template. */
export function listResources(template: Readonly<Record<string, unknown>>, type: string): TemplateResource[] {
  return Object.entries(asRecord(template['Resources']))
    .map(([id, resource]) => ({ id, resource: asRecord(resource) }))
    .filter(({ resource }) => resource['Type'] === type)
    .map(({ id, resource }) => ({
      id,
      properties: asRecord(resource['Properties']),
      metadata: asRecord(resource['Metadata']),
    }));
}

/** The template's outputs, resolved. */
export function readOutputs(
  template: Readonly<Record<string, unknown>>,
  resources: PhysicalResources,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asRecord(template['Outputs'])).map(([name, output]) => [
      name,
      resolveText(asRecord(output)['Value'], resources),
    ]),
  );
}

/**
 * Replaces `Ref`, `Fn::GetAtt`, `Fn::Join` and `Fn::Sub` anywhere inside a value.
 * @throws {@link LocalHostError} `local/template-unsupported` for another function or an unknown resource
 */
export function resolveValue(value: unknown, resources: PhysicalResources): unknown {
  if (Array.isArray(value)) return value.map((each) => resolveValue(each, resources));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    return resolveIntrinsic(only[0], only[1], resources);
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, resolveValue(each, resources)]));
}

/**
 * Resolves a value that must be text; numbers and booleans become their text, as CloudFormation does.
 * @throws {@link LocalHostError} `local/template-unsupported` when it is anything else
 */
export function resolveText(value: unknown, resources: PhysicalResources): string {
  const resolved = resolveValue(value, resources);
  if (typeof resolved === 'string') return resolved;
  if (typeof resolved === 'number' || typeof resolved === 'boolean') return String(resolved);
  throw unsupported(`expected text, found ${JSON.stringify(value)}`);
}

/** A JSON object of unknown content; anything else counts as empty. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

/** A JSON array of unknown content; anything else counts as empty. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The error for a template that the local host cannot run. */
export function unsupported(detail: string): LocalHostError {
  return new LocalHostError('local/template-unsupported', `the local host cannot run this template: ${detail}`);
}

function resolveIntrinsic(name: string, argument: unknown, resources: PhysicalResources): unknown {
  if (name === 'Ref' && typeof argument === 'string') return look(argument, resources).ref;
  if (name === 'Fn::GetAtt') {
    const [id = '', attribute = ''] = typeof argument === 'string' ? argument.split('.') : asList(argument).map(String);
    return attributeOf(id, attribute, resources);
  }
  if (name === 'Fn::Join') {
    const [separator, parts] = asList(argument);
    return asList(parts)
      .map((part) => resolveText(part, resources))
      .join(String(separator));
  }
  if (name === 'Fn::Sub') return substitute(argument, resources);
  throw unsupported(`${name} is not known here`);
}

function substitute(argument: unknown, resources: PhysicalResources): string {
  const [text, variables] = typeof argument === 'string' ? [argument, {}] : asList(argument);
  const own = asRecord(variables);
  return String(text).replaceAll(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
    if (literal) return whole.replace('!', '');
    if (name in own) return resolveText(own[name], resources);
    const [id = '', attribute] = name.split('.');
    return attribute === undefined ? look(id, resources).ref : attributeOf(id, attribute, resources);
  });
}

function attributeOf(id: string, attribute: string, resources: PhysicalResources): string {
  const value = look(id, resources).attributes[attribute];
  if (value === undefined) throw unsupported(`${id} has no attribute ${attribute} here`);
  return value;
}

function look(id: string, resources: PhysicalResources): PhysicalResource {
  const resource = resources.get(id);
  if (!resource) throw unsupported(`${id} does not exist here`);
  return resource;
}
