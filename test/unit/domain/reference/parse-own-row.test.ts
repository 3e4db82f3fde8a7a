import { describe, expect, it } from 'vitest';
import { bundledReference } from '../../../../lib/catalog/reference.ts';
import { findHardware } from '../../../../lib/domain/reference/find-reference.ts';
import {
  addOwnRows,
  MAX_OWN_ROW_NUMBER,
  MAX_OWN_ROW_TEXT,
  type OwnRowIssue,
  type OwnRowKind,
  parseOwnRow,
} from '../../../../lib/domain/reference/parse-own-row.ts';

const DATED = { source: 'contract 17', as_of: '2026-01-02' };
const RENTED = {
  ...DATED,
  kind: 'rented',
  provider: 'Our broker',
  instance: 'gpu-1',
  gpu: 'H100 SXM',
  hourly_usd: 2.2,
};
const OWNED = { ...DATED, kind: 'owned', name: 'rack 1', gpu: '4090', gpu_count: 2, vram_gb: 48, capex_usd: 4_000 };
const MEASURED = {
  ...{ ...DATED, kind: 'max-load', model: 'Llama-3.1-8B', gpu: 'L4', gpu_count: 1 },
  ...{ input_tokens: 500, output_tokens: 200, output_tokens_per_s: 400 },
};
const SCORED = { ...DATED, model: 'm-1', score: 7, scale: 'own evaluation /10' };

function parse(kind: OwnRowKind, json: Readonly<Record<string, unknown>>) {
  const issues: OwnRowIssue[] = [];
  const own = parseOwnRow(kind, 'own_1', json, '2026-01-29', issues);
  return { own, issues, fields: issues.map(({ field }) => field) };
}

describe('an own row', () => {
  it('has what was said, in our names of GPUs, and null for what was not', () => {
    expect(parse('hardware', RENTED).own?.row).toEqual({
      ...{ id: 'own_1', kind: 'rented', provider: 'Our broker', instance: 'gpu-1', region: null },
      ...{ gpu: 'H100', gpuCount: null, vramGb: null, vcpu: null, ramGb: null },
      ...{ hourlyUsd: 2.2, reservedHourlyUsd: null, spotHourlyUsd: null },
      ...{ source: 'contract 17', asOf: '2026-01-02', checkedOn: '2026-01-29', standing: 'stated', note: null },
    });
    expect(parse('hardware', OWNED).own?.row).toMatchObject({ kind: 'owned', gpu: 'RTX 4090', lifeYears: null });
    expect(parse('throughput', MEASURED).own?.row).toMatchObject({ kind: 'max-load', concurrency: null });
    expect(parse('quality', SCORED).own?.row).toMatchObject({ score: 7, scale: 'own evaluation /10' });
  });

  it.each<readonly [field: string, kind: OwnRowKind, json: Readonly<Record<string, unknown>>]>([
    ['source', 'quality', { ...SCORED, source: undefined }],
    ['as_of', 'quality', { ...SCORED, as_of: '2026-02-30' }],
    ['as_of', 'quality', { ...SCORED, as_of: '2026-01' }],
    ['note', 'quality', { ...SCORED, note: 'x'.repeat(MAX_OWN_ROW_TEXT + 1) }],
    ['model', 'quality', { ...SCORED, model: 'a\nb' }],
    ['score', 'quality', { ...SCORED, score: '7' }],
    ['standing', 'quality', { ...SCORED, standing: 'stated' }],
    ['__proto__', 'quality', JSON.parse(JSON.stringify(SCORED).replace('{', '{"__proto__":1,'))],
    ['kind', 'hardware', { ...RENTED, kind: 'flat' }],
    ['provider', 'hardware', { ...RENTED, provider: ' ' }],
    ['hourly_usd', 'hardware', { ...RENTED, hourly_usd: MAX_OWN_ROW_NUMBER + 1 }],
    ['hourly_usd', 'hardware', { ...RENTED, hourly_usd: -1 }],
    ['capex_usd', 'hardware', { ...OWNED, capex_usd: null }],
    ['kind', 'throughput', { ...MEASURED, kind: 'paper-estimate' }],
    ['input_tokens', 'throughput', { ...MEASURED, input_tokens: undefined }],
  ])('with a wrong %s is refused by that name', (field, kind, json) => {
    const { own, fields } = parse(kind, json);
    expect(own).toBeUndefined();
    expect(fields).toContain(field);
  });

  it('is refused by all of its faults at once', () => {
    const { fields } = parse('quality', { score: -1, planet: 'mars' });
    expect(fields.toSorted()).toEqual(['as_of', 'model', 'planet', 'scale', 'score', 'source']);
  });

  it.each([
    ['a price of nothing', { ...RENTED, hourly_usd: 0 }],
    ['no price', { ...RENTED, hourly_usd: null }],
    ['spot above demand', { ...RENTED, spot_hourly_usd: 3 }],
    ['half a GPU', { ...RENTED, gpu_count: 0.5 }],
    ['a figure of tomorrow', { ...RENTED, as_of: '2026-01-30' }],
  ])('cannot have %s', (_, json) => {
    const { own, issues } = parse('hardware', json);
    expect(own).toBeUndefined();
    expect(issues).toEqual([{ field: '', expected: expect.stringMatching(/^a sound row, but ./) }]);
  });
});

describe('own rows among those of the release', () => {
  it('are the price of their machine though it is older, and leave other machines alone', () => {
    const json = { ...RENTED, provider: 'aws', instance: 'p5.48xlarge', gpu_count: 8, hourly_usd: 30 };
    const { own } = parse('hardware', json);
    if (own === undefined) throw new Error('the row was refused');
    const release = bundledReference();
    const prices = (reference: typeof release) =>
      findHardware(reference, { gpu: 'H100', provider: 'AWS' }).flatMap((row) =>
        row.kind === 'rented' ? [[row.instance, row.hourlyUsd]] : [],
      );
    expect(prices(release)).toEqual([
      ['p5.48xlarge', 55.04],
      ['p5.4xlarge', 6.88],
    ]);
    expect(prices(addOwnRows(release, [own]))).toEqual([
      ['p5.48xlarge', 30],
      ['p5.4xlarge', 6.88],
    ]);
  });
});
