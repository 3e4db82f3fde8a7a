import { describe, expect, it } from 'vitest';
import { describeDifferences } from '../../../lib/catalog/build/diff.ts';
import type { OwnModel } from '../../../lib/catalog/own-model.ts';
import { decodeSnapshot, type Snapshot, type SnapshotModel } from '../../../lib/catalog/snapshot.ts';
import { build, issuesOf, library, own, rowsOf } from './invented-library.ts';

type Prices = Parameters<typeof library>[0][string];

function modelOf(snapshot: Snapshot, id = 'widget'): SnapshotModel | undefined {
  return snapshot.models['acme']?.find((model) => model.id === id);
}

const first = build({ providers: [library({ widget: { input_mtok: 1.25, output_mtok: 10 } })] });

describe('a build over a release', () => {
  it('that reads the same prices again changes nothing and has the same version', () => {
    const again = build(
      { providers: [library({ widget: { input_mtok: 1.25, output_mtok: 10 } })] },
      { released: first, asOf: '2026-05-05' },
    );
    expect(again.version).toBe(first.version);
    expect(describeDifferences(first, again)).toEqual([]);
  });

  it('ends a price that changed on the effective day and begins the new one there', () => {
    const second = build(
      { providers: [library({ widget: { input_mtok: 1.5, output_mtok: 10 } })], release: '2' },
      { released: first },
    );
    expect(rowsOf(second)).toEqual([
      'input_tokens 1.25 ..2026-03-01',
      'input_tokens 1.5 2026-03-01..',
      'output_tokens 10 ..',
    ]);
    expect(describeDifferences(first, second)).toEqual([
      '~ acme widget input_tokens 1.25 -> 1.5 USD per 1M from 2026-03-01',
    ]);
  });

  it('names for a price it kept where and when that was read', () => {
    const second = build(
      { providers: [library({ widget: { input_mtok: 1.5 } })], release: '2', checkedOn: '2026-02-20' },
      { released: first },
    );
    const rows = decodeSnapshot(second).find('acme', 'widget')?.model.rows() ?? [];
    expect(rows.map(({ rate, source, checkedOn }) => [rate, source, checkedOn])).toEqual([
      ['1.25', 'example/prices 1 prices/providers/acme.yml', '2026-01-01'],
      ['10', 'example/prices 1 prices/providers/acme.yml', '2026-01-01'],
      ['1.5', 'example/prices 2 prices/providers/acme.yml', '2026-02-20'],
    ]);
  });

  it('keeps every step of a price that changes twice, and building again from the result changes nothing', () => {
    const dear = { providers: [library({ widget: { input_mtok: 1.5, output_mtok: 10 } })] };
    const cheap = { providers: [library({ widget: { input_mtok: 0.9, output_mtok: 10 } })] };
    const second = build(dear, { released: first, asOf: '2026-03-01' });
    const third = build(cheap, { released: second, asOf: '2026-06-15' });
    expect(rowsOf(third).filter((row) => row.startsWith('input'))).toEqual([
      'input_tokens 1.25 ..2026-03-01',
      'input_tokens 1.5 2026-03-01..2026-06-15',
      'input_tokens 0.9 2026-06-15..',
    ]);
    expect(build(cheap, { released: third, asOf: '2026-06-15' }).models).toEqual(third.models);
    expect(build(cheap, { released: third, asOf: '2026-12-31' }).version).toBe(third.version);
  });

  it('takes the date of the list where that dates the change itself', () => {
    const prices = [
      { prices: { input_mtok: 1.25, output_mtok: 10 } },
      {
        constraint: { type: 'start_date' as const, start_date: '2026-02-10' },
        prices: { input_mtok: 1.5, output_mtok: 10 },
      },
    ];
    const second = build({ providers: [library({ widget: prices })] }, { released: first });
    expect(describeDifferences(first, second)).toEqual([
      '~ acme widget input_tokens 1.25 -> 1.5 USD per 1M from 2026-02-10',
    ]);
  });

  it('does not take the edit of a dated row for a dated change', () => {
    const dated = (rate: number): Prices => [
      { prices: { input_mtok: 5 } },
      { constraint: { type: 'start_date', start_date: '2025-10-02' }, prices: { input_mtok: rate } },
    ];
    const before = build({ providers: [library({ widget: dated(2.5) })] });
    const after = build({ providers: [library({ widget: dated(3) })] }, { released: before });
    expect(rowsOf(after)).toEqual([
      'input_tokens 5 ..2025-10-02',
      'input_tokens 2.5 2025-10-02..2026-03-01',
      'input_tokens 3 2026-03-01..',
    ]);
  });

  it('keeps the past of a list that forgets it', () => {
    const before = build({
      providers: [
        library({
          widget: [
            { prices: { input_mtok: 5 } },
            { constraint: { type: 'start_date', start_date: '2025-10-02' }, prices: { input_mtok: 2.5 } },
          ],
        }),
      ],
    });
    const after = build({ providers: [library({ widget: { input_mtok: 2.5 } })] }, { released: before });
    expect(rowsOf(after)).toEqual(['input_tokens 5 ..2025-10-02', 'input_tokens 2.5 2025-10-02..']);
  });

  it('ends the price of a unit that is no longer listed', () => {
    const second = build({ providers: [library({ widget: { input_mtok: 1.25 } })] }, { released: first });
    expect(rowsOf(second)).toContain('output_tokens 10 ..2026-03-01');
    expect(describeDifferences(first, second)).toEqual(['- acme widget output_tokens 10 USD per 1M from 2026-03-01']);
  });

  it('keeps a model that vanished, with its last prices and its names', () => {
    const before = build({
      providers: [library({ widget: { input_mtok: 1 }, gadget: { input_mtok: 2 } }, { widget: ['w1'] })],
    });
    const after = build({ providers: [library({ gadget: { input_mtok: 2 } })] }, { released: before });
    expect(rowsOf(after, 'w1')).toEqual(['input_tokens 1 ..']);
    expect(describeDifferences(before, after)).toEqual([]);
  });

  it('keeps the past of a model that goes on under another id', () => {
    const before = build({ providers: [library({ widget: { input_mtok: 1 } }, { widget: ['w1'] })] });
    const after = build(
      { providers: [library({ 'widget-one': { input_mtok: 3 } }, { 'widget-one': ['w1'] })] },
      { released: before },
    );
    for (const name of ['widget', 'w1']) {
      expect(rowsOf(after, name)).toEqual(['input_tokens 1 ..2026-03-01', 'input_tokens 3 2026-03-01..']);
    }
  });

  it('refuses a name that moved to a model with another past', () => {
    const models = { widget: { input_mtok: 1 }, gadget: { input_mtok: 2 } };
    const before = build({ providers: [library(models, { widget: ['latest'] })] });
    const moved = { providers: [library(models, { gadget: ['latest'] })] };
    expect(issuesOf(moved, { released: before })).toEqual([
      'acme latest: gadget prices its past otherwise than widget did at the release',
    ]);
    const names = [{ provider: 'acme', name: 'latest', why: 'never was widget', source: 'acme.example' }];
    expect(rowsOf(build(moved, { released: before, correctedNames: names }), 'latest')).toEqual(['input_tokens 2 ..']);
  });

  it('lets an own row that replaces a price count from the effective day', () => {
    const second = build(
      { providers: [library({ widget: { input_mtok: 1.25 } })], own: [{ ...own, replaces: 'widget' }] },
      { released: first },
    );
    expect(rowsOf(second)).toEqual([
      'input_tokens 1.25 ..2026-03-01',
      'output_tokens 10 ..2026-03-01',
      'input_tokens 1 2026-03-01..',
    ]);
  });

  it('lets an own row add prices for times and units of which nothing was known', () => {
    const dated: OwnModel = {
      ...own,
      replaces: 'widget',
      scope: 'units',
      periods: [{ from: '2025-01-01', rates: { cache_read_tokens: '0.1' } }],
    };
    const providers = [library({ widget: { input_mtok: 1.25, output_mtok: 10 } })];
    const second = build({ providers, own: [dated] }, { released: first });
    expect(describeDifferences(first, second)).toEqual([
      '+ acme widget cache_read_tokens 0.1 USD per 1M from 2025-01-01',
    ]);
  });

  it('changes the past only where a correction names the wrong rate', () => {
    const right = { providers: [library({ widget: { input_mtok: 1.5, output_mtok: 12 } })] };
    const correction = {
      provider: 'acme',
      model: 'widget',
      unit: 'input_tokens',
      why: 'a slip',
      source: 'acme.example',
    };
    const corrected = build(right, { released: first, correctedRows: [{ ...correction, wrongRate: '1.250' }] });
    expect(rowsOf(corrected)).toEqual([
      'input_tokens 1.5 ..',
      'output_tokens 10 ..2026-03-01',
      'output_tokens 12 2026-03-01..',
    ]);
    const other = build(right, { released: first, correctedRows: [{ ...correction, wrongRate: '1.3' }] });
    expect(rowsOf(other)).toContain('input_tokens 1.25 ..2026-03-01');
    expect(
      issuesOf(right, { released: first, correctedRows: [{ ...correction, wrongRate: '1.25', why: '' }] }),
    ).toEqual(['correction of acme widget input_tokens: needs a reason and a source']);
  });

  it('dates a new surcharge on the price of a place that used to cost the same', () => {
    const surcharged: OwnModel = { ...own, surcharges: [{ regions: ['eu'], factor: '1.1' }] };
    const before = build({ own: [own] });
    const after = build({ own: [surcharged] }, { released: before });
    expect(modelOf(after)?.surcharges).toEqual([{ regions: ['eu'], factor: '1.1', from: '2026-03-01', source: 0 }]);
    expect(describeDifferences(before, after)).toEqual(['+ acme widget surcharge eu x1.1 from 2026-03-01']);
  });

  it('refuses an effective day before that of the release', () => {
    const second = build({ own: [own] }, { released: first, asOf: '2026-03-01' });
    expect(issuesOf({ own: [own] }, { released: second, asOf: '2026-02-28' })).toEqual([
      '--as-of 2026-02-28: the release holds prices up to 2026-03-01',
    ]);
    expect(issuesOf({ own: [own] }, { released: second, asOf: 'soon' })).toEqual([
      '--as-of soon: expected a day, YYYY-MM-DD',
    ]);
  });
});

describe('the difference of two snapshots', () => {
  it('says in a line which models, prices, names and facts came and went', () => {
    const before = build({
      providers: [library({ gadget: { input_mtok: 2 }, widget: { input_mtok: 1 } }, { widget: ['w1'] })],
    });
    const after = build({
      own: [
        {
          ...own,
          names: ['w2'],
          facts: { contextTokens: 8000 },
          periods: [{ rates: { input_tokens: '1', output_characters: { rate: '0.5', per: 1000 } } }],
        },
        {
          ...own,
          model: 'sprocket',
          periods: [{ tier: 'batch', rates: { input_tokens: { rate: '1', tiers: [['>', 200_000, '2']] } } }],
        },
      ],
    });
    expect(describeDifferences(before, after)).toEqual([
      '- acme gadget: input_tokens 2 USD per 1M',
      '+ acme sprocket: batch input_tokens 1 (2 above 200000) USD per 1M',
      '+ acme widget output_characters 0.5 USD per 1K',
      '= acme widget names: also w2, no longer w1',
      '= acme widget contextTokens unknown -> 8000',
    ]);
  });

  it('shows the hours and weekdays of a price that is not for all day', () => {
    const windows = [{ from: '01:00', to: '04:00', weekdays: [1, 2] }];
    const after = build({ own: [{ ...own, periods: [...own.periods, { windows, rates: { input_tokens: '3' } }] }] });
    expect(describeDifferences(build({ own: [own] }), after)).toEqual([
      '~ acme widget input_tokens 1 -> 1, 3 at 01:00-04:00 Mon/Tue UTC USD per 1M',
    ]);
  });

  it('shows whose models are resold on other terms than before', () => {
    const snapshot = (fallbacks: Snapshot['fallbacks']): Snapshot => ({ ...build({ own: [own] }), fallbacks });
    const terms = { provider: 'acme', withoutTiers: ['flex'], surcharges: [{ regions: ['eu'], factor: '1.1' }] };
    const before = snapshot({ shop: ['acme', 'other'], stall: ['acme'] });
    const after = snapshot({ shop: [terms, 'other'], kiosk: [{ ...terms, surcharges: [] }] });
    expect(describeDifferences(before, after)).toEqual([
      '+ kiosk resells acme as number 1, without flex, without surcharges',
      "~ shop resells acme as number 1, on the vendor's terms -> as number 1, without flex, surcharge eu x1.1",
      "- stall resells acme as number 1, on the vendor's terms",
    ]);
  });
});
