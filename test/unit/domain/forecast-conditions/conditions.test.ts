import { describe, expect, it } from 'vitest';
import { conditionsOf, dayRow } from '../../../helpers/forecast-rows.ts';

const LINE = dayRow('2026-06-01', { team: 'cx', tag1: '4711' }, { calls: 10n });
const changes = [
  { day: '2026-06-10', scope: { team: 'cx' } },
  { day: '2026-06-20', scope: { 'tags.cost_center': '4711' }, factor: { digits: 15n, scale: 1 } },
  { day: '2026-06-20', scope: { team: 'other' }, factor: { digits: 0n, scale: 0 } },
];

describe('an amount under planned changes', () => {
  const { restate } = conditionsOf({ changes });

  it('is multiplied by every change of its scope that begins in between, and divided on the way back', () => {
    expect(restate(LINE, 10n, 'calls', '2026-06-01', '2026-06-09')).toBe(10n);
    expect(restate(LINE, 10n, 'calls', '2026-06-01', '2026-06-10')).toBe(20n);
    expect(restate(LINE, 10n, 'tokens', '2026-06-10', '2026-06-20')).toBe(15n);
    expect(restate(LINE, 10n, 'pico_usd', '2026-06-01', '2026-06-20')).toBe(30n);
    expect(restate(LINE, 30n, 'calls', '2026-06-20', '2026-06-01')).toBe(10n);
  });

  it('is of the changes of its own leaf, whatever leaves were asked about before', () => {
    const conditions = conditionsOf({ changes });
    const times = (values: Parameters<typeof dayRow>[1]) =>
      conditions.restate(dayRow('2026-06-01', values, {}), 10n, 'calls', '2026-06-01', '2026-06-20');
    expect(times({ team: 'cx' })).toBe(20n);
    expect(times({ tag1: '4711' })).toBe(15n);
    expect(times({ team: 'other' })).toBe(0n);
    expect(times({ team: 'cx', tag1: '4711' })).toBe(30n);
    expect(times({ team: 'cx' })).toBe(20n);
  });

  it('is nothing on either side of a factor of zero', () => {
    const gone = conditionsOf({ changes: [{ day: '2026-06-10', factor: { digits: 0n, scale: 0 } }] });
    expect(gone.restate(LINE, 10n, 'calls', '2026-06-09', '2026-06-10')).toBe(0n);
    expect(gone.restate(LINE, 10n, 'calls', '2026-06-10', '2026-06-09')).toBe(0n);
    expect(gone.restate(LINE, 10n, 'calls', '2026-06-10', '2026-06-11')).toBe(10n);
  });

  it('stays below zero where a correction took it', () => {
    expect(restate(LINE, -10n, 'pico_usd', '2026-06-01', '2026-06-20')).toBe(-10n);
  });

  it('is not touched by prices where it counts tokens or calls', () => {
    const rows = [
      { unit: 'input_tokens', rate: '4' },
      { unit: 'input_tokens', rate: '2', effective_from: '2026-06-10' },
    ];
    const line = dayRow('2026-06-01', { provider: 'acme', model: 'widget' }, { input_tokens: 1_000n });
    expect(conditionsOf({ rows }).restate(line, 1_000n, 'tokens', '2026-06-01', '2026-06-10')).toBe(1_000n);
  });
});
