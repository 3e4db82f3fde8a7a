import { INPUT_PARTS, USAGE_UNITS } from '../../contracts/usage-units.ts';
import type { UsageEvent } from './usage-event.ts';

const TEXT_FIELDS = [
  ...(['id', 'model', 'app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'operation'] as const),
  ...(['service_tier', 'region', 'billing_account', 'error', 'deployment'] as const),
];
const NUMBER_FIELDS = ['timeMs', 'latency_ms', 'ttft_ms', 'quality', 'quota_used_ratio'] as const;
const KNOWN_UNITS: ReadonlySet<string> = new Set(USAGE_UNITS);

/**
 * The content of an event as one text: two deliveries of an id are the same event when their texts are equal. The order
 * of keys does not show in it, nor does the difference between an absent field and its default (zero units and parts,
 * status `ok`, no cache hit, trailing zeros of an amount). `emitter` is left out, because a retry from another process
 * is still the same call; `tenant` and unknown fields are not part of an event at all.
 *
 * Texts are written with their length, so no text can imitate a field. The form is kept as hashes in the ledger: it
 * grows only by fields that write nothing when absent.
 */
export function canonicaliseEvent(event: UsageEvent): string {
  let text = '';
  for (const field of TEXT_FIELDS) text += writeText(field, event[field]);
  for (const field of NUMBER_FIELDS) text += writeNumber(field, event[field]);
  text += writeUsage(event.usage);
  if (event.input_parts !== undefined) {
    for (const part of INPUT_PARTS) text += writeCount(`part.${part}`, event.input_parts[part]);
  }
  if (event.tags !== undefined) text += writeTags(event.tags);
  if (event.route !== undefined) {
    const { complexity, confidence, fallback_of: fallbackOf, attempt } = event.route;
    text += writeText('route.complexity', complexity) + writeNumber('route.confidence', confidence);
    text += writeText('route.fallback_of', fallbackOf) + writeNumber('route.attempt', attempt);
  }
  if (event.status !== undefined && event.status !== 'ok') text += writeText('status', event.status);
  if (event.response_cache_hit === true) text += 'response_cache_hit;';
  if (event.reported_cost_usd !== undefined) {
    text += writeText('reported_cost_usd', trimAmount(event.reported_cost_usd));
  }
  return text;
}

function writeUsage(usage: UsageEvent['usage']): string {
  let text = '';
  for (const unit of USAGE_UNITS) text += writeCount(unit, usage[unit]);
  const unknown: string[] = [];
  for (const unit in usage) if (!KNOWN_UNITS.has(unit) && usage[unit] !== 0) unknown.push(unit);
  for (const unit of unknown.sort()) text += writeText('unit', unit) + writeNumber('', usage[unit]);
  return text;
}

function writeTags(tags: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name of Object.keys(tags).sort()) text += writeText('tag', name) + writeText('', tags[name]);
  return text;
}

function writeText(field: string, value: string | undefined): string {
  return value === undefined ? '' : `${field}=${value.length}:${value};`;
}

function writeNumber(field: string, value: number | undefined): string {
  return value === undefined ? '' : `${field}=${value};`;
}

function writeCount(field: string, value: number | undefined): string {
  return value === undefined || value === 0 ? '' : `${field}=${value};`;
}

function trimAmount(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}
