import { formatUsd, parseUsd } from '../money.ts';
import { DAILY_RULE, type DailyRule } from './detect-days.ts';
import { FIRST_USE_PICO_USD } from './detect-novelty.ts';
import { OUTLIER_RULE, type OutlierRule } from './detect-outliers.ts';
import { SURGE_RULE, type SurgeRule } from './detect-surge.ts';
import type { AnomalyDetector } from './finding.ts';

/** What a tenant may say about one detector; each that it does not have is refused. */
type FieldKind = 'switch' | 'usd' | 'ratio' | 'deviations' | 'days';

/** Fields of the settings by detector, each with its default; money is decimal text of USD. */
const FIELDS = {
  daily_spike: {
    enabled: true,
    told: true,
    ratio: 1.16,
    z: DAILY_RULE.marginSpreads,
    usd: formatUsd(DAILY_RULE.minExcessPicoUsd),
  },
  drop: { enabled: true, told: false, days: DAILY_RULE.dropDays },
  level_shift: { enabled: true, told: true, z: DAILY_RULE.shiftSpreads, days: DAILY_RULE.shiftDays },
  first_use: { enabled: true, told: true, usd: formatUsd(FIRST_USE_PICO_USD) },
  price_change: { enabled: true, told: true },
  burn_rate: {
    enabled: true,
    ratio: SURGE_RULE.minRatio,
    z: SURGE_RULE.minZ,
    usd: formatUsd(SURGE_RULE.minExcessPicoUsd),
    hourly_usd: formatUsd(SURGE_RULE.minHourlyExcessPicoUsd),
  },
  budget_pace: { enabled: true, ratio: 3 },
  call_outlier: {
    enabled: true,
    usd: formatUsd(OUTLIER_RULE.limitPicoUsd),
    ratio: OUTLIER_RULE.factor,
    least_usd: formatUsd(OUTLIER_RULE.minPicoUsd),
  },
} as const satisfies Partial<Record<AnomalyDetector, Readonly<Record<string, boolean | number | string>>>>;

const KINDS: Readonly<Record<string, FieldKind>> = {
  enabled: 'switch',
  told: 'switch',
  ratio: 'ratio',
  z: 'deviations',
  days: 'days',
  usd: 'usd',
  hourly_usd: 'usd',
  least_usd: 'usd',
};

/** Detectors that a tenant may set. */
export type SettableDetector = keyof typeof FIELDS;

/** All settings as they are written, with the defaults for what was not said: detector, field, value. */
export type WrittenSettings = Readonly<Record<string, Readonly<Record<string, boolean | number | string>>>>;

/** The settings of a tenant as detectors take them. */
export interface AnomalySettings {
  /** Detectors that look at all. */
  readonly enabled: ReadonlySet<AnomalyDetector>;
  /** Detectors of days whose findings are told and not only shown. */
  readonly told: ReadonlySet<AnomalyDetector>;
  readonly daily: DailyRule;
  readonly surge: SurgeRule;
  readonly outlier: OutlierRule;
  readonly firstUsePicoUsd: bigint;
  /** A day is heading for too much above so many times the share of a budget that falls on it. */
  readonly budgetPaceRatio: number;
}

/** A setting at fault: its path, `burn_rate.ratio`, and what may stand there. */
export interface SettingIssue {
  readonly field: string;
  readonly expected: string;
}

/**
 * Reads settings from outside: an object of detectors, each an object of fields; what is left out has its default.
 *
 * @returns them in full, or every fault
 */
export function readAnomalySettings(
  source: Readonly<Record<string, unknown>>,
): { readonly written: WrittenSettings } | { readonly issues: readonly SettingIssue[] } {
  const issues: SettingIssue[] = [];
  const written: Record<string, Record<string, boolean | number | string>> = {};
  for (const [detector, defaults] of Object.entries(FIELDS)) {
    const own = source[detector] ?? {};
    if (!isObject(own)) {
      issues.push({ field: detector, expected: 'an object of settings' });
      continue;
    }
    for (const field of Object.keys(own))
      if (!Object.hasOwn(defaults, field))
        issues.push({ field: `${detector}.${field}`, expected: `one of ${Object.keys(defaults).join(', ')}` });
    for (const [field, value] of Object.entries(own)) {
      const expected = Object.hasOwn(defaults, field) ? findFault(KINDS[field] ?? 'switch', value) : undefined;
      if (expected !== undefined) issues.push({ field: `${detector}.${field}`, expected });
    }
    written[detector] = { ...defaults, ...(own as Record<string, boolean | number | string>) };
  }
  for (const name of Object.keys(source))
    if (!Object.hasOwn(FIELDS, name))
      issues.push({ field: name, expected: `one of ${Object.keys(FIELDS).join(', ')}` });
  return issues.length > 0 ? { issues } : { written };
}

/** Settings as detectors take them, from settings found to be sound. */
export function toAnomalySettings(written: WrittenSettings): AnomalySettings {
  const read = (detector: SettableDetector, field: string): boolean | number | string =>
    written[detector]?.[field] ?? (FIELDS[detector] as WrittenSettings[string])[field] ?? false;
  const number = (detector: SettableDetector, field: string): number => Number(read(detector, field));
  const usd = (detector: SettableDetector, field = 'usd'): bigint => parseUsd(String(read(detector, field))) ?? 0n;
  const detectors = Object.keys(FIELDS) as SettableDetector[];
  return {
    enabled: new Set(detectors.filter((detector) => read(detector, 'enabled') === true)),
    told: new Set(detectors.filter((detector) => read(detector, 'told') === true)),
    daily: {
      ...DAILY_RULE,
      marginLog: Math.log(number('daily_spike', 'ratio')),
      marginSpreads: number('daily_spike', 'z'),
      minExcessPicoUsd: usd('daily_spike'),
      dropDays: number('drop', 'days'),
      shiftDays: number('level_shift', 'days'),
      shiftSpreads: number('level_shift', 'z'),
    },
    surge: {
      ...SURGE_RULE,
      minRatio: number('burn_rate', 'ratio'),
      fewDaysRatio: Math.max(SURGE_RULE.fewDaysRatio, number('burn_rate', 'ratio')),
      minZ: number('burn_rate', 'z'),
      minValueZ: number('burn_rate', 'z') + SURGE_RULE.minValueZ - SURGE_RULE.minZ,
      minExcessPicoUsd: usd('burn_rate'),
      minHourlyExcessPicoUsd: usd('burn_rate', 'hourly_usd'),
    },
    outlier: {
      ...OUTLIER_RULE,
      limitPicoUsd: usd('call_outlier'),
      factor: number('call_outlier', 'ratio'),
      minPicoUsd: usd('call_outlier', 'least_usd'),
    },
    firstUsePicoUsd: usd('first_use'),
    budgetPaceRatio: number('budget_pace', 'ratio'),
  };
}

/** What holds where a tenant has said nothing. */
export const DEFAULT_ANOMALY_SETTINGS: AnomalySettings = toAnomalySettings({});

/** What should have stood there; undefined where the value is sound. */
function findFault(kind: FieldKind, value: unknown): string | undefined {
  switch (kind) {
    case 'switch':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'ratio':
      return isBetween(value, 1, 1_000) ? undefined : 'a number from 1 to 1000';
    case 'deviations':
      return isBetween(value, 0, 100) ? undefined : 'a number from 0 to 100';
    case 'days':
      return isBetween(value, 2, 7) && Number.isInteger(value) ? undefined : 'a whole number from 2 to 7';
    case 'usd': {
      const amount = typeof value === 'string' && value.length <= 30 ? parseUsd(value) : undefined;
      return amount !== undefined && amount >= 0n ? undefined : 'an amount in USD as text, "10" or "0.05"';
    }
  }
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
