import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formatUsd, toPicoUsd } from '../../../lib/domain/money.ts';
import { createApiWorld } from '../../helpers/api-world.ts';
import { describeWithSharedData } from '../../helpers/shared-data.ts';
import { listReplayOverrides, readCallLines, replayStraight } from '../../helpers/straight-line-replay.ts';
import { toTraceEvents } from '../../helpers/trace-events.ts';

const PAGE = readFileSync(new URL('../../../docs/performance-api.md', import.meta.url), 'utf8');
const MARCH_MS = Date.UTC(2026, 2, 1);

/** A row of an answer as the page shows it. */
function toPageRow({ month, ...row }: Record<string, string | number>): string {
  const usd = Number(row['cost_per_1000_calls_usd']).toFixed(4);
  const cached = row['prompt_cache_ratio'] === null ? '-' : `${(Number(row['prompt_cache_ratio']) * 100).toFixed(2)} %`;
  return `| ${month} | \`${row['model']}\` | ${row['calls']?.toLocaleString('en-US')} | ${cached} | ${usd} |`;
}

describeWithSharedData('calls.csv.gz', 'the recorded calls', (path) => {
  it('have the cost per call and the cache rates of a straight-line program and of docs/performance-api.md', {
    timeout: 120_000,
  }, async () => {
    const { header, lines } = readCallLines(path);
    const world = createApiWorld(MARCH_MS);
    const key = await world.enrol('default');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: listReplayOverrides() });
    const events = toTraceEvents(header, lines);
    for (let at = 0; at < events.length; at += 1_000) {
      const sent = await world.ask('POST', '/v1/imports', { key, body: { events: events.slice(at, at + 1_000) } });
      expect(sent.json.rejected).toEqual([]);
      await world.drain();
    }
    const rows = [];
    for (const month of ['2026-01', '2026-02']) {
      const query = `from=${month}&to=${month === '2026-01' ? '2026-02' : '2026-03'}&group_by=model`;
      const { json } = await world.ask('GET', `/v1/performance?${query}`, { key });
      expect(json).toMatchObject({ complete: true, rows_left_out: 0 });
      for (const row of json.rows) rows.push({ month, ...row });
    }
    const expected = replayStraight({ header, lines }).map((total) => ({
      ...{ month: total.month, model: total.model, calls: Number(total.calls) },
      cost_usd: formatUsd(total.costPicoUsd),
      cost_per_call_usd: formatUsd(toPicoUsd({ numerator: total.costPicoUsd, denominator: total.calls })),
      prompt_cache_ratio:
        total.cachedInputTokens > 0n ? Number(total.cachedInputTokens) / Number(total.inputTokens) : null,
      // The trace says nothing of time, failures are not in it, and nobody judged its answers.
      ...{ availability_ratio: 1, latency: null, ttft: null, output_tokens_per_second: null, quality_mean: null },
      cost_per_quality_point_usd: null,
    }));
    rows.sort((a, b) => (`${a.month} ${a.model}` < `${b.month} ${b.model}` ? -1 : 1));
    expect(rows).toMatchObject(expected);
    expect(rows.reduce((calls, row) => calls + row.calls, 0)).toBe(117_752);
    expect(rows.map(toPageRow).filter((line) => !PAGE.includes(line))).toEqual([]);
    expect(world.failures).toEqual([]);
  });
});
