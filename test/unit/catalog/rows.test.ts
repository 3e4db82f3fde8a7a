import { describe, expect, it } from 'vitest';
import { InvalidCatalogError, readCatalogRows } from '../../../lib/catalog/rows.ts';

const row = { provider: 'acme', model: 'widget', unit: 'input_tokens', rate: '1' };

describe('a file of catalog rows', () => {
  it('prices its models by their names and aliases', () => {
    const catalog = readCatalogRows({ rows: [{ ...row, aliases: ['Widget-1'], source: 'here' }] }, 'v1');
    expect(catalog.version).toBe('v1');
    expect(catalog.find('acme', 'widget')?.method).toBe('exact');
    expect(catalog.find('acme', 'widget-1')?.method).toBe('alias');
    expect(catalog.find('acme', 'widget')?.model.rows()).toMatchObject([
      { unit: 'input_tokens', rate: '1', source: 'here' },
    ]);
    expect(catalog.find('openai', 'gpt-4o')).toBeUndefined();
  });

  it.each([
    [{ provider: undefined }, 'rows[0].provider'],
    [{ rate: 1 }, 'rows[0].rate'],
    [{ rate: '1e-6' }, 'rows[0].rate'],
    [{ per: 0 }, 'rows[0].per'],
    [{ effective_from: 'yesterday' }, 'rows[0].effective_from'],
    [{ tiers: [{ over: 1, operator: '<', rate: '1' }] }, 'rows[0].tiers[0].operator'],
    [{ tiers: [{ over: -1, operator: '>', rate: '1' }] }, 'rows[0].tiers[0].over'],
    [{ windows: [{ from: '24:00', to: '01:00' }] }, 'rows[0].windows[0].from'],
    [{ windows: [{ from: '23:00', to: '01:00', weekdays: [7] }] }, 'rows[0].windows[0].weekdays'],
    [{ aliases: 'widget-1' }, 'rows[0].aliases'],
  ])('with %j is rejected naming the field', (part, field) => {
    expect(() => readCatalogRows([{ ...row, ...part }], 'v1')).toThrow(InvalidCatalogError);
    expect(() => readCatalogRows([{ ...row, ...part }], 'v1')).toThrow(field);
  });

  it('that is no list is rejected', () => {
    expect(() => readCatalogRows({}, 'v1')).toThrow('rows: expected an array');
  });
});
