import { expect, it } from 'vitest';
import type { UsageEventMessage } from '../../../../lib/client/responses/to-usage-event.ts';
import { destinationOfClient } from '../../../../lib/client/wrappers/destination-of-client.ts';
import { observeAnthropic } from '../../../../lib/client/wrappers/observe-anthropic.ts';

it.each([
  ['https://api.openai.com/v1', 'openai', null],
  ['https://eu.api.openai.com/v1', 'openai', 'eu'],
  ['https://api.anthropic.com', 'anthropic', null],
  ['https://our-place.openai.azure.com/openai', 'azure', null],
  ['https://our-place.services.ai.azure.com/anthropic/', 'azure', null],
  ['https://bedrock-runtime.eu-central-1.amazonaws.com', 'aws', null],
  ['https://bedrock-mantle.us-east-1.api.aws/v1', 'aws', null],
  ['https://aiplatform.googleapis.com/v1', 'google', null],
  ['https://us-east5-aiplatform.googleapis.com/v1', 'google', 'us-east5'],
  ['https://aiplatform.eu.rep.googleapis.com/v1', 'google', 'eu'],
  ['https://generativelanguage.googleapis.com/v1beta/openai/', 'google', null],
  // Neither a company's own gateway nor a name that only ends alike is the provider.
  ['https://gateway.example.com/openai', null, null],
  ['https://notapi.openai.com.example.com/v1', null, null],
  ['https://evilaiplatform.googleapis.com/v1', null, null],
  ['not a URL', null, null],
])('%s is %s, region %s', (baseURL, provider, region) => {
  expect(destinationOfClient({ baseURL })).toEqual({ provider, region });
});

it('a region that the address names is reported, since it may cost more; that of the context wins', async () => {
  const body = {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5@20250929',
    content: [],
    usage: { input_tokens: 100, output_tokens: 40 },
  };
  const events: UsageEventMessage[] = [];
  const sink = { emit: (event: UsageEventMessage) => events.push(event) > 0 };
  for (const context of [{}, { region: 'europe-west1' }]) {
    const client = {
      baseURL: 'https://us-east5-aiplatform.googleapis.com/v1',
      messages: { create: async () => body },
    };
    await observeAnthropic(client, sink, context).messages.create();
  }
  expect(events.map(({ provider, region }) => [provider, region])).toEqual([
    ['google', 'us-east5'],
    ['google', 'europe-west1'],
  ]);
});
