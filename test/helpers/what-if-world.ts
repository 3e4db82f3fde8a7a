import type { RequestIssue } from '../../lib/app/request-errors.ts';
import { type ChangeInput, readChanges } from '../../lib/app/what-if/read-changes.ts';
import { readCatalogRows } from '../../lib/catalog/rows.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { createPriceBook, type PriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../lib/domain/rating/rating.ts';
import { leafOf } from '../../lib/domain/spend.ts';
import type { Change } from '../../lib/domain/what-if/change.ts';
import type { PlayedCall, PlayOutcome } from '../../lib/domain/what-if/play-changes.ts';
import { playChanges } from '../../lib/domain/what-if/play-changes.ts';
import type { PartShares } from '../../lib/domain/what-if/prompt.ts';
import { START_MS, TENANT } from './ledger-fixtures.ts';

const text = { kind: 'chat', input_modalities: ['text'], output_modalities: ['text'] };

const rates = (model: string, byUnit: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) =>
  Object.entries(byUnit).map(([unit, rate]) => ({ provider: 'acme', model, unit, rate, ...more }));

/**
 * Models of one vendor, USD per million tokens: `large` 10 in, 1 cached, 12.5 written, 30 out, half of it in batch;
 * `small` 1 in, 0.5 cached, 4 out, with a window of 10,000 tokens and answers of 1,000; `plain` 2 in, 8 out and no cache;
 * `tiered` 3 in and 6 above 1,000 tokens; `vectors` for embeddings.
 */
export const WHAT_IF_BOOK: PriceBook = createPriceBook({
  catalog: readCatalogRows(
    {
      rows: [
        ...rates('large', {
          ...{ input_tokens: '10', cache_read_tokens: '1', cache_write_tokens: '12.5', output_tokens: '30' },
          ...{ cache_write_1h_tokens: '20', input_image_tokens: '10' },
        }),
        ...rates('large', { input_tokens: '5', output_tokens: '15' }, { service_tier: 'batch' }),
        {
          provider: 'acme',
          model: 'large',
          facts: { ...text, input_modalities: ['text', 'image'], context_tokens: 200_000 },
        },
        ...rates('small', { input_tokens: '1', cache_read_tokens: '0.5', output_tokens: '4' }),
        { provider: 'acme', model: 'small', facts: { ...text, context_tokens: 10_000, max_output_tokens: 1_000 } },
        ...rates('plain', { input_tokens: '2', output_tokens: '8' }),
        ...rates('tiered', { output_tokens: '9', cache_read_tokens: '1' }),
        ...rates('tiered', { input_tokens: '3' }, { tiers: [{ over: 1_000, operator: '>', rate: '6' }] }),
        ...rates('vectors', { input_tokens: '0.1' }),
        { provider: 'acme', model: 'vectors', facts: { kind: 'embedding' } },
      ],
    },
    'what-if',
  ),
});

/** A call as the ledger has it: rated by the book unless a cost is given. */
export function recordedCall(fields: Partial<UsageEvent> = {}, costPicoUsd?: bigint): PlayedCall {
  const usage = { input_tokens: 1_000, output_tokens: 100 };
  const event: UsageEvent = { id: 'call', timeMs: START_MS, provider: 'acme', model: 'large', usage, ...fields };
  const rated = rateEvent(WHAT_IF_BOOK, event);
  const rating = costPicoUsd === undefined ? rated : { ...rated, costPicoUsd };
  return { event, rating, leaf: leafOf(TENANT, event, rating) };
}

/** Changes as a request gives them. @throws Error naming what is wrong with them */
export function changesOf(...inputs: readonly ChangeInput[]): readonly Change[] {
  const issues: RequestIssue[] = [];
  const changes = readChanges(TENANT, inputs, { models: [], capacities: new Map() }, issues);
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return changes;
}

/** Plays changes on a call with the models above. */
export function play(
  call: PlayedCall,
  inputs: readonly ChangeInput[],
  assumedParts: PartShares = new Map(),
): PlayOutcome {
  return playChanges({ book: WHAT_IF_BOOK, changes: changesOf(...inputs), assumedParts }, call);
}
