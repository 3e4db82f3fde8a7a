import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { decodeMessage } from '../../lib/app/recording/decode-message.ts';
import { keepContractFields } from '../../lib/app/recording/reject-event.ts';
import { nameReject } from '../../lib/app/recording/reject-id.ts';
import { type NewReject, REJECT_STATES, type RedriveVerdict } from '../../lib/app/rejects/reject-ports.ts';
import { canonicaliseEvent } from '../../lib/domain/events/canonical-event.ts';
import { fullEvent } from '../helpers/contract-events.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';
import { recordMalformed } from '../helpers/malformed-messages.ts';

const NOW_MS = 1_000_000;

const rejectOf = (number: number): NewReject => ({
  rejectId: nameReject(NOW_MS, `m${number}`, 0),
  reason: number % 2 === 0 ? 'wrong_type' : 'too_long',
  field: number % 3 === 0 ? null : 'feature',
  message: '-',
  receivedAtMs: NOW_MS,
  messageId: `m${number}`,
  index: 0,
  fields: {},
  parcel: {
    ...{ queue: 'usage', senderId: 's', tenant: 'acme', event: { id: `e${number}` }, lost: [], raw: null },
    expiresAtMs: NOW_MS + 1_000,
  },
});

const verdicts = fc.constantFrom<RedriveVerdict>(
  { accepted: 'recorded' },
  { reason: 'bad_time', field: 'time', message: '-' },
  { reason: 'too_long', field: 'feature', message: '-' },
);

const deeds = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('keep' as const), numbers: fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }) }),
    fc.record({ kind: fc.constant('mark' as const), number: fc.nat(9) }),
    fc.record({ kind: fc.constant('settle' as const), number: fc.nat(9), verdict: verdicts }),
  ),
  { minLength: 1, maxLength: 25 },
);

const faults = fc.infiniteStream(fc.option(fc.constantFrom(...FAULTS, 'late' as const), { freq: 4 }));

/** Fields of fields, one of each kind and two that the contract does not know. */
const PARTS = [
  'usage.input_tokens',
  'usage.output_tokens',
  'usage.audio_seconds',
  'usage.some_unit',
  'input_parts.user',
].concat(['input_parts.other', 'route.confidence', 'route.complexity', 'emitter.seq', 'emitter.id', 'tags.k']);

describe('rejects', () => {
  it('are counted as they stand, whatever is kept, redriven and settled at the same time, and what fails', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, faults, async (all, stream) => {
        const memory = new MemoryTable();
        let inRow = 0;
        const table = new FaultyTable(memory, () => {
          const fault = inRow < 2 ? (stream.next().value ?? undefined) : undefined;
          inRow = fault === undefined ? 0 : inRow + 1;
          return fault;
        });
        const store = new RejectStore(table);
        await Promise.allSettled(
          all.map((deed) => {
            if (deed.kind === 'keep') return store.keep('acme', deed.numbers.map(rejectOf), NOW_MS);
            const { rejectId } = rejectOf(deed.number);
            if (deed.kind === 'mark') return store.markRedriven('acme', rejectId, NOW_MS);
            return store.settle('acme', rejectId, deed.verdict, NOW_MS);
          }),
        );
        const calm = new RejectStore(memory);
        const { rejects } = await calm.list('acme', undefined, { states: REJECT_STATES });
        const standing = rejects.filter(({ state }) => state !== 'accepted');
        expect(await calm.count('acme')).toBe(standing.length);
        const byReason = new Map<string, number>();
        for (const { reason, field } of standing) {
          byReason.set(`${reason} ${field}`, (byReason.get(`${reason} ${field}`) ?? 0) + 1);
        }
        const counted = (await calm.histogram('acme')).map(({ reason, field, count }) => [`${reason} ${field}`, count]);
        expect(new Map(counted as [string, number][])).toEqual(byReason);
        // What is accepted needs nothing any more; everything else can still be restored.
        for (const { rejectId, state } of rejects) {
          const parcel = await calm.findParcel('acme', rejectId, NOW_MS);
          expect([state, parcel === undefined]).toEqual([state, state === 'accepted']);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('keep every event that is one whole, so that redriven it is the same', () => {
    const fields = Object.keys(fullEvent()).filter((name) => !['id', 'time', 'model', 'usage'].includes(name));
    fc.assert(
      fc.property(fc.subarray(fields), fc.dictionary(fc.string(), fc.json(), { maxKeys: 3 }), (left, unknown) => {
        const event = { ...unknown, ...fullEvent() };
        for (const name of left) delete event[name as keyof typeof event];
        const kept = keepContractFields(JSON.parse(JSON.stringify(event)));
        const read = (json: unknown) => decodeMessage(JSON.stringify(json)).events[0];
        const [before, after] = [read(event), read(kept.event)];
        if (!before || !after) throw new Error('a valid event is not read');
        expect(canonicaliseEvent(after.event)).toBe(canonicaliseEvent(before.event));
        expect([after.tenantClaim, after.unknownFields, kept.lost]).toEqual([before.tenantClaim, [], []]);
      }),
      { numRuns: 300 },
    );
  });

  it('restore nothing that is judged in another way than what was sent, unless they name what is missing', () => {
    const values = ['""', '"x"', '"5"', '5', '-1', '-0', '1e400', '0.5', 'null', 'true', '[]', '{}', '{"x":""}'];
    const paths = Object.keys(fullEvent()).flatMap((name) => [
      name,
      ...PARTS.filter((part) => part.startsWith(`${name}.`)),
    ]);
    const verdictOf = (text: string) => {
      const { events, rejects } = decodeMessage(text);
      return events[0] ? canonicaliseEvent(events[0].event) : `${rejects[0]?.reason} ${rejects[0]?.field}`;
    };
    const odd = fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...values));
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 3 }), (changes) => {
        const event: Record<string, unknown> = structuredClone(fullEvent());
        // Texts that JSON cannot be made from, such as 1e400, are put in where marks stand.
        for (const [index, [path]] of changes.entries()) {
          const [first = '', part] = path.split('.');
          if (part === undefined) event[first] = `<${index}>`;
          else if (typeof event[first] === 'object') event[first] = { ...event[first], [part]: `<${index}>` };
        }
        const sent = JSON.stringify(event).replace(
          /"<(\d)>"/g,
          (_mark, index) => changes[Number(index)]?.[1] ?? 'null',
        );
        const { event: kept, lost } = keepContractFields(JSON.parse(sent));
        if (lost.length > 0) return;
        expect(verdictOf(JSON.stringify(kept))).toBe(verdictOf(sent));
      }),
      { numRuns: 500 },
    );
  });

  it('are all that is left of malformed messages: none throws, goes back or is counted wrong', async () => {
    const { messages, accepted, rejected, restorable, faults: found } = await recordMalformed(7, 4_000);
    expect(found).toEqual([]);
    expect(messages).toBe(4_000);
    for (const count of [accepted, rejected, restorable]) expect(count).toBeGreaterThan(500);
  });
});
