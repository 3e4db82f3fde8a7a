import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { type ApiServer, runCli, startApiServer } from '../helpers/api-server.ts';
import { PRICES } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { COMMAND_LINES, type Files } from './command-lines.ts';
import { EVERY_ROLE, PERMISSIONS } from './permissions.ts';
import { CANARY, changedItems, copyWorld, itemTexts, openTwoTenants, profile, type TwoTenants } from './two-tenants.ts';

const WITH_LEDGER = Object.entries(COMMAND_LINES).filter(([, { route }]) => route !== 'none');

let setting: TwoTenants;
let folder: string;
let files: Files;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-isolation-'));
  setting = await openTwoTenants();
  const write = async (name: string, content: unknown): Promise<string> => {
    await writeFile(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  files = {
    events: await write('events.ndjson', smallEvent({ id: 'imported', time: '2026-01-29T18:30:00Z' })),
    overrides: await write('overrides.json', PRICES),
    ownRow: await write('row.json', {
      ...{ model: 'm-1', score: 7, scale: 'own evaluation /10' },
      ...{ source: 'us', as_of: '2026-01-02' },
    }),
    profile: await write('profile.json', profile('acme')),
    budgets: await write('budgets.json', { budgets: [{ name: 'acme budget', amount_usd: '7' }] }),
    capacities: await write('capacities.json', {
      capacities: [
        {
          ...{ name: 'acme-capacity', kind: 'commitment', from: '2026-01-03', price_usd: '2', per: 'month' },
          covers: { deployment: 'own' },
        },
      ],
    }),
  };
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command line with a key against a copy of the ledger. */
async function run(args: readonly string[], key: string) {
  const world = await copyWorld(setting);
  const before = itemTexts(world);
  const server: ApiServer = await startApiServer(world);
  try {
    const { code, out, err } = await runCli(args, { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key });
    const changed = changedItems(before, itemTexts(world));
    return {
      code,
      out: out.join('\n'),
      err: err.join('\n'),
      changed,
      failures: world.failures,
      asked: server.requests,
    };
  } finally {
    await server.stop();
  }
}

const keyOf = (who: keyof TwoTenants['credentials']): string =>
  (setting.credentials[who]['authorization'] ?? '').replace('Bearer ', '');

it('every form of every command has a command line here', () => {
  const forms = COMMANDS.flatMap(({ usage }) =>
    [...usage.matchAll(/^ *tokenledger ([a-z-]+(?: [a-z][a-z-]*)?)/gm)].map(([, form = '']) => form),
  );
  expect(Object.keys(COMMAND_LINES).sort()).toEqual([...new Set(forms)].sort());
});

describe.each(WITH_LEDGER)('tokenledger %s', (_form, { route, args }) => {
  const permitted = PERMISSIONS[route] ?? [];

  it.each(EVERY_ROLE)('obeys the key of role %s or says in a sentence why not', async (role) => {
    const { code, out, err, changed, failures } = await run(args(setting.own, files), keyOf(role));
    expect(failures).toEqual([]);
    if (permitted.includes(role)) {
      // 1 is for lists that name something wrong, such as rejects.
      expect([0, 1], err).toContain(code);
      expect(`${out}${err}`).not.toMatch(/needs a key|not known/);
      return;
    }
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(new RegExp(`key (with|of) role .+, not ${role}\\.`));
    expect(changed).toEqual([]);
  });

  it.each(['unknown key', 'expired key', 'revoked key'] as const)(
    'does nothing for an asker with: %s, and says so',
    async (who) => {
      const { code, out, err, changed } = await run(args(setting.own, files), keyOf(who));
      expect([code, out, changed]).toEqual([2, '', []]);
      expect(err).toMatch(/^The key .+\.$/m);
    },
  );

  it('shows nothing of another tenant, and changes nothing of it, by its names', async () => {
    const { out, err, changed } = await run(args(setting.others, files), keyOf('admin'));
    expect(`${out}${err}`).not.toContain(CANARY);
    expect(changed.filter((name) => name.includes('globex') && !name.includes('acme'))).toEqual([]);
  });
});
