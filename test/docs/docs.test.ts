import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';
import { type DocsBlock, nameOf, readBlocks } from './markdown-blocks.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { type QueueFront, startQueueFront } from './query-protocol-front.ts';
import { createWorkspace, hasCommand, missingPython, type ReaderWorkspace } from './reader-workspace.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NAMED = /^(?:send.*|access|sources|getting-started|contract)\.md$/;
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => NAMED.test(name))
    .map((name) => `docs/${name}`),
];

/** How a block of a language is run; what is only shown is `text`, and JSON is read. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['sh', 'sh'],
  ['bash', 'sh'],
  ['ts', 'ts'],
  ['js', 'js'],
  ['python', 'py'],
]);
const READ_LANGUAGES: ReadonlySet<string> = new Set(['json', 'text']);

// What a page needs of the ledger's answers is there only when the events of the blocks before are recorded.
const ASKS = /tokenledger\b.* -- |^(?:npx )?tokenledger [a-z]|\/v1\/(?:entries|spend)/m;
// What a batch waits for in the ledger, so that the pages are read in a third of the time.
const SOON = ['--window', '200'];

const blocks = PAGES.flatMap((page) => readBlocks(page, readFileSync(join(ROOT, page), 'utf8')));
const pythonMisses = await missingPython();
if (pythonMisses !== undefined) console.warn(`Python blocks are skipped: ${pythonMisses}`);
const missingCommands = new Map<string, string>();
for (const command of new Set(blocks.flatMap(({ marks }) => marks.get('needs') ?? []))) {
  if (!(await hasCommand(command))) missingCommands.set(command, `${command} is not on this machine`);
}
const reasonNotToRun = ({ marks }: DocsBlock): string | undefined =>
  marks.get('not-run') ?? missingCommands.get(marks.get('needs') ?? '');

describe('the pages', () => {
  const folder = makeDataFolder();
  let product: Product;
  let queue: QueueFront;
  let models: ModelServer;
  beforeAll(async () => {
    product = await startProduct(folder, '--empty', ...SOON);
    queue = await startQueueFront(product.sqsEndpoint);
    models = await startModelServer();
  });
  afterAll(async () => {
    await models.stop();
    await queue.stop();
    await product.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
    const notRun = blocks.filter((block) => reasonNotToRun(block) !== undefined);
    console.info(notRun.map((block) => `not run: ${nameOf(block)}: ${reasonNotToRun(block)}`).join('\n'));
  });

  for (const page of PAGES) {
    describe(page, () => {
      let workspace: ReaderWorkspace;
      beforeAll(async () => {
        const addresses = { AWS_ENDPOINT_URL_SQS: queue.endpoint, ...models.environment };
        workspace = await createWorkspace(product, addresses);
        for (const { marks, code } of blocks) if (marks.has('file')) workspace.save(marks.get('file') ?? '', code);
      });
      afterAll(() => workspace.remove());

      for (const block of blocks.filter((it) => it.page === page)) {
        if (reasonNotToRun(block) !== undefined) continue;
        const isSkipped = block.language === 'python' && pythonMisses !== undefined;
        it.skipIf(isSkipped)(`${nameOf(block)} does what it says`, async () => {
          if (ASKS.test(block.code)) await untilRecorded(product);
          await checkBlock(block, workspace);
        });
      }
    });
  }

  it.skipIf(pythonMisses !== undefined)('send what they say, each call counted once', async () => {
    await untilRecorded(product);
    const { stdout } = await product.run('spend', '--group-by', 'app', '--json');
    const { rows } = JSON.parse(stdout) as { rows: { app: string | null; calls: number }[] };
    const calls = Object.fromEntries(rows.map(({ app, calls }) => [app, calls]));
    expect(calls).toMatchObject({
      sending: 1,
      'send-http': 4,
      'send-sqs': missingCommands.has('aws') ? 3 : 4,
      'send-python': 3,
      'send-litellm': 1,
      'send-lambda': 2,
      'send-typescript': 3,
      'send-wrappers': 3,
    });
  });

  it('send nothing that the ledger refuses', async () => {
    const { code, stdout, stderr } = await product.run('rejects', '--json');
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as { rejects: unknown[] }).rejects).toEqual([]);
  });
});

describe('a block', () => {
  it('that is not run says why', () => {
    const reasons = blocks.flatMap(({ marks }) => marks.get('not-run') ?? []);
    expect(reasons.filter((reason) => reason.length < 10)).toEqual([]);
  });

  it('without a known language fails', async () => {
    const [block] = readBlocks('page.md', '```\nls\n```\n');
    const workspace = { folder: '', save: () => {}, run: () => Promise.reject(new Error('run')), remove: () => {} };
    await expect(checkBlock(block as DocsBlock, workspace)).rejects.toThrow('page.md:1 a block without a language');
  });
});

async function untilRecorded({ url, apiKey }: Product): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const countQueued = async (): Promise<number> => {
    const { queued } = (await (await fetch(`${url}/v1/status`, { headers })).json()) as {
      queued: Record<string, number>;
    };
    return Object.values(queued).reduce((sum, count) => sum + count, 0);
  };
  await expect.poll(countQueued, { timeout: 60_000, interval: 250 }).toBe(0);
}

async function checkBlock(block: DocsBlock, workspace: ReaderWorkspace): Promise<void> {
  const { language, marks, code, line } = block;
  const ending = ENDINGS.get(language);
  if (ending === undefined) {
    if (!READ_LANGUAGES.has(language)) throw new Error(`${nameOf(block)}: neither run, nor read, nor marked not-run`);
    if (language === 'json') checkJson(block);
    if (marks.has('file')) workspace.save(marks.get('file') ?? '', code);
    return;
  }
  const { code: exit, stdout, stderr } = await workspace.run(marks.get('file') ?? `line-${line}.${ending}`, code);
  expect(exit, `${nameOf(block)} ended with ${exit}\n${stdout}\n${stderr}`).toBe(0);
}

function checkJson({ code, marks }: DocsBlock): void {
  const parsed: unknown = JSON.parse(code);
  if (marks.has('event')) expect(parseUsageEvent(parsed)).not.toHaveProperty('reason');
}
