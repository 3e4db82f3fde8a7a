import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { runRate } from '../../../lib/cli/rate.ts';
import { parseDecimal } from '../../../lib/domain/decimal.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';

/**
 * Calls priced by hand from other people's price lists and tests, as `rate` takes them. Amounts are the sums written
 * beside them, from the rates at the source named; none was computed by this project.
 */
interface PeerCase {
  readonly id: string;
  readonly expected_usd: string | null;
  readonly expected_status?: string;
  /** Counts times rates; a rate is USD per 1M unless another block follows it. */
  readonly working?: string;
  readonly source: string;
}

const FILE = new URL('../../fixtures/pricing/peer-cases.json', import.meta.url);
const CASES: readonly PeerCase[] = JSON.parse(readFileSync(FILE, 'utf8'));

const book = createPriceBook({ catalog: bundledCatalog() });

async function rate(line: object): Promise<Readonly<Record<string, unknown>>> {
  const answers: string[] = [];
  await runRate(
    {
      stdin: lines(JSON.stringify(line)),
      out: (answer) => answers.push(answer),
      now: () => Date.parse('2026-11-21T12:00:00Z'),
    },
    book,
  );
  return JSON.parse(answers[0] ?? '{}');
}

async function* lines(text: string): AsyncGenerator<string> {
  yield `${text}\n`;
}

describe('calls that other projects priced', () => {
  it('are many, and each names where its rates can be read', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(250);
    expect(new Set(CASES.map(({ id }) => id)).size).toBe(CASES.length);
    expect(CASES.filter(({ source }) => source.length < 8)).toEqual([]);
  });

  it.each(CASES.filter((it) => it.expected_usd !== null))('$id costs $expected_usd: $working', async (peer) => {
    const answer = await rate(peer);
    expect(answer).toMatchObject({ id: peer.id, status: expect.stringMatching(/^(?:priced|reported)$/) });
    expect(parseDecimal(String(answer['cost_usd']))).toEqual(parseDecimal(peer.expected_usd ?? ''));
  });

  it.each(CASES.filter((it) => it.expected_usd === null))('$id has no price: $expected_status', async (peer) => {
    expect(await rate(peer)).toMatchObject({ status: peer.expected_status, cost_usd: null, cost_pico_usd: null });
  });
});
