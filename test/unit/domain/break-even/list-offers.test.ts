import { describe, expect, it } from 'vitest';
import { listOffers } from '../../../../lib/domain/break-even/list-offers.ts';
import { listTargets } from '../../../../lib/domain/break-even/list-targets.ts';
import {
  contextOf,
  flatRow,
  modelRow,
  offeredIds,
  offerOf,
  ownedRow,
  referenceOf,
  rentedRow,
  throughputRow,
} from '../../../helpers/break-even-fixtures.ts';

const LENGTHS = { inputTokens: 1_000, outputTokens: 1_000 };

describe('listTargets', () => {
  it('fits the service time where four mixes of lengths were measured', () => {
    // t = 0.0001 in + 0.0002 out, without a term for the context
    const throughput = [
      [100, 100],
      [1_000, 100],
      [100, 1_000],
      [2_000, 500],
    ].map(([inputTokens = 0, outputTokens = 0]) =>
      throughputRow({
        inputTokens,
        outputTokens,
        outputTokensPerS: outputTokens / (1e-4 * inputTokens + 2e-4 * outputTokens),
      }),
    );
    const [target] = listTargets(referenceOf({ throughput }), LENGTHS).targets;
    expect(target?.serviceTime.method).toBe('fitted');
    expect(target?.serviceTime.fit.inputTokenS).toBeCloseTo(1e-4, 9);
    expect(target?.serviceTime.fit.outputTokenS).toBeCloseTo(2e-4, 9);
    expect(target?.serviceTime.rows).toHaveLength(4);
  });

  it('takes the nearest mix of lengths where there are fewer, at its best rate, every token alike', () => {
    const throughput = [
      throughputRow({ inputTokens: 900, outputTokens: 100, concurrency: 1, outputTokensPerS: 10 }),
      throughputRow({ inputTokens: 900, outputTokens: 100, concurrency: 50, outputTokensPerS: 100 }),
      throughputRow({ inputTokens: 20_000, outputTokens: 100 }),
    ];
    const [target] = listTargets(referenceOf({ throughput }), { inputTokens: 1_000, outputTokens: 100 }).targets;
    // 100 tokens out at 100 a second are 1 s for 1,000 tokens in all.
    expect(target?.serviceTime).toMatchObject({ method: 'nearest', meanErrorRatio: null });
    expect(target?.serviceTime.fit).toEqual({ inputTokenS: 0.001, outputTokenS: 0.001, contextTokenS: 0 });
    expect(target?.serviceTime.rows).toEqual([throughput[1]]);
  });

  it('keeps precisions, engines and numbers of GPUs apart', () => {
    const throughput = [{}, { precision: 'bf16' }, { engine: 'SGLang' }, { gpuCount: 2 }].map(throughputRow);
    const { targets } = listTargets(referenceOf({ throughput }), LENGTHS);
    expect(targets.map(({ id, bits }) => [id, bits])).toEqual([
      ['Small-8B/fp8/1xG1/vLLM', 8],
      ['Small-8B/bf16/1xG1/vLLM', 16],
      ['Small-8B/fp8/1xG1/SGLang', 8],
      ['Small-8B/fp8/2xG1/vLLM', 8],
    ]);
  });

  it.each([
    ['fp4', 4],
    ['nvfp4', 4],
    ['int8', 8],
    ['awq', 4],
    ['q4_k_m', 4.8],
    [null, 16],
    ['unheard of', 16],
  ])('reckons with the bits of %s', (precision, bits) => {
    const [target] = listTargets(referenceOf({ throughput: [throughputRow({ precision })] }), LENGTHS).targets;
    expect(target?.bits).toBeCloseTo(bits, 9);
  });

  it('does not offer what nobody can say it serves, and says why', () => {
    const models = [modelRow(), modelRow({ id: 'Windowless', contextTokens: null }), modelRow({ id: 'Unmeasured' })];
    const throughput = [
      throughputRow({ model: 'Windowless' }),
      throughputRow({ model: 'Stranger' }),
      throughputRow({ kind: 'single-stream' }),
      throughputRow({ standing: 'legacy' }),
    ];
    const { targets, notOffered } = listTargets(referenceOf({ models, throughput }), LENGTHS);
    expect(targets).toEqual([]);
    expect(notOffered).toEqual([
      { kind: 'target', id: 'Windowless/fp8/1xG1/vLLM', reason: 'unknown_context_window' },
      { kind: 'target', id: 'Stranger/fp8/1xG1/vLLM', reason: 'unknown_model' },
      { kind: 'model', id: 'Small-8B', reason: 'no_throughput' },
      { kind: 'model', id: 'Unmeasured', reason: 'no_throughput' },
    ]);
  });
});

describe('listOffers', () => {
  it('holds as many replicas in a machine as fit whole: GPUs between two machines serve nothing', () => {
    const throughput = [throughputRow({ gpuCount: 2 })];
    const machine = (gpuCount: number) => rentedRow({ gpuCount, vramGb: 80 * gpuCount });
    expect(offerOf({ throughput, hardware: [machine(8)] }).replicasPerMachine).toBe(4);
    expect(offerOf({ throughput, hardware: [machine(3)] }).replicasPerMachine).toBe(1);
    expect(offeredIds([machine(1)], { throughput })).toEqual([]);
  });

  it('needs room for the weights within 90 % of the memory, and for the cache of a call that fills the window', () => {
    const inGb = (vramGb: number, cacheTokenBytes: number | null) =>
      offeredIds([rentedRow({ vramGb })], { models: [modelRow({ paramsB: 9, cacheTokenBytes })] });
    // 9 billion at 8 bits are 9 GB, 90 % of 10.
    expect(inGb(10, null)).toEqual(['cloud/one on_demand']);
    expect(inGb(9.99, null)).toEqual([]);
    // 8,192 tokens of 1 MB are 8.192 GB more: (9 + 8.192) / 0.9 = 19.1
    expect(inGb(19.2, 1_000_000)).toEqual(['cloud/one on_demand']);
    expect(inGb(19, 1_000_000)).toEqual([]);
  });

  it('offers what is rented on demand and reserved, never on spot, and what is bought', () => {
    const rented = rentedRow({ hourlyUsd: 2, reservedHourlyUsd: 1, spotHourlyUsd: 0.5 });
    expect(offeredIds([rented, ownedRow()])).toEqual(['cloud/one on_demand', 'cloud/one reserved', 'own owned']);
    expect(offerOf({ hardware: [rented] }).machine).toMatchObject({ monthlyUsd: 1_460, spotMonthlyUsd: 365 });
  });

  it('offers a discount for a commitment where the policy has one and the row has none', () => {
    const policy = { ...contextOf().policy, reservedDiscountRatio: 0.25 };
    const reference = referenceOf({ hardware: [rentedRow(), rentedRow({ id: 'dear', reservedHourlyUsd: 0.9 })] });
    const { offers } = listOffers(reference, listTargets(reference, LENGTHS).targets, policy);
    const reserved = offers.filter(({ purchase }) => purchase === 'reserved');
    // 730 x $0.75 and 730 x $0.90
    expect(reserved.map(({ machine }) => machine.monthlyUsd)).toEqual([547.5, 657]);
  });

  it('reckons depreciation and cash of bought machines apart, and names what a row does not say', () => {
    const { machine } = offerOf({ hardware: [ownedRow()] });
    // $3,600 over 36 months; 1 kW x 730 h x $0.10
    expect(machine).toMatchObject({ monthlyUsd: 173, cashMonthlyUsd: 73, capexUsd: 3_600, lifeMonths: 36 });
    // What it brings in the end is not used up: $3,240 over 36 months
    expect(offerOf({ hardware: [ownedRow({ salvageUsd: 360 })] }).machine).toMatchObject({ monthlyUsd: 163 });
    const offer = offerOf({ hardware: [ownedRow({ lifeYears: null, tariffUsd: null })] });
    expect(offer.assumed).toContain('a life of 3 years of the machine');
    expect(offer.assumed).toContain('0.15 USD per kWh');
  });

  it('offers a machine without GPU only for what was measured on it, by its memory where that is known', () => {
    const cpu = (fields: Parameters<typeof rentedRow>[0]) =>
      rentedRow({ gpu: null, gpuCount: 0, vramGb: 0, ...fields });
    const machines = [
      cpu({ id: 'roomy', ramGb: 10 }),
      cpu({ id: 'narrow', ramGb: 8 }),
      cpu({ id: 'unsaid' }),
      cpu({ id: 'other', ramGb: 512 }),
    ];
    const throughput = ['Roomy', 'narrow', 'unsaid'].map((gpu) => throughputRow({ gpu, gpuCount: 0 }));
    // 8 GB of weights are within 90 % of 10 GB, not of 8.
    expect(offeredIds(machines, { throughput })).toEqual(['roomy on_demand', 'unsaid on_demand']);
    const offer = offerOf({ throughput: throughput.slice(2), hardware: machines });
    expect(offer).toMatchObject({ id: 'Small-8B/fp8/unsaid/vLLM on unsaid on_demand', replicasPerMachine: 1 });
    expect(offer.assumed).toContain('memory enough, since it was measured on this machine');
    expect(offerOf({ throughput, hardware: machines }).assumed).toEqual([]);
  });

  it('takes the dearer end of a range of monthly prices', () => {
    const server = flatRow();
    const offer = offerOf({ throughput: [throughputRow({ gpu: 'A server', gpuCount: 0 })], hardware: [server] });
    expect(offer.machine).toMatchObject({ monthlyUsd: 100, cashMonthlyUsd: 100, hourlyUsd: null, capexUsd: 0 });
    expect(offer.marketRatios).toEqual({ low: 0.5, high: 1 });
    expect(offer.assumed).toContain('the dearer end of 50 to 100 USD a month');
    expect(offeredIds([server])).toEqual([]);
  });

  it.each([
    ['no_price', ownedRow({ id: 'x', capexUsd: null })],
    ['no_price', ownedRow({ id: 'x', powerWatts: null })],
    ['no_price', rentedRow({ id: 'x', hourlyUsd: null, spotHourlyUsd: 1 })],
    ['unknown_size', rentedRow({ id: 'x', vramGb: null })],
    ['unknown_size', rentedRow({ id: 'x', gpuCount: null })],
    ['no_throughput', rentedRow({ id: 'x', gpu: 'G2' })],
    ['no_throughput', rentedRow({ id: 'x', gpu: null, gpuCount: 0, vramGb: 0 })],
  ])('says %s of a machine that is not on offer', (reason, row) => {
    const reference = referenceOf({ hardware: [row] });
    const { offers, notOffered } = listOffers(reference, listTargets(reference, LENGTHS).targets, contextOf().policy);
    expect(offers).toEqual([]);
    expect(notOffered).toContainEqual({ kind: 'hardware', id: 'x', reason });
  });

  it('leaves out what is superseded, and the older price of a machine', () => {
    const rows = [
      rentedRow({ id: 'old', instance: 'one', asOf: '2025-01-01' }),
      rentedRow({ id: 'new', instance: 'one', asOf: '2026-01-01' }),
      rentedRow({ id: 'wrong', standing: 'legacy', note: 'wrong' }),
    ];
    expect(offeredIds(rows)).toEqual(['new on_demand']);
  });
});
