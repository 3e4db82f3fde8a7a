import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LedgerStackProps } from '../../lib/infra/ledger-stack.ts';
import { fillThrottle } from '../../lib/infra/throttle-settings.ts';
import { synthesize } from '../helpers/stack-template.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/senders.md'), 'utf8');
const entry = readFileSync(join(import.meta.dirname, '../../bin/ledger.ts'), 'utf8');

/** The settings that a block of the page shows. */
async function readSettings(block: string): Promise<LedgerStackProps> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-page-'));
  try {
    writeFileSync(join(folder, 'block.ts'), block.replace('const settings', 'export const settings'));
    return ((await import(join(folder, 'block.ts'))) as { settings: LedgerStackProps }).settings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the page on senders', () => {
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '');

  it('shows settings that the stack takes, for the line of bin/ledger.ts that is there for them', async () => {
    const [block = ''] = blocks;
    expect(blocks).toHaveLength(1);
    expect(entry).toContain('const settings: LedgerStackProps = {};');
    expect(block).toMatch(/^const settings: LedgerStackProps = \{/);
    const settings = await readSettings(block);
    expect(Object.keys(settings).sort()).toEqual(['access', 'senders', 'throttle']);
    const stack = synthesize(settings);
    expect(stack.outputs).toEqual(expect.arrayContaining(['ApiUrl', 'JwtApiUrl', 'IamApiUrl']));
    expect(stack.queueStatementsOf('UsageQueue')).toHaveLength(5);
  });

  it('shows the limits that hold when nothing is said', async () => {
    const { throttle } = await readSettings(blocks[0] ?? '');
    expect(throttle).toEqual(fillThrottle({}));
  });

  it('computes the cost of a million events between regions', () => {
    const [, gigabytes, rateUsd, costUsd] =
      /are\s+([\d.]+) GB; at \$([\d.]+)\/GB.*?that is \$([\d.]+) a\s+million/s.exec(page) ?? [];
    // 1,000,000 x 480 B = 0.48 GB; 0.48 GB x $0.02/GB = $0.0096
    expect(Number(gigabytes)).toBe((1_000_000 * 480) / 1e9);
    expect(Number(costUsd)).toBeCloseTo(Number(gigabytes) * Number(rateUsd), 10);
  });
});
