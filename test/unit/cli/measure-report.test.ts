import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import type { MeasureOutcome } from '../../../lib/cli/measure-answer.ts';
import type { MeasurePlan, MeasureTarget } from '../../../lib/cli/measure-arguments.ts';
import { priceTarget } from '../../../lib/cli/measure-cost.ts';
import { judgeOutcome } from '../../../lib/cli/measure-judge.ts';
import { saveRows } from '../../../lib/cli/measure-ledger.ts';
import { compareMeasured, knowNoLedger } from '../../../lib/cli/measure-report.ts';
import type { TargetMeasurement } from '../../../lib/cli/measure-run.ts';
import type { MeasuredCall } from '../../../lib/client/measure/measure-call.ts';
import { findBestLevel, summariseLevel } from '../../../lib/client/measure/summarise-sweep.ts';
import { readResponse } from '../../../lib/client/responses/read-response.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import type { QualityRow } from '../../../lib/domain/reference/reference-rows.ts';

const NOW = Date.UTC(2026, 0, 29);
const TARGET: MeasureTarget = {
  ...{
    name: 'a',
    url: 'http://h:1/v1/chat/completions',
    shownUrl: 'http://h:1/v1/chat/completions',
    model: 'gpt-4o-mini',
  },
  ...{ provider: null, region: null, key: null, deployment: null, hourlyUsd: null },
  ...{ gpu: 'L40S', gpuCount: 1, precision: null, engine: null, paramsB: null },
};

const call = (usage: Record<string, unknown>, model = 'gpt-4o-mini'): MeasuredCall => ({
  ...{ isStreaming: true, startEpochMs: NOW, startMs: 0, endMs: 1_000, connection: null, ttftMs: 100, totalMs: 1_000 },
  ...{ failure: null, tokens: { inputTokens: 1_000, outputTokens: 100, source: 'response' }, headers: {} },
  reading: readResponse({ id: 'x', object: 'chat.completion', model, choices: [], usage }),
});
const USAGE = { prompt_tokens: 1_000, completion_tokens: 100 };

/** Two levels, of which the second does twice as much unless told otherwise. */
function measurement(calls: readonly MeasuredCall[], target = TARGET, secondWallMs = 500): TargetMeasurement {
  const level = (concurrency: number, wallMs: number) => ({ concurrency, calls, wallMs, maxInFlight: concurrency });
  return measurementOf([level(1, 1_000), level(2, secondWallMs)], target);
}

function measurementOf(levels: TargetMeasurement['sweep']['levels'], target = TARGET): TargetMeasurement {
  const figures = levels.map(summariseLevel);
  return {
    target,
    isStreaming: true,
    sweep: { cold: null, levels, stopped: null },
    levels: figures,
    best: findBestLevel(figures),
  };
}

const planOf = (targets: readonly MeasureTarget[]): MeasurePlan => ({
  ...{ targets, concurrency: 2, requests: 1, areStreaming: [true], app: 'x', scale: null, notes: [] },
  shape: { promptTokens: 1, maxTokens: 1, asksForUsage: true, timeoutMs: 1 },
  ...{ isReport: true, isRecording: false, isSavingRow: false },
  weights: { cost: 1, latency: 1, quality: 1, throughput: 0 },
  limits: { minOkRatio: 0.95, maxLatencyMs: null, minQuality: null },
});

describe('the cost of a target', () => {
  const book = createPriceBook({ catalog: bundledCatalog() });
  const price = (calls: readonly MeasuredCall[]) => priceTarget(book, TARGET, [measurement(calls)], null);

  it('is the mean of its calls at the price of the model that answered', () => {
    // 1,000 x $0.15 + 100 x $0.60 a million = $0.00021
    expect(price([call(USAGE)])).toMatchObject({ basis: 'price', measuredUsd: '0.21', isEstimated: false });
  });

  it('is of the cold call, too', () => {
    const measured = measurement([call({ prompt_tokens: 1_000, completion_tokens: 0 })]);
    const cold = call({ prompt_tokens: 4_000, completion_tokens: 0 });
    const cost = priceTarget(book, TARGET, [{ ...measured, sweep: { ...measured.sweep, cold } }], null);
    // (4,000 + 1,000 + 1,000) / 3 = 2,000 x $0.15 a million
    expect(cost.measuredUsd).toBe('0.3');
  });

  it('is unknown where a part of the usage has no price', () => {
    const usage = { ...USAGE, prompt_tokens_details: { audio_tokens: 500 } };
    expect(price([call(usage)])).toMatchObject({ basis: 'unknown', measuredUsd: null });
  });

  it('is what the endpoint charged where no price is known, if it says so of each call', () => {
    const charged = call({ ...USAGE, cost: 0.002 }, 'nobody-knows');
    expect(price([charged])).toMatchObject({ basis: 'reported', measuredUsd: '2' });
    expect(price([charged, call(USAGE, 'nobody-knows')])).toMatchObject({ basis: 'unknown', measuredUsd: null });
  });
});

describe('time in the report', () => {
  it('is the median of calls one at a time, whatever more at once take', () => {
    const taking = (totalMs: number, ttftMs: number) => ({ ...call(USAGE), totalMs, ttftMs });
    const alone = [taking(900, 90), taking(1_000, 100), taking(5_000, 500)];
    const measured = measurementOf([
      { concurrency: 1, maxInFlight: 1, wallMs: 6_900, calls: alone },
      { concurrency: 2, maxInFlight: 2, wallMs: 6_000, calls: [taking(6_000, 600), taking(6_000, 600)] },
    ]);
    const { rows } = compareMeasured(planOf([TARGET]), [measured], knowNoLedger());
    expect(rows).toMatchObject([{ latencyMs: 1_000, ttftMs: 100 }]);
  });
});

describe('quality in the report', () => {
  const row = (model: string, scale: string, over: Partial<QualityRow> = {}): QualityRow => ({
    ...{ id: `${model} ${scale}`, model, scale, score: 5, source: 's', asOf: null, checkedOn: '2026-01-01' },
    ...{ standing: 'stated', note: null },
    ...over,
  });
  const others: MeasureTarget[] = [TARGET, { ...TARGET, name: 'b', model: 'own-model' }];
  const report = (quality: readonly QualityRow[]) =>
    compareMeasured(
      planOf(others),
      others.map((target) => measurement([call(USAGE)], target)),
      { mix: null, reference: { ...knowNoLedger().reference, quality } },
    );

  it('is on the scale that rates most targets; of several the first', () => {
    const rows = [row('own-model', 'one /10'), row('gpt-4o-mini', 'two /10'), row('own-model', 'two /10')];
    expect(report(rows).scale).toBe('two /10');
    expect(report([...rows, row('gpt-4o-mini', 'three /10'), row('own-model', 'three /10')]).scale).toBe('two /10');
    expect(report([]).scale).toBeNull();
  });

  it('is never that of a superseded row', () => {
    const rows = [row('gpt-4o-mini', 'one /10', { standing: 'legacy', score: 9 }), row('own-model', 'one /10')];
    const { rows: compared, recommendation } = report(rows);
    expect(compared.map(({ quality }) => quality?.score ?? null)).toEqual([null, 5]);
    expect(recommendation.leftOut).toEqual([{ criterion: 'quality', unknownOf: ['a'] }]);
  });
});

describe('a row of measured throughput', () => {
  const save = async (measured: TargetMeasurement) => {
    const sent: unknown[] = [];
    const api = {
      ask: async (_method: string, _path: string, { body }: { body?: unknown } = {}) => {
        sent.push((body as { row: unknown }).row);
        return { id: 'own_1' };
      },
    };
    return { saved: await saveRows(api, [measured], NOW), sent };
  };

  it('is that of the level with most tokens a second, which may not be the most there is', async () => {
    const { saved, sent } = await save(measurement([call(USAGE)]));
    expect(saved).toEqual([{ target: 'a', id: 'own_1' }]);
    // One call of 1,000 and 100 tokens in half a second.
    expect(sent).toEqual([
      expect.objectContaining({
        ...{ kind: 'concurrency-sweep', concurrency: 2, input_tokens: 1_000, output_tokens: 100 },
        ...{ input_tokens_per_s: 2_000, output_tokens_per_s: 200, as_of: '2026-01-29', gpu: 'L40S' },
        note: 'measured calls: 1, at once: 2; the most that was tried, it may do more',
      }),
    ]);
  });

  it('may do more where the highest of several concurrencies was the best', async () => {
    const levels = [1, 2, 4].map((concurrency) => ({
      ...{ concurrency, maxInFlight: concurrency, wallMs: 1_000 / concurrency, calls: [call(USAGE)] },
    }));
    const { sent } = await save(measurementOf(levels));
    expect(sent[0]).toMatchObject({ concurrency: 4, note: expect.stringContaining('it may do more') });
  });

  it('of calls one at a time is of a single stream, which sizes nothing', async () => {
    const { sent } = await save(measurement([call(USAGE)], TARGET, 2_000));
    expect(sent[0]).toMatchObject({
      kind: 'single-stream',
      concurrency: 1,
      note: 'measured calls: 1, at once: 1',
    });
  });

  it('does not say that there may be more where no more than one at a time was asked for', async () => {
    const { sweep, levels, ...rest } = measurement([call(USAGE)], TARGET, 2_000);
    const alone = { ...rest, sweep: { ...sweep, levels: sweep.levels.slice(0, 1) }, levels: levels.slice(0, 1) };
    expect((await save(alone)).sent[0]).toMatchObject({ note: 'measured calls: 1, at once: 1' });
  });

  it('is none where no call went well', async () => {
    const failed = { ...call(USAGE), failure: { kind: 'reset', detail: null } as const, tokens: null };
    expect(await save(measurement([failed]))).toEqual({
      saved: [{ target: 'a', reason: 'too few calls went well' }],
      sent: [],
    });
  });
});

describe('the exit code', () => {
  const outcome: MeasureOutcome = {
    ...{ runId: 'r', startedMs: NOW, isInterrupted: false, measured: [measurement([call(USAGE)])] },
    ...{ recorded: null, saved: null, report: null },
  };
  const recorded = { sent: 1, refused: 0, refusedByReason: {}, undelivered: 0 };

  it.each([
    ['all went well', {}, 0],
    ['all was recorded', { recorded }, 0],
    ['it was interrupted', { isInterrupted: true }, 1],
    ['the ledger refused calls', { recorded: { ...recorded, refused: 2, refusedByReason: { unit_unknown: 2 } } }, 1],
    ['the ledger was out of reach', { recorded: { ...recorded, undelivered: 2 } }, 3],
    ['a row was not stored', { saved: [{ target: 'a', reason: 'why' }] }, 1],
    ['a row was stored', { saved: [{ target: 'a', id: 'own_1' }] }, 0],
  ])('where %s', (_name, over, code) => {
    expect(judgeOutcome({ ...outcome, ...over }).code).toBe(code);
  });

  it('names what the ledger refused, and why', () => {
    const refused = { ...recorded, refused: 2, refusedByReason: { time_out_of_range: 2 }, undelivered: 1 };
    expect(judgeOutcome({ ...outcome, recorded: refused }).notes).toEqual([
      'the ledger refused 2 calls: time_out_of_range',
      '1 calls were not delivered to the ledger',
    ]);
  });
});
