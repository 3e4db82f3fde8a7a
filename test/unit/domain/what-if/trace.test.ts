import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ChangeInput } from '../../../../lib/app/what-if/read-changes.ts';
import { bundledCatalog } from '../../../../lib/catalog/catalog.ts';
import { formatUsd } from '../../../../lib/domain/money.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { ChangeFold } from '../../../../lib/domain/what-if/fold.ts';
import { playChanges } from '../../../../lib/domain/what-if/play-changes.ts';
import { describeWithSharedData } from '../../../helpers/shared-data.ts';
import { readCallLines, replayStraight } from '../../../helpers/straight-line-replay.ts';
import { rateTrace } from '../../../helpers/trace-calls.ts';
import { changesOf } from '../../../helpers/what-if-world.ts';

const PAGE = readFileSync(new URL('../../../../docs/what-if.md', import.meta.url), 'utf8');

/** What the catalog publishes of gpt-4o-mini: picoUSD per token, and what it takes. */
const MINI = { input: 150_000n, cached: 75_000n, output: 600_000n, contextTokens: 128_000, maxOutputTokens: 16_384 };

const SHARE = 600_000n;

/** Nearest whole number of a fraction of a million, halves to the even neighbour. */
function roundMillionths(numerator: bigint): bigint {
  const [floor, rest] = [numerator / 1_000_000n, numerator % 1_000_000n];
  if (rest === 500_000n) return floor + (floor % 2n);
  return rest > 500_000n ? floor + 1n : floor;
}

/** The same by reading the file line by line, without one module of the product. */
function playStraight({ header, lines }: ReturnType<typeof readCallLines>) {
  const names = header.split(',');
  const at = (cells: readonly string[], name: string): string => cells[names.indexOf(name)] ?? '';
  const sums = { moved: 0, contextWindow: 0, maxOutput: 0, already: 0, movedPicoUsd: 0n, cachedPicoUsd: 0n };
  for (const line of lines) {
    const cells = line.split(',');
    const [input, cached, output] = ['input_tokens', 'cached_input_tokens', 'output_tokens'].map((name) =>
      BigInt(at(cells, name)),
    ) as [bigint, bigint, bigint];
    const costAt = (read: bigint): bigint => (input - read) * MINI.input + read * MINI.cached + output * MINI.output;
    const wanted = input < 1_024n ? 0n : (input * SHARE) / 1_000_000n;
    if (at(cells, 'model') === 'gpt-4o-mini') {
      sums.already += 1;
      sums.movedPicoUsd += costAt(cached);
      sums.cachedPicoUsd += costAt(wanted > cached ? wanted : cached);
    } else if (input + output > BigInt(MINI.contextTokens)) sums.contextWindow += 1;
    else if (output > BigInt(MINI.maxOutputTokens)) sums.maxOutput += 1;
    else {
      sums.moved += 1;
      sums.movedPicoUsd += costAt(cached);
      sums.cachedPicoUsd += costAt(wanted > cached ? wanted : cached);
    }
  }
  return sums;
}

describeWithSharedData('calls.csv.gz', 'the recorded calls with another model', (path) => {
  const trace = readCallLines(path);
  const book = createPriceBook({ catalog: bundledCatalog() });
  const calls = rateTrace(trace);
  const mini = { kind: 'model', model: 'gpt-4o-mini' } as const;
  const playAll = (inputs: readonly ChangeInput[]) => {
    const changes = changesOf(...inputs);
    const fold = new ChangeFold(changes, [5]);
    for (const call of calls) fold.add(call.leaf, playChanges({ book, changes, assumedParts: new Map() }, call));
    return fold.totals();
  };
  const straight = playStraight(trace);
  const recorded = replayStraight(trace).reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);

  it('cost what a straight-line program says, those left out that do not fit it', { timeout: 60_000 }, () => {
    const { total, steps, rows, reratedPicoUsd } = playAll([mini]);
    const leftCost = (reason: string): bigint =>
      steps[0]?.left.find((left) => left.reason === reason)?.costPicoUsd ?? 0n;
    const left = Object.fromEntries((steps[0]?.left ?? []).map(({ reason, calls: count }) => [reason, count]));
    expect(left).toEqual({
      ...(straight.contextWindow > 0 ? { context_window: straight.contextWindow } : {}),
      ...(straight.maxOutput > 0 ? { max_output: straight.maxOutput } : {}),
    });
    expect([total.calls, total.changedCalls]).toEqual([117_752, straight.moved]);
    expect(total.beforePicoUsd).toBe(recorded);
    const stays = leftCost('context_window') + leftCost('max_output');
    expect(total.afterPicoUsd).toBe(straight.movedPicoUsd + stays);
    expect(reratedPicoUsd + (steps[0]?.differencePicoUsd ?? 0n)).toBe(total.afterPicoUsd - recorded);
    const lines = rows.map(({ values, calls: count, changedCalls, beforePicoUsd, afterPicoUsd }) => {
      const usd = (picoUsd: bigint): string => Number(formatUsd(picoUsd)).toFixed(2);
      const counts = [count, changedCalls].map((it) => it.toLocaleString('en-US'));
      return `| \`${values[0]}\` | ${counts.join(' | ')} | ${usd(beforePicoUsd)} | ${usd(afterPicoUsd)} |`;
    });
    expect(lines.filter((line) => !PAGE.includes(line))).toEqual([]);
  });

  it('cost what it says with 60 % of every prompt from the cache besides, and with half of the calls moved', {
    timeout: 60_000,
  }, () => {
    const cacheOfMini = { kind: 'prompt_cache', share: '0.6', filter: ['model=gpt-4o-mini'] } as const;
    const ofMini = playAll([cacheOfMini]).rows.find(({ values }) => values[0] === 'gpt-4o-mini');
    const straightMini = playStraight({
      ...trace,
      lines: trace.lines.filter((line) => line.includes(',gpt-4o-mini,')),
    });
    expect(ofMini?.afterPicoUsd).toBe(straightMini.cachedPicoUsd);
    const half = playAll([{ ...mini, share: '0.5' }]);
    let expected = 0n;
    for (const call of calls) {
      const before = call.rating.costPicoUsd ?? 0n;
      const { input_tokens: input = 0, cache_read_tokens: cached = 0, output_tokens: output = 0 } = call.event.usage;
      const fits = input + output <= MINI.contextTokens && output <= MINI.maxOutputTokens;
      const after = BigInt(input - cached) * MINI.input + BigInt(cached) * MINI.cached + BigInt(output) * MINI.output;
      expected += fits && call.event.model !== 'gpt-4o-mini' ? roundMillionths((before + after) * 500_000n) : before;
    }
    expect(half.total.afterPicoUsd).toBe(expected);
  });
});
