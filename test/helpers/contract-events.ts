/** An event of the contract as JSON that tests may bend in any way. */
export type EventJson = Record<string, unknown>;

/** The smallest event the contract accepts. */
export function smallEvent(fields: EventJson = {}): EventJson {
  return { id: 'call-1', time: '2026-11-21T09:30:00Z', model: 'gpt-4o-mini', usage: { input_tokens: 10 }, ...fields };
}

/** An event with every field of contract v1, none at its default. */
export function fullEvent(): EventJson {
  return {
    id: '0199f3c2-6d2b-7abc-8def-0123456789ab',
    time: '2026-11-21T09:30:00.123Z',
    tenant: 'acme',
    app: 'support-bot',
    environment: 'prod',
    team: 'cx',
    feature: 'triage',
    user: 'u-42',
    session: 's-9',
    tags: { cost_center: '4711', stream: '1' },
    provider: 'openai',
    model: 'gpt-4o-mini-2024-07-18',
    operation: 'chat',
    service_tier: 'default',
    region: 'eu',
    billing_account: 'org-main',
    usage: {
      // Cache 800 + 10 + 20 + 30, audio outside the cache 100, images 80: 1,040 of 1,200.
      input_tokens: 1200,
      cache_read_tokens: 800,
      cache_write_tokens: 10,
      cache_write_5m_tokens: 20,
      cache_write_1h_tokens: 30,
      // Reasoning 120 + audio 50 + images 60: 230 of 350.
      output_tokens: 350,
      reasoning_tokens: 120,
      input_audio_tokens: 100,
      cache_audio_read_tokens: 40,
      output_audio_tokens: 50,
      input_image_tokens: 80,
      output_image_tokens: 60,
      input_characters: 5000,
      output_characters: 1400,
      audio_seconds: 12.5,
      images: 2,
      web_searches: 3,
      pages: 4,
      training_tokens: 9000,
      requests: 1,
    },
    input_parts: { system: 300, tools: 200, history: 400, retrieved: 50, memory: 30, user: 120, tool_results: 100 },
    route: { complexity: 'simple', confidence: 0.9, fallback_of: 'gpt-4o', attempt: 2 },
    latency_ms: 840,
    ttft_ms: 210,
    status: 'error',
    error: 'rate_limited',
    response_cache_hit: true,
    quality: 0.95,
    quota_used_ratio: 0.4,
    reported_cost_usd: '0.00012345',
    deployment: 'ptu-1',
    emitter: { id: 'pod-7', seq: 118, version: 'ts/1.0.0' },
  };
}
