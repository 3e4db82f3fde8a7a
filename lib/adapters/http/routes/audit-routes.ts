import { z } from 'zod';
import { readAuditWindow } from '../../../app/audits/audit-window.ts';
import { rebuildPart } from '../../../app/audits/rebuild-ledger.ts';
import { readPage } from '../page.ts';
import { keyedRoute, type Route } from '../route.ts';
import { dayText, smallCount } from '../schemas.ts';

/** What an audit has to remember of what it found is in its cursor, so that may be longer than that of a list. */
const auditCursor = z.string().min(1).max(100_000);

const windowFields = {
  from: dayText.optional().describe('Local day, included. Only commits and totals of the days are looked at.'),
  to: dayText.optional().describe('The same; excluded.'),
};

const auditInput = z.strictObject({ ...windowFields, cursor: auditCursor.optional() });

const rebuildInput = z.strictObject({
  ...windowFields,
  dry_run: z.boolean().optional().describe('Whether only to tell what would be repaired; true where left out.'),
  cursor: auditCursor.optional(),
});

const differenceFields = { kind: z.string(), where: z.string(), expected: z.string(), found: z.string() };

const partFields = {
  entries: smallCount.describe('Entries that this part checked.'),
  rollups: smallCount.describe('Totals of one leaf and period that this part checked.'),
  progress_ratio: z.number().min(0).max(1).describe('How much is done, this part included.'),
  next: auditCursor.optional(),
};

const auditPage = z.strictObject({ ...partFields, differences: z.array(z.strictObject(differenceFields)) });

const rebuildPage = z.strictObject({
  ...partFields,
  differences: z.array(
    z.strictObject({
      ...differenceFields,
      repairable: z.boolean().describe('Whether it is derived, so that the commits tell how to put it right.'),
      repaired: z.boolean(),
    }),
  ),
});

/** Routes that check the ledger against itself, and put back what is derived. */
export const auditRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'POST',
      path: '/v1/audits',
      summary: 'Check a bounded part of the ledger against itself',
      description: 'Begin without a cursor and go on with `next` until it is absent. Exact while writes go on.',
      body: auditInput,
      answers: { 200: { description: 'What this part came to.', schema: auditPage } },
    },
    async ({ ports, tenant, body: { from, to, cursor } }) => {
      const window = readAuditWindow(from, to);
      const list = `audits ${JSON.stringify([from, to])}`;
      const { page, next } = await readPage(tenant, list, cursor, (position) =>
        ports.reader.audit(tenant.tenant, position, window),
      );
      const { entries, rollups, differences, ratio } = page;
      return { status: 200, body: { entries, rollups, differences, progress_ratio: ratio, ...next } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/rebuilds',
      summary: 'Repair a bounded part of what is derived from the commits',
      description:
        'Without `dry_run: false` it only tells what it would repair. Begin without a cursor and go on with `next` until it is absent. Safe while writes go on, and to repeat.',
      body: rebuildInput,
      answers: { 200: { description: 'What this part came to.', schema: rebuildPage } },
    },
    async ({ ports, tenant, key, body }) => {
      const { from, to, dry_run: isDryRun = true, cursor } = body;
      const list = `rebuilds ${JSON.stringify([from, to, isDryRun])}`;
      const { page, next } = await readPage(tenant, list, cursor, (position) =>
        rebuildPart(ports, tenant, key.keyId, { from, to, isDryRun }, position),
      );
      const differences = page.differences.map(({ isRepairable, isRepaired, ...difference }) => ({
        ...difference,
        repairable: isRepairable,
        repaired: isRepaired,
      }));
      const { entries, rollups, ratio } = page;
      return { status: 200, body: { entries, rollups, differences, progress_ratio: ratio, ...next } };
    },
  ),
];
