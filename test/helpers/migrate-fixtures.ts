import { bundledReference } from '../../lib/catalog/reference.ts';
import { listWindowTokens } from '../../lib/domain/break-even/compare-targets.ts';
import { assessMigration, type MigrationAssessment } from '../../lib/domain/migrate-now/assess-migration.ts';
import { parseMigrationProfile } from '../../lib/domain/migrate-now/parse-migration-profile.ts';
import type { LoadSums, Workload } from '../../lib/domain/workload/workload.ts';
import { USD } from './alert-world.ts';

/** Calls of 28 days, each alike; the window of every day is one minute of calls an hour. */
export interface SampleWindow {
  readonly calls?: number;
  readonly unpricedCalls?: number;
  readonly costUsd?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly historyDays?: number;
  readonly model?: string;
  /** Forecast volumes over the recorded one. */
  readonly ratios?: readonly number[];
}

const DAYS = 28;
const FIRST_MINUTE = Date.UTC(2026, 9, 24) / 60_000;

/** Assesses a profile on the 20th of November 2026 over 28 days of 2,800,000 calls of 500 in and 300 out for $11,900. */
export function assessSample(profile: object, window: SampleWindow = {}): MigrationAssessment {
  const { calls = 2_800_000, unpricedCalls = 0, historyDays = 40, ratios = [0.9, 1, 1.1] } = window;
  return assessMigration(parseMigrationProfile(profile), {
    measures: {
      ...{ day: '2026-11-20', complete: true, historyDays, windowDays: DAYS },
      ...{ calls: BigInt(calls), unpricedCalls: BigInt(unpricedCalls) },
    },
    workload: sampleWorkload(window, calls, unpricedCalls),
    reference: bundledReference(),
    outlook: { ratios, lo80Ratio: Math.min(...ratios), hi80Ratio: Math.max(...ratios) },
  });
}

function sampleWorkload(window: SampleWindow, calls: number, unpricedCalls: number): Workload {
  const { costUsd = 11_900, inputTokens = 500, outputTokens = 300, model = 'gpt-4o' } = window;
  const boundsTokens = listWindowTokens(bundledReference());
  const upToTokens = boundsTokens.find((bound) => inputTokens + outputTokens <= bound) ?? Number.POSITIVE_INFINITY;
  const loadOf = (count: number): LoadSums => ({
    calls: count,
    inputTokens: count * inputTokens,
    outputTokens: count * outputTokens,
    inputOutputTokens: count * inputTokens * outputTokens,
    outputSquaredTokens: count * outputTokens ** 2,
  });
  const perDay = calls / DAYS;
  const days = Array.from({ length: DAYS }, (_, index) => {
    const firstMinute = FIRST_MINUTE + 1_440 * index;
    // The same in every minute: the peak is the mean.
    const minutes = Array.from({ length: 1_440 }, (_each, minute) => {
      return { minute: firstMinute + minute, ...loadOf(perDay / 1_440) };
    });
    const costPicoUsd = (BigInt(Math.round(costUsd * 100)) * (USD / 100n)) / BigInt(DAYS);
    const models = [{ model, provider: 'openai', costPicoUsd, unpricedCalls: unpricedCalls / DAYS, ...loadOf(perDay) }];
    const sizes = { kind: 'chat', isMultimodal: false, isCovered: false, upToTokens } as const;
    const day = new Date(firstMinute * 60_000).toISOString().slice(0, 10);
    return {
      day,
      firstMinute,
      minutes: 1_440,
      boundsTokens,
      classes: calls === 0 ? [] : [{ ...sizes, minutes, models }],
    };
  });
  return { days };
}
