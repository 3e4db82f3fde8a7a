import { isSameRating } from '../../../lib/domain/corrections/correction.ts';
import type { Rating } from '../../../lib/domain/rating/rated-call.ts';
import type { Evidence, TenantEvidence } from '../oracle/evidence.ts';

/** Invariant 7: nothing written once was ever changed; corrections are new, in order, and say who and why. */
export function checkAppendOnly({ world, tenants }: Evidence): readonly string[] {
  return [...world.watched.breaches.slice(0, 5), ...tenants.flatMap(checkTenant)];
}

function checkTenant({ config, entries, head }: TenantEvidence): string[] {
  const faults: string[] = [];
  const complain = (id: string, what: string) => faults.push(`${config.tenant}: ${id}: ${what}`);
  for (const { event, commit, recorded, corrections, isVoid } of entries) {
    let last: { number: number; commit: number; rating: Rating | null } = { number: 0, commit, rating: recorded };
    for (const [index, correction] of corrections.entries()) {
      const { number, by, order, reason, rating } = correction;
      if (number <= last.number) complain(event.id, `correction ${number} follows ${last.number}`);
      if (correction.commit < last.commit || correction.commit > head) complain(event.id, 'a correction out of order');
      // Orders may have to confirm what they find, against earlier ones; the ledger of its own accord never has.
      if (order === 0 && rating && last.rating && isSameRating(rating, last.rating))
        complain(event.id, `correction ${number} changes nothing`);
      if (by === '' || reason === '') complain(event.id, `correction ${number} does not say who and why`);
      if (rating === null && index < corrections.length - 1) complain(event.id, 'was corrected after it was voided');
      last = correction;
    }
    if (isVoid !== (corrections.at(-1)?.rating === null))
      complain(event.id, 'is void without a correction that says so');
  }
  return faults;
}
