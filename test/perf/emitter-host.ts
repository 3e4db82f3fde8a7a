import { setTimeout as sleep } from 'node:timers/promises';
import { createEmitter, type Emitter, type EmitterCounters, httpTransport } from '../../lib/client/index.ts';
import type { UsageEventMessage } from '../../lib/client/responses/to-usage-event.ts';
import { events } from './bench-events.ts';

/** What a host's loop cost and did. */
export interface HostReport {
  /** User and system time of all threads of the process, from the first call to the end of the last flush. */
  readonly cpuMicros: number;
  readonly wallMs: number;
  readonly calls: number;
  /** Most bytes resident at any time. */
  readonly peakBytes: number;
  /** Null for the loop without an emitter. */
  readonly counters: EmitterCounters | null;
}

const TICK_MS = 10;
const WARM_UP_SECONDS = 3;
const MAX_FLUSHES = 120;
const [url = '', rate = '', seconds = ''] = process.argv.slice(2);
const ratePerSecond = Number(rate);
const list = [...events(20_000, { leaves: 20, timed: true, startMs: Date.now() - 60_000, ratePerSecond })];

// A service that makes calls at an even pace: with an emitter where there is somebody to send to, else without.
const emitter = url === '' ? undefined : createEmitter({ transport: httpTransport({ url, key: 'bench' }) });
// A service runs for days with its code compiled; the compiler's own work is not what is measured.
await runLoop(emitter, WARM_UP_SECONDS);
process.send?.('warm');
process.send?.(await runLoop(emitter, Number(seconds)));
process.disconnect();

async function runLoop(target: Emitter | undefined, lengthSeconds: number): Promise<HostReport> {
  const total = ratePerSecond * lengthSeconds;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  let calls = 0;
  let tokens = 0;
  while (calls < total) {
    const due = Math.min(total, ((performance.now() - started) / 1000) * ratePerSecond);
    for (; calls < due; calls++) {
      const event = list[calls % list.length] as unknown as UsageEventMessage;
      tokens += event.usage.input_tokens ?? 0;
      target?.emit(event);
    }
    await sleep(TICK_MS);
  }
  const wallMs = performance.now() - started;
  for (let flushes = 0; target !== undefined && flushes < MAX_FLUSHES; flushes++) {
    if ((await target.flush()).complete) break;
    await sleep(500);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  if (tokens === 0) throw new Error('the loop made no calls');
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { cpuMicros: user + system, wallMs, calls, peakBytes, counters: target?.counters() ?? null };
}
