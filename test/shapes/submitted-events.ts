import { expect } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../lib/adapters/http/http-types.ts';
import { decodeMessage } from '../../lib/app/recording/decode-message.ts';
import { type EntryStatus, findEntryStatuses } from '../../lib/app/recording/entry-status.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import type { ApiWorld } from '../helpers/api-world.ts';

/** Whoever is of the organisation may send for the other as well. */
const TENANTS = ['acme', 'globex'];

/** Of all ledgers that were settled: events that were accepted or refused as spans, and ids by what became of them. */
export const total = { accepted: 0, refusedSpans: 0, recorded: 0, conflict: 0, rejected: 0, credits: 0 };

/** Keeps account of what the API said it accepted, and settles it with the table. */
export interface Accounts {
  /** @throws when other events were queued than the answer says */
  note(title: string, request: HttpRequest, response: HttpResponse): void;
  /** Records all that waits. @throws when an accepted event is neither recorded nor rejected, or is more than one entry */
  settle(): Promise<void>;
}

/** Opens them on a ledger on which nothing waits. */
export async function openAccounts(world: ApiWorld): Promise<Accounts> {
  expect(world.waiting).toEqual([]);
  const before = { entries: await countEntries(world), rejects: countRejects(world) };
  const sum = { accepted: 0, refusedSpans: 0, credits: 0 };
  let seen = 0;
  return {
    note: (title, { method, path }, { status, headers, body }) => {
      const items = world.waiting
        .slice(seen)
        .filter(isSubmitted)
        .flatMap((message) => itemsOf(message.body));
      seen = world.waiting.length;
      const isIntake = method === 'POST' && status < 300 && /^\/v1\/(events|imports|traces)$/.test(path);
      if (method === 'POST' && path === '/v1/credits' && status === 201) sum.credits += 1;
      if (!isIntake) expect(items, `${title} queues nothing`).toEqual([]);
      else if (path === '/v1/traces') {
        const [, accepted = '', refused = ''] =
          /accepted=(\d+), refused=(\d+)/.exec(headers['tokenledger-spans'] ?? '') ?? [];
        // What is refused is kept as a reject, unless it is too large for that.
        expect(items.length - Number(accepted), title).toBeGreaterThanOrEqual(0);
        expect(items.length - Number(accepted), title).toBeLessThanOrEqual(Number(refused));
        sum.accepted += Number(accepted);
        sum.refusedSpans += items.length - Number(accepted);
      } else {
        expect(items, `${title} queues what it accepts`).toHaveLength(JSON.parse(body).accepted);
        sum.accepted += items.length;
      }
    },
    settle: async () => {
      const ids = TENANTS.map((tenant) => {
        const messages = world.waiting.filter(({ stamp }) => stamp.tenant === tenant);
        return new Set(messages.flatMap(({ body }) => decodeMessage(body).events.map(({ event }) => event.id)));
      });
      const known = await statusesOf(world, ids);
      await world.drain();
      expect(world.waiting).toEqual([]);
      const after = await statusesOf(world, ids);
      const lost = [...after].filter(([, status]) => status === 'unknown');
      expect(lost, 'every accepted event is recorded or rejected').toEqual([]);
      const isEntry = (status: string | undefined): boolean => status === 'recorded' || status === 'conflict';
      const fresh = [...after].filter(([id, status]) => isEntry(status) && !isEntry(known.get(id)));
      expect((await countEntries(world)) - before.entries, 'each is one entry').toBe(fresh.length + sum.credits);
      expect(countRejects(world) - before.rejects, 'each refused span is one reject').toBe(sum.refusedSpans);
      for (const status of after.values()) if (status !== 'unknown') total[status] += 1;
      for (const name of ['accepted', 'refusedSpans', 'credits'] as const) total[name] += sum[name];
    },
  };
}

/** What a redrive sent waits beside what the API took in. */
const isSubmitted = ({ messageId }: { readonly messageId: string }): boolean => messageId.startsWith('message-');

function itemsOf(body: string): readonly unknown[] {
  const { events, rejects, gpuSamples } = decodeMessage(body);
  return [...events, ...rejects, ...gpuSamples];
}

const countRejects = (world: ApiWorld): number =>
  [...world.table.items()].filter(({ pk }) => TENANTS.some((tenant) => pk === keys.rejects(tenant))).length;

/** What is known of the ids of each tenant, by tenant and id. */
async function statusesOf(world: ApiWorld, ids: readonly ReadonlySet<string>[]) {
  const statuses = new Map<string, EntryStatus['status']>();
  for (const [index, tenant] of TENANTS.entries()) {
    const found = await findEntryStatuses(world.ports, tenant, [...(ids[index] ?? [])]);
    for (const { id, status } of found) statuses.set(`${tenant} ${id}`, status);
  }
  return statuses;
}

/** Entries of both ledgers, counted one by one by an audit, which must find nothing else. */
async function countEntries(world: ApiWorld): Promise<number> {
  let entries = 0;
  for (const tenant of TENANTS) {
    let next: string | undefined;
    do {
      const part = await world.ports.reader.audit(tenant, next);
      expect(part.differences).toEqual([]);
      entries += part.entries;
      next = part.next;
    } while (next !== undefined);
  }
  return entries;
}
