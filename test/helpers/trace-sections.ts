import type { ChangeInput } from '../../lib/app/what-if/read-changes.ts';
import { summarisePerformance } from '../../lib/domain/performance/summarise-performance.ts';
import type { PriceBook } from '../../lib/domain/prices/price-book.ts';
import { addCall, type Sums } from '../../lib/domain/spend.ts';
import { ChangeFold, type ChangeTotals } from '../../lib/domain/what-if/fold.ts';
import { type PlayedCall, playChanges } from '../../lib/domain/what-if/play-changes.ts';
import { changesOf } from './what-if-world.ts';

type ChangeInputs = readonly ChangeInput[];

/** Changes of the page, each by itself and then two together. */
export const TRACE_CHANGES: ReadonlyArray<readonly [name: string, changes: ChangeInputs]> = [
  ['all to `gpt-4o-mini`', [{ kind: 'model', model: 'gpt-4o-mini' }]],
  ['all to `claude-haiku-4-5`', [{ kind: 'model', model: 'claude-haiku-4-5', provider: 'anthropic' }]],
  ['half to `claude-haiku-4-5`', [{ kind: 'model', model: 'claude-haiku-4-5', provider: 'anthropic', share: '0.5' }]],
  ['all in the tier `batch`', [{ kind: 'tier', service_tier: 'batch' }]],
  [
    'own machines with a window of 131,072 tokens, their cost apart',
    [{ kind: 'self_host', monthly_cost_usd: '0', context_tokens: 131_072 }],
  ],
];

/** Plays changes on the recorded calls. */
export function playTrace(calls: readonly PlayedCall[], book: PriceBook, inputs: ChangeInputs): ChangeTotals {
  const changes = changesOf(...inputs);
  const fold = new ChangeFold(changes, []);
  for (const call of calls) fold.add(call.leaf, playChanges({ book, changes, assumedParts: new Map() }, call));
  return fold.totals();
}

/** The table of what the recorded calls would have cost otherwise. */
export function layOutChanges(calls: readonly PlayedCall[], book: PriceBook): readonly string[] {
  return [
    '| Change | Calls changed | Left as they are | Cost after, USD | By published prices | By the change |',
    '| --- | ---: | --- | ---: | ---: | ---: |',
    ...TRACE_CHANGES.map(([name, inputs]) => {
      const { total, steps, reratedPicoUsd } = playTrace(calls, book, inputs);
      const left = steps.flatMap((step) =>
        step.left.map((of) => `${group(of.calls)} ${of.reason.replaceAll('_', ' ')}`),
      );
      const changedPicoUsd = steps.reduce((sum, { differencePicoUsd }) => sum + differencePicoUsd, 0n);
      const usd = [total.afterPicoUsd, reratedPicoUsd, changedPicoUsd].map((picoUsd) => toUsd(picoUsd).toFixed(2));
      return `| ${[name, group(total.changedCalls), left.join(', ') || '-', ...usd].join(' | ')} |`;
    }),
  ];
}

/** The table of how the recorded calls went, by model, the dearest first. */
export function layOutPerformance(calls: readonly PlayedCall[]): readonly string[] {
  const byModel = Map.groupBy(calls, ({ event }) => event.model);
  const rows = [...byModel, ['all', calls] as const].map(([model, of]) => {
    const sums: Sums = new Map();
    for (const { event, rating } of of) addCall(sums, { event, rating });
    const figures = summarisePerformance([{ measures: Object.fromEntries(sums), histograms: {} }]);
    return { model, count: of.length, figures };
  });
  rows.sort((a, b) => Number(a.model === 'all') - Number(b.model === 'all') || costOf(b) - costOf(a));
  return [
    '| Model | Calls | Availability | Input from a prompt cache | USD per 1,000 calls | Latency, TTFT, quality |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows.map(({ model, count, figures }) => {
      const { availabilityRatio, promptCacheRatio, cost, latency, ttft, meanQuality } = figures;
      const told = [latency, ttft, meanQuality].every((it) => it === null) ? 'not recorded' : 'recorded';
      const thousand = cost === null ? '-' : toUsd(cost.perThousandCallsPicoUsd).toFixed(4);
      const name = model === 'all' ? '**all**' : `\`${model}\``;
      const cells = [name, group(count), percent(availabilityRatio, 0), percent(promptCacheRatio, 2), thousand, told];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function costOf({ figures }: { readonly figures: ReturnType<typeof summarisePerformance> }): number {
  return Number(figures.cost?.costPicoUsd ?? 0n);
}

function percent(ratio: number | null, digits: number): string {
  return ratio === null ? '-' : `${(ratio * 100).toFixed(digits)} %`;
}

function toUsd(picoUsd: bigint): number {
  return Number(picoUsd) / 1e12;
}

function group(value: number): string {
  return value.toLocaleString('en-US');
}
