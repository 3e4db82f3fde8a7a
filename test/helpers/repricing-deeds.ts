import fc from 'fast-check';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { OverrideFileText } from '../../lib/app/prices/manage-overrides.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { TENANT, uuidV7 } from './ledger-fixtures.ts';

/** One whose clocks go forward on 2026-03-08, and one that is half a day ahead of it. */
export const TENANTS: readonly [TenantConfig, TenantConfig] = [
  { ...TENANT, tagDimensions: [], timeZone: 'America/New_York' },
  { ...TENANT, tagDimensions: [], tenant: 'beta', timeZone: 'Asia/Kolkata' },
];

/** When everything happens: behind all calls. */
export const RECORDING_MS = Date.UTC(2026, 2, 9, 12);

/** Times of calls: about the end of a month, and about a day of 23 hours. */
const TIMES = [
  '2026-02-28T12:00:00Z',
  '2026-03-01T04:59:59.999Z',
  '2026-03-01T05:00:00Z',
  '2026-03-08T06:59:59Z',
  '2026-03-08T07:00:00Z',
  '2026-03-09T03:59:59Z',
  '2026-03-09T04:00:00Z',
].map((text) => Date.parse(text));

const MODELS = ['widget', 'same', 'gadget', 'gizmo', 'sprocket', 'never', 'nick'];

/** How many different calls there are; some deeds record the same one again. */
const CALLS = 60;

/** A call by its number: its model, time and id follow from it. */
export function eventOf(n: number): UsageEvent {
  const timeMs = (TIMES[n % TIMES.length] ?? 0) + n;
  const id = n % 4 === 0 ? `call-${n}` : uuidV7(timeMs, n);
  return {
    id,
    timeMs,
    model: MODELS[Math.floor(n / 3) % MODELS.length] ?? 'widget',
    provider: 'acme',
    app: `app-${n % 2}`,
    usage: { input_tokens: 10 + n, output_tokens: n % 5 === 0 ? 0 : 5 },
    ...(n % 7 === 0 ? { reported_cost_usd: '0.000123' } : {}),
    ...(n % 11 === 0 ? { response_cache_hit: true } : {}),
  };
}

/** Things that are done to the ledgers. */
export type Deed = { readonly tenant: number; readonly pause: number } & (
  | {
      readonly kind: 'record';
      readonly entries: readonly number[];
      /** The catalog that the writer has. */
      readonly catalog: 'v1' | 'v2';
      /** Turns of others between rating and committing. */
      readonly wait: number;
    }
  | {
      readonly kind: 'override';
      readonly scope: 'tenant' | 'global';
      readonly file: OverrideFileText;
      /** Number of a change to be withdrawn instead. */
      readonly withdraws: number | null;
    }
  | {
      readonly kind: 'reprice';
      readonly from: string;
      readonly to: string;
      readonly model: string | undefined;
      readonly catalog: string | undefined;
      readonly runners: number;
    }
  | { readonly kind: 'void'; readonly entry: number }
  | { readonly kind: 'settle' }
);

const rate = fc.constantFrom('0', '1', '3', '5');
const period = fc.constantFrom(
  {},
  {},
  {},
  { effective_from: '2026-03-01' },
  { effective_to: '2026-03-08T07:00:00Z' },
  { effective_from: '2026-03-08T06:59:59Z', effective_to: '2026-03-09T04:00:00Z' },
  { effective_from: '2027-01-01' },
);
const file: fc.Arbitrary<OverrideFileText> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({ model: fc.constantFrom('widget', 'widget', 'same', 'gadget', 'never', 'gizmo'), rate, period })
      .map(({ model, rate: input, period: more }) => ({
        overrides: [{ model, provider: '*', rates: { input_tokens: input }, per: 1_000_000, ...more }],
      })),
  },
  {
    weight: 1,
    arbitrary: period.map((more) => ({ overrides: [{ model: '*', provider: '*', multiplier: '0.5', ...more }] })),
  },
  {
    weight: 2,
    arbitrary: fc.record({ model: fc.constantFrom('widget', 'same'), period }).map(({ model, period: more }) => ({
      aliases: [{ name: 'nick', provider: 'acme', model, ...more }],
    })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ use: fc.boolean(), period }).map(({ use, period: more }) => ({
      reported_cost: { use, max_factor: '1000000', ...more },
    })),
  },
);

const from = fc.constantFrom('2026-02', '2026-03', '2026-03-08', '2026-03-08T07:00:00Z', '2026-02-28');
const to = fc.constantFrom('2026-04', '2026-03-10', '2026-03-09', '2026-03-08T07:00:01Z');
const place = { tenant: fc.constantFrom(0, 0, 0, 1), pause: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(200)) };

const record = fc.record({
  ...place,
  kind: fc.constant('record' as const),
  entries: fc.uniqueArray(fc.nat(CALLS - 1), { minLength: 3, maxLength: 12, size: 'max' }),
  catalog: fc.constantFrom('v1' as const, 'v2' as const),
  wait: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(300)),
});
const override = fc.record({
  ...place,
  kind: fc.constant('override' as const),
  scope: fc.constantFrom('tenant' as const, 'tenant' as const, 'global' as const),
  file,
  withdraws: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
  ),
});
const reprice = fc.record({
  ...place,
  kind: fc.constant('reprice' as const),
  from,
  to,
  model: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom('widget', 'gizmo', 'nick')),
  catalog: fc.constantFrom(undefined, 'v1', 'v1', 'v2'),
  runners: fc.integer({ min: 1, max: 2 }),
});
const voiding = fc.record({ ...place, kind: fc.constant('void' as const), entry: fc.nat(CALLS - 1) });
const settle = fc.record({ ...place, kind: fc.constant('settle' as const) });

/** Some calls, then anything. */
export const deeds: fc.Arbitrary<readonly Deed[]> = fc
  .tuple(
    fc.array(record, { minLength: 1, maxLength: 3, size: 'max' }),
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: record },
        { weight: 4, arbitrary: override },
        { weight: 3, arbitrary: reprice },
        { weight: 2, arbitrary: voiding },
        { weight: 2, arbitrary: settle },
      ),
      { minLength: 2, maxLength: 8, size: 'max' },
    ),
  )
  .map(([first, rest]) => [...first, ...rest]);
