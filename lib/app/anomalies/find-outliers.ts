import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { detectOutliers, type OutlierRule } from '../../domain/anomaly/detect-outliers.ts';
import type { Contributor, Finding } from '../../domain/anomaly/finding.ts';
import type { TenantConfig } from '../ports.ts';
import type { CallSpend } from './anomaly-ports.ts';
import type { RecentCalls } from './recent-calls.ts';
import { groupByValue } from './surge-baselines.ts';

const MODEL = DIMENSIONS.indexOf('model');

/** Dimensions that say whose call it was. */
const SENDERS: ReadonlySet<string> = new Set(['app', 'team', 'feature', 'environment', 'deployment']);

/**
 * Finds single calls that cost far more than others of their model.
 *
 * @param costly - the calls in question
 * @returns of each model the call that cost most, with how many there were
 */
export function findOutliers(
  tenant: TenantConfig,
  recent: Pick<RecentCalls, 'usualCosts'>,
  costly: readonly CallSpend[],
  rule: OutlierRule,
): readonly Finding[] {
  const models = Map.groupBy(costly, ({ leaf }) => leaf[MODEL] ?? '');
  return [...models].flatMap(([model, calls]) => {
    const asked = calls.map(({ id, timeMs, costPicoUsd }) => ({ id, model, timeMs, costPicoUsd }));
    const found = detectOutliers(asked, new Map([[model, recent.usualCosts(model)]]), rule);
    const [largest] = found.toSorted((a, b) => (a.evidence.actualPicoUsd < b.evidence.actualPicoUsd ? 1 : -1));
    const id = largest?.evidence.calls?.id;
    const call = calls.find((one) => one.id === id);
    if (!largest || !call) return [];
    const evidence = {
      ...largest.evidence,
      calls: { id: call.id, count: found.length },
      contributors: listSenders(tenant, call),
    };
    return [{ ...largest, evidence }];
  });
}

function listSenders(tenant: TenantConfig, call: CallSpend): readonly Contributor[] {
  return [...groupByValue(tenant, [call]).values()]
    .filter(({ key }) => SENDERS.has(key.dimension))
    .map(({ key }) => ({ ...key, actualPicoUsd: call.costPicoUsd, expectedPicoUsd: 0n, shareRatio: 1 }));
}
