import { describe, expect, it } from 'vitest';
import { findModelSheet } from '../../../lib/domain/prices/price-catalog-sheet.ts';
import { catalogOf } from '../../helpers/pricing.ts';

const SOURCE = { source: 'the price list', checked_on: '2026-11-21' };
const catalog = catalogOf([
  { unit: 'input_tokens', rate: '2', effective_to: '2026-01-01', aliases: ['widget-latest'], ...SOURCE },
  {
    unit: 'input_tokens',
    rate: '1',
    effective_from: '2026-01-01',
    service_tier: 'batch',
    tiers: [{ over: 200_000, operator: '>', rate: '1.5' }],
    windows: [{ from: '16:30', to: '00:30', weekdays: [1, 5] }],
    minimum: '10',
    ...SOURCE,
  },
  { facts: { kind: 'chat', context_tokens: 1000 }, surcharges: [{ regions: ['eu'], factor: '1.1' }], ...SOURCE },
]);
const find = (model: string, at: string | null = null, provider: string | null = 'acme') =>
  findModelSheet(catalog, { provider, model, atMs: at === null ? null : Date.parse(at) });

describe('the sheet of a model', () => {
  it('holds every price of all times with its source', () => {
    expect(find('widget-latest')).toMatchObject({
      provider: 'acme',
      model: 'widget',
      method: 'alias',
      names: ['widget', 'widget-latest'],
      facts: { kind: 'chat', context_tokens: 1000, max_output_tokens: null },
      surcharges: [{ regions: ['eu'], factor: '1.1', effective_from: null }],
      rows: [
        { rate_usd: '2', effective_from: null, effective_to: '2026-01-01T00:00:00.000Z', ...SOURCE },
        {
          unit: 'input_tokens',
          service_tier: 'batch',
          per: 1_000_000,
          tiers: [{ over: 200_000, operator: '>', rate_usd: '1.5' }],
          windows: [{ from: '16:30', to: '00:30', weekdays: [1, 5] }],
          minimum: '10',
        },
      ],
    });
  });

  it('of one time holds what is in force then', () => {
    expect(find('widget', '2025-12-31')?.rows.map(({ rate_usd }) => rate_usd)).toEqual(['2']);
    expect(find('widget', '2026-01-01')?.rows.map(({ rate_usd }) => rate_usd)).toEqual(['1']);
  });

  it('is none for a model that is not there, or whose provider nobody named', () => {
    expect(find('gadget')).toBeUndefined();
    expect(find('widget', null, null)).toBeUndefined();
  });
});
