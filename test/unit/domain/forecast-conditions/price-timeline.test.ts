import { describe, expect, it } from 'vitest';
import type { Measures } from '../../../../lib/contracts/measures.ts';
import { type ConditionParts, conditionsOf, dayRow } from '../../../helpers/forecast-rows.ts';

const WIDGET = { provider: 'acme', model: 'widget' };
const HALVED = [
  { unit: 'input_tokens', rate: '4' },
  { unit: 'output_tokens', rate: '8' },
  { unit: 'input_tokens', rate: '2', effective_from: '2026-06-10' },
];

/** What $10 of a line on one day come to on another. */
function restate(parts: ConditionParts, fromDay: string, toDay: string, measures: Measures = {}, cost = 10n) {
  const line = dayRow(fromDay, WIDGET, { input_tokens: 1_000_000n, output_tokens: 500_000n, ...measures });
  return conditionsOf(parts).restate(line, cost * 1_000_000_000_000n, 'pico_usd', fromDay, toDay);
}

const USD = 1_000_000_000_000n;

describe('an amount under the prices of another day', () => {
  it('is the amount times the price of its own units there, over that of its own day', () => {
    // 1M x $4 + 0.5M x $8 = $8 before, 1M x $2 + 0.5M x $8 = $6 after: $10 x 6/8 = $7.50, and $10 x 8/6 back.
    expect(restate({ rows: HALVED }, '2026-06-09', '2026-06-10')).toBe((15n * USD) / 2n);
    expect(restate({ rows: HALVED }, '2026-06-10', '2026-06-09')).toBe(13_333_333_333_333n);
    expect(restate({ rows: HALVED }, '2026-06-09', '2026-06-10', { output_tokens: 0n })).toBe(5n * USD);
  });

  it('is the very same amount where the prices are, also by other rows of equal rates', () => {
    const rows = [...HALVED.slice(0, 2), { unit: 'input_tokens', rate: '4.0', effective_from: '2026-06-10' }];
    expect(restate({ rows }, '2026-06-01', '2026-06-09')).toBe(10n * USD);
    expect(restate({ rows }, '2026-06-09', '2026-06-10')).toBe(10n * USD);
  });

  it('knows overrides to come and windows of them that end', () => {
    const overrides = [
      { model: 'widget', multiplier: '0.5', effective_from: '2026-06-20', effective_to: '2026-06-25' },
    ];
    const rows = HALVED.slice(0, 2);
    expect(restate({ rows, overrides }, '2026-06-15', '2026-06-19')).toBe(10n * USD);
    expect(restate({ rows, overrides }, '2026-06-15', '2026-06-20')).toBe(5n * USD);
    expect(restate({ rows, overrides }, '2026-06-15', '2026-06-25')).toBe(10n * USD);
    expect(restate({ rows, overrides }, '2026-06-21', '2026-06-25')).toBe(20n * USD);
  });

  it('takes the days of the tenant, and a change within one by its hours', () => {
    // In Auckland 10 June begins at 12:00 UTC of the 9th, so the change at 00:00 UTC leaves it 12 hours of the old price.
    const rows = [
      { unit: 'input_tokens', rate: '4' },
      { unit: 'input_tokens', rate: '2', effective_from: '2026-06-10' },
    ];
    const only = { output_tokens: 0n };
    expect(restate({ rows, timeZone: 'Pacific/Auckland' }, '2026-06-09', '2026-06-10', only)).toBe((15n * USD) / 2n);
    expect(restate({ rows, timeZone: 'Pacific/Auckland' }, '2026-06-09', '2026-06-11', only)).toBe(5n * USD);
  });

  it('is the very same amount under prices by time of day, also on days of 23 and 25 hours', () => {
    const rows = [
      { unit: 'input_tokens', rate: '4' },
      { unit: 'input_tokens', rate: '2', windows: [{ from: '16:30', to: '00:30' }] },
    ];
    const timeZone = 'Europe/Berlin';
    for (const day of ['2026-03-28', '2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26'])
      expect(restate({ rows, timeZone }, day, '2026-06-15', { output_tokens: 0n }, 7n)).toBe(7n * USD);
    // Eight hours at half the price are a sixth off: a day of them costs 20/24 of one without.
    const windowed = [{ ...rows[0] }, { ...rows[1], effective_from: '2026-06-10' }];
    expect(restate({ rows: windowed }, '2026-06-01', '2026-06-15', { output_tokens: 0n }, 24n)).toBe(20n * USD);
  });

  it('knows windows of an hour, whenever they begin', () => {
    const windowOf = (from: string, to: string) => [
      { unit: 'input_tokens', rate: '4' },
      { unit: 'input_tokens', rate: '2', effective_from: '2026-06-10', windows: [{ from, to }] },
    ];
    // One hour of 24 at half the price: $48 less one.
    for (const [from, to] of [
      ['01:00', '02:00'],
      ['14:00', '15:00'],
      ['23:00', '00:00'],
    ] as const)
      expect(restate({ rows: windowOf(from, to) }, '2026-06-01', '2026-06-15', { output_tokens: 0n }, 48n)).toBe(
        47n * USD,
      );
  });

  it('goes by the size of the mean call where rates do', () => {
    const tiers = [{ over: 200_000, operator: '>', rate: '6' }];
    const rows = [
      { unit: 'input_tokens', rate: '3', tiers },
      { unit: 'input_tokens', rate: '3', tiers: [{ ...tiers[0], rate: '9' }], effective_from: '2026-06-10' },
    ];
    const change = (calls: bigint) => restate({ rows }, '2026-06-09', '2026-06-10', { output_tokens: 0n, calls });
    // A million tokens in one call are of the high tier, which goes from $6 to $9; in a hundred calls they are not.
    expect(change(1n)).toBe(15n * USD);
    expect(change(100n)).toBe(10n * USD);
  });

  it('stays where the other day has no price, and is that price where its own day had none or a free one', () => {
    const ends = [{ unit: 'input_tokens', rate: '4', effective_to: '2026-06-10' }];
    const begins = [{ unit: 'input_tokens', rate: '4', effective_from: '2026-06-10' }];
    const free = [{ unit: 'input_tokens', rate: '0' }, ...begins];
    expect(restate({ rows: ends }, '2026-06-09', '2026-06-10')).toBe(10n * USD);
    expect(restate({ rows: begins }, '2026-06-09', '2026-06-10', {}, 0n)).toBe(4n * USD);
    expect(restate({ rows: free }, '2026-06-09', '2026-06-10', { output_tokens: 0n }, 0n)).toBe(4n * USD);
    expect(restate({ rows: begins }, '2026-06-09', '2026-06-10')).toBe(10n * USD);
  });

  it('leaves the part alone that providers charged themselves', () => {
    const rows = [
      { unit: 'input_tokens', rate: '4' },
      { unit: 'input_tokens', rate: '2', effective_from: '2026-06-10' },
    ];
    const line = { output_tokens: 0n, calls: 4n, reported: 1n };
    // Three of four calls at half the price: $10 x (3 x 1/2 + 1) / 4 = $6.25.
    expect(restate({ rows }, '2026-06-09', '2026-06-10', line)).toBe((25n * USD) / 4n);
  });
});
