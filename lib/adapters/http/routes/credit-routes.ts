import { z } from 'zod';
import { giveCredit } from '../../../app/corrections/give-credit.ts';
import { CREDIT_ALLOCATIONS } from '../../../domain/corrections/credit.ts';
import { formatUsd } from '../../../domain/money.ts';
import { HttpError } from '../http-errors.ts';
import { renderCompleteness } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText } from '../schemas.ts';

/** How long one request tries to record a credit, in milliseconds: well within what a gateway waits for. */
const TRY_MS = 10_000;

const creditInput = z.strictObject({
  id: z.string().describe('The same credit again under its id changes nothing.'),
  amount_usd: decimalText.describe('What is given back, above zero.'),
  from: dayText.describe('First local day that it is for; it lands on this day.'),
  to: dayText.describe('The day after the last.'),
  reason: z.string().describe('Why, in up to 500 bytes; kept for ever.'),
  allocation: z
    .enum(CREDIT_ALLOCATIONS)
    .default('none')
    .describe('`none`: it stays on its own dimensions; `proportional`: it follows the cost of its period.'),
  dimensions: z
    .record(z.string(), z.string())
    .default({})
    .describe('Where it lands in spend, such as {"provider":"openai","team":"cx"}.'),
});

const creditAnswer = z.strictObject({
  id: z.string(),
  outcome: z.enum(['recorded', 'duplicate']),
  amount_usd: decimalText,
  day: dayText,
  is_void: z.boolean().describe('It was voided since: it counts for nothing, and its id stays taken.'),
  ...completenessFields,
});

/** The route by which a vendor's credits and discounts on the invoice come into the ledger. */
export const creditRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/credits',
      summary: 'Record a credit: an amount given back or taken off an invoice',
      description:
        'An entry that lowers cost and leaves list cost as it is. It can be voided like any entry. Another credit under the same id is a 409, and nothing is recorded.',
      body: creditInput,
      answers: {
        200: { description: 'It was recorded before.', schema: creditAnswer },
        201: { description: 'It is recorded.', schema: creditAnswer },
      },
    },
    async ({ ports, tenant, key, body }) => {
      const { amount_usd: amountUsd, ...rest } = body;
      const deadlineMs = ports.now() + TRY_MS;
      const { asOfMs } = await ports.readFreshness(tenant);
      const credit = await giveCredit(ports, tenant, key.keyId, { ...rest, amountUsd }, deadlineMs);
      if (credit.outcome === 'conflict') {
        throw new HttpError(409, 'credit/conflict', 'The ledger holds another entry under this id.');
      }
      const { outcome, amountPicoUsd, day, isVoid } = credit;
      const answer = { id: body.id, outcome, amount_usd: formatUsd(amountPicoUsd), day, is_void: isVoid };
      const status = outcome === 'recorded' ? 201 : 200;
      return { status, body: { ...answer, ...renderCompleteness([], asOfMs) } };
    },
  ),
];
