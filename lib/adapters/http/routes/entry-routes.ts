import { z } from 'zod';
import { explainById } from '../../../app/corrections/explain-entry.ts';
import { NotFoundError } from '../../../app/request-errors.ts';
import {
  countEntriesLackingPrice,
  listEntryReasons,
  listIncompleteReasons,
} from '../../../app/spend/query-completeness.ts';
import { findZone } from '../../../app/zones.ts';
import { addDays } from '../../../domain/local-time.ts';
import { entrySchema, renderEntry } from '../entry-answer.ts';
import { explanationSchema, renderExplanation } from '../explain-answer.ts';
import { readPage } from '../page.ts';
import { renderCompleteness } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, cursorText, dayText } from '../schemas.ts';

/** A function answers 6 MB at the most, and an entry may hold 16 KB and the rates that were used. */
const ENTRIES_PER_PAGE = 250;

const dayQuery = z.strictObject({
  day: dayText.describe('Local day of the tenant.'),
  cursor: cursorText.optional(),
});

const entryPage = z.strictObject({
  entries: z.array(entrySchema),
  ...completenessFields,
  next: cursorText.optional(),
});

const entryAnswer = entrySchema.extend(completenessFields);
const explanationAnswer = explanationSchema.extend(completenessFields);

/** Routes that show single entries of the ledger. */
export const entryRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/entries',
      summary: 'Entries of one local day, in the order recorded',
      query: dayQuery,
      answers: { 200: { description: 'A page of entries.', schema: entryPage } },
    },
    async ({ ports, tenant, query }) => {
      const { day, cursor } = query;
      const days = { fromDay: day, toDay: addDays(day, 1) };
      const isOpen = findZone(tenant.timeZone).dayStartMs(days.toDay) > ports.now();
      const freshness = await ports.readFreshness(tenant, days);
      const { page, next } = await readPage(tenant, `entries ${day}`, cursor, (position) =>
        ports.reader.entriesOfDay(tenant.tenant, day, position, ENTRIES_PER_PAGE),
      );
      const reasons = listIncompleteReasons(freshness, countEntriesLackingPrice(page.entries), isOpen);
      const completeness = renderCompleteness(reasons, freshness.asOfMs);
      return { status: 200, body: { entries: page.entries.map(renderEntry), ...completeness, ...next } };
    },
  ),
  // Before the entry itself, whose id is the rest of the path.
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/entries/{id}/explain',
      summary: 'Why an entry counts for what it does',
      description:
        'Rates with their catalog rows, the lines that sum to the entry, its amounts computed anew from what is stored with it, and every correction since.',
      answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    },
    async ({ ports, tenant, params }) => {
      const { asOfMs } = await ports.readFreshness(tenant);
      const explanation = await explainById(ports, tenant.tenant, params['id'] ?? '');
      const completeness = renderCompleteness(listEntryReasons([explanation.entry]), asOfMs);
      return { status: 200, body: { ...renderExplanation(explanation), ...completeness } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/entries/{id}',
      summary: 'One entry by the id of its event',
      answers: { 200: { description: 'The entry, with what it counts for now.', schema: entryAnswer } },
    },
    async ({ ports, tenant, params }) => {
      const { asOfMs } = await ports.readFreshness(tenant);
      const [found] = await ports.reader.findEntries(tenant.tenant, [params['id'] ?? '']);
      if (found?.status !== 'recorded') throw new NotFoundError('The ledger holds no entry with this id.');
      const completeness = renderCompleteness(listEntryReasons([found.entry]), asOfMs);
      return { status: 200, body: { ...renderEntry(found.entry), ...completeness } };
    },
  ),
];
