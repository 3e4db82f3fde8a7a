import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { NO_CONDITIONS } from '../../domain/forecast-conditions/conditions.ts';
import { addDays } from '../../domain/local-time.ts';
import type { Clock, LedgerReader, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { ForecastInputs } from './project-scope.ts';

/** What is read of a tenant before anything of it is forecast. */
export interface ForecastInputPorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly now: Clock;
}

/** Complete days before today that a forecast looks back on. */
export const HISTORY_DAYS = 182;

/**
 * Reads what every forecast of a tenant needs, once.
 *
 * @param days - from the first day to behind the last day of all periods that will be asked about
 * @returns with `head`, the last commit that is in the rows
 */
export async function readForecastInputs(
  ports: ForecastInputPorts,
  tenant: TenantConfig,
  days: DayRange,
): Promise<ForecastInputs & { readonly head: number }> {
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const oldest = addDays(today, -HISTORY_DAYS);
  const read = { fromDay: days.fromDay < oldest ? days.fromDay : oldest, toDay: days.toDay };
  const { rows, head } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read });
  return { rows, head, today, conditions: NO_CONDITIONS, missingDays: new Set() };
}
