import { expect, it } from 'vitest';
import { makeTimedId } from '../../../../lib/client/responses/response-event-id.ts';
import type { UsageEventMessage } from '../../../../lib/client/responses/to-usage-event.ts';
import { observeAnthropic } from '../../../../lib/client/wrappers/observe-anthropic.ts';

const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [],
  usage: { input_tokens: 100, output_tokens: 40 },
};
const DATE_MS = Date.parse('2026-11-21T09:30:00Z');

type Props = { readonly response: { readonly headers: unknown } };

/**
 * The promise of openai 4 and of @anthropic-ai/sdk until 0.39, as far as its shape goes: it parses by a function of one
 * argument, where later ones are handed the client before it.
 *
 * @see https://github.com/openai/openai-node/blob/v4.104.0/src/core.ts
 */
class OlderPromise<T> extends Promise<T> {
  responsePromise: Promise<Props>;
  parseResponse: (props: Props) => Promise<T>;
  constructor(responsePromise: Promise<Props>, parseResponse: (props: Props) => Promise<T>) {
    super((resolve) => resolve(null as T));
    this.responsePromise = responsePromise;
    this.parseResponse = parseResponse;
  }
  // biome-ignore lint/suspicious/noThenProperty: the SDKs' promise has one, which is what parses
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((cause: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.responsePromise.then(this.parseResponse).then(done, failed);
  }
}

/** Headers of node-fetch, which those SDKs bring along: like the platform's, and not one of them. */
class OtherHeaders {
  *entries() {
    yield ['date', 'Sat, 21 Nov 2026 09:30:00 GMT'] as const;
  }
}

it.each([
  ['messages', (create: unknown) => ({ messages: { create } })],
  ['beta.promptCaching.messages', (create: unknown) => ({ beta: { promptCaching: { messages: { create } } } })],
])('%s of an older SDK is reported with the id that every reporter makes', async (_, makeClient) => {
  const events: UsageEventMessage[] = [];
  const create = () =>
    new OlderPromise(Promise.resolve({ response: { headers: new OtherHeaders() } }), async () => MESSAGE);
  const client = makeClient(create) as { messages?: { create: typeof create } };
  observeAnthropic(client, { emit: (event) => events.push(event) > 0 }, { provider: 'anthropic' });
  const find = (holder: object): typeof create => {
    const [value] = Object.values(holder);
    return typeof value === 'object' ? find(value) : holder['create' as keyof typeof holder];
  };
  expect(await find(client)()).toBe(MESSAGE);
  expect(events).toMatchObject([
    { id: makeTimedId(DATE_MS, 'anthropic', 'msg_01'), usage: { input_tokens: 100, output_tokens: 40 } },
  ]);
});
