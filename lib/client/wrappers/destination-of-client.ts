/**
 * Addresses that name a region with a price of its own, which is the group that matched. On Bedrock the model's name tells
 * whether a call is bound to a region, and at Azure nothing does.
 *
 * @see https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
 * @see https://developers.openai.com/api/docs/guides/your-data
 */
const REGIONAL_HOSTS: ReadonlyArray<readonly [pattern: RegExp, provider: string]> = [
  [/^(?:([a-z]+-[a-z]+\d+)-)?aiplatform\.(?:([a-z]+)\.rep\.)?googleapis\.com$/, 'google'],
  [/^(?:([a-z]{2})\.)?api\.openai\.com$/, 'openai'],
  [/^bedrock-mantle\.[a-z\d-]+\.api\.aws$/, 'aws'],
];

/** Ends of host names by the provider's id in the catalog. */
const PROVIDERS_BY_HOST: ReadonlyArray<readonly [host: string, provider: string]> = [
  ['api.openai.com', 'openai'],
  ['openai.azure.com', 'azure'],
  ['cognitiveservices.azure.com', 'azure'],
  ['services.ai.azure.com', 'azure'],
  ['api.anthropic.com', 'anthropic'],
  ['amazonaws.com', 'aws'],
  ['openrouter.ai', 'openrouter'],
  ['generativelanguage.googleapis.com', 'google'],
  ['api.mistral.ai', 'mistral'],
  ['api.groq.com', 'groq'],
  ['api.deepseek.com', 'deepseek'],
  ['api.x.ai', 'x-ai'],
  ['api.perplexity.ai', 'perplexity'],
  ['api.moonshot.ai', 'moonshotai'],
  ['api.moonshot.cn', 'moonshotai'],
  ['api.together.xyz', 'together'],
  ['api.together.ai', 'together'],
  ['api.fireworks.ai', 'fireworks'],
  ['api.cerebras.ai', 'cerebras'],
];

/** Whom a client sends its calls to. */
export interface Destination {
  /** The provider's id in the catalog; null for an own gateway or anybody else, of whom the answer has to tell. */
  readonly provider: string | null;
  /** The region that the address binds the calls to, where that decides their price and the answer does not say it. */
  readonly region: string | null;
}

/** Reads it from a client's shape and address (its `baseURL`). */
export function destinationOfClient(client: object): Destination {
  // Azure's client has a version of its interface, and may be sent through a gateway.
  if ('apiVersion' in client && 'deploymentName' in client) return { provider: 'azure', region: null };
  const url = 'baseURL' in client ? client.baseURL : undefined;
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : '';
  for (const [pattern, provider] of REGIONAL_HOSTS) {
    const found = pattern.exec(host);
    if (found !== null) return { provider, region: found.slice(1).find((it) => it !== undefined) ?? null };
  }
  const provider = PROVIDERS_BY_HOST.find(([end]) => host === end || host.endsWith(`.${end}`))?.[1] ?? null;
  return { provider, region: null };
}
