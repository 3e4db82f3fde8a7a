import { DEFAULT_BREAK_EVEN_POLICY } from '../../lib/domain/break-even/break-even-policy.ts';
import {
  compareTargets,
  findBestUsd,
  findMeanLengths,
  type TargetComparison,
} from '../../lib/domain/break-even/compare-targets.ts';
import { spreadOutlook } from '../../lib/domain/break-even/spread-outlook.ts';
import type { TargetAssessment } from '../../lib/domain/break-even/target-assessment.ts';
import { measureTargetDemand } from '../../lib/domain/break-even/target-demand.ts';
import { projectPeriod } from '../../lib/domain/forecast/forecast.ts';
import { addDays } from '../../lib/domain/local-time.ts';
import type { PriceBook } from '../../lib/domain/prices/price-book.ts';
import type { Reference } from '../../lib/domain/reference/reference-rows.ts';
import type { PlayedCall } from '../../lib/domain/what-if/play-changes.ts';
import { measureDemand } from '../../lib/domain/workload/measure-demand.ts';
import type { Workload, WorkloadDay } from '../../lib/domain/workload/workload.ts';
import { layOutChanges, layOutPerformance } from './trace-sections.ts';

const POLICY = DEFAULT_BREAK_EVEN_POLICY;

/** A workload against the whole reference, as of the day after its last. */
export function compareTrace(workload: Workload, reference: Reference): TargetComparison {
  const series = workload.days.map((day): readonly [string, number] => [day.day, sumUsd(day)]);
  const asOf = workload.days.at(-1)?.day ?? '';
  const coming = { asOf, periodStart: addDays(asOf, 1), periodEnd: addDays(asOf, 30) };
  const meanUsd = series.reduce((sum, [, usd]) => sum + usd, 0) / series.length;
  const outlook = spreadOutlook(projectPeriod({ series, ...coming }), 30 * meanUsd);
  return compareTargets({
    reference,
    context: { policy: POLICY, reference, outlook, historyDays: series.length, acceptedRatio: null },
    lengths: findMeanLengths(workload),
    measure: (target) => measureTargetDemand(workload, target),
  });
}

function sumUsd({ classes }: WorkloadDay): number {
  return Number(classes.flatMap(({ models }) => models).reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n)) / 1e12;
}

/** The recorded calls as a workload, and one by one. */
export interface PageTrace {
  readonly workload: Workload;
  readonly calls: readonly PlayedCall[];
}

/** The figures of the recorded trace on `docs/break-even.md`. */
export function renderTraceFigures(
  { workload, calls }: PageTrace,
  { reference, book }: { readonly reference: Reference; readonly book: PriceBook },
  windows: readonly number[],
): string {
  const comparison = compareTrace(workload, reference);
  const [first, last] = [workload.days[0]?.day, workload.days.at(-1)?.day];
  const best = comparison.ranked.filter(({ offer }) => offer.target.model.contextTokens === 131_072);
  const [nearest] = best;
  const lines = [
    ...layOutModels(workload),
    '',
    `${workload.days.length} days with calls from ${first} to ${last}. What stays on the API, by the window of the target:`,
    '',
    ...layOutWindows(workload, windows),
    '',
    `Of ${comparison.ranked.length} offers, the first ten (USD a month; *best* with what stays):`,
    '',
    ...layOutOffers(comparison.ranked.slice(0, 10)),
    ...(nearest === undefined ? [] : ['', ...describeNearest(nearest)]),
    '',
    '[What-if](what-if.md): the same calls otherwise. Published prices alone change what they cost where prompts of more than',
    '200,000 tokens are dearer, which the prices of the replay leave out.',
    '',
    ...layOutChanges(calls, book),
    '',
    '[Performance](performance-api.md) over both months:',
    '',
    ...layOutPerformance(calls),
  ];
  return lines.join('\n');
}

function layOutModels(workload: Workload): readonly string[] {
  const fit = { inputTokenS: 0, outputTokenS: 0, contextTokenS: 0 };
  const all = measureDemand(workload, { serviceTime: fit, contextTokens: Number.POSITIVE_INFINITY, kind: 'chat' });
  const rows = [...all.models, { model: 'all', ...all.servable }].map((load) => {
    const usd = Number(load.costPicoUsd) / 1e12;
    const name = load.model === 'all' ? '**all**' : `\`${load.model}\``;
    const lengths = [load.inputTokens / load.calls, load.outputTokens / load.calls].map((it) => group(it));
    return `| ${[name, group(load.calls), usd.toFixed(2), ((1_000 * usd) / load.calls).toFixed(4), ...lengths].join(' | ')} |`;
  });
  return [
    '| Model | Calls | Cost, USD | USD per 1,000 calls | Tokens in, mean | Tokens out, mean |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
}

function layOutWindows(workload: Workload, windows: readonly number[]): readonly string[] {
  const fit = { inputTokenS: 0, outputTokenS: 0, contextTokenS: 0 };
  const rows = windows.map((contextTokens) => {
    const { unservable, servable } = measureDemand(workload, { serviceTime: fit, contextTokens, kind: 'chat' });
    const usd = [unservable.context, servable].map(({ costPicoUsd }) => (Number(costPicoUsd) / 1e12).toFixed(2));
    return `| ${group(contextTokens)} | ${group(unservable.context.calls)} | ${usd[0]} | ${group(servable.calls)} | ${usd[1]} |`;
  });
  return [
    '| Window, tokens | Calls that do not fit | Their cost, USD | Calls that do | Their cost, USD |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ];
}

function layOutOffers(rows: readonly TargetAssessment[]): readonly string[] {
  return [
    '| Offer | Replicas | API | Self-hosted | Hybrid, own share | Stays | Best | Pays from, calls a month | p |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => {
      const hybrid = `${group(row.hybrid.usd)}, ${row.hybrid.shareRatio * 100} %`;
      const from = row.breakEven.firstRequests === null ? 'never' : group(row.breakEven.firstRequests);
      const bills = [row.api.usd, row.self.usd].map((usd) => group(usd));
      const cells = [
        row.offer.id,
        row.replicas,
        ...bills,
        hybrid,
        group(row.restMonthlyUsd),
        group(findBestUsd(row)),
        from,
      ];
      return `| ${[...cells, row.probability?.toFixed(2) ?? '-'].join(' | ')} |`;
    }),
  ];
}

/** The first offer that takes the most common window: what it lacks to pay. */
function describeNearest(row: TargetAssessment): readonly string[] {
  const { breakEven, requestsPerMonth } = row;
  const times = breakEven.firstRequests === null ? null : breakEven.firstRequests / requestsPerMonth;
  const [low, high] = [row.api.lo80Usd, row.api.hi80Usd].map((usd) => group(usd ?? 0));
  return [
    `**${row.offer.id}** is the first that takes 131,072 tokens. ${row.peakBusyReplicas.toFixed(2)} replicas are busy at the peak and ` +
      `${row.meanBusyReplicas.toFixed(2)} on average, ${(row.peakBusyReplicas / row.meanBusyReplicas).toFixed(1)} times less; ` +
      `${row.replicas} run because that is the least. The API bill of what it serves is ${group(row.api.usd)} a month ` +
      `(${low} to ${high} in 80 % of the coming months), its own ${group(row.self.usd)}: ` +
      (times === null
        ? 'it never pays.'
        : `it pays from ${group(breakEven.firstRequests ?? 0)} calls a month, ${times.toFixed(2)} times today's ${group(requestsPerMonth)}.`),
    '',
    '| What decides | Low | High | Saving at low, USD a month | At high | Swing |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...row.tornado.map(({ name, low: from, high: to, atLow, atHigh, swing }) => {
      const ends = [from, to].map((end) => String(Number(end.toPrecision(3))));
      return `| ${[name.replaceAll('_', ' '), ...ends, ...[atLow, atHigh, swing].map((usd) => group(usd))].join(' | ')} |`;
    }),
    '',
    '| API prices fall a year by | API over 36 months | Self-hosted |',
    '| ---: | ---: | ---: |',
    ...row.longRun.map(
      (costs) => `| ${costs.apiDeclineAnnualRatio * 100} % | ${group(costs.apiUsd)} | ${group(costs.selfUsd)} |`,
    ),
  ];
}

function group(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
