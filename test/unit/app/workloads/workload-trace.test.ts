import { expect, it } from 'vitest';
import { readWorkload } from '../../../../lib/app/workloads/read-workload.ts';
import { measureDemand } from '../../../../lib/domain/workload/measure-demand.ts';
import { createApiWorld } from '../../../helpers/api-world.ts';
import { describeWithSharedData } from '../../../helpers/shared-data.ts';
import {
  listReplayOverrides,
  readCallLines,
  replayStraight,
  shuffledWithDuplicates,
} from '../../../helpers/straight-line-replay.ts';
import { toTraceEvents } from '../../../helpers/trace-events.ts';

const WINDOW_TOKENS = 131_072;
const MARCH_MS = Date.UTC(2026, 2, 1);
const FIT = { inputTokenS: 2e-5, outputTokenS: 3e-4, contextTokenS: 4e-10 };

/** Tokens of prompt and answer of a line. */
function readTokens(line: string): readonly [number, number] {
  const [, , , , , input, , output] = line.split(',');
  return [Number(input), Number(output)];
}

describeWithSharedData('calls.csv.gz', 'the recorded calls', (path) => {
  it('are measured as a straight-line program does, whatever their order; 20,864 do not fit into 131,072 tokens', {
    timeout: 240_000,
  }, async () => {
    const { header, lines } = readCallLines(path);
    const world = createApiWorld(MARCH_MS);
    const key = await world.enrol('default');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: listReplayOverrides() });
    const events = toTraceEvents(header, shuffledWithDuplicates(lines, 7, 0.1));
    for (let at = 0; at < events.length; at += 1_000) {
      await world.ask('POST', '/v1/imports', { key, body: { events: events.slice(at, at + 1_000) } });
      await world.drain();
    }
    const tenant = (await world.ports.tenants.find('default')) ?? expect.fail();
    const request = {
      ...{ scope: {}, firstDay: '2026-01-16', lastDay: '2026-02-16', boundsTokens: [8_192, 32_768, WINDOW_TOKENS] },
      takesFirstDay: true,
    };
    const read = await readWorkload(world.ports, tenant, request, Number.MAX_SAFE_INTEGER);
    expect(read).toMatchObject({ missing: [], contradictory: [] });
    expect(read.workload.days).toHaveLength(32);
    const target = { serviceTime: FIT, contextTokens: WINDOW_TOKENS, kind: 'chat' } as const;
    const { servable, unservable, ...demand } = measureDemand(read.workload, target);

    const isServable = (line: string): boolean => {
      const [input, output] = readTokens(line);
      return input + output <= WINDOW_TOKENS;
    };
    const costOf = (some: readonly string[]): bigint =>
      replayStraight({ header, lines: some }).reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
    const [fitting, others] = [lines.filter(isServable), lines.filter((line) => !isServable(line))];
    expect(unservable.context).toMatchObject({ calls: 20_864, costPicoUsd: costOf(others), unpricedCalls: 0 });
    expect(servable).toMatchObject({ calls: 96_888, costPicoUsd: costOf(fitting), unpricedCalls: 0 });
    const busy = new Float64Array(32 * 1_440);
    for (const line of fitting) {
      const [input, output] = readTokens(line);
      const seconds =
        FIT.inputTokenS * input + FIT.outputTokenS * output + FIT.contextTokenS * output * (input + output / 2);
      const minute = Math.floor((Date.parse(line.slice(0, 24)) - Date.UTC(2026, 0, 16)) / 60_000);
      busy[minute] = (busy[minute] ?? 0) + seconds / 60;
    }
    const totalS = 60 * busy.reduce((sum, value) => sum + value, 0);
    expect(demand.serviceSeconds / totalS).toBeCloseTo(1, 9);
    expect(demand.meanServiceS).toBeCloseTo(totalS / 96_888, 9);
    // 99 % of 46,080 minutes are 45,619.2: the 45,620th.
    expect(demand.peakBusyReplicas).toBeCloseTo(busy.toSorted()[45_619] ?? 0, 9);
    expect(demand.hours).toHaveLength(32 * 24);
    expect(world.failures).toEqual([]);
  });
});
