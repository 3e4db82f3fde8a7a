import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../helpers/emitter-world.ts';

const SERVICE = join(import.meta.dirname, '..', 'fixtures', 'emitter-hosts', 'service.ts');

interface Ending {
  readonly signal?: 'SIGTERM';
  readonly isAway?: boolean;
  readonly answerAfterMs?: number;
}

/** Runs the service before another end; sends it a signal once it is ready, where one is named. */
async function runService(deed: string, { signal, isAway = false, answerAfterMs = 0 }: Ending = {}) {
  let events = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (isAway) return response.writeHead(503).end();
    await setTimeout(answerAfterMs);
    // Who has hung up has not waited for the receipt.
    if (request.socket.destroyed) return;
    const count = eventsOf(gunzipSync(Buffer.concat(chunks)).toString()).length;
    events += count;
    return response.writeHead(202).end(JSON.stringify({ accepted: count, rejected: [] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [SERVICE, deed, url], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const complaints: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line === 'ready' && signal !== undefined) child.kill(signal);
  });
  const [code, by] = await once(child, 'close');
  server.closeAllConnections();
  server.close();
  return { events, code, by, lines, complaints: Buffer.concat(complaints).toString() };
}

describe('a service that ends', () => {
  it('by itself has its events delivered before', async () => {
    expect(await runService('end')).toMatchObject({ events: 3, code: 0, by: null });
  });

  it('by itself while the ledger is away ends all the same', async () => {
    expect(await runService('end', { isAway: true })).toMatchObject({ events: 0, code: 0 });
  });

  it('by SIGTERM has its events delivered and ends by that signal, as without an emitter', async () => {
    expect(await runService('wait', { signal: 'SIGTERM' })).toMatchObject({ events: 3, code: null, by: 'SIGTERM' });
  });

  it('by SIGTERM with two emitters has those of both delivered', async () => {
    expect(await runService('two-emitters', { signal: 'SIGTERM' })).toMatchObject({ events: 6, by: 'SIGTERM' });
  });

  it('by SIGTERM with a dozen emitters has those of all delivered, and no warning of too many listeners', async () => {
    const ended = await runService('many-emitters', { signal: 'SIGTERM' });
    expect(ended).toMatchObject({ events: 36, by: 'SIGTERM', complaints: '' });
  });

  it('by itself has delivered, too, what it emits when it is about to end, and does end', async () => {
    const { events, code } = await runService('end-with-summary');
    expect(code).toBe(0);
    expect(events).toBeGreaterThan(3);
  });

  it('by SIGTERM while an emitter is being closed has its events delivered', async () => {
    expect(await runService('closing', { signal: 'SIGTERM', answerAfterMs: 300 })).toMatchObject({
      events: 3,
      by: 'SIGTERM',
    });
  });

  it('in its own way at SIGTERM is not cut short', async () => {
    const ended = await runService('own-listener', { signal: 'SIGTERM' });
    expect(ended).toMatchObject({ events: 3, code: 7, by: null });
    expect(ended.lines).toContain('closing');
  });
});
