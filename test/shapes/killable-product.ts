import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineClient } from '../../lib/local/engine-client.ts';
import { asList } from '../../lib/local/template.ts';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';

/** What is killed without warning, with SIGKILL: the table engine, the host with its queue engine, or both at once. */
export type Victim = 'engine' | 'host' | 'both';

/** The running product over one folder, whose processes may die under whoever uses it. */
export interface KillableProduct {
  /** The product as it runs now; another one after its host was killed. */
  current(): Product;
  /** Kills, and brings back what does not come back by itself. Resolves when the product answers again. */
  kill(victim: Victim): Promise<void>;
  /**
   * Sends a batch of at most ten messages until the queue has accepted all of them, whatever dies meanwhile.
   * @returns how often it had to be sent
   */
  send(bodies: readonly string[]): Promise<number>;
  /** The answer to a GET request. @throws Error when it is no success, or nobody answers */
  ask(path: string): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

const SEND_TIMEOUT_MS = 10_000;
const PAUSE_MS = 100;
const ANSWER_TIMEOUT_MS = 180_000;

/** Starts the product, empty, as `npm start` runs it, in processes of its own over a folder of its own. */
export async function startKillableProduct(): Promise<KillableProduct> {
  const folder = makeDataFolder();
  let product = await startProduct(folder, '--empty');
  let queue = new EngineClient('sqs', product.sqsEndpoint);
  const ask: KillableProduct['ask'] = (path) => product.ask(path);
  return {
    current: () => product,
    async kill(victim) {
      if (victim !== 'host') process.kill(findEngine(product), 'SIGKILL');
      if (victim !== 'engine') {
        await product.end('SIGKILL');
        queue.close();
        product = await startProduct(folder, '--empty');
        queue = new EngineClient('sqs', product.sqsEndpoint);
      }
      await untilAnswered(() => ask('/v1/status'));
    },
    async send(bodies) {
      for (let times = 1; ; times++) {
        if (await isAccepted(queue, product.queueUrl, bodies)) return times;
        await sleep(PAUSE_MS);
      }
    },
    ask,
    async stop() {
      queue.close();
      await product.end('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An error does not mean that nothing was accepted: what is sent again may be in the queue twice, as SQS itself may do. */
async function isAccepted(queue: EngineClient, queueUrl: string, bodies: readonly string[]): Promise<boolean> {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  try {
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
    const { Failed } = await queue.call('SendMessageBatch', { QueueUrl: queueUrl, Entries }, signal);
    return asList(Failed).length === 0;
  } catch {
    return false;
  }
}

async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    try {
      await ask();
      return;
    } catch (cause) {
      if (performance.now() - startedMs > ANSWER_TIMEOUT_MS)
        throw new Error('the product does not answer after it was killed', { cause });
      await sleep(PAUSE_MS);
    }
  }
}

/** The process of the table engine: a grandchild of the host, which starts it under a shell that watches both. */
function findEngine({ process: host }: Product): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid)));
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const engine = processes.find(
    ({ name, parent }) => name === 'dynoxide' && (parent === host.pid || parents.get(parent) === host.pid),
  );
  if (!engine) throw new Error('the host has no table engine to kill');
  return engine.pid;
}

function readProcess(pid: number): readonly { readonly pid: number; readonly name: string; readonly parent: number }[] {
  try {
    // "17 (name) S 4 ...": the name may hold anything, so the fields are counted from its closing bracket.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const parent = Number(text.slice(end + 2).split(' ')[1]);
    return [{ pid, name: text.slice(text.indexOf('(') + 1, end), parent }];
  } catch {
    return [];
  }
}
