import { z } from 'zod';
import { InvalidRequestError } from '../../../app/request-errors.ts';
import { answerCalculation, CALCULATORS } from '../../../domain/calculators/calculators.ts';
import { keyedRoute, type Route } from '../route.ts';

/** Most estimates of one request, included. */
const MAX_ESTIMATES = 100;

const asked = z.looseObject({
  fn: z.enum([...CALCULATORS.keys()]),
  inputs: z.record(z.string(), z.unknown()),
});

/** The calculators judge what they are asked: they say more of what is wrong than a schema. */
const estimateBody = z.unknown().meta(describeInput(z.union([asked, z.array(asked).min(1).max(MAX_ESTIMATES)])));

const estimate = z.strictObject({
  fn: z.string(),
  result: z.record(z.string(), z.unknown()).describe('Model figures are JSON numbers; null: it does not exist.'),
  ignored: z.array(z.string()).describe('Inputs that were sent and that the function does not know.'),
});

/** Routes that compute from typed-in figures; nothing of the ledger is in their answers. */
export const estimateRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/estimates',
      summary: 'Figures of break-even, cost and saving from typed-in inputs',
      description:
        'The functions of `tokenledger calc`. One estimate, or a list that is answered in the same order, and not at ' +
        'all when one of it is wrong.',
      body: estimateBody,
      answers: {
        200: { description: 'As many as were asked for.', schema: z.union([estimate, z.array(estimate)]) },
      },
    },
    async ({ body }) => {
      if (!Array.isArray(body)) return { status: 200, body: answer(body, '') };
      if (body.length === 0 || body.length > MAX_ESTIMATES) {
        const expected = `1 to ${MAX_ESTIMATES} estimates, not ${body.length}`;
        throw new InvalidRequestError([{ field: 'body', expected }]);
      }
      return { status: 200, body: body.map((one, index) => answer(one, `[${index}].`)) };
    },
  ),
];

function answer(request: unknown, way: string): z.output<typeof estimate> {
  const { fn, result, ignored } = answerCalculation(request, way);
  return { fn, result: { ...result }, ignored: [...ignored] };
}

function describeInput(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _dialect, ...shown } = z.toJSONSchema(schema);
  return shown;
}
