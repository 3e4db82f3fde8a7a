import type { UsageEvent } from '../domain/events/usage-event.ts';
import { COST_CENTERS } from './company.ts';
import { createRandom, type Random } from './random.ts';
import type { Burst } from './schedule.ts';
import { createTimedId } from './timed-id.ts';

/** A usage event of contract v1 as a sender writes it: `time` is RFC 3339 text in UTC. */
export type SampleEvent = Readonly<Omit<UsageEvent, 'timeMs'>> & { readonly time: string };

const MINUTE_MS = 60_000;
const USERS = 400;
const TOO_MANY_REQUESTS_RATIO = 0.013;
const SERVER_ERROR_RATIO = 0.006;
const ABORTED_RATIO = 0.004;
const CACHEABLE_INPUT_TOKENS = 1_024;
const CACHE_STEP_TOKENS = 128;

/** Writes the calls of one burst, ordered by time; everything in them follows from the burst alone. */
export function writeBurst(burst: Burst): readonly SampleEvent[] {
  const random = createRandom(burst.key);
  const session = `s-${random.below(2 ** 32).toString(36)}`;
  const user = `u-${random.below(USERS)}`;
  const timesMs = Array.from({ length: burst.calls }, () => burst.minuteMs + random.below(MINUTE_MS));
  return timesMs.sort((a, b) => a - b).map((timeMs, turn) => writeCall(burst, timeMs, turn, session, user, random));
}

function writeCall(
  burst: Burst,
  timeMs: number,
  turn: number,
  session: string,
  user: string,
  random: Random,
): SampleEvent {
  const { workload } = burst;
  const costCenter = COST_CENTERS[workload.team];
  const talks = workload.traffic.operation === 'chat';
  return {
    id: createTimedId(timeMs, random.below),
    time: new Date(timeMs).toISOString(),
    app: workload.app,
    environment: workload.environment,
    team: workload.team,
    feature: workload.feature,
    ...(talks ? { session, user } : {}),
    ...(costCenter === undefined ? {} : { tags: { cost_center: costCenter } }),
    ...(workload.model.provider === undefined ? {} : { provider: workload.model.provider }),
    model: workload.model.name,
    operation: workload.traffic.operation,
    billing_account: workload.environment === 'prod' ? 'org-main' : 'org-lab',
    ...reportOutcome(burst, turn, random),
  };
}

type Outcome = Pick<
  SampleEvent,
  | 'usage'
  | 'status'
  | 'error'
  | 'input_parts'
  | 'latency_ms'
  | 'ttft_ms'
  | 'response_cache_hit'
  | 'quality'
  | 'quota_used_ratio'
>;

/** Draws how the call went. What fails before the model starts has used nothing; what is aborted stops half way. */
function reportOutcome(burst: Burst, turn: number, random: Random): Outcome {
  const { traffic } = burst.workload;
  const luck = random.next();
  if (luck < TOO_MANY_REQUESTS_RATIO) return refuse('rate_limited', random.logNormal(60, 0.4));
  if (luck < TOO_MANY_REQUESTS_RATIO + SERVER_ERROR_RATIO) return refuse('overloaded', random.logNormal(900, 0.8));
  if (random.next() < (traffic.responseCacheShare ?? 0)) {
    const usage = drawUsage(burst, turn, 1, random);
    return { usage, status: 'ok', latency_ms: Math.round(random.logNormal(12, 0.4)), response_cache_hit: true };
  }
  const aborted = luck < TOO_MANY_REQUESTS_RATIO + SERVER_ERROR_RATIO + ABORTED_RATIO;
  const usage = drawUsage(burst, turn, aborted ? 0.3 : 1, random);
  const quality =
    traffic.quality === undefined || random.next() > 0.3 ? undefined : drawQuality(traffic.quality, random);
  return {
    usage,
    status: aborted ? 'aborted' : 'ok',
    ...splitInput(burst, usage.input_tokens ?? 0),
    ...drawLatency(usage.input_tokens ?? 0, usage.output_tokens ?? 0, random),
    ...(quality === undefined || aborted ? {} : { quality }),
    ...(turn === 0
      ? { quota_used_ratio: toHundredths(Math.min(1, random.logNormal(burst.runaway ? 0.9 : 0.3, 0.4))) }
      : {}),
  };
}

function refuse(error: string, latencyMs: number): Outcome {
  return { usage: { input_tokens: 0, output_tokens: 0 }, status: 'error', error, latency_ms: Math.round(latencyMs) };
}

function drawUsage(burst: Burst, turn: number, outputPart: number, random: Random): SampleEvent['usage'] {
  const { model, traffic } = burst.workload;
  const inputTokens = drawTokens(traffic.inputTokens, model.inputTokensLimit, random);
  if (traffic.operation === 'embeddings') return { input_tokens: inputTokens };
  const wantedOutputTokens = drawTokens(traffic.outputTokens, model.outputTokensLimit, random);
  const outputTokens = Math.max(1, Math.round(wantedOutputTokens * outputPart));
  // Gemini 2.5 thinks before it answers and bills the thoughts as output.
  const thinks = model.provider === 'google';
  return {
    input_tokens: inputTokens,
    ...drawCache(burst, turn, inputTokens, random),
    output_tokens: outputTokens,
    ...(thinks ? { reasoning_tokens: Math.floor(outputTokens * random.next() * 0.5) } : {}),
  };
}

function drawTokens([median, sigma]: readonly [number, number], limit: number, random: Random): number {
  return Math.min(limit, Math.max(1, Math.round(random.logNormal(median, sigma))));
}

/**
 * Prompt caches serve prompts of 1,024 tokens and more, in steps of 128 (OpenAI's published rule, used for all). The
 * first call of a session finds only what other sessions left; a runaway loop changes its prompt and finds nothing.
 */
function drawCache(burst: Burst, turn: number, inputTokens: number, random: Random): SampleEvent['usage'] {
  const { model, traffic } = burst.workload;
  if (model.cache === 'none' || traffic.cachedShare === 0 || burst.runaway) return {};
  if (inputTokens < CACHEABLE_INPUT_TOKENS) return {};
  const reach = traffic.cachedShare * (turn === 0 ? 0.3 : 1) * (0.9 + 0.1 * random.next());
  const readTokens = Math.floor((inputTokens * reach) / CACHE_STEP_TOKENS) * CACHE_STEP_TOKENS;
  if (model.cache === 'read') return { cache_read_tokens: readTokens };
  const newShare = turn === 0 ? traffic.cachedShare * 0.6 : 0.05;
  const writeTokens = Math.floor((inputTokens * newShare) / CACHE_STEP_TOKENS) * CACHE_STEP_TOKENS;
  return { cache_read_tokens: readTokens, cache_write_5m_tokens: Math.min(writeTokens, inputTokens - readTokens) };
}

function splitInput(burst: Burst, inputTokens: number): Pick<SampleEvent, 'input_parts'> {
  const { parts } = burst.workload.traffic;
  if (parts === undefined) return {};
  const counts = Object.entries(parts).map(([part, share]) => [part, Math.floor(inputTokens * share)] as const);
  return { input_parts: Object.fromEntries(counts) };
}

/** About 8,000 tokens a second in and 70 out, the order of magnitude of hosted models; assumed. */
function drawLatency(
  inputTokens: number,
  outputTokens: number,
  random: Random,
): { latency_ms: number; ttft_ms?: number } {
  const firstMs = Math.round(random.logNormal(180 + inputTokens / 8, 0.35));
  if (outputTokens === 0) return { latency_ms: firstMs };
  return { ttft_ms: firstMs, latency_ms: firstMs + Math.round(outputTokens * random.logNormal(1000 / 70, 0.3)) };
}

function drawQuality(median: number, random: Random): number {
  return toHundredths(Math.min(1, random.logNormal(median, 0.08)));
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
