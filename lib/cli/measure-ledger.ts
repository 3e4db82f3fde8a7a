import { type ApiClient, ApiProblemError } from '../client/api-client.ts';
import { createEmitter } from '../client/emitter/emitter.ts';
import { httpTransport } from '../client/emitter/http-transport.ts';
import type { UsageEventMessage } from '../client/responses/to-usage-event.ts';
import { TENANT_HEADER } from '../contracts/request-headers.ts';
import { textAt } from './answer-fields.ts';
import type { CliIo } from './io.ts';
import type { TargetMeasurement } from './measure-run.ts';

/** How long the end of a run waits for the ledger. */
const DELIVERY_TIMEOUT_MS = 15_000;

/** What became of the events of a run. */
export interface RecordedEvents {
  readonly sent: number;
  /** Refused by the ledger or not fit for it, by reason. */
  readonly refused: number;
  readonly refusedByReason: Readonly<Record<string, number>>;
  /** Not taken by the ledger in time. */
  readonly undelivered: number;
}

/** Hands events of calls to a ledger while the run goes on. */
export interface CallRecorder {
  record(event: UsageEventMessage): void;
  /** Waits for the ledger's answers. */
  end(): Promise<RecordedEvents>;
}

/** @param tenant - the tenant to act in, for a key of the organisation; undefined = the key's own */
export function recordCalls(api: ApiClient, env: CliIo['env'], tenant: string | undefined): CallRecorder {
  const acting: typeof fetch = (url, init) => {
    const headers = new Headers(init?.headers);
    if (tenant !== undefined) headers.set(TENANT_HEADER, tenant);
    return fetch(url, { ...init, headers });
  };
  const transport = httpTransport({ url: api.url, key: env['TOKENLEDGER_KEY'] ?? '', fetch: acting });
  const emitter = createEmitter({ transport, name: 'measure', flushOnExit: false });
  return {
    record: (event) => void emitter.emit(event),
    end: async () => {
      await emitter.close({ timeoutMs: DELIVERY_TIMEOUT_MS });
      const { sent, refused, invalid, dropped, failed, pending, refusedByReason } = emitter.counters();
      return { sent, refused: refused + invalid, refusedByReason, undelivered: dropped + failed + pending };
    },
  };
}

/** A measured throughput as it was stored, or why it was not. */
export type SavedRow =
  | { readonly target: string; readonly id: string }
  | { readonly target: string; readonly reason: string };

/**
 * Stores the best throughput of each target as a row of the tenant's own, from which capacity is sized then.
 * @throws {@link LedgerUnreachableError} when the ledger cannot be reached; what it refuses is told by target
 */
export async function saveRows(
  api: Pick<ApiClient, 'ask'>,
  measured: readonly TargetMeasurement[],
  nowMs: number,
): Promise<readonly SavedRow[]> {
  const saved: SavedRow[] = [];
  for (const [{ name: target }, modes] of Map.groupBy(measured, (it) => it.target)) {
    const [best] = modes.toSorted((a, b) => readBestSpeed(b) - readBestSpeed(a));
    if (best === undefined) continue;
    const row = describeRow(best, nowMs);
    if (typeof row.reason === 'string') saved.push({ target, reason: row.reason });
    else saved.push({ target, ...(await saveRow(api, row)) });
  }
  return saved;
}

function readBestSpeed({ best }: TargetMeasurement): number {
  return best?.throughput.outputTokensPerS ?? 0;
}

async function saveRow(
  api: Pick<ApiClient, 'ask'>,
  row: object,
): Promise<{ readonly id: string } | { readonly reason: string }> {
  try {
    const answer = await api.ask('POST', '/v1/reference-rows', { body: { kind: 'throughput', row } });
    return { id: textAt(answer, 'id') };
  } catch (error) {
    if (!(error instanceof ApiProblemError)) throw error;
    return { reason: error.issues.length > 0 ? error.issues.join('; ') : error.message };
  }
}

function describeRow(
  measured: TargetMeasurement,
  nowMs: number,
): { readonly reason: string } | (Record<string, unknown> & { readonly reason?: never }) {
  const { target, sweep, levels, best } = measured;
  const { gpu, gpuCount, precision, engine, paramsB } = target;
  if (gpu === null || gpuCount === null)
    return { reason: 'the machine is not known: name it by --gpu and --gpu-count' };
  const level = sweep.levels.find(({ concurrency }) => concurrency === best?.concurrency);
  if (best === undefined || level === undefined) return { reason: 'too few calls went well' };
  const tokens = level.calls.flatMap((call) => call.tokens ?? []);
  if (tokens.some(({ source }) => source === 'estimated')) {
    return { reason: 'the endpoint does not tell how many tokens it read and wrote' };
  }
  const mean = (counts: readonly number[]): number =>
    Math.round(counts.reduce((sum, it) => sum + it, 0) / counts.length);
  const isStillRising = best.concurrency > 1 && best.concurrency === levels.at(-1)?.concurrency;
  const rising = isStillRising ? '; the most that was tried, it may do more' : '';
  const day = new Date(nowMs).toISOString().slice(0, 10);
  return {
    kind: best.concurrency > 1 ? 'concurrency-sweep' : 'single-stream',
    model: target.model,
    ...{ params_b: paramsB, gpu, gpu_count: gpuCount, precision, engine },
    concurrency: best.concurrency,
    input_tokens: mean(tokens.map(({ inputTokens }) => inputTokens)),
    output_tokens: mean(tokens.map(({ outputTokens }) => outputTokens)),
    input_tokens_per_s: toHundredths(best.throughput.inputTokensPerS),
    output_tokens_per_s: toHundredths(best.throughput.outputTokensPerS),
    source: `measured by tokenledger measure at ${new URL(target.url).host}`.slice(0, 150),
    as_of: day,
    note: `measured calls: ${best.ok}, at once: ${best.concurrency}${rising}`,
  };
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
