import { createHash } from 'node:crypto';
import { type AlertRule, describeEssence, MAX_GONE_KEYS } from '../../domain/rules/alert-rule.ts';
import { judgeRule, type RuleFacts, type RuleLook } from '../../domain/rules/judge-rule.ts';
import { renderRuleAlert } from '../../domain/rules/render-rule-alert.ts';
import { type RuleFiring, stepFiring } from '../../domain/rules/rule-firing.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, publishHeld } from '../alerts/publish-alerts.ts';
import type { TenantConfig } from '../ports.ts';
import { findLastEnd, type RuleFactPorts, readRuleFacts } from './check-rules.ts';
import { listRules } from './manage-rules.ts';
import type { RuleStore, StoredFiring } from './rule-ports.ts';

/** What watching over the rules of every tenant takes. */
export interface WatchRulesPorts extends PublishPorts, RuleFactPorts {
  readonly rules: RuleStore;
  /** Kept between the invocations of a warm function; an empty map at cold start: the hour each tenant was judged to. */
  readonly judged: Map<string, number>;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/** What one watch came to, over all tenants. */
export interface WatchRulesReport {
  /** Tenants that were judged now; those whose last complete hour was judged before are not among them. */
  readonly judged: number;
  /** Alerts that this watch itself claimed: of broken rules, and of those that are all right again. */
  readonly fired: number;
  readonly resolved: number;
}

/**
 * Judges the rules of each tenant by its last complete hours, once for each hour that passes, and tells of what has
 * changed. That a rule is broken is noted before it is claimed: of several that look at once, one notes it; and whoever
 * finds it noted and not known to be told claims it again, which changes nothing where it was. A failure of one tenant
 * stops none of the others.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws AggregateError of what failed, when everything was tried
 */
export async function watchRules(
  ports: WatchRulesPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
): Promise<WatchRulesReport> {
  const causes: unknown[] = [];
  const report = { judged: 0, fired: 0, resolved: 0 };
  for (const tenant of tenants) {
    if (ports.clock() >= deadlineMs) break;
    const endMs = findLastEnd(ports.clock());
    if ((ports.judged.get(tenant.tenant) ?? 0) >= endMs) continue;
    try {
      const watch = new TenantWatch(ports, tenant, endMs, deadlineMs);
      // What is left open is looked at again a minute later, not an hour.
      if (await watch.run()) ports.judged.set(tenant.tenant, endMs);
      report.judged += 1;
      report.fired += watch.claimed.firing;
      report.resolved += watch.claimed.resolved;
    } catch (cause) {
      causes.push(cause);
    }
  }
  if (causes.length > 0) {
    const texts = causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
    throw new AggregateError(causes, texts.join('; '));
  }
  return report;
}

/** One look at one tenant. */
class TenantWatch {
  readonly claimed = { firing: 0, resolved: 0 };
  readonly #ports: WatchRulesPorts;
  readonly #tenant: TenantConfig;
  readonly #endMs: number;
  readonly #deadlineMs: number;

  constructor(ports: WatchRulesPorts, tenant: TenantConfig, endMs: number, deadlineMs: number) {
    this.#ports = ports;
    this.#tenant = tenant;
    this.#endMs = endMs;
    this.#deadlineMs = deadlineMs;
  }

  /** @returns whether everything was done: time was left, and nobody else was at it */
  async run(): Promise<boolean> {
    const { rules: store } = this.#ports;
    const { tenant } = this.#tenant;
    const rules = (await listRules(store, tenant)).map(({ rule }) => rule).filter(({ isEnabled }) => isEnabled);
    const stored = await store.firings(tenant);
    let isDone = true;
    const kept: StoredFiring[] = [];
    for (const one of stored) {
      if (rules.some((rule) => rule.name === one.firing.rule && describeEssence(rule) === one.firing.essence))
        kept.push(one);
      else if ((await store.removeFiring(tenant, one)) === 'behind') isDone = false;
    }
    if (rules.length === 0) return isDone;
    const facts = await readRuleFacts(this.#ports, this.#tenant, rules, this.#endMs);
    for (const rule of rules) {
      const ofRule = kept.filter(({ firing }) => firing.rule === rule.name);
      isDone = (await this.#watchRule(rule, ofRule, facts)) && isDone;
    }
    return isDone;
  }

  /** @returns whether everything was done, as {@link run} */
  async #watchRule(rule: AlertRule, stored: readonly StoredFiring[], facts: RuleFacts): Promise<boolean> {
    const firings = new Map(stored.map((one) => [one.firing.key, one] as const));
    const { looks } = judgeRule(rule, facts, this.#endMs, new Set(firings.keys()));
    const forgotten = findForgotten(firings, looks);
    let isDone = true;
    for (const look of looks) {
      if (this.#ports.clock() >= this.#deadlineMs) return false;
      const before = firings.get(look.key);
      const isBehind =
        before && forgotten.has(before)
          ? (await this.#ports.rules.removeFiring(this.#tenant.tenant, before)) === 'behind'
          : !(await this.#step(rule, before, look));
      if (isBehind) isDone = false;
    }
    return isDone;
  }

  /** @returns false where somebody else changed the firing meanwhile */
  async #step(rule: AlertRule, stored: StoredFiring | undefined, look: RuleLook): Promise<boolean> {
    const { rules: store, clock } = this.#ports;
    const { tenant } = this.#tenant;
    const next = stepFiring(rule, stored?.firing, look, this.#endMs, clock());
    if (!next) return !stored || (await store.removeFiring(tenant, stored)) === 'removed';
    const noted = next === stored?.firing ? stored : await store.saveFiring(tenant, next, stored);
    if (!noted || noted.firing.isTold) return noted !== undefined;
    if (!(await this.#tell(rule, noted.firing))) return false;
    return (await store.saveFiring(tenant, { ...noted.firing, isTold: true }, noted)) !== undefined;
  }

  /** @returns whether it is told of by now, by this call or by another one */
  async #tell(rule: AlertRule, firing: RuleFiring): Promise<boolean> {
    const { alerts, clock, apiUrl } = this.#ports;
    const { tenant, timeZone } = this.#tenant;
    const claim = nameClaim(firing);
    const alertId = nameAlert(tenant, claim);
    const asOfMs = clock();
    const message = renderRuleAlert({ alertId, tenant, timeZone, rule, firing, asOfMs, apiUrl });
    const lease = drawLease(this.#ports);
    const held = { alertId, tenant, claimedAtMs: asOfMs, attempts: 1, lease, message };
    if ((await alerts.claim([claim], held)) === 'lost') return (await alerts.claims(tenant, claim)).has(claim);
    this.claimed[firing.state] += 1;
    await publishHeld(this.#ports, held);
    return true;
  }
}

/** Told firings of values without calls beyond as many as are remembered, those that had calls longest ago. */
function findForgotten(
  firings: ReadonlyMap<string | null, StoredFiring>,
  looks: readonly RuleLook[],
): ReadonlySet<StoredFiring> {
  const gone = looks.flatMap(({ key, verdict }) => {
    const one = firings.get(key);
    return verdict === 'no_data' && one?.firing.isTold ? [one] : [];
  });
  return new Set(gone.sort((a, b) => b.firing.seenEndMs - a.firing.seenEndMs).slice(MAX_GONE_KEYS));
}

/** A claim of each state of each firing. The window's end is part of it, so that a later firing is another one. */
function nameClaim({ rule, key, essence, firedEndMs, state }: RuleFiring): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([rule, key, essence]))
    .digest('base64url')
    .slice(0, 22);
  const claim = `RULE#${digest}#${String(firedEndMs).padStart(14, '0')}`;
  return state === 'firing' ? claim : `${claim}#RESOLVED`;
}
