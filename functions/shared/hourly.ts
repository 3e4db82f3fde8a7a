import type { HourlyPorts } from '../../lib/app/hourly/run-hourly.ts';
import { wireAlerting } from './alerting.ts';
import type { Outside } from './outside.ts';

/** Makes the ports of the function that runs hourly; once, at cold start. What should run every hour is listed here. */
export function wireHourly(outside: Outside): HourlyPorts {
  const alerting = wireAlerting(outside);
  return { tenants: alerting.tenants, clock: outside.now, watchers: [] };
}
