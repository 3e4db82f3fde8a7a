import { describe, expect, it } from 'vitest';
import { decodeSnapshot } from '../../../lib/catalog/snapshot.ts';
import { type Build, build, issuesOf, library, own } from './invented-library.ts';

describe('rows of which no snapshot is made', () => {
  const period = (part: object): Build => ({ own: [{ ...own, periods: [{ rates: { input_tokens: '1' }, ...part }] }] });

  it.each<[string, Build, string]>([
    ['no source', { own: [{ ...own, source: ' ' }] }, 'own rows of acme widget: no source'],
    ['no day of the check', { own: [{ ...own, checkedOn: '2026-02-30' }] }, 'checkedOn is "2026-02-30"'],
    ['an exponent', period({ rates: { input_tokens: '1e-6' } }), 'input_tokens: "1e-6" is no plain decimal'],
    ['a negative rate', period({ rates: { input_tokens: '-1' } }), '"-1" is no plain decimal'],
    ['an unknown unit', period({ rates: { input_mtok: '1' } }), 'input_mtok is no unit of the contract'],
    ['no rate', period({ rates: {} }), 'holds no rate'],
    ['a block of nothing', period({ rates: { images: { rate: '1', per: 0 } } }), 'a block of 0'],
    ['an empty period', period({ from: '2026-01-02', to: '2026-01-02' }), 'a period that is never in force'],
    ['no date', period({ from: 'spring' }), 'spring to  are no dates'],
    ['an unknown tier', period({ tier: 'bacth' }), 'tier bacth, expected default, batch, flex, priority'],
    ['a window of no time', period({ windows: [{ from: '01:00', to: '01:00' }] }), 'window 01:00-01:00'],
    [
      'an eighth weekday',
      period({ windows: [{ from: '01:00', to: '02:00', weekdays: [7] }] }),
      'window 01:00-02:00 on 7',
    ],
    [
      'size tiers out of order',
      period({
        rates: {
          input_tokens: {
            rate: '1',
            tiers: [
              ['>', 200, '2'],
              ['>=', 201, '3'],
            ],
          },
        },
      }),
      'size tiers out of order',
    ],
    ['a context of no size', { own: [{ ...own, facts: { contextTokens: 0 } }] }, 'contextTokens 0, expected above 0'],
    ['an unknown modality', { own: [{ ...own, facts: { inputModalities: ['smell'] } }] }, 'inputModalities smell'],
    ['a factor of 0', { own: [{ ...own, surcharges: [{ regions: ['eu'], factor: '0' }] }] }, 'factor "0"'],
    ['a region in capitals', { own: [{ ...own, surcharges: [{ regions: ['EU'], factor: '1.1' }] }] }, 'lower case'],
  ])('%s', (_, parts, issue) => {
    expect(issuesOf(parts).join('\n')).toContain(issue);
  });

  it('two prices of one unit at once', () => {
    const periods = [
      { to: '2026-02-01', rates: { input_tokens: '1' } },
      { from: '2026-01-01', rates: { input_tokens: '2', output_tokens: '3' } },
    ];
    expect(issuesOf({ own: [{ ...own, periods }] })).toEqual([
      'own rows of acme widget: input_tokens have two prices at once, (default, ever to 2026-02-01) and (default, 2026-01-01 to now)',
    ]);
  });

  it('two own rows of one name', () => {
    expect(issuesOf({ own: [own, { ...own, model: 'gadget', names: ['widget'] }] })).toEqual([
      'own rows of acme widget: gadget takes its name widget',
    ]);
  });

  it('two models of one name', () => {
    expect(
      issuesOf({
        providers: [library({ widget: { input_mtok: 1 }, gadget: { input_mtok: 1 } }, { gadget: ['widget'] })],
      }),
    ).toEqual(['acme widget: a name of two models']);
  });

  it('are all named, not only the first', () => {
    expect(
      issuesOf({
        own: [
          { ...own, source: '' },
          { ...own, model: 'gadget', source: '' },
        ],
      }),
    ).toHaveLength(2);
  });
});

describe('own rows', () => {
  it('take their names from the library entry that had them, which goes on under its next name', () => {
    const built = build({
      providers: [library({ widget: { input_mtok: 2 } }, { widget: ['widget-2'] })],
      own: [{ ...own, names: ['widget-1'] }],
    });
    expect(built.models['acme']?.map(({ id, names }) => [id, names])).toEqual([
      ['widget', ['widget', 'widget-1']],
      ['widget-2', ['widget-2']],
    ]);
  });

  it('that extend a model unknown to the library are refused', () => {
    expect(issuesOf({ own: [{ ...own, scope: 'units', replaces: 'gone' }] })).toEqual([
      'own rows of acme widget: the library lists no gone to extend',
    ]);
  });

  it('win over the facts of the library one by one, and both sources are named', () => {
    const provider = library({ widget: { input_mtok: 2 } });
    const [model] = provider.models;
    const providers = [{ ...provider, models: model === undefined ? [] : [{ ...model, context_window: 4000 }] }];
    const facts = decodeSnapshot(
      build({
        providers,
        own: [
          { ...own, scope: 'names', replaces: 'widget', periods: [], facts: { kind: 'chat', maxOutputTokens: 500 } },
        ],
      }),
    ).find('acme', 'widget')?.model.facts;
    expect(facts).toMatchObject({ kind: 'chat', contextTokens: 4000, maxOutputTokens: 500, inputModalities: null });
    expect(facts?.source).toBe('acme.example/pricing; example/prices 1 prices/providers/acme.yml');
  });

  it('of a provider that the library does not know are listed', () => {
    expect(build({ own: [{ ...own, provider: 'nobody' }] }).models['nobody']?.map(({ id }) => id)).toEqual(['widget']);
  });
});
