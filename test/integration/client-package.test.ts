import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const MODULES = join(ROOT, 'node_modules');

const SERVICE_JS = `
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { createEmitter, httpTransport, sqsTransport, readResponse, withEmitter } from 'tokenledger';
import * as client from 'tokenledger/client';

const bodies = [];
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  bodies.push(JSON.parse(gunzipSync(Buffer.concat(chunks)).toString()));
  response.writeHead(202).end('{"accepted":1,"rejected":[],"unknown_fields":{}}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + server.address().port;
const emitter = createEmitter({ transport: httpTransport({ url, key: 'key' }) });
const handler = withEmitter(async () => emitter.emitResponse({
  id: 'chatcmpl-1', object: 'chat.completion', created: 1790000000, model: 'gpt-4o-mini',
  choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
}, { provider: 'openai' }), emitter);
const taken = await handler({}, {});
const inputs = [];
const queued = createEmitter({
  transport: sqsTransport({ queueUrl: 'https://queue.example/usage', client: { send: async ({ input }) => inputs.push(input) } }),
});
queued.emit({ id: 'q', time: new Date().toISOString(), model: 'm', usage: { input_tokens: 1 } });
const flushed = await queued.close();
server.close();
console.log(JSON.stringify({ taken, events: bodies[0].events, flushed, queued: inputs.length,
  same: client.readResponse === readResponse, counters: emitter.counters() }));
`;

const SERVICE_TS = `
import { createEmitter, httpTransport, type Emitter, type EmitterCounters, type UsageEventMessage } from 'tokenledger';

const emitter: Emitter = createEmitter({
  transport: httpTransport({ url: 'http://127.0.0.1:1', key: 'key' }),
  context: { app: 'bot', tags: { a: '1' } },
  onDrop: ({ count, cause }) => console.log(count.toFixed(), cause),
});
const event: UsageEventMessage = { id: 'a', time: '2026-11-21T09:30:00Z', model: 'm', usage: { input_tokens: 1 } };
const taken: boolean = emitter.emit(event);
const counters: EmitterCounters = emitter.counters();
console.log(taken, counters.sent + counters.pending);
// @ts-expect-error an event has a model
emitter.emit({ id: 'a', time: '2026-11-21T09:30:00Z', usage: {} });
`;

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-package-'));
  const installed = join(folder, 'node_modules', 'tokenledger');
  beforeAll(() => {
    execFileSync('npm', ['run', 'build:package'], { cwd: ROOT, stdio: 'pipe' });
    execFileSync('npm', ['pack', './dist', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
    mkdirSync(installed, { recursive: true });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const archive = join(folder, `tokenledger-${version}.tgz`);
    execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    for (const scope of ['@aws-sdk', '@smithy', '@aws', '@types']) {
      symlinkSync(join(MODULES, scope), join(folder, 'node_modules', scope));
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives a plain JavaScript service its emitter, by both names', () => {
    writeFileSync(join(folder, 'service.js'), SERVICE_JS);
    const output = execFileSync(process.execPath, ['service.js'], { cwd: folder, encoding: 'utf8' });
    const { taken, events, flushed, queued, same, counters } = JSON.parse(output);
    expect(taken).toBe(true);
    expect(events).toMatchObject([{ model: 'gpt-4o-mini', usage: { input_tokens: 3, output_tokens: 2 } }]);
    expect(flushed).toMatchObject({ complete: true, sent: 1 });
    expect({ queued, same }).toEqual({ queued: 1, same: true });
    expect(counters).toMatchObject({ emitted: 1, sent: 1, pending: 0 });
  });

  it.each(['nodenext', 'bundler'])('has types for a strict compiler that resolves as %s', (resolution) => {
    writeFileSync(join(folder, 'service.ts'), SERVICE_TS);
    const settings = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        // The package's own declarations are looked at, too.
        skipLibCheck: false,
        exactOptionalPropertyTypes: true,
        target: 'es2022',
        module: resolution === 'bundler' ? 'esnext' : 'nodenext',
        moduleResolution: resolution,
        types: ['node'],
      },
      files: ['service.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
    expect(() =>
      execFileSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8', stdio: 'pipe' }),
    ).not.toThrow();
  });

  it('brings the command line, and nothing else is installed with it', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    const call = {
      id: 'a',
      provider: 'openai',
      model: 'gpt-4o-mini',
      usage_shape: 'canonical',
      usage: { input_tokens: 1000 },
    };
    const command = join(installed, manifest.bin.tokenledger);
    const answer = execFileSync(command, ['rate'], { input: JSON.stringify(call), encoding: 'utf8' });
    // 1,000 tokens at $0.15 a million.
    expect(JSON.parse(answer)).toMatchObject({ id: 'a', status: 'priced', cost_usd: '0.00015' });
  });

  it('holds no catalog and no SDK', () => {
    const bundle = readFileSync(join(installed, 'client', 'index.js'), 'utf8');
    // The model is priced by the catalog; a client has no reason to know it.
    expect(bundle).not.toContain('gpt-4o-mini-realtime-preview');
    const imports = [...bundle.matchAll(/(?:from|import\() ?["']([^"']+)["']/g)].map(([, name]) => name);
    expect([...new Set(imports)].filter((name) => !name?.startsWith('node:'))).toEqual(['@aws-sdk/client-sqs']);
    console.log(`client bundle: ${(bundle.length / 1024).toFixed(1)} KiB`);
  });
});
