import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { deliver, good } from '../../helpers/reject-world.ts';

let world: ApiWorld;
let server: ApiServer;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-budgets-'));
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol('default') };
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const golden = (name: string): string => new URL(`../../fixtures/golden/${name}`, import.meta.url).pathname;
const run = (...args: string[]) => runCli(['budgets', ...args], env);

async function file(content: unknown): Promise<string> {
  const path = join(folder, 'budgets.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function applyFile(budgets: readonly object[], ...flags: string[]) {
  return run('apply', await file({ budgets }), ...flags);
}

const SUPPORT = { name: 'support', amount_usd: '500', filter: { team: 'cx' }, owner: 'Ann' };
const APPS = { name: 'every app', amount_tokens: '1000', period: 'week', each: 'app', owner: 'Bob' };
const ALL = { name: 'all', amount_usd: '0.5', owner: 'Bob' };

describe('tokenledger budgets apply', () => {
  it('shows every difference and then makes them', async () => {
    await applyFile([SUPPORT, APPS, { ...ALL, paused: true }]);
    const file = [
      { ...SUPPORT, amount_usd: '450', filter: { team: 'cx', app: 'bot' }, thresholds: [80, 100], owner: undefined },
      ALL,
      { name: 'new', amount_usd: '100', period: { kind: 'month', anchor_day: 15 } },
    ];
    const { code, out, err } = await applyFile(file);
    expect([code, err]).toEqual([0, []]);
    await expect(`${out.join('\n')}\n`).toMatchFileSnapshot(golden('budgets-diff.txt'));
  });

  it('only shows them in a dry run, and asks for nothing else', async () => {
    const { code, out } = await applyFile([SUPPORT], '--dry-run');
    expect([code, out.at(-1)]).toEqual([0, 'would be: 1 created, 0 changed, 0 paused, 0 resumed, 0 unchanged']);
    expect(server.requests).toEqual(['POST /v1/budgets/apply']);
    expect((await run('list')).out.join()).not.toContain('support');
  });

  it('has nothing to do the second time', async () => {
    await applyFile([SUPPORT, APPS]);
    const { code, out } = await applyFile([SUPPORT, APPS]);
    expect([code, out]).toEqual([0, ['nothing to change: 0 created, 0 changed, 0 paused, 0 resumed, 2 unchanged']]);
  });

  it('prints one JSON document with --json', async () => {
    const { code, out } = await applyFile([SUPPORT], '--json');
    expect([code, out.length]).toEqual([0, 1]);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ dry_run: false, done: true, changes: [{ state: 'applied' }] });
  });

  it('names faults by place in a document, and by line as well in a file of lines', async () => {
    const faulty = [SUPPORT, { ...SUPPORT, amount_usd: '0' }];
    const document = await applyFile(faulty);
    expect(document.code).toBe(2);
    expect(document.err).toEqual([
      expect.stringMatching(/^budgets\[1\]\.amount_usd: expected decimal text above zero/),
      'budgets[1].name: expected a name of its own: budgets[0].name is the same',
    ]);
    const lines = await run('apply', await file(`\n${faulty.map((line) => JSON.stringify(line)).join('\n\n')}\n`));
    expect([lines.code, lines.err]).toEqual([2, document.err.map((issue) => `line 4: ${issue}`)]);
    expect((await run('list', '--json')).out).toEqual(['{"budgets":[]}']);
  });

  it('refuses a file that is not JSON with line and column, before anything is asked', async () => {
    const { code, err } = await run('apply', await file('{"budgets": [\n  {"name": }\n]}'));
    expect([code, err[0]]).toEqual([2, `${join(folder, 'budgets.json')} is not JSON: line 2, column 12`]);
    expect(server.requests).toEqual([]);
  });

  it('says what could not be done, and does it when it is applied again', async () => {
    const put = world.ports.budgets.put.bind(world.ports.budgets);
    world.ports.budgets.put = async (tenant, change, over) => {
      if (change.budget.name === 'all') throw new Error('the table is gone');
      return put(tenant, change, over);
    };
    const { code, out, err } = await applyFile([SUPPORT, ALL]);
    expect([code, err]).toEqual([1, ['not done: all; apply the file again']]);
    expect(out.at(-1)).toBe('done: 1 created, 0 changed, 0 paused, 0 resumed, 0 unchanged');
    expect((await applyFile([SUPPORT, ALL], '--json')).code).toBe(3);
    world.ports.budgets.put = put;
    expect((await applyFile([SUPPORT, ALL])).out.at(-1)).toBe(
      'done: 1 created, 0 changed, 0 paused, 0 resumed, 1 unchanged',
    );
  });
});

/** Three calls of two apps: $0.3 and 300,000 tokens, of which one app has two thirds. */
async function spend(): Promise<void> {
  await world.ask('POST', '/v1/catalog/overrides', { key: env['TOKENLEDGER_KEY'] ?? '', body: PRICES });
  const usage = { input_tokens: 100_000 };
  for (const [index, app] of ['bot', 'bot', 'code'].entries())
    await deliver(world, good(`call-${index}`, { app, team: 'cx', usage }));
}

describe('tokenledger budgets report', () => {
  it('holds budgets against actual and forecast by owner, in a table for each unit', async () => {
    await spend();
    await applyFile([SUPPORT, APPS, ALL, { ...ALL, name: 'off', paused: true }]);
    const stored = await world.ports.budgets.list('default');
    const project = (name: string, period: string, part: string, point: number) => {
      const budget = stored.find((each) => each.budget.name === name)?.budget;
      const projection = { point, lo80: point * 0.9, hi80: point * 1.2, state: 'ready' };
      return { budget, period, part, projection, projectedAtMs: world.ports.now() };
    };
    // Only what a report looks at.
    const projections = [
      project('support', '2026-01', '', 520),
      project('all', '2026-01', '', 0.4),
      project('every app', 'week-2026-01-26', 'bot', 350_000),
    ] as unknown as Awaited<ReturnType<typeof world.ports.projections.list>>;
    world.ports.projections.list = async () => projections;
    const { code, out } = await run('report');
    expect(code).toBe(0);
    await expect(`${out.join('\n')}\n`).toMatchFileSnapshot(golden('budgets-report.txt'));
  });

  it('shows what was used of a period that is over', async () => {
    await applyFile([ALL]);
    const { out } = await run('report', '--period', '2025-12', '--owner', 'Bob');
    expect(out[2]).toMatch(/^Bob +all +2025-12 +0\.50 +0\.00 +0\.00 +-0\.50 +actual$/);
  });

  it('says when there is nothing, and when the period is none', async () => {
    expect((await run('report')).out[0]).toBe('no budgets in this period');
    const { code, err } = await run('report', '--period', 'fortnight');
    expect([code, err[0]?.split(':')[0]]).toEqual([2, 'period']);
  });
});

describe('tokenledger budgets check', () => {
  it('ends with 0 while the call is allowed and with 1 when it is not', async () => {
    await spend();
    await applyFile([SUPPORT, APPS, ALL]);
    const allowed = await run('check', '--team', 'cx', '--model', 'm-1');
    expect([allowed.code, allowed.out]).toEqual([
      0,
      [
        'allowed: 2 budgets count such a call, and each has room below 100 %',
        'budget   part  period   amount  spent  remaining  used %  room',
        '-------  ----  -------  ------  -----  ---------  ------  ----',
        'all            2026-01    $0.5   $0.3       $0.2   60.00  yes',
        'support        2026-01    $500   $0.3     $499.7    0.06  yes',
        'unknown: budget every app depends on app',
        'by actual spend at commit 3, as of 2026-01-29T18:30:00.000Z',
      ],
    ]);
    const refused = await run('check', '--app', 'bot', '--filter', 'team=cx');
    expect([refused.code, refused.out[0], refused.out[3]]).toEqual([
      1,
      'not allowed: budget every app has no room below 100 %',
      'every app  bot   week-2026-01-26  1000 tokens  200000 tokens  -199000 tokens  20000.00  no',
    ]);
    expect((await run('check', '--team', 'cx', '--estimate-usd', '0.21')).code).toBe(1);
    expect((await run('check', '--team', 'cx', '--limit-percent', '60', '--json')).code).toBe(1);
  });

  it.each([
    [
      'a dimension that is given twice',
      ['--team', 'a', '--filter', 'team=b'],
      'team is given twice; a call has one value of it',
    ],
    ['a filter without a value', ['--filter', 'team'], '--filter: expected dimension=value, got "team"'],
    ['a tag that the tenant does not keep', ['--filter', 'tags.x=y'], /^tags\.x: expected a dimension: app, /],
    ['a word', ['cx'], 'unexpected "cx"'],
  ])('refuses %s', async (_, args, message) => {
    const { code, err } = await run('check', ...args);
    expect([code, err[0]]).toEqual([2, typeof message === 'string' ? message : expect.stringMatching(message)]);
  });
});

it('shows how each verb is used', async () => {
  for (const verb of ['apply', 'report', 'check']) {
    const { code, out } = await run(verb, '--help');
    expect([code, out.some((line) => line.startsWith(`tokenledger budgets ${verb}`))]).toEqual([0, true]);
  }
  expect((await run('frobnicate')).err[0]).toBe(
    'budgets takes set, list, remove, apply, report or check, not "frobnicate"',
  );
});
