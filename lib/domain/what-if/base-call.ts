import { InvariantError } from '../errors.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import { readEventUsage } from '../events/usage-shapes.ts';
import type { PricedCall } from '../rating/rating.ts';

/**
 * A call as far as its price depends on it, without its provider's own charge, which is of the call as it was made.
 * @throws {@link InvariantError} when the usage is impossible, which validation rules out
 */
export function toBaseCall(event: UsageEvent): PricedCall {
  const reading = readEventUsage(event.usage);
  if (!reading.ok) throw new InvariantError(`event ${event.id} holds impossible usage: ${reading.issues.join('; ')}`);
  return {
    provider: event.provider ?? null,
    model: event.model,
    timeMs: event.timeMs,
    usage: reading.usage,
    serviceTier: event.service_tier ?? null,
    region: event.region ?? null,
  };
}
