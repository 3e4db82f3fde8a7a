import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundledCatalog } from '../../../../lib/catalog/catalog.ts';
import { bundledReference } from '../../../../lib/catalog/reference.ts';
import { listWindowTokens } from '../../../../lib/domain/break-even/compare-targets.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import { compareTrace, renderTraceFigures } from '../../../helpers/break-even-page.ts';
import { describeWithSharedData } from '../../../helpers/shared-data.ts';
import { readCallLines } from '../../../helpers/straight-line-replay.ts';
import { rateTrace } from '../../../helpers/trace-calls.ts';
import { playTrace } from '../../../helpers/trace-sections.ts';
import { digestTrace } from '../../../helpers/trace-workload.ts';

const PAGE = new URL('../../../../docs/break-even.md', import.meta.url).pathname;
const [BEGIN, END] = ['<!-- figures of the recorded trace -->', '<!-- end of the figures -->'];

describeWithSharedData('calls.csv.gz', 'break-even of the recorded calls', (path) => {
  const reference = bundledReference();
  const book = createPriceBook({ catalog: bundledCatalog() });
  const lines = readCallLines(path);
  const workload = digestTrace(lines, listWindowTokens(reference));
  const calls = rateTrace(lines);

  it('leaves exactly the calls out whose input and output together exceed the window', () => {
    const names = lines.header.split(',');
    const sizes = lines.lines.map((line) => {
      const cells = line.split(',');
      return Number(cells[names.indexOf('input_tokens')]) + Number(cells[names.indexOf('output_tokens')]);
    });
    expect(sizes.filter((size) => size > 131_072)).toHaveLength(20_864);
    const { ranked } = compareTrace(workload, reference);
    const ofWindow = ranked.filter(({ offer }) => offer.target.model.contextTokens === 131_072);
    expect(ofWindow.length).toBeGreaterThan(0);
    for (const { unservable, requestsPerMonth, api, restMonthlyUsd } of ofWindow) {
      expect(unservable.map(({ reason, calls }) => [reason, calls])).toEqual([['context', 20_864]]);
      const served = (requestsPerMonth * 24 * workload.days.length) / 730;
      expect(served).toBeCloseTo(117_752 - 20_864, 3);
      expect(api.usd).toBeLessThan(api.usd + restMonthlyUsd);
    }
  });

  it('moves in what-if exactly the calls, at the cost, that break-even compares', { timeout: 60_000 }, () => {
    const ownMachines = { kind: 'self_host', monthly_cost_usd: '0', context_tokens: 131_072 } as const;
    const { total, steps } = playTrace(calls, book, [ownMachines]);
    const { ranked } = compareTrace(workload, reference);
    const same = ranked.find(({ offer }) => offer.target.model.contextTokens === 131_072);
    expect([total.calls, total.changedCalls]).toEqual([117_752, 117_752 - 20_864]);
    expect(steps[0]?.left.map((left) => [left.reason, left.calls])).toEqual([['context_window', 20_864]]);
    expect(total.afterPicoUsd).toBe(same?.unservable[0]?.costPicoUsd);
    const movedUsd = Number(total.beforePicoUsd - total.afterPicoUsd) / 1e12;
    expect((movedUsd * 730) / (24 * workload.days.length)).toBeCloseTo(same?.api.usd ?? 0, 6);
  });

  it('is on the page as it is computed (`vitest run FILE --update` writes it anew)', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const [before = '', rest = ''] = page.split(BEGIN);
    const [, after = ''] = rest.split(END);
    const windows = [8_192, 32_768, 131_072, 10_000_000];
    const figures = renderTraceFigures({ workload, calls }, { reference, book }, windows);
    await expect(`${before}${BEGIN}\n\n${figures}\n\n${END}${after}`).toMatchFileSnapshot(PAGE);
  });
});
