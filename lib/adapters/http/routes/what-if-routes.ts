import { z } from 'zod';
import { playWhatIf, type WhatIfPage } from '../../../app/what-if/play-what-if.ts';
import { type ChangeInput, MAX_CHANGES } from '../../../app/what-if/read-changes.ts';
import { INPUT_PARTS } from '../../../contracts/usage-units.ts';
import { formatUsd } from '../../../domain/money.ts';
import { adviseCaching } from '../../../domain/what-if/caching-advice.ts';
import { CHANGE_KINDS } from '../../../domain/what-if/change.ts';
import { listDeciding, nameInput } from '../../../domain/what-if/deciding.ts';
import type { ChangeSums } from '../../../domain/what-if/fold.ts';
import { AUDIT_PARTS, type TokenAudit } from '../../../domain/what-if/token-audit.ts';
import { readPage } from '../page.ts';
import { renderCompleteness, renderWhole } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, cursorText, decimalText, smallCount, wholeNumber } from '../schemas.ts';
import { cachingAdviceSchema, prefixSchema, renderAdvice, renderPrefix } from './what-if-prefixes.ts';

const text = z.string().min(1).max(128);
const decimal = z.string().min(1).max(40);
const part = z.enum(INPUT_PARTS);

const scope = {
  filter: z.array(z.string().max(512)).max(50).optional().describe('As of the question; calls that it is about.'),
  from: z.string().max(64).optional().describe('Calls before this local day, month or time are left as they are.'),
};

const taken = {
  ...scope,
  share: decimal
    .optional()
    .describe(
      'Share of the calls, "0" to "1"; with `complexity`, of those that told none. "rest": what no other change of the kind took.',
    ),
  complexity: text.optional().describe('Calls whose `route.complexity` is this are taken whole, others are not.'),
};

const changeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('response_cache'),
    ...taken,
    share: decimal.describe('Share of calls that are hits.'),
  }),
  z.strictObject({
    kind: z.literal('self_host'),
    ...taken,
    monthly_cost_usd: decimal.optional().describe('Fixed cost of the machines in a month, decimal text.'),
    capacity: text
      .optional()
      .describe('In its place: a registered capacity, which costs nothing more while it is booked.'),
    model: text.optional().describe('A model with open weights of the reference, for what it takes.'),
    context_tokens: z.int().min(1).optional().describe('Most tokens of input and output together.'),
  }),
  z.strictObject({
    kind: z.literal('model'),
    ...taken,
    model: text.optional(),
    provider: text.optional().describe('Left out with a model: whoever alone serves a model of that name.'),
    region: text.optional(),
  }),
  z.strictObject({ kind: z.literal('tier'), ...taken, service_tier: text.describe('Such as `batch`.') }),
  z.strictObject({
    kind: z.literal('trim'),
    ...scope,
    part: part.optional().describe('`system` where left out.'),
    reduction: decimal.describe('Share of the part that is left out.'),
  }),
  z.strictObject({
    kind: z.literal('lazy_tools'),
    ...scope,
    needed_share: decimal.describe('Share of calls that need their tools; the others send none.'),
  }),
  z.strictObject({
    kind: z.literal('compress'),
    ...scope,
    compressed_share: decimal.describe('Share of the parts that a summary replaces.'),
    ratio: decimal.describe('How many times shorter the summary is.'),
    parts: z.array(part).min(1).max(INPUT_PARTS.length).optional().describe('history and retrieved where left out.'),
  }),
  z.strictObject({
    kind: z.literal('prompt_cache'),
    ...scope,
    share: decimal.describe('Share of every prompt that is read from the cache at least.'),
    reads_per_write: decimal.optional().describe('How often a written token is read; "10" where left out.'),
    time_to_live: z.enum(['5m', '1h']).optional(),
    min_input_tokens: z.int().min(0).optional().describe('Shorter prompts are not cached; 1024 where left out.'),
  }),
]) satisfies z.ZodType<ChangeInput>;

const whatIfBody = z.strictObject({
  from: z.string().min(1).max(64).optional().describe('First local day, month or whole UTC hour; included.'),
  to: z.string().min(1).max(64).optional().describe('End, in the same forms; excluded.'),
  filter: z.array(z.string().max(512)).max(50).optional().describe('dimension=value; as of spend.'),
  group_by: z.array(text).max(3).optional().describe('Up to three dimensions.'),
  changes: z.array(changeSchema).max(MAX_CHANGES).describe('In any order: it does not matter.'),
  assumed_parts: z
    .strictObject(Object.fromEntries(INPUT_PARTS.map((name) => [name, decimal.optional()])))
    .optional()
    .describe('Shares of prompts by part, for calls that did not tell theirs.'),
  audit: z.boolean().optional().describe('Also what parts of prompts cost, and which prefixes should be cached.'),
  cursor: cursorText.optional(),
});

const unpriced = smallCount.describe('Calls of which no cost is known; amounts are of the others.');
const amount = decimalText.nullable();

const sums = {
  calls: smallCount,
  unpriced_calls: unpriced,
  changed_calls: smallCount,
  cost_before_usd: amount.describe('Null: no cost of any of the calls is known.'),
  cost_after_usd: amount,
  difference_usd: amount.describe('After less before.'),
};

const stepSchema = z.strictObject({
  change: smallCount.nullable().describe('Place in the list of changes; null: calls rated at prices of today.'),
  kind: z.enum([...CHANGE_KINDS, 'rerated']),
  input: z.string().nullable().describe('The field that the difference hangs on.'),
  calls: smallCount.describe('Calls that it is about.'),
  changed_calls: smallCount,
  difference_usd: decimalText,
  left: z.array(z.strictObject({ reason: z.string(), calls: smallCount, unpriced_calls: unpriced, cost_usd: amount })),
});

const auditSchema = z.strictObject({
  calls: smallCount,
  calls_with_parts: smallCount.describe('Calls that told the parts of their prompt.'),
  parts: z.array(z.strictObject({ part: z.enum(AUDIT_PARTS), tokens: wholeNumber, cost_usd: decimalText })),
});

const whatIfAnswer = z.strictObject({
  rows: z.array(z.object(sums).catchall(z.string().nullable())),
  total: z.strictObject({ ...sums, fixed_cost_usd: decimalText.describe('Of own machines, in cost_after_usd.') }),
  steps: z.array(stepSchema).describe('In the order in which changes take effect; they sum to the total difference.'),
  decided_by: z.array(z.strictObject({ input: z.string(), difference_usd: decimalText })),
  assumed: z.array(z.strictObject({ change: smallCount.nullable(), text: z.string() })),
  audit: auditSchema.nullable(),
  prefixes: z.array(prefixSchema).nullable().describe('Per app, feature and model; parts are to be joined.'),
  advice: z.array(cachingAdviceSchema).nullable().describe('Of the whole question; null in a part of one.'),
  catalog_version: z.string(),
  progress_ratio: z.number().min(0).max(1),
  ...completenessFields,
  next: cursorText.optional(),
});

/** The route that rates recorded calls as they would have cost. */
export const whatIfRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/what-if',
      summary: 'What recorded calls would have cost under changes',
      description:
        'Changes nothing. A long period is answered in parts: go on with `next` until it is absent, and add up rows, ' +
        'total, steps and audit; they are exact, and so are their sums.',
      body: whatIfBody,
      answers: { 200: { description: 'The difference in a part of the period.', schema: whatIfAnswer } },
    },
    async ({ ports, tenant, body: { cursor, ...asked } }) => {
      const { from, to, filter = [], group_by: groupBy = [], changes, assumed_parts: assumedParts } = asked;
      const question = { from, to, filters: filter, groupBy, changes, assumedParts, isAudited: asked.audit === true };
      const { page, next } = await readPage(tenant, `what-if ${JSON.stringify(asked)}`, cursor, (position) =>
        playWhatIf(ports, tenant, question, position),
      );
      const isWhole = cursor === undefined && page.next === undefined;
      return { status: 200, body: { ...renderPage(page, isWhole), ...next } };
    },
  ),
];

function renderPage(page: WhatIfPage, isWhole: boolean): Record<string, unknown> {
  const { columns, rows, total, prefixes } = page;
  return {
    rows: rows.map((row) => ({
      ...Object.fromEntries(columns.map((name, index) => [name, row.values[index] ?? null])),
      ...renderSums(row),
    })),
    total: { ...renderSums(total), fixed_cost_usd: formatUsd(page.fixedPicoUsd) },
    steps: renderSteps(page),
    decided_by: listDeciding(
      page.steps.map(({ change, differencePicoUsd }) => ({ input: nameInput(change), differencePicoUsd })),
    ).map(({ input, differencePicoUsd }) => ({ input, difference_usd: formatUsd(differencePicoUsd) })),
    assumed: page.assumptions.map(({ index, text: assumed }) => ({ change: index, text: assumed })),
    audit: page.audit && renderAudit(page.audit),
    prefixes: prefixes?.map(renderPrefix) ?? null,
    advice: prefixes && isWhole ? adviseCaching(prefixes).map(renderAdvice) : null,
    catalog_version: page.catalogVersion,
    progress_ratio: page.ratio,
    ...renderCompleteness(page.reasons, page.asOfMs),
  };
}

function renderSums(sum: ChangeSums) {
  const { calls, unpricedCalls, changedCalls, beforePicoUsd, afterPicoUsd } = sum;
  return {
    ...{ calls, unpriced_calls: unpricedCalls, changed_calls: changedCalls },
    cost_before_usd: renderKnown(beforePicoUsd, sum),
    cost_after_usd: renderKnown(afterPicoUsd, sum),
    difference_usd: renderKnown(afterPicoUsd - beforePicoUsd, sum),
  };
}

/** An amount of calls, or null where it is known of none of them. */
function renderKnown(picoUsd: bigint, of: { readonly calls: number; readonly unpricedCalls: number }): string | null {
  return of.calls > 0 && of.calls === of.unpricedCalls ? null : formatUsd(picoUsd);
}

function renderSteps({ steps, reratedPicoUsd }: WhatIfPage): z.output<typeof stepSchema>[] {
  const changed = steps.map(({ change, calls, changedCalls, differencePicoUsd, left }) => ({
    change: change.index,
    kind: change.kind,
    input: nameInput(change),
    calls,
    changed_calls: changedCalls,
    difference_usd: formatUsd(differencePicoUsd),
    left: left.map((it) => ({
      ...{ reason: it.reason, calls: it.calls, unpriced_calls: it.unpricedCalls },
      cost_usd: renderKnown(it.costPicoUsd, it),
    })),
  }));
  const rerated = { change: null, kind: 'rerated' as const, input: null, calls: 0, changed_calls: 0, left: [] };
  return steps.length === 0 ? [] : [{ ...rerated, difference_usd: formatUsd(reratedPicoUsd) }, ...changed];
}

function renderAudit({ calls, callsWithParts, parts }: TokenAudit): z.output<typeof auditSchema> {
  return {
    calls,
    calls_with_parts: callsWithParts,
    parts: AUDIT_PARTS.map((name) => ({
      part: name,
      tokens: renderWhole(parts.get(name)?.tokens ?? 0n),
      cost_usd: formatUsd(parts.get(name)?.costPicoUsd ?? 0n),
    })),
  };
}
