import { type ConfirmedDay, type LeafDay, type MaskedDays, maskDays } from '../../domain/anomaly/mask-days.ts';
import type { TenantConfig } from '../ports.ts';
import { createKeyMatcher } from './anomaly-days.ts';
import type { AnomalyDecision, AnomalyStore } from './anomaly-ports.ts';

/** The days that were confirmed to be one-offs, those of all spend last: they take off what values have left. */
export function listConfirmedDays(decisions: readonly AnomalyDecision[]): readonly ConfirmedDay[] {
  const confirmed = decisions
    .filter(({ state }) => state === 'confirmed')
    .flatMap(({ key, days }) => days.map((day): ConfirmedDay => ({ key, ...day })));
  return [...confirmed.filter(({ key }) => key !== null), ...confirmed.filter(({ key }) => key === null)];
}

/**
 * Parts day rows into what is to be expected of days to come and what confirmed anomalies cost beyond it: together they
 * are the rows, exactly. A forecast learns from the regular rows, and adds the one-offs of its period as they are.
 *
 * @param rows - of days, whatever their leaves; credits may be among them
 */
export async function readOneOffs<Row extends LeafDay>(
  anomalies: Pick<AnomalyStore, 'decisions'>,
  { tenant, tagDimensions }: TenantConfig,
  rows: readonly Row[],
): Promise<MaskedDays<Row>> {
  const confirmed = listConfirmedDays(await anomalies.decisions(tenant));
  return maskDays(rows, confirmed, createKeyMatcher(tagDimensions));
}
