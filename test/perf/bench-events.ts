import { createRandom } from '../../lib/sample/random.ts';
import { createTimedId } from '../../lib/sample/timed-id.ts';

/** What a stream of bench events is made of. */
export interface BenchEventOptions {
  /** Different leaves, a multiple of 10 from 10: ten of each app, in 2 environments on 5 models. */
  readonly leaves: number;
  /** UUIDv7 ids if true, `call-<n>` if not. */
  readonly timed: boolean;
  /** Time of the first event, epoch milliseconds. */
  readonly startMs: number;
  /** Events that fall into one second of event time. */
  readonly ratePerSecond: number;
  /** Number of the first event, so that two streams of untimed ids do not overlap. @default 0 */
  readonly firstNumber?: number;
}

/** A bench event: ten dimension fields, four usage fields, and a session that fills it up to 480 bytes. */
export type BenchEvent = Readonly<Record<string, unknown>> & { readonly id: string; readonly time: string };

/** Bytes of a bench event as JSON. */
export const BENCH_EVENT_BYTES = 480;

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano'];
const LEAVES_PER_APP = 2 * MODELS.length;

/**
 * Generates the events that every benchmark sends: 480 bytes of JSON each, 14 usage or dimension fields, priced by the
 * catalog. Equal arguments give equal events; the leaves take turns, so any `leaves` events in a row meet all of them.
 *
 * @param count - events, a whole number from 0
 * @throws RangeError when `leaves` is not a multiple of 10 from 10
 */
export function* events(count: number, options: BenchEventOptions): Iterable<BenchEvent> {
  const { leaves, timed, startMs, ratePerSecond, firstNumber = 0 } = options;
  if (leaves < LEAVES_PER_APP || leaves % LEAVES_PER_APP !== 0) {
    throw new RangeError(`leaves must be a multiple of ${LEAVES_PER_APP}, got ${leaves}`);
  }
  const random = createRandom(`bench/${startMs}/${firstNumber}`);
  for (let number = firstNumber; number < firstNumber + count; number++) {
    const timeMs = startMs + Math.floor(((number - firstNumber) * 1000) / ratePerSecond);
    const id = timed ? createTimedId(timeMs, random.below) : `call-${number}`;
    const inputTokens = 200 + random.below(4_000);
    const outputTokens = 20 + random.below(800);
    yield padSession({
      id,
      time: new Date(timeMs).toISOString(),
      ...describeLeaf(number % leaves),
      usage: {
        input_tokens: inputTokens,
        cache_read_tokens: random.below(inputTokens),
        output_tokens: outputTokens,
        reasoning_tokens: random.below(outputTokens),
      },
      status: 'ok',
      session: '',
    });
  }
}

function describeLeaf(leaf: number): Readonly<Record<string, string>> {
  const app = Math.floor(leaf / LEAVES_PER_APP);
  return {
    app: `service-${app}`,
    environment: leaf % 2 === 0 ? 'prod' : 'dev',
    team: `team-${app % 6}`,
    feature: 'answer',
    provider: 'openai',
    model: MODELS[Math.floor((leaf % LEAVES_PER_APP) / 2)] ?? '',
    operation: 'chat',
    service_tier: 'default',
    region: 'global',
    billing_account: 'org-main',
  };
}

// Everything in an event is ASCII, so its characters are its bytes.
function padSession(event: BenchEvent): BenchEvent {
  const missing = BENCH_EVENT_BYTES - JSON.stringify(event).length;
  return { ...event, session: 's-'.padEnd(missing, '0') };
}
