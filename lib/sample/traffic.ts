/** How calls of one kind look: sizes, rhythm and what they report. Sizes are log-normal: median, then sigma. */
export interface Traffic {
  readonly operation: 'chat' | 'embeddings';
  readonly inputTokens: readonly [median: number, sigma: number];
  readonly outputTokens: readonly [median: number, sigma: number];
  /** Part of the prompt that the calls of a session share, and that a prompt cache can serve. */
  readonly cachedShare: number;
  /** Calls of one session, which all fall into one minute. */
  readonly callsPerSession: number;
  /** Which curve of {@link HOUR_WEIGHTS} its calls follow. */
  readonly hours: keyof typeof HOUR_WEIGHTS;
  /** Parts of the prompt as shares of the input tokens; none where the service does not report them. */
  readonly parts?: Readonly<
    Partial<Record<'system' | 'tools' | 'history' | 'retrieved' | 'user' | 'tool_results', number>>
  >;
  /** Median of the graded quality; absent where nobody grades the answers. */
  readonly quality?: number;
  /** Part of the calls that the service answers from its own response cache. */
  readonly responseCacheShare?: number;
}

/**
 * Token lengths by kind: the median of a published trace, and the sigma at which a log-normal has the trace's mean too.
 * `chat` and `code` are the Azure LLM inference trace of 2023 (Patel et al., Splitwise, ISCA 2024): conversations 1,155
 * tokens in and 211 out on average, medians 1,020 and 129; code 2,048 in and 28 out, medians 1,469 and 13. `agent` is
 * the trace of real coding-agent calls in callanjfox/kv-cache-tester: 106,968 in and 427 out, medians 95,872 and 219,
 * 97 % of the prompt sent before (an upper bound, so the sample takes 92 %). The other kinds have no published trace:
 * their sizes are assumptions, see docs/sample.md.
 */
export const TRAFFIC = {
  chat: {
    operation: 'chat',
    inputTokens: [1_020, 0.498],
    outputTokens: [129, 0.992],
    cachedShare: 0.35,
    callsPerSession: 6,
    hours: 'consumer',
    parts: { system: 0.3, history: 0.45, user: 0.2 },
    quality: 0.86,
    responseCacheShare: 0.03,
  },
  code: {
    operation: 'chat',
    inputTokens: [1_469, 0.815],
    outputTokens: [13, 1.236],
    cachedShare: 0,
    callsPerSession: 10,
    hours: 'office',
  },
  agent: {
    operation: 'chat',
    inputTokens: [95_872, 0.468],
    outputTokens: [219, 1.156],
    cachedShare: 0.92,
    callsPerSession: 8,
    hours: 'office',
    parts: { system: 0.04, tools: 0.12, history: 0.5, tool_results: 0.3, user: 0.02 },
  },
  rag: {
    operation: 'chat',
    inputTokens: [4_200, 0.5],
    outputTokens: [260, 0.7],
    cachedShare: 0.25,
    callsPerSession: 4,
    hours: 'office',
    parts: { system: 0.12, retrieved: 0.75, user: 0.08 },
    quality: 0.81,
    responseCacheShare: 0.05,
  },
  classify: {
    operation: 'chat',
    inputTokens: [480, 0.6],
    outputTokens: [9, 0.4],
    cachedShare: 0,
    callsPerSession: 10,
    hours: 'consumer',
  },
  extract: {
    operation: 'chat',
    inputTokens: [9_000, 0.7],
    outputTokens: [900, 0.6],
    cachedShare: 0.1,
    callsPerSession: 8,
    hours: 'flat',
  },
  longDocument: {
    operation: 'chat',
    inputTokens: [58_000, 0.3],
    outputTokens: [4_200, 0.3],
    cachedShare: 0.06,
    callsPerSession: 9,
    hours: 'flat',
    quality: 0.9,
  },
  report: {
    operation: 'chat',
    inputTokens: [80_000, 0.4],
    outputTokens: [8_000, 0.4],
    cachedShare: 0.2,
    callsPerSession: 5,
    hours: 'office',
    quality: 0.84,
  },
  embed: {
    operation: 'embeddings',
    inputTokens: [24_000, 0.9],
    outputTokens: [0, 0],
    cachedShare: 0,
    callsPerSession: 10,
    hours: 'flat',
  },
} as const satisfies Record<string, Traffic>;

/**
 * Calls by UTC hour, weekdays; any scale. One broad daytime hump, as production traces have it: over a day the five
 * models of the Bailian traces (Xiang et al., ServeGen, 2025) peak at 1.4 to 4.9 times their quietest hour, which
 * `consumer` (5 times) takes the upper end of. `office` is steeper by assumption: one company's working hours.
 */
export const HOUR_WEIGHTS = {
  office: [1, 1, 1, 1, 1, 2, 5, 14, 26, 32, 34, 30, 22, 28, 33, 32, 28, 18, 9, 5, 3, 2, 2, 1],
  consumer: [10, 8, 7, 6, 6, 7, 9, 13, 17, 20, 22, 23, 22, 21, 21, 22, 23, 25, 28, 30, 28, 23, 17, 13],
  flat: [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
} as const;

/** Calls of a Saturday or Sunday as a part of a weekday's, by curve. */
export const WEEKEND_RATIOS = { office: 0.15, consumer: 0.9, flat: 1 } as const;
