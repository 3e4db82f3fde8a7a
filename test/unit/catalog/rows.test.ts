import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InvalidCatalogError, readCatalogRows } from '../../../lib/catalog/rows.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';

const row = { provider: 'acme', model: 'widget', unit: 'input_tokens', rate: '1' };

/** picoUSD of 10,000 units at the rows given, or the status where there is no amount. */
function cost(
  rows: readonly object[],
  call: { unit?: string; serviceTier?: string; region?: string; on?: string } = {},
) {
  const { unit = 'input_tokens', on = '2026-11-21', ...rest } = call;
  const book = createPriceBook({ catalog: readCatalogRows({ rows }, 'v1') });
  const usage = counts({ [unit]: 10_000 });
  const rating = rateUsage(book, { provider: 'acme', model: 'widget', timeMs: Date.parse(on), usage, ...rest });
  return rating.costPicoUsd ?? rating.status;
}

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

  it('prices service tiers by their own rows', () => {
    const rows = [row, { ...row, service_tier: 'batch', rate: '0.5' }];
    // 10,000 x $1/M = $0.01, by batch half of that; nobody quoted flex.
    expect(cost(rows)).toBe(10_000_000_000n);
    expect(cost(rows, { serviceTier: 'batch' })).toBe(5_000_000_000n);
    expect(cost(rows, { serviceTier: 'flex' })).toBe('unpriced');
  });

  it('adds the surcharge of a region while it is in force', () => {
    const rows = [{ ...row, surcharges: [{ regions: ['EU-*'], factor: '1.1', effective_from: '2026-01-01' }] }];
    expect(cost(rows, { region: 'eu-west-1' })).toBe(11_000_000_000n);
    expect(cost(rows, { region: 'eu-west-1', on: '2025-12-31' })).toBe(10_000_000_000n);
    expect(cost(rows, { region: 'us-east-1' })).toBe(10_000_000_000n);
  });

  it('leaves a pinned region unpriced where prices vary by region and no surcharge names it', () => {
    const rows = [{ ...row, varies_by_region: true }];
    expect([cost(rows), cost(rows, { region: 'eu' })]).toEqual([10_000_000_000n, 'unpriced']);
  });

  it('prices training, and other units by blocks of their own', () => {
    const rows = [
      { ...row, unit: 'training_tokens', rate: '25' },
      { ...row, unit: 'images', per: 1, rate: '0.04' },
    ];
    // 10,000 x $25/M = $0.25 and 10,000 x $0.04 = $400
    expect(cost(rows, { unit: 'training_tokens' })).toBe(250_000_000_000n);
    expect(cost(rows, { unit: 'images' })).toBe(400_000_000_000_000n);
  });

  it('says what is known of a model, later facts winning one by one', () => {
    const catalog = readCatalogRows(
      {
        rows: [
          { ...row, facts: { kind: 'chat', context_tokens: 4000, input_modalities: ['text', 'image'] } },
          {
            provider: 'acme',
            model: 'widget',
            facts: { context_tokens: 8000, max_output_tokens: 500 },
            source: 'there',
          },
        ],
      },
      'v1',
    );
    const model = catalog.find('acme', 'widget')?.model;
    expect(model?.rows()).toHaveLength(1);
    expect(model?.facts).toMatchObject({
      kind: 'chat',
      contextTokens: 8000,
      maxOutputTokens: 500,
      inputModalities: ['text', 'image'],
      outputModalities: null,
      source: 'there',
    });
  });

  it('lists its models', () => {
    const catalog = readCatalogRows(
      { rows: [row, { ...row, model: 'gadget' }, { ...row, unit: 'output_tokens' }] },
      'v1',
    );
    expect([...catalog.models()].map(({ id }) => id)).toEqual(['widget', 'gadget']);
  });

  it.each([
    [{ provider: undefined }, 'rows[0].provider'],
    [{ rate: 1 }, 'rows[0].rate'],
    [{ rate: '1e-6' }, 'rows[0].rate'],
    [{ rate: undefined }, 'rows[0].rate'],
    [{ unit: 'input_mtok' }, 'rows[0].unit'],
    [{ per: 0 }, 'rows[0].per'],
    [{ service_tier: 5 }, 'rows[0].service_tier'],
    [{ serviceTier: 'batch' }, 'rows[0].serviceTier'],
    [{ minimum: '-1' }, 'rows[0].minimum'],
    [{ effective_from: 'yesterday' }, 'rows[0].effective_from'],
    [{ effective_from: '2026-01-02', effective_to: '2026-01-02' }, 'rows[0].effective_to'],
    [{ tiers: [{ over: 1, operator: '<', rate: '1' }] }, 'rows[0].tiers[0].operator'],
    [{ tiers: [{ over: -1, operator: '>', rate: '1' }] }, 'rows[0].tiers[0].over'],
    [{ tiers: [{ operator: '>', rate: '1' }] }, 'rows[0].tiers[0].over'],
    [{ tiers: [2, 1].map((over) => ({ over, operator: '>', rate: '1' })) }, 'rows[0].tiers[1].over'],
    [{ windows: [{ from: '24:00', to: '01:00' }] }, 'rows[0].windows[0].from'],
    [{ windows: [{ from: '23:00', to: '01:00', weekdays: [7] }] }, 'rows[0].windows[0].weekdays'],
    [{ windows: [{ from: '23:00', to: '01:00', weekdays: [] }] }, 'rows[0].windows[0].weekdays'],
    [{ aliases: 'widget-1' }, 'rows[0].aliases'],
    [{ facts: { kind: 'toaster' } }, 'rows[0].facts.kind'],
    [{ facts: { context_tokens: 0 } }, 'rows[0].facts.context_tokens'],
    [{ facts: { context: 5 } }, 'rows[0].facts.context'],
    [{ facts: 'chat' }, 'rows[0].facts'],
    [{ surcharges: [{ regions: [], factor: '1.1' }] }, 'rows[0].surcharges[0].regions'],
    [{ surcharges: [{ regions: ['eu'], factor: '0' }] }, 'rows[0].surcharges[0].factor'],
    [{ surcharges: [{ regions: ['eu'], factor: '1.1', effective_to: 'soon' }] }, 'rows[0].surcharges[0].effective_to'],
    [{ varies_by_region: 'yes' }, 'rows[0].varies_by_region'],
  ])('with %j is rejected naming the field', (part, field) => {
    expect(() => readCatalogRows([{ ...row, ...part }], 'v1')).toThrow(InvalidCatalogError);
    expect(() => readCatalogRows([{ ...row, ...part }], 'v1')).toThrow(`${field}:`);
  });

  it('with several faults names each of them', () => {
    expect(() =>
      readCatalogRows(
        [
          { ...row, rate: 1, per: 0 },
          { ...row, unit: '' },
        ],
        'v1',
      ),
    ).toThrow(/rows\[0\]\.rate:.*rows\[0\]\.per:.*rows\[1\]\.unit:/s);
  });

  it('that is no list is rejected', () => {
    expect(() => readCatalogRows({}, 'v1')).toThrow('rows: expected an array');
  });
});

describe('the example in docs/catalog.md', () => {
  const page = readFileSync(new URL('../../../docs/catalog.md', import.meta.url), 'utf8');
  const example: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '');

  it('is a file of rows', () => {
    const model = readCatalogRows(example, 'v1').find('acme', 'widget-1')?.model;
    expect(model?.rows()).toHaveLength(4);
    expect([model?.facts?.contextTokens, model?.surcharges[0]?.factor]).toEqual([128_000, '1.1']);
  });
});
