import { z } from 'zod';
import type { MeasuringWorkload } from '../../../app/advice/read-recorded-profile.ts';
import { type AdviceAnswer, recommendForWorkload } from '../../../app/advice/recommend-workload.ts';
import { toProfileValue } from '../../../domain/advice/parse-profile.ts';
import { formatUsd } from '../../../domain/money.ts';
import { profileBody, profileQuery, recommendationFields } from '../recommendation-answer.ts';
import { renderCompleteness } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount } from '../schemas.ts';

/** Measuring begins no further day after so long, well before a request is given up. */
const MEASURE_MS = 12_000;

const filterText = z
  .union([z.string(), z.array(z.string()).max(50)])
  .optional()
  .describe('dimension=value; repeat it for more dimensions, all of which must hold.');

const advisedAnswer = z.strictObject({
  from: dayText,
  to: dayText,
  recorded_days: smallCount,
  contradictory_days: z.array(dayText).describe('Left out: their entries do not add up to the totals; audit them.'),
  calls: smallCount.describe('Recorded chat calls with text; the profile is of these.'),
  left_out_calls: z.record(z.string(), smallCount).describe('Recorded calls of other kinds, by reason.'),
  cost_usd: decimalText.describe('Recorded, of the calls.'),
  ...recommendationFields,
  ...completenessFields,
});

const measuringAnswer = z.strictObject({
  status: z.literal('measuring'),
  from: dayText,
  to: dayText,
  days_done: smallCount,
  days_in_all: smallCount,
});

const answers = {
  200: { description: 'The advice.', schema: advisedAnswer },
  202: { description: 'Days are still being measured: ask again.', schema: measuringAnswer },
};

/** Routes that advise what to do with the recorded workload. */
export const recommendationRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/recommendation',
      summary: 'What to do with the recorded calls: API, hybrid or own machines, with what decides it',
      description:
        'Over the last 28 complete days. Every field of a profile may be stated and goes before what was recorded; what ' +
        'neither says stays unknown. Figures of models are JSON numbers.',
      query: z.strictObject({ filter: filterText, ...profileQuery }),
      answers,
    },
    async (call) => {
      const { filter, ...texts } = call.query;
      return advise(call, readTexts(texts), filter);
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/recommendation',
      summary: 'The same with a profile as a body',
      description: 'What the profile says goes before what was recorded. Unknown fields are refused.',
      body: z.strictObject({ profile: profileBody.default({}), filter: z.array(z.string()).max(50).optional() }),
      answers,
    },
    async (call) => advise(call, call.body.profile, call.body.filter),
  ),
];

async function advise(
  { ports, tenant }: Pick<KeyedCall<unknown, unknown>, 'ports' | 'tenant'>,
  profile: unknown,
  filter: string | readonly string[] = [],
): Promise<Reply> {
  const filters = typeof filter === 'string' ? [filter] : filter;
  const answer = await recommendForWorkload(ports, tenant, { profile, filters }, ports.now() + MEASURE_MS);
  return answer.status === 'measuring'
    ? { status: 202, body: renderMeasuring(answer) }
    : { status: 200, body: renderAdvice(answer) };
}

/** Values of a query as a body would have them. */
function readTexts(texts: Readonly<Record<string, string | undefined>>): Readonly<Record<string, unknown>> {
  const sent = Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return Object.fromEntries(sent.map(([name, text]) => [name, toProfileValue(name, text)]));
}

function renderMeasuring({ days, daysDone, daysInAll }: MeasuringWorkload): z.output<typeof measuringAnswer> {
  return { status: 'measuring', from: days.fromDay, to: days.toDay, days_done: daysDone, days_in_all: daysInAll };
}

function renderAdvice(answer: AdviceAnswer): Record<keyof typeof advisedAnswer.shape, unknown> {
  return {
    from: answer.days.fromDay,
    to: answer.days.toDay,
    recorded_days: answer.recordedDays,
    contradictory_days: [...answer.contradictoryDays],
    calls: answer.calls,
    left_out_calls: answer.leftOutCalls,
    cost_usd: formatUsd(answer.costPicoUsd),
    ...answer.recommendation,
    ...renderCompleteness(answer.reasons, answer.asOfMs),
  };
}
