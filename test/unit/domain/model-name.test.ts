import { describe, expect, it } from 'vitest';
import { isMatch, routedNames, soleVendor, toProviderId } from '../../../lib/domain/prices/model-name.ts';

describe('a match clause', () => {
  it.each([
    ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
    ['claude-sonnet-4-5', 'claude-sonnet-4-5@20250929'],
    ['claude-3-5-sonnet', 'claude-3-5-sonnet-v2@20241022'],
    ['claude-sonnet-4-2025', 'claude-sonnet-4-20250514'],
    ['gemini-2.5-pro', 'gemini-2.5-pro-preview-05-06'],
    ['gemini-2.0-flash-0', 'gemini-2.0-flash-001'],
    ['gpt-5-nano-', 'gpt-5-nano-2025-08-07'],
  ])('that begins with %s takes in %s', (text, name) => {
    expect(isMatch({ starts_with: text }, name)).toBe(text.length);
  });

  it.each([
    ['claude-sonnet-4-5', 'claude-sonnet-4-50'],
    ['claude-sonnet-5', 'claude-sonnet-5-5'],
    ['gemini-1.5-flash', 'gemini-1.5-flash-8b'],
    ['gemini-3.6-flash', 'gemini-3.6-flash-lite'],
    ['o4-mini', 'o4-mini-deep-research'],
    ['command-light', 'command-light-nightly'],
  ])('that begins with %s leaves out %s', (text, name) => {
    expect(isMatch({ starts_with: text }, name)).toBe(0);
  });

  it('that contains a text finds it only at a separator', () => {
    const clause = { contains: 'amazon.nova-lite' };
    expect(isMatch(clause, 'arn:aws:bedrock:us-east-1:1:inference-profile/us.amazon.nova-lite-v1:0')).toBeGreaterThan(
      0,
    );
    expect(isMatch(clause, 'notamazon.nova-lite-v1:0')).toBe(0);
  });

  it('of several parts prefers the longest text', () => {
    expect(isMatch({ or: [{ starts_with: 'a-b' }, { equals: 'a-b-2024-01-01' }] }, 'a-b-2024-01-01')).toBe(14);
    expect(isMatch({ and: [{ starts_with: 'a-b' }, { regex: '^(?!.*-tts)' }] }, 'a-b-tts')).toBe(0);
  });

  it('that is a pattern must end where a name may end', () => {
    const clause = { regex: '^gemini-3\\.5-flash-\\d' };
    expect(isMatch(clause, 'gemini-3.5-flash-001')).toBeGreaterThan(0);
    expect(isMatch(clause, 'gemini-3.5-flash-8b')).toBe(0);
  });
});

describe('route prefixes', () => {
  const names = (model: string, provider: string | null): string[] =>
    routedNames(model, provider).map(({ name }) => name);

  it('come off one after the other', () => {
    expect(names('Azure/GPT-4o', null)).toEqual(['azure/gpt-4o', 'gpt-4o']);
    expect(names('publishers/google/models/gemini-2.5-pro', 'google').at(-1)).toBe('gemini-2.5-pro');
    expect(names('bedrock/converse/us.amazon.nova-lite-v1:0', 'aws').at(-1)).toBe('us.amazon.nova-lite-v1:0');
  });

  it('name the provider when none was sent', () => {
    expect(routedNames('azure/gpt-4o', null).at(-1)?.provider).toBe('azure');
    expect(routedNames('azure/gpt-4o', 'openai').at(-1)?.provider).toBe('openai');
    expect(routedNames('xai/grok-4', null).at(-1)).toEqual({ name: 'grok-4', provider: 'x-ai', region: null });
    expect(routedNames('deepseek/deepseek-chat', null).at(-1)?.provider).toBeNull();
  });

  it('of vendors stay on at OpenRouter, where they are part of the name', () => {
    expect(names('openrouter/openai/gpt-4o', 'openrouter')).toEqual(['openrouter/openai/gpt-4o', 'openai/gpt-4o']);
  });

  it('that nobody knows stay on', () => {
    expect(names('our-team/gpt-4o', null)).toEqual(['our-team/gpt-4o']);
  });
});

describe('a missing provider', () => {
  it.each([
    ['gpt-4o-mini', 'openai'],
    ['o3', 'openai'],
    ['claude-opus-4-6', 'anthropic'],
    ['gemini-2.5-pro', 'google'],
  ])('of %s is %s', (name, vendor) => expect(soleVendor(name)).toBe(vendor));

  it.each(['gpt-oss-120b', 'mistral-7b', 'llama-3-8b', 'deepseek-chat', 'gemma-3-27b-it', 'o30', 'phi-3'])(
    'of %s is not guessed',
    (name) => expect(soleVendor(name)).toBeNull(),
  );
});

describe('provider names', () => {
  it.each([
    ['azure.ai.openai', 'azure'],
    ['aws.bedrock', 'aws'],
    ['gcp.vertex_ai', 'google'],
    ['mistral_ai', 'mistral'],
    ['xai', 'x-ai'],
    [' OpenAI ', 'openai'],
    ['self-hosted', 'self-hosted'],
  ])('%s means %s', (sent, id) => expect(toProviderId(sent)).toBe(id));

  it.each([null, undefined, '', ' '])('%j is none', (sent) => expect(toProviderId(sent)).toBeNull());
});
