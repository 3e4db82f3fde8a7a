import { bundledCatalog } from '../catalog/catalog.ts';
import { bundledReference } from '../catalog/reference.ts';
import type { ApiClient } from '../client/api-client.ts';
import { compareTargets, type Recommendation } from '../client/measure/compare-targets.ts';
import type { LevelFigures } from '../client/measure/summarise-sweep.ts';
import { createPriceBook } from '../domain/prices/price-book.ts';
import { findQuality } from '../domain/reference/find-reference.ts';
import { addOwnRows, parseOwnRow } from '../domain/reference/parse-own-row.ts';
import type { QualityRow, Reference } from '../domain/reference/reference-rows.ts';
import { MEASUREMENT_APP } from '../domain/workload/workload-call.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { MeasurePlan, MeasureTarget } from './measure-arguments.ts';
import { priceTarget, type RecordedMix, type TargetCost } from './measure-cost.ts';
import type { TargetMeasurement } from './measure-run.ts';

/** What a comparison says of one target. */
export interface ComparedRow {
  readonly target: MeasureTarget;
  /** Of calls one at a time. */
  readonly latencyMs: number | null;
  readonly ttftMs: number | null;
  readonly best: TargetMeasurement['best'];
  readonly okRatio: number | null;
  readonly cost: TargetCost;
  /** On the report's scale; null = not rated on it. */
  readonly quality: QualityRow | null;
}

/** All targets side by side. */
export interface MeasureReport {
  readonly rows: readonly ComparedRow[];
  /** Scale of the qualities; null where no target is rated on any. */
  readonly scale: string | null;
  readonly mix: RecordedMix | null;
  /** What calls the compared cost is of. */
  readonly costOf: 'recorded' | 'measured';
  readonly recommendation: Recommendation;
}

/** What a ledger adds to a report; without one, nothing. */
export interface LedgerKnowledge {
  readonly mix: RecordedMix | null;
  readonly reference: Reference;
}

/** What is known without a ledger. */
export function knowNoLedger(): LedgerKnowledge {
  return { mix: null, reference: bundledReference() };
}

/** Days of recorded calls that make the mean one. */
const MIX_DAYS = 28;
const DAY_MS = 86_400_000;

/** Asks a ledger for the mean call of the last days, those of measurements left out, and for its own rows of quality. */
export async function askLedger(api: ApiClient, app: string, nowMs: number): Promise<LedgerKnowledge> {
  const day = (offset: number): string => new Date(nowMs + offset * DAY_MS).toISOString().slice(0, 10);
  const query = { from: day(-MIX_DAYS), to: day(1), granularity: 'month', group_by: 'app' };
  const measuring = new Set([MEASUREMENT_APP, app]);
  const sums = { calls: 0, inputTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
  for await (const page of api.pages('/v1/spend', query)) {
    for (const row of objectsAt(page, 'rows').filter((it) => !measuring.has(textAt(it, 'app')))) {
      sums.calls += numberAt(row, 'calls');
      sums.inputTokens += numberAt(row, 'input_tokens');
      sums.cacheReadTokens += numberAt(row, 'cache_read_tokens');
      sums.outputTokens += numberAt(row, 'output_tokens');
    }
  }
  const rows = await api.ask('GET', '/v1/reference-rows', { query: { kind: 'quality' } });
  const own = objectsAt(rows, 'added').flatMap((stored) => {
    const { model, score, scale, source, as_of } = objectAt(stored, 'row');
    return parseOwnRow('quality', textAt(stored, 'id'), { model, score, scale, source, as_of }, day(0), []) ?? [];
  });
  return { mix: toMix(sums), reference: addOwnRows(bundledReference(), own) };
}

function toMix({ calls, ...sums }: RecordedMix): RecordedMix | null {
  if (calls === 0) return null;
  const mean = (sum: number): number => Math.round(sum / calls);
  const inputTokens = mean(sums.inputTokens);
  return {
    calls,
    inputTokens,
    cacheReadTokens: Math.min(inputTokens, mean(sums.cacheReadTokens)),
    outputTokens: mean(sums.outputTokens),
  };
}

/** Sets measured time, cost and quality of all targets side by side, and recommends one. */
export function compareMeasured(
  plan: MeasurePlan,
  measured: readonly TargetMeasurement[],
  { mix, reference }: LedgerKnowledge,
): MeasureReport {
  const book = createPriceBook({ catalog: bundledCatalog() });
  const scale = plan.scale ?? chooseScale(plan.targets, reference);
  const rows = plan.targets.flatMap((target): readonly ComparedRow[] => {
    const own = measured.filter((it) => it.target === target);
    if (own.length === 0) return [];
    const quality = scale === null ? undefined : findRating(reference, target.model, scale);
    return [{ target, ...describeTimes(own), cost: priceTarget(book, target, own, mix), quality: quality ?? null }];
  });
  const isOfRecorded = rows.length > 0 && rows.every(({ cost }) => cost.recordedUsd !== null);
  const compared = rows.map(({ target, okRatio, latencyMs, quality, best, cost }) => {
    const usd = isOfRecorded ? cost.recordedUsd : cost.measuredUsd;
    const figures = {
      cost: usd === null ? null : Number(usd),
      latency: latencyMs,
      quality: quality?.score ?? null,
      throughput: best?.throughput.outputTokensPerS ?? null,
    };
    return { name: target.name, okRatio, figures };
  });
  const recommendation = compareTargets(compared, plan.weights, plan.limits);
  return { rows, scale, mix, costOf: isOfRecorded ? 'recorded' : 'measured', recommendation };
}

/** Times of calls one at a time, of streams where both were measured; the share of all warm calls that went well. */
function describeTimes(
  measured: readonly TargetMeasurement[],
): Pick<ComparedRow, 'latencyMs' | 'ttftMs' | 'best' | 'okRatio'> {
  const alone = measured.flatMap(({ levels }) => levels[0] ?? [])[0];
  const levels = measured.flatMap((it): readonly LevelFigures[] => it.levels);
  const calls = levels.reduce((sum, level) => sum + level.calls, 0);
  const ok = levels.reduce((sum, level) => sum + level.ok, 0);
  return {
    // The median of a single call is that call.
    latencyMs: alone?.totalMs?.p50 ?? alone?.totalMs?.max ?? null,
    ttftMs: alone?.ttftMs?.p50 ?? alone?.ttftMs?.max ?? null,
    best: measured.flatMap(({ best }) => best ?? [])[0],
    okRatio: calls === 0 ? null : ok / calls,
  };
}

/** The scale on which most targets are rated; of several the first of the rows. Scores of different scales do not compare. */
function chooseScale(targets: readonly MeasureTarget[], reference: Reference): string | null {
  const scales = [...new Set(reference.quality.map(({ scale }) => scale))];
  let chosen: { readonly scale: string; readonly rated: number } | null = null;
  for (const scale of scales) {
    const rated = targets.filter(({ model }) => findRating(reference, model, scale) !== undefined).length;
    if (rated > (chosen?.rated ?? 0)) chosen = { scale, rated };
  }
  return chosen?.scale ?? null;
}

function findRating(reference: Reference, model: string, scale: string): QualityRow | undefined {
  return findQuality(reference, { model, scale }).find(({ standing }) => standing !== 'legacy');
}
