import alertSchema from './alert.schema.json' with { type: 'json' };

/**
 * Attributes of alerts that subscribers filter by. `tenant` and `alert_id` are sent besides: a tenant's own subscriptions
 * hear that tenant only, and an id is of one alert.
 */
export const ALERT_FILTER_KEYS = [
  'kind',
  'severity',
  'status',
  'budget',
  'rule',
  'team',
  'app',
  'environment',
  'model',
] as const;

/** What a subscriber hears: alerts whose attributes have one of the values under every name. */
export type AlertFilter = Readonly<Record<string, readonly string[]>>;

/** Names in one filter. The notification service takes five, of which one is left for the tenant. */
const MAX_FILTER_NAMES = 4;

/** Products of the numbers of values, which the notification service bounds. */
const MAX_COMBINATIONS = 150;

const MAX_VALUE_LENGTH = 256;

/** Characters that no attribute has: the notification service refuses them, whenever it is asked. */
const UNSENDABLE = /[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

/** Values of attributes that are known beforehand. */
const KNOWN_VALUES: Readonly<Record<string, readonly string[]>> = {
  kind: alertSchema.properties.kind.enum,
  severity: alertSchema.properties.severity.enum,
  status: ['firing', 'resolved'],
};

/**
 * Looks for what is wrong with a filter.
 *
 * @param names - attributes that may be named
 * @returns the name at fault, empty for the filter as a whole, and what was expected; undefined when it is sound
 */
export function findFilterFault(
  filter: AlertFilter,
  names: readonly string[] = ALERT_FILTER_KEYS,
): { readonly name: string; readonly expected: string } | undefined {
  const entries = Object.entries(filter);
  for (const [name, values] of entries) {
    if (!names.includes(name)) return { name, expected: `one of ${names.join(', ')}` };
    if (values.length === 0) return { name, expected: 'one value at least' };
    if (values.some((value) => value === '' || value.length > MAX_VALUE_LENGTH || UNSENDABLE.test(value))) {
      return { name, expected: `values of 1 to ${MAX_VALUE_LENGTH} characters, no control characters` };
    }
    const known = KNOWN_VALUES[name];
    if (known && !values.every((value) => known.includes(value))) {
      return { name, expected: `one of ${known.join(', ')}` };
    }
  }
  if (entries.length > MAX_FILTER_NAMES) return { name: '', expected: `at most ${MAX_FILTER_NAMES} names` };
  const combinations = entries.reduce((product, [, values]) => product * values.length, 1);
  if (combinations <= MAX_COMBINATIONS) return undefined;
  return { name: '', expected: `at most ${MAX_COMBINATIONS} combinations of values, this makes ${combinations}` };
}
