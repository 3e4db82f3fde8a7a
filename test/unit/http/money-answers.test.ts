import { describe, expect, it } from 'vitest';
import alertSchema from '../../../lib/contracts/alert.schema.json' with { type: 'json' };
import openApi from '../../../lib/contracts/openapi.generated.json' with { type: 'json' };

const COMPLETENESS = ['complete', 'incomplete_reasons', 'as_of'];

/**
 * Amounts that are no sum over usage, so that nothing can be missing in them. Each is the beginning of a route's answer
 * and the way to the amount in it, with the reason.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'POST /v1/anomalies/{id}/confirm: masked_days.expected_usd':
    'an estimate, which stands as it was when it was decided',
  'POST /v1/anomalies/{id}/dismiss: masked_days.expected_usd': 'as of a confirmed one; nothing is masked',
  'GET /v1/budgets: budgets.amount_usd':
    "the budget's own amount; what was spent of it stands beside it, with all three",
  'POST /v1/budgets: amount_usd': "the budget's own amount, as it was just given",
  'PUT /v1/budgets/{name}: amount_usd': "the budget's own amount, as it was just given",
  'GET /v1/budgets/check: budgets.':
    'asked before every call: counting what is missing costs more than the rest, so it says as of when and at which commit',
  'POST /v1/break-even: ': 'figures of a model over typed calls; nothing was counted',
  'GET /v1/capacities: capacities.versions.price_usd': "the capacity's own price",
  'GET /v1/capacities/{name}: versions.price_usd': "the capacity's own price",
  'PUT /v1/capacities/{name}: versions.price_usd': "the capacity's own price, as it was just given",
  'DELETE /v1/capacities/{name}: versions.price_usd': "the capacity's own price",
  'GET /v1/catalog/models/{provider}/{model}: ': 'list prices of the catalog, which no call changes',
};

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Ways to properties of money with no completeness in any object around them. */
function findBare(schema: unknown, way: string): readonly string[] {
  if (!isJson(schema)) return [];
  const { properties, items, additionalProperties } = schema;
  const names = isJson(properties) ? Object.keys(properties) : [];
  if (COMPLETENESS.every((name) => names.includes(name))) return [];
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((word) => (Array.isArray(schema[word]) ? schema[word] : []));
  return [
    ...names.filter((name) => /_(pico_)?usd$/.test(name)).map((name) => way + name),
    ...Object.entries(isJson(properties) ? properties : {}).flatMap(([name, value]) =>
      findBare(value, `${way}${name}.`),
    ),
    ...[items, additionalProperties, ...branches].flatMap((inner) => findBare(inner, way)),
  ];
}

/** Every answer of every route that is described by a schema. */
const answers = Object.entries(openApi.paths as Record<string, Record<string, Json>>).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { responses }]) =>
    Object.entries(responses as Record<string, { content?: Record<string, { schema?: unknown }> }>)
      .filter(([status]) => status !== 'default')
      .flatMap(([, { content = {} }]) =>
        Object.values(content).map(({ schema }) => ({ route: `${method.toUpperCase()} ${path}`, schema })),
      ),
  ),
);

const bare = answers.flatMap(({ route, schema }) => findBare(schema, '').map((way) => `${route}: ${way}`));

describe('answers about money', () => {
  it('say as of when and how complete they are, except for amounts that nothing can be missing in', () => {
    const names = Object.keys(EXCEPTIONS);
    expect([...new Set(bare)].filter((way) => !names.some((name) => way.startsWith(name)))).toEqual([]);
  });

  it('are left out for a reason only where such an amount still is', () => {
    expect(Object.keys(EXCEPTIONS).filter((name) => !bare.some((way) => way.startsWith(name)))).toEqual([]);
  });

  it('include alerts, each of which says it in its data', () => {
    expect(alertSchema.required).toEqual(expect.arrayContaining(COMPLETENESS));
  });

  it('are found by the search for amounts wherever they are nested', () => {
    const amount = { type: 'object', properties: { cost_usd: {} } };
    const covered = {
      properties: { ...Object.fromEntries(COMPLETENESS.map((name) => [name, {}])), rows: { items: amount } },
    };
    expect(findBare({ properties: { a: { anyOf: [{ items: amount }, { type: 'null' }] }, covered } }, '')).toEqual([
      'a.cost_usd',
    ]);
  });
});
