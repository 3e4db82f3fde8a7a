import { MAX_ID_BYTES, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { isRawObject, textBytes } from '../../domain/field-reading.ts';

/**
 * The fields a reject may show. Left out on purpose: `user` and `session`, which the ledger only keeps as pseudonyms,
 * `error`, `tags` and everything unknown, where a sender may have put content.
 */
const TEXT_FIELDS = [
  ...['id', 'time', 'tenant', 'app', 'environment', 'team', 'feature', 'provider', 'model', 'operation'],
  ...['service_tier', 'region', 'billing_account', 'status', 'reported_cost_usd', 'deployment'],
];
/** Fields that are no sender's own words: what stands there in another form may be anything. */
const FORMS: Readonly<Record<string, RegExp>> = {
  time: /^[-+.:\dTtZz ]+$/,
  status: /^\w{1,20}$/,
  reported_cost_usd: /^[-+.\deE]+$/,
};

const OTHER_FIELDS = [
  'latency_ms',
  'ttft_ms',
  'quality',
  'quota_used_ratio',
  'response_cache_hit',
  'gpu_utilisation_ratio',
];

/**
 * The known scalar fields of a refused item, as far as each keeps the limits of the contract by itself and is of its type; those inside a
 * CloudEvent's `data` where it is one. Usage units are dotted, e.g. `usage.input_tokens`.
 */
export function readContractFields(item: unknown): Readonly<Record<string, string | number | boolean>> {
  const fields: Record<string, string | number | boolean> = {};
  if (!isRawObject(item)) return fields;
  const { usage, data } = item;
  if (usage === undefined && isRawObject(data)) return readContractFields(data);
  for (const name of TEXT_FIELDS) {
    const value = item[name];
    if (typeof value !== 'string' || !isShort(value, name === 'id' ? MAX_ID_BYTES : MAX_TEXT_BYTES)) continue;
    if (FORMS[name]?.test(value) ?? true) fields[name] = value;
  }
  for (const name of OTHER_FIELDS) copyNumber(fields, name, item[name]);
  if (isRawObject(usage)) for (const unit of USAGE_UNITS) copyNumber(fields, `usage.${unit}`, usage[unit]);
  return fields;
}

function isShort(text: string, maxBytes: number): boolean {
  const bytes = textBytes(text);
  return bytes > 0 && bytes <= maxBytes;
}

function copyNumber(fields: Record<string, string | number | boolean>, name: string, value: unknown): void {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) fields[name] = value;
}
