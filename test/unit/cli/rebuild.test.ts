import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';

let world: ApiWorld;
let server: ApiServer;
let env: Record<string, string>;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  const key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  const body = { id: 'a', time: '2026-01-29T12:00:00Z', model: 'm-1', usage: { input_tokens: 10 } };
  await world.ask('POST', '/v1/events', { key, body });
  await world.drain();
});

afterEach(() => server.stop());

async function lose(prefix: string): Promise<void> {
  const item = [...world.table.items()].find(({ pk }) => pk.startsWith(prefix));
  if (!item) throw new Error(`there is no item ${prefix}`);
  await world.table.delete(item);
}

describe('tokenledger rebuild', () => {
  it('has nothing to do on a sound ledger', async () => {
    const { code, out } = await runCli(['rebuild'], env);
    expect([code, out]).toEqual([0, ['1 entries, 3 rollups, 0 differences, nothing repaired']]);
  });

  it('shows what differs, and with --dry-run leaves it', async () => {
    await lose('RM#');
    const { code, out } = await runCli(['rebuild', '--dry-run'], env);
    expect([code, out.length]).toEqual([1, 2]);
    expect(out[0]).toMatch(/^missing_row at month row 2026-01 shard 00000: expected calls of /);
    expect(out[1]).toBe('1 entries, 2 rollups, 1 differences, nothing repaired');
    expect((await runCli(['audit'], env)).code).toBe(1);
  });

  it('repairs what is derived', async () => {
    await lose('RM#');
    const { code, out } = await runCli(['rebuild', '--yes', '--json'], env);
    const { differences, ...done } = JSON.parse(out[0] ?? '');
    expect([code, done]).toEqual([0, { ok: true, entries: 1, rollups: 2, repaired: 1 }]);
    expect(differences).toMatchObject([{ kind: 'missing_row', repairable: true, repaired: true }]);
    const audited = await runCli(['audit', '--json'], env);
    expect(JSON.parse(audited.out[0] ?? '')).toEqual({ ok: true, entries: 1, rollups: 3, differences: [] });
  });

  it('names what it cannot rebuild and exits with 1', async () => {
    await lose('L#');
    const { code, out } = await runCli(['rebuild', '--yes'], env);
    expect(code).toBe(1);
    expect(out[0]).toMatch(/^missing_leaves at leaves of 2026-01: .* \(cannot be rebuilt\)$/);
    const audited = await runCli(['audit'], env);
    expect([audited.code, audited.out.at(-1)]).toEqual([1, 'NOT OK: 1 entries, 3 rollups, 1 differences']);
  });

  it('is for admins', async () => {
    const reader = { ...env, TOKENLEDGER_KEY: await world.enrol('second', 'reader') };
    expect((await runCli(['rebuild', '--yes'], reader)).code).toBe(2);
    expect((await runCli(['audit'], reader)).code).toBe(0);
  });
});

describe('tokenledger audit', () => {
  it('takes days, and another tenant from an org-admin', async () => {
    const org = { ...env, TOKENLEDGER_KEY: await world.enrol('group', 'org-admin') };
    const audit = async (of: Record<string, string>, ...args: string[]) => {
      const { code, out } = await runCli(['audit', '--json', ...args], of);
      return [code, JSON.parse(out[0] ?? '{}').entries];
    };
    expect(await audit(org, '--tenant', 'default')).toEqual([0, 1]);
    expect(await audit(env, '--from', '2026-01-30')).toEqual([0, 0]);
    expect(await audit(env, '--from', '2026-01-29', '--to', '2026-01-30')).toEqual([0, 1]);
    expect(await audit(env, '--tenant', 'group')).toEqual([2, undefined]);
    expect(await audit(env, '--from', 'yesterday')).toEqual([2, undefined]);
  });
});
