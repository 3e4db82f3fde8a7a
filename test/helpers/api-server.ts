import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommandLine } from '../../lib/cli/commands.ts';
import type { ApiWorld } from './api-world.ts';
import { START_MS } from './ledger-fixtures.ts';
import type { CommandRun } from './run-command.ts';

/** An API world behind a real port. What waits in its queues is recorded whenever somebody asks for the status. */
export interface ApiServer {
  readonly url: string;
  /** Requests served so far, `POST /v1/imports` each. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** Serves a world on a free port. */
export async function startApiServer(world: ApiWorld): Promise<ApiServer> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    requests.push(`${request.method} ${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (path === '/v1/status') await world.drain();
    const answer = await world.serve({
      method: request.method ?? '',
      path: decodeURIComponent(path),
      query,
      headers: request.headers as Record<string, string | undefined>,
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, answer.headers).end(answer.bytes ?? answer.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs a command line against a ledger, its clock at the world's. */
export async function runCli(args: readonly string[], env: Record<string, string>): Promise<CommandRun> {
  const out: string[] = [];
  const err: string[] = [];
  const startMs = Date.now();
  const code = await runCommandLine(args, {
    stdin: (async function* () {})(),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env,
    isTTY: false,
    now: () => START_MS + Date.now() - startMs,
  });
  return { code, out, err };
}
