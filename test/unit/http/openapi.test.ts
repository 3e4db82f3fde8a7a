import { describe, expect, it } from 'vitest';
import { describeApi } from '../../../lib/adapters/http/describe-api.ts';
import { ROUTES } from '../../../lib/adapters/http/routes.ts';
import usageEventSchema from '../../../lib/contracts/usage-event.schema.json' with { type: 'json' };

const document = describeApi(ROUTES, usageEventSchema);

describe('the OpenAPI description', () => {
  it('is the one that the API serves (`vitest run --update` writes it anew)', async () => {
    const served = new URL('../../../lib/contracts/openapi.generated.json', import.meta.url).pathname;
    await expect(`${JSON.stringify(document, null, 1)}\n`).toMatchFileSnapshot(served);
  });

  it('names every route once, under an operation id of its own', () => {
    const operations = Object.values(document['paths'] as Record<string, Record<string, { operationId: string }>>);
    const ids = operations.flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(ids).toHaveLength(ROUTES.length);
    expect(new Set(ids).size).toBe(ROUTES.length);
  });
});
