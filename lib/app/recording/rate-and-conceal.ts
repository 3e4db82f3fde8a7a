import { createHmac, hash } from 'node:crypto';
import { canonicaliseEvent } from '../../domain/events/canonical-event.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';
import type { RatedCall, Rating } from '../../domain/rating/rated-call.ts';
import { rateEvent, rateSaved } from '../../domain/rating/rating.ts';
import type { TenantConfig } from '../ports.ts';

/** Characters of a pseudonym: 96 bits of a keyed hash. */
const PSEUDONYM_CHARACTERS = 16;

/**
 * Prices an event and puts pseudonyms in the place of its user and session. The content hash is taken before, so that
 * a repeat is known as one whatever becomes of the pseudonym's key.
 */
export function rateAndConceal(tenant: TenantConfig, book: PriceBook, event: UsageEvent): RatedCall {
  return {
    event: conceal(tenant, event),
    rating: rateWithSaved(book, event),
    contentHash: Number.parseInt(hash('sha256', canonicaliseEvent(event), 'hex').slice(0, 8), 16),
  };
}

/** Prices an event as the ledger keeps it: a response-cache hit with what it saved, where that is known. */
export function rateWithSaved(book: PriceBook, event: UsageEvent): Rating {
  const rating = rateEvent(book, event);
  const savedPicoUsd = event.response_cache_hit ? rateSaved(book, event) : null;
  return savedPicoUsd === null ? rating : { ...rating, savedPicoUsd };
}

function conceal(tenant: TenantConfig, event: UsageEvent): UsageEvent {
  if (event.user === undefined && event.session === undefined) return event;
  return {
    ...event,
    ...(event.user === undefined ? {} : { user: pseudonym(tenant, 'user', event.user) }),
    ...(event.session === undefined ? {} : { session: pseudonym(tenant, 'session', event.session) }),
  };
}

/** The name under which a user or session is kept: the same for the same tenant and value, and not to be turned back. */
export function pseudonym(tenant: TenantConfig, kind: 'user' | 'session', value: string): string {
  const key = Buffer.from(tenant.pseudonymKey, 'base64');
  return createHmac('sha256', key).update(`${kind}:${value}`).digest('base64url').slice(0, PSEUDONYM_CHARACTERS);
}
