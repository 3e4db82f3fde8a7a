import type { ApiAnswer } from '../client/api-client.ts';
import { objectsAt, textAt } from './answer-fields.ts';
import { groupDigits } from './table.ts';

/** Reasons that count what is on a page; the others are about all that was asked for, on whichever page. */
const OF_ONE_PAGE: ReadonlySet<string> = new Set(['unpriced', 'partially_priced', 'order_running']);

/** What an answer about money says of its own completeness, for people. */
export function describeCompleteness(answer: ApiAnswer): readonly string[] {
  const reasons = objectsAt(answer, 'incomplete_reasons').map(
    (reason) => `${groupDigits(textAt(reason, 'count'))} ${textAt(reason, 'reason').replaceAll('_', ' ')}`,
  );
  const asOf = `as of ${textAt(answer, 'as_of')}`;
  return reasons.length === 0 ? [`complete, ${asOf}`] : [`incomplete: ${reasons.join(', ')}; ${asOf}`];
}

/** What the parts of one answer say of their completeness together: as of the earliest, for the reasons of them all. */
export function joinCompleteness(parts: readonly ApiAnswer[]): ApiAnswer {
  const counts = new Map<string, bigint>();
  for (const part of parts) {
    for (const stated of objectsAt(part, 'incomplete_reasons')) {
      const [reason, count] = [textAt(stated, 'reason'), BigInt(textAt(stated, 'count'))];
      const before = counts.get(reason) ?? 0n;
      const larger = count > before ? count : before;
      counts.set(reason, OF_ONE_PAGE.has(reason) ? before + count : larger);
    }
  }
  const reasons = [...counts].map(([reason, count]) => ({ reason, count: writeCount(count) }));
  const [asOf = ''] = parts.map((part) => textAt(part, 'as_of')).sort();
  return { complete: reasons.length === 0, incomplete_reasons: reasons, as_of: asOf };
}

/** A count as the API writes it. */
function writeCount(count: bigint): number | string {
  return Number.isSafeInteger(Number(count)) ? Number(count) : count.toString();
}
