import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueUnavailableError } from '../../../lib/adapters/sqs/usage-queues.ts';
import { COMMANDS } from '../../../lib/cli/commands.ts';
import { sampleMigrationProfile } from '../../../lib/sample/sample-settings.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

let world: ApiWorld;
let server: ApiServer;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-cli-'));
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol('default') };
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function json(
  ...args: string[]
): Promise<{ code: number; json: Record<string, unknown>; err: readonly string[] }> {
  const { code, out, err } = await runCli([...args, '--json'], env);
  expect(out, err.join('\n')).toHaveLength(1);
  return { code, json: JSON.parse(out[0] ?? ''), err };
}

const HEADER = 'ts,call_id,app,session,model,input_tokens,cached_input_tokens,output_tokens,stream';
const ROWS = [
  '2026-01-16T03:59:04.000Z,cc-1,chat,s-1,m-1,1000,0,100,0',
  '2026-01-16T03:59:29.000Z,cc-2,chat,,m-1,2000,500,0,1',
  '2026-01-17T03:59:29.000Z,cc-3,code,,m-1,3000,0,50,1',
];

describe('tokenledger import', () => {
  it('reads the columns of a CSV file by name, gzipped or not, and settles every event', async () => {
    await world.ask('POST', '/v1/catalog/overrides', { key: env['TOKENLEDGER_KEY'] ?? '', body: PRICES });
    const path = await file('calls.csv.gz', gzipSync([HEADER, ...ROWS, ''].join('\n')));
    const first = await json('import', path, '--wait');
    expect(first).toMatchObject({
      code: 0,
      json: { read: 3, sent: 3, rejected_locally: 0, recorded: 3, duplicates: 0, conflicts: 0, rejected: 0 },
    });
    expect(server.requests.filter((request) => request === 'POST /v1/imports')).toHaveLength(1);
    const entry = await json('entries', 'cc-2');
    expect(entry.json['event']).toMatchObject({
      app: 'chat',
      model: 'm-1',
      time: '2026-01-16T03:59:29.000Z',
      usage: { input_tokens: 2_000, cache_read_tokens: 500 },
      tags: { stream: '1' },
    });
    expect(entry.json['event']).not.toHaveProperty('provider');
  });

  it('tells duplicates and conflicts from what it recorded when a file is imported again', async () => {
    await json('import', await file('a.csv', [HEADER, ...ROWS].join('\n')), '--wait');
    const changed = ROWS.map((row) => row.replace('cc-3,code', 'cc-3,other'));
    const more = '2026-01-18T00:00:00Z,cc-4,chat,,m-1,1,0,0,0';
    const again = await json('import', await file('b.csv', [HEADER, ...changed, more, more].join('\n')), '--wait');
    // cc-1 and cc-2 as before, cc-3 with another app, cc-4 new and sent twice.
    expect(again).toMatchObject({
      code: 1,
      json: { read: 5, sent: 5, recorded: 1, duplicates: 3, conflicts: 1, rejected: 0 },
    });
  });

  it('reads NDJSON, names bad lines, sends the good ones and says that something was wrong', async () => {
    const good = { id: 'n-1', time: '2026-01-16T00:00:00Z', model: 'm-1', usage: { input_tokens: 1 } };
    const lines = [
      good,
      { ...good, id: 'n-2', usage: { input_tokens: -1 } },
      { ...good, id: 'n-3', time: '2027-01-01T00:00:00Z' },
    ];
    const path = await file('events.ndjson', `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot json\n`);
    const { code, json: report, err } = await json('import', path, '--wait');
    expect([code, report]).toEqual([
      1,
      expect.objectContaining({ read: 4, sent: 2, rejected_locally: 2, recorded: 1, rejected: 1 }),
    ]);
    expect(err.map((line) => line.split(':')[0])).toEqual(['line 2', 'line 4', 'n-3']);
  });

  it('sends at most 1,000 events a message, and without --wait does not ask what became of them', async () => {
    const rows = Array.from({ length: 2_001 }, (_, index) => `2026-01-16T00:00:00Z,c-${index},chat,,m-1,1,0,0,0`);
    const { code, json: report } = await json('import', await file('many.csv', [HEADER, ...rows].join('\n')));
    expect([code, Object.keys(report)]).toEqual([0, ['read', 'sent', 'rejected_locally', 'seconds']]);
    expect(world.waiting).toHaveLength(3);
    expect(server.requests).not.toContain('POST /v1/entries/status');
  });

  it('sends again what a busy ledger did not take, and loses and doubles nothing', async () => {
    const { queues } = world.ports;
    const send = queues.send.bind(queues);
    let failures = 2;
    queues.send = async (...message) => {
      // The second failure comes after the queue took the message: it arrives twice.
      if (failures !== 2) await send(...message);
      if (failures-- > 0) throw new QueueUnavailableError('no answer');
    };
    const { code, json: report } = await json(
      'import',
      await file('calls.csv', [HEADER, ...ROWS].join('\n')),
      '--wait',
    );
    expect([code, report]).toEqual([0, expect.objectContaining({ sent: 3, recorded: 3, duplicates: 0 })]);
  });

  it('reads quoted cells and refuses columns it does not know, a missing file and a header without ids', async () => {
    const quoted = await file('q.csv', `${HEADER}\n2026-01-16T03:59:04Z,"a,""1""",chat,,m-1,1,0,0,0`);
    expect((await json('import', quoted, '--wait')).json).toMatchObject({ recorded: 1 });
    expect((await json('entries', 'a,"1"')).code).toBe(0);
    for (const [path, told] of [
      [await file('x.csv', 'ts,call_id,model,colour\n'), '"colour"'],
      [await file('y.csv', 'ts,model,input_tokens\n'), 'no column for id'],
      [join(folder, 'none.csv'), 'none.csv'],
    ] as const) {
      const { code, err } = await runCli(['import', path], env);
      expect([code, err[0]]).toEqual([2, expect.stringContaining(told)]);
    }
  });
});

describe('tokenledger spend', () => {
  beforeEach(async () => {
    const overrides = await file('prices.json', JSON.stringify(PRICES));
    expect((await json('catalog', 'override', overrides)).json).toMatchObject({ outcome: 'stored' });
    await json('import', await file('calls.csv', [HEADER, ...ROWS].join('\n')), '--wait');
  });

  it('prints a table with right-aligned numbers, a total and what is missing', async () => {
    const { code, out } = await runCli(['spend', '--from', '2026-01', '--to', '2026-02', '--group-by', 'app'], env);
    expect(code).toBe(0);
    // chat: 2,500 x $1/M + 500 x $0.10/M + 100 x $2/M = $0.00275; code: 3,000 x $1/M + 50 x $2/M = $0.0031.
    expect(out).toEqual([
      'period   app    cost $   list $  calls  input  cached  output  unpriced',
      '-------  ----  -------  -------  -----  -----  ------  ------  --------',
      '2026-01  chat  0.00275  0.00275      2  3,000     500     100         0',
      '2026-01  code   0.0031   0.0031      1  3,000       0      50         0',
      '-------  ----  -------  -------  -----  -----  ------  ------  --------',
      'total          0.00585  0.00585      3  6,000     500     150         0',
      'incomplete: 1 period open; as of 2026-01-29T18:30:00.000Z',
    ]);
  });

  it('prints one JSON document, by day, filtered', async () => {
    const args = ['--from', '2026-01-16', '--to', '2026-01-18', '--granularity', 'day', '--filter', 'app=chat'];
    const { json: answer } = await json('spend', ...args);
    expect(answer).toMatchObject({
      rows: [{ period: '2026-01-16', cost_usd: '0.00275' }],
      total: { calls: 2 },
      complete: true,
    });
    expect(answer).not.toHaveProperty('next');
  });

  it('prints CSV with every measure', async () => {
    const { out } = await runCli(['spend', '--from', '2026-01', '--to', '2026-02', '--group-by', 'app', '--csv'], env);
    expect(out[0]).toMatch(/^period,app,cost_usd,cost_pico_usd,list_cost_usd/);
    expect(out[1]).toMatch(/^2026-01,chat,0\.00275,2750000000,0\.00275/);
  });

  it('names the parameter that the API refuses, with exit code 2', async () => {
    const { code, err } = await runCli(['spend', '--from', 'soon'], env);
    expect([code, err[0]]).toEqual([2, expect.stringMatching(/^from: expected /)]);
  });
});

describe('the other commands', () => {
  it('set, list and remove budgets', async () => {
    const set = await json(
      'budgets',
      'set',
      'cx team',
      '--amount',
      '500',
      '--filter',
      'team=cx',
      '--threshold',
      '50',
      '--threshold',
      '100',
    );
    expect(set.json).toMatchObject({
      name: 'cx team',
      amount_usd: '500',
      filter: { team: 'cx' },
      thresholds: [50, 100],
      change: 'created',
    });
    const { out } = await runCli(['budgets', 'list'], env);
    expect(out.slice(-2)).toEqual([
      'cx team  team=cx        2026-01     0     500  $                          0',
      'incomplete: 1 period open; as of 2026-01-29T18:30:00.000Z',
    ]);
    expect((await runCli(['budgets', 'remove', 'cx team'], env)).code).toBe(0);
    expect((await runCli(['budgets', 'remove', 'cx team'], env)).code).toBe(1);
  });

  it('set budgets of any period, of tokens, and for each value of a dimension', async () => {
    await json('import', await file('calls.csv', [HEADER, ...ROWS].join('\n')), '--wait');
    const set = await json(
      ...['budgets', 'set', 'apps', '--tokens', '1000', '--each', 'app', '--period', 'month', '--anchor-day', '31'],
      ...['--start', '2025-01-01', '--end', '2027-01-01', '--forecast-threshold', 'none', '--owner', 'Ann'],
    );
    expect(set.json).toMatchObject({
      name: 'apps',
      amount_usd: null,
      amount_tokens: '1000',
      period: { kind: 'month', anchor_day: 31 },
      start_date: '2025-01-01',
      end_date: '2027-01-01',
      each: 'app',
      forecast_thresholds: [],
      owner: 'Ann',
    });
    const { out } = await runCli(['budgets', 'list'], env);
    // Input and output: chat 1,000 + 100 and 2,000 + 0, code 3,000 + 50. The 31st of December began the period.
    expect(out.slice(2, 5)).toEqual([
      'apps    all    each app  month-2025-12-31  6,150          tokens  50% 80% 100%              0',
      'apps    all    app=chat  month-2025-12-31  3,100   1,000  tokens  50% 80% 100%',
      'apps    all    app=code  month-2025-12-31  3,050   1,000  tokens  50% 80% 100%',
    ]);
    expect((await runCli(['budgets', 'set', 'x', '--tokens', '5', '--period', 'fortnight'], env)).err[0]).toMatch(
      /^period: expected one of/,
    );
    expect((await runCli(['budgets', 'set', 'x', '--amount', '5', '--anchor-day', 'x'], env)).code).toBe(2);
  });

  it('audit the ledger: exit 0 and the counts, exit 1 and the differences once a total is wrong', async () => {
    await json('import', await file('calls.csv', [HEADER, ...ROWS].join('\n')), '--wait');
    const clean = await json('audit');
    expect(clean).toMatchObject({ code: 0, json: { ok: true, entries: 3, differences: [] } });
    const row = [...world.table.items()].find(({ pk }) => pk.startsWith('RD#default'));
    if (!row) throw new Error('no day row was written');
    await world.table.delete(row);
    const damaged = await json('audit');
    expect([damaged.code, damaged.json['ok']]).toEqual([1, false]);
    expect(damaged.json['differences']).not.toEqual([]);
  });

  it('show status, forecast, alerts, rejects and migration profiles, as tables and as one JSON document', async () => {
    const profile = await file('profile.json', JSON.stringify(sampleMigrationProfile()));
    expect((await runCli(['migrate', 'set', profile], env)).code).toBe(0);
    expect((await runCli(['budgets', 'set', 'whole', '--amount', '5'], env)).code).toBe(0);
    for (const args of [
      ['status'],
      ['forecast'],
      ['forecast', '--budget', 'whole'],
      ['alerts'],
      ['rejects'],
      ['migrate', 'list'],
      ['migrate', 'show', String(sampleMigrationProfile()['name'])],
      ['migrate', 'mark', String(sampleMigrationProfile()['name']), '--on', '2026-01-20'],
      ['budgets', 'list'],
      ['entries', '--day', '2026-01-16'],
    ]) {
      const shown = await runCli(args, env);
      expect([args, shown.code, shown.out.length > 0]).toEqual([args, 0, true]);
      expect((await json(...args)).code).toBe(0);
    }
    expect((await runCli(['forecast', '--budget', 'whole'], env)).out.join()).toContain('budget whole: $5');
    // Without a day it is today's of the ledger's clock in the tenant's zone, whatever this machine's clock says.
    const marked = await json('migrate', 'mark', String(sampleMigrationProfile()['name']));
    expect(marked.json).toMatchObject({
      profile: { migrated_on: new Date(world.ports.now()).toISOString().slice(0, 10) },
    });
  });

  it('exit with 1 when there are rejects', async () => {
    await world.ports.rejects.keep(
      'default',
      [
        {
          rejectId: 'r',
          reason: 'not_json',
          field: null,
          message: 'not JSON',
          receivedAtMs: 0,
          messageId: 'm',
          index: 0,
          fields: {},
        },
      ],
      0,
    );
    expect((await json('rejects')).code).toBe(1);
  });
});

describe('every command', () => {
  it.each(COMMANDS.map(({ name }) => name))(
    '%s explains itself on --help and names a flag it does not know',
    async (name) => {
      const help = await runCli([name, '--help'], {});
      expect([help.code, help.out.join('\n')]).toEqual([0, expect.stringContaining(`tokenledger ${name}`)]);
      const wrong = await runCli([name, '--no-such-flag'], env);
      expect([wrong.code, wrong.out]).toEqual([2, []]);
      if (!['calc', 'project', 'rate'].includes(name)) expect(wrong.err[0]).toContain('--no-such-flag');
    },
  );

  it('exits with 3 when no ledger answers and with 2 when there is no key or a wrong one', async () => {
    expect((await runCli(['status'], { ...env, TOKENLEDGER_URL: 'http://127.0.0.1:1' })).code).toBe(3);
    expect((await runCli(['status'], { TOKENLEDGER_URL: server.url })).code).toBe(2);
    expect((await runCli(['status'], { ...env, TOKENLEDGER_KEY: 'tlk_wrong' })).code).toBe(2);
    expect((await runCli(['nonsense'], env)).code).toBe(2);
    expect((await runCli(['status', 'now'], env)).code).toBe(2);
  });
});
