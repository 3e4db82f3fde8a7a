import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import type { SentEvent } from '../history/calls.ts';
import type { TenantEvidence } from '../oracle/evidence.ts';

/** The content under which an entry was sent, of those sent under its id. */
export function sentAs({ expected }: TenantEvidence, { event }: LedgerEntry): SentEvent | undefined {
  const contents = [...(expected.calls.get(event.id) ?? [])];
  return contents.find(
    ({ usage, time }) => usage['input_tokens'] === event.usage.input_tokens && Date.parse(time) === event.timeMs,
  );
}
