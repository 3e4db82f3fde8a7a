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
  ['aiplatform.googleapis.com', 'google'],
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

/** Whose address a client (its `baseURL`) sends to; null for an own gateway, a proxy or anybody else, of whom the answer has to tell. */
export function providerOfClient(client: object): string | null {
  // Azure's client has a version of its interface, and may be sent through a gateway.
  if ('apiVersion' in client && 'deploymentName' in client) return 'azure';
  const url = 'baseURL' in client ? client.baseURL : undefined;
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : '';
  return PROVIDERS_BY_HOST.find(([end]) => host === end || host.endsWith(`.${end}`))?.[1] ?? null;
}
