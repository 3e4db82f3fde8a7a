import { addDays } from '../../domain/local-time.ts';
import { type AlertRule, describeEssence, isOfGpus } from '../../domain/rules/alert-rule.ts';
import { judgeRule, type RuleFacts, type RuleLook, type RuleLooks } from '../../domain/rules/judge-rule.ts';
import type { LedgerReader, RollupQuery, TenantConfig } from '../ports.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import type { GpuSampleReader, RuleStore } from './rule-ports.ts';

/** What judging rules reads. */
export interface RuleFactPorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly gpuSamples: GpuSampleReader;
}

/** A rule with what the last complete hours say of it. */
export interface RuleCheck extends RuleLooks {
  readonly looks: readonly (RuleLook & {
    /** When it was found to be broken as it still is, epoch milliseconds; null where it is not. */
    readonly brokenSinceMs: number | null;
  })[];
  readonly rule: AlertRule;
  /** Start and end of its window, epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Whether there are deployments whose samples were not looked at. */
  readonly isCut: boolean;
}

const HOUR_MS = 3_600_000;

/** An hour is judged when it has been over for so long: calls take a moment to be recorded. */
const SETTLING_MS = 5 * 60_000;

/** End of the last hour that can be judged, epoch milliseconds. */
export function findLastEnd(nowMs: number): number {
  return Math.floor((nowMs - SETTLING_MS) / HOUR_MS) * HOUR_MS;
}

/** Local days that the windows of some rules touch. */
export function listWindowDays(
  rules: readonly AlertRule[],
  { timeZone }: TenantConfig,
  endMs: number,
): Pick<RollupQuery, 'fromDay' | 'toDay'> {
  const zone = findZone(timeZone);
  const fromDay = zone.localDay(endMs - longestHours(rules) * HOUR_MS);
  return { fromDay, toDay: addDays(zone.localDay(endMs - 1), 1) };
}

/**
 * Judges rules by hours that end at a time, all of them by the same reading. What people were told of is among it, however
 * few calls it has. Reads only; nothing is alerted.
 */
export async function checkRules(
  ports: RuleFactPorts & { readonly rules: Pick<RuleStore, 'firings'> },
  tenant: TenantConfig,
  rules: readonly AlertRule[],
  endMs: number,
): Promise<{ readonly checks: readonly RuleCheck[]; readonly calls: UnpricedCounts }> {
  const firings = (await ports.rules.firings(tenant.tenant)).map(({ firing }) => firing);
  const facts = await readRuleFacts(ports, tenant, rules, endMs);
  const checks = rules.map((rule) => {
    const essence = describeEssence(rule);
    const open = firings.filter((one) => one.state === 'firing' && one.rule === rule.name && one.essence === essence);
    const sinceMs = new Map(rule.isEnabled ? open.map(({ key, firedAtMs }) => [key, firedAtMs]) : []);
    const { looks, keysLeftOut } = judgeRule(rule, facts, endMs, new Set(sinceMs.keys()));
    return {
      looks: looks.map((look) => ({ ...look, brokenSinceMs: sinceMs.get(look.key) ?? null })),
      keysLeftOut,
      rule,
      startMs: endMs - rule.windowHours * HOUR_MS,
      endMs,
      isCut: facts.isCut && isOfGpus(rule.metric),
    };
  });
  return { checks, calls: countLackingPrice(facts.rows) };
}

/** Reads what some rules are judged by: the hours of their longest window, once for all of them. */
export async function readRuleFacts(
  { reader, gpuSamples }: RuleFactPorts,
  tenant: TenantConfig,
  rules: readonly AlertRule[],
  endMs: number,
): Promise<RuleFacts & { readonly isCut: boolean }> {
  const ofCalls = rules.filter(({ metric }) => !isOfGpus(metric));
  const ofGpus = rules.filter(({ metric }) => isOfGpus(metric));
  const days = listWindowDays(ofCalls, tenant, endMs);
  const [rows, samples] = await Promise.all([
    ofCalls.length === 0
      ? []
      : reader.rollups(tenant.tenant, { granularity: 'hour', ...days }).then((read) => read.rows),
    ofGpus.length === 0
      ? { hours: [], isCut: false }
      : gpuSamples.readHours(tenant.tenant, endMs - longestHours(ofGpus) * HOUR_MS, endMs),
  ]);
  return { rows, gpuHours: samples.hours, isCut: samples.isCut, tagDimensions: tenant.tagDimensions };
}

function longestHours(rules: readonly AlertRule[]): number {
  return Math.max(1, ...rules.map(({ windowHours }) => windowHours));
}
