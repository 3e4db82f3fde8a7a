import { hash } from 'node:crypto';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { canonicaliseEvent } from '../../lib/domain/events/canonical-event.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import type { RatedCall } from '../../lib/domain/rating/rated-call.ts';

export const TENANT: TenantConfig = {
  tenant: 'acme',
  timeZone: 'Europe/Berlin',
  tagDimensions: ['cost_center'],
  trackUsers: false,
  pseudonymKey: Buffer.alloc(32, 7).toString('base64'),
  createdAtMs: 0,
};

/** 2026-01-29T18:30:00Z */
export const START_MS = Date.UTC(2026, 0, 29, 18, 30);

/** A UUIDv7 whose embedded time and tail are given. */
export function uuidV7(timeMs: number, tail: number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const rest = tail.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`;
}

/** A rated call: 1 picoUSD per input token, unless said otherwise. */
export function ratedCall(event: Partial<UsageEvent> & { readonly id: string }, costPicoUsd?: bigint): RatedCall {
  const whole: UsageEvent = { timeMs: START_MS, model: 'm-1', usage: { input_tokens: 10 }, ...event };
  const cost = costPicoUsd ?? BigInt(whole.usage.input_tokens ?? 0);
  return {
    event: whole,
    rating: {
      status: 'priced',
      costPicoUsd: cost,
      listCostPicoUsd: cost,
      price: {
        key: 'p',
        catalogVersion: 'c1',
        overrideVersion: null,
        provider: 'test',
        modelId: whole.model,
        method: 'exact',
        tier: null,
        rates: [{ unit: 'input_tokens', rate: '1', listRate: '1', per: 1_000_000 }],
      },
      unpricedUnits: [],
    },
    contentHash: Number.parseInt(hash('sha256', canonicaliseEvent(whole), 'hex').slice(0, 8), 16),
  };
}

/** Time and chance that stand still unless asked: sleeping moves the clock. */
export function steadySurroundings(startMs = START_MS, seed = 1) {
  let nowMs = startMs;
  let state = seed >>> 0 || 1;
  return {
    now: () => nowMs,
    sleep: async (milliseconds: number) => {
      nowMs += Math.ceil(milliseconds);
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    },
  };
}
