import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../../lib/adapters/dynamodb/unknown-field-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { createWriter } from '../../helpers/recording-world.ts';

const january = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;

async function open() {
  const table = new MemoryTable();
  const surroundings = steadySurroundings();
  const tenants = new TenantStore(table, surroundings.now);
  await tenants.create(TENANT);
  await tenants.create({ ...TENANT, tenant: 'globex' });
  return {
    table,
    write: createWriter(table, surroundings, 'acme'),
    reader: new DynamoLedgerReader(table, tenants),
    rejects: new RejectStore(table),
  };
}

const message = (body: unknown, more: Partial<UsageMessage> = {}): UsageMessage => ({
  messageId: 'm-1',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  senderId: 'AROASERVICE:pod',
  sentAtMs: START_MS,
  queue: 'usage',
  stamp: {},
  ...more,
});

const event = (more: object = {}) => ({
  id: uuidV7(START_MS, 1),
  time: new Date(START_MS).toISOString(),
  model: 'm-1',
  usage: { input_tokens: 10, output_tokens: 5 },
  ...more,
});

describe('recording usage', () => {
  it('keeps what is wrong with a message as rejects and records the rest', async () => {
    const { write, reader, rejects } = await open();
    const bad = event({ id: 'bad', usage: { input_tokens: 1, cache_read_tokens: 2 } });
    const old = event({ id: 'old', time: '2025-01-01T00:00:00Z' });
    expect(await write([message([event(), bad, old])])).toEqual([]);
    // 10 x $1/M + 5 x $2/M = $0.00002
    const { rows } = await reader.rollups('acme', january);
    expect(rows.map(({ measures }) => measures.cost)).toEqual([20_000_000n]);
    const kept = (await rejects.list('acme')).rejects.map(({ reason, index }) => [reason, index]);
    expect(kept.sort()).toEqual([
      ['impossible_usage', 1],
      ['time_out_of_range', 2],
    ]);
  });

  it('keeps one reject of a message however often it is delivered', async () => {
    const { write, rejects } = await open();
    for (let i = 0; i < 3; i++) expect(await write([message('not json')])).toEqual([]);
    expect((await rejects.list('acme')).rejects.map(({ reason }) => reason)).toEqual(['not_json']);
  });

  it('rejects an event that names another tenant, and moves nothing there', async () => {
    const { write, reader, rejects } = await open();
    await write([message(event({ tenant: 'globex' }))]);
    expect((await rejects.list('acme')).rejects.map(({ reason }) => reason)).toEqual(['tenant_mismatch']);
    for (const tenant of ['acme', 'globex']) expect((await reader.rollups(tenant, january)).rows).toEqual([]);
  });

  it('honours a stamped tenant from the API function and from nobody else', async () => {
    const { write, reader } = await open();
    const stamp = { tenant: 'globex' };
    await write([
      message(event(), { stamp }),
      message(event({ id: 'by-api' }), { messageId: 'm-2', stamp, senderId: 'api:fn' }),
    ]);
    const calls = async (tenant: string) =>
      (await reader.rollups(tenant, january)).rows.map((row) => row.measures.calls);
    expect([await calls('acme'), await calls('globex')]).toEqual([[1n], [1n]]);
  });

  it('keeps the events of a sender without a tenant, to be sent again when it has one', async () => {
    const { write, rejects } = await open();
    await write([message(event({ user: 'u-1' }), { senderId: 'api:fn', stamp: { tenant: 'nobody' } })]);
    const [kept] = (await rejects.list('-')).rejects;
    expect([kept?.reason, kept?.fields['id'], kept?.fields['user']]).toEqual(['tenant_unknown', event().id, undefined]);
  });

  it('takes history older than 35 days through the import queue only', async () => {
    const { write, reader } = await open();
    const old = event({ id: 'old', time: '2025-12-01T00:00:00Z' });
    await write([message(old)]);
    await write([message(old, { messageId: 'm-2', queue: 'import', stamp: { tenant: 'acme' } })]);
    expect((await reader.findEntries('acme', ['old']))[0]?.status).toBe('recorded');
  });

  it('records every field of the contract and gives each one back', async () => {
    const { write, reader } = await open();
    const full = {
      ...event({ id: 'full' }),
      ...{
        app: 'a',
        environment: 'prod',
        team: 't',
        feature: 'f',
        user: 'u',
        session: 's',
        tags: { cost_center: '7', 'x.y': 'z' },
      },
      ...{
        provider: 'openai',
        operation: 'chat',
        service_tier: 'default',
        region: 'eu',
        billing_account: 'b',
        deployment: 'd',
      },
      usage: {
        input_tokens: 90,
        cache_read_tokens: 10,
        cache_write_tokens: 1,
        cache_write_5m_tokens: 2,
        cache_write_1h_tokens: 3,
        output_tokens: 40,
        reasoning_tokens: 4,
        input_audio_tokens: 5,
        cache_audio_read_tokens: 6,
        output_audio_tokens: 7,
        input_image_tokens: 8,
        output_image_tokens: 9,
        input_characters: 11,
        output_characters: 12,
        audio_seconds: 1.5,
        images: 13,
        web_searches: 14,
        pages: 15,
        training_tokens: 16,
        requests: 17,
        unheard_of_units: 18,
      },
      input_parts: { system: 1, tools: 2, history: 3, retrieved: 4, memory: 5, user: 6, tool_results: 7 },
      route: { complexity: 'simple', confidence: 0.9, fallback_of: 'x', attempt: 2 },
      ...{ latency_ms: 840, ttft_ms: 210, status: 'error', error: 'overloaded', quality: 0.9, quota_used_ratio: 0.4 },
      ...{ reported_cost_usd: '0.25', emitter: { id: 'pod', seq: 118, version: 'ts/1.0.0' } },
    };
    await write([message(full)]);
    const [found] = await reader.findEntries('acme', ['full']);
    const read = found?.status === 'recorded' ? found.entry.event : undefined;
    const { time, user: _user, session: _session, ...sent } = full;
    expect(read).toEqual({ ...sent, timeMs: Date.parse(time), user: read?.user, session: read?.session });
    expect([read?.user, read?.session].map((name) => name?.length)).toEqual([16, 16]);
    const { rows } = await reader.rollups('acme', {
      ...january,
      granularity: 'hour',
      fromDay: '2026-01-29',
      toDay: '2026-01-30',
    });
    const { measures, histograms } = rows[0] ?? { measures: {}, histograms: {} };
    // Microseconds, billionths and picoUSD; half octaves from 50 ms: 840 ms is in bucket 9 (800 to 1131), 210 in 5.
    expect(measures).toMatchObject({
      audio_seconds: 1_500_000n,
      quality_sum: 900_000_000n,
      reported_cost: 250_000_000_000n,
    });
    expect(measures).toMatchObject({ errors: 1n, requests: 17n, part_tool_results: 7n, partially_priced: 1n });
    expect(histograms).toEqual({
      latency_ms: new Map([[9, 1n]]),
      ttft_ms: new Map([[5, 1n]]),
      quota_used_percent: new Map([[40, 1n]]),
    });
  });

  it('reads compressed messages and counts fields that the contract does not know', async () => {
    const { write, table, reader } = await open();
    const data = gzipSync(JSON.stringify({ events: [event({ prompt: 'a secret' })] })).toString('base64');
    expect(await write([message({ encoding: 'gzip', data })])).toEqual([]);
    expect((await reader.rollups('acme', january)).rows.length).toBe(1);
    expect(await new UnknownFieldStore(table).list('acme')).toEqual(new Map([['prompt', 1]]));
    expect(
      JSON.stringify([...table.items()], (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('secret');
  });
});
