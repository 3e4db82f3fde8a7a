import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { formatWithdrawal, parseChange, withoutWithdrawn } from '../../../lib/domain/prices/price-book-change.ts';
import { parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { type TouchedCall, touches } from '../../../lib/domain/prices/price-book-touches.ts';
import { catalogOf } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { unit: 'input_tokens', rate: '1', aliases: ['widget-latest'] },
  { model: 'gadget', unit: 'input_tokens', rate: '1' },
]);
const call: TouchedCall = { provider: 'acme', model: 'widget', timeMs: 0, serviceTier: null, region: null };

function isTouched(file: object, facts: Partial<TouchedCall> = {}, known: object = {}): boolean {
  const { aliases } = parseOverrideFile({ overrides: [], ...known });
  return touches(parseOverrideFile(file), { ...call, ...facts }, createPriceBook({ catalog, aliases }));
}

describe('a change of overrides', () => {
  const price = { overrides: [{ model: 'widget', rates: { input_tokens: '2' } }] };

  it('touches the calls of its model, by whatever name', () => {
    expect(isTouched(price)).toBe(true);
    expect(isTouched(price, { model: 'acme/Widget' })).toBe(true);
    expect(isTouched(price, { model: 'widget-latest' })).toBe(true);
    expect(isTouched(price, { model: 'gadget' })).toBe(false);
    expect(isTouched(price, { model: 'prod' })).toBe(false);
    const named = { aliases: [{ name: 'prod', provider: 'acme', model: 'widget' }] };
    expect(isTouched(price, { model: 'prod', provider: null }, named)).toBe(true);
  });

  it('touches the calls of its period and tier alone', () => {
    const dated = { overrides: [{ ...price.overrides[0], effective_from: '2026-01-01', effective_to: '2026-02-01' }] };
    const at = (day: string) => isTouched(dated, { timeMs: Date.parse(day) });
    expect(['2025-12-31', '2026-01-01', '2026-01-31', '2026-02-01'].map(at)).toEqual([false, true, true, false]);
    expect(isTouched(price, { serviceTier: 'batch' })).toBe(false);
    expect(isTouched({ overrides: [{ model: 'widget', multiplier: '0.9' }] }, { serviceTier: 'batch' })).toBe(true);
  });

  it('that multiplies everything touches every call that the catalog knows', () => {
    const all = { overrides: [{ model: '*', multiplier: '0.9' }] };
    expect([isTouched(all), isTouched(all, { model: 'gadget' }), isTouched(all, { model: 'unknown' })]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('of a name touches the calls that use it', () => {
    const named = { aliases: [{ name: 'prod', provider: 'acme', model: 'gadget', effective_to: '2026-01-01' }] };
    expect(isTouched(named, { model: 'Prod' })).toBe(true);
    expect(isTouched(named, { model: 'acme/prod' })).toBe(true);
    expect(isTouched(named, { model: 'Prod', timeMs: Date.parse('2026-01-01') })).toBe(false);
    expect(isTouched(named, { model: 'gadget' })).toBe(false);
  });

  it('of the use of reported costs touches the calls that report one, of its providers', () => {
    const reported = { reported_cost: { use: false, providers: ['acme'] } };
    expect(isTouched(reported, { reportedCostUsd: '1' })).toBe(true);
    expect(isTouched(reported)).toBe(false);
    expect(isTouched(reported, { reportedCostUsd: '1', provider: 'other' })).toBe(false);
  });
});

describe('a stored change', () => {
  const first = JSON.stringify({ overrides: [{ model: 'widget', multiplier: '0.9' }] });

  it('reads back as the file it is, and a withdrawal as the file it takes away', () => {
    expect(parseChange(first)).toMatchObject({ withdraws: null, file: { overrides: [{ multiplier: '0.9' }] } });
    expect(parseChange(formatWithdrawal(1, first))).toEqual({ ...parseChange(first), withdraws: 1 });
    expect(() => parseChange('{"withdraw":1,"file":{"x":1}}')).toThrow('a stored change of overrides cannot be read');
  });

  it('that is withdrawn is not in force, nor is the withdrawal', () => {
    const texts = [first, formatWithdrawal(1, first), first];
    const chain = texts.map((text, index) => ({ number: index + 1, content: parseChange(text) }));
    expect(withoutWithdrawn(chain).map(({ number }) => number)).toEqual([3]);
  });
});
