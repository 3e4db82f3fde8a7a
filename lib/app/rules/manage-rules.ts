import { type AlertRule, describeEssence, MAX_STORED_RULES } from '../../domain/rules/alert-rule.ts';
import { DEFAULT_RULES } from '../../domain/rules/default-rules.ts';
import { parseAlertRule } from '../../domain/rules/parse-alert-rule.ts';
import type { TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError, ConflictError, InvalidRequestError } from '../request-errors.ts';
import type { RuleStore } from './rule-ports.ts';

/** A rule in force, and whose it is: `default` as everybody has it, `changed` from that, or the tenant's `own`. */
export interface RuleInForce {
  readonly rule: AlertRule;
  readonly origin: 'default' | 'changed' | 'own';
}

/** What storing a rule did. */
export type RuleChange = 'created' | 'changed' | 'unchanged';

/** The defaults, as far as the tenant left them, and what it stored, by name. */
export async function listRules(store: Pick<RuleStore, 'rules'>, tenant: string): Promise<readonly RuleInForce[]> {
  return mergeRules((await store.rules(tenant)).rules);
}

/**
 * Creates a rule or changes the one of that name, also a default; what is left out stays as it is. Storing the same
 * again changes nothing.
 *
 * @param json - see {@link parseAlertRule}
 * @throws {@link InvalidRequestError} naming the fields at fault
 * @throws {@link ConflictError} when the tenant has as many rules as it may have
 * @throws {@link ChangedMeanwhileError} when somebody else changed the rules at the same moment
 */
export async function putRule(
  store: RuleStore,
  { tenant, tagDimensions }: TenantConfig,
  name: string,
  json: unknown,
): Promise<RuleInForce & { readonly change: RuleChange }> {
  const { rules, revision } = await store.rules(tenant);
  const before = mergeRules(rules).find(({ rule }) => rule.name === name);
  const rule = parseAlertRule(name, json, before?.rule, tagDimensions);
  if ('issues' in rule) throw new InvalidRequestError(rule.issues);
  if (before && isSame(before.rule, rule)) return { ...before, change: 'unchanged' };
  const others = rules.filter((one) => one.name !== name);
  if (others.length >= MAX_STORED_RULES)
    throw new ConflictError(`a tenant has at most ${MAX_STORED_RULES} rules of its own, changed defaults among them`);
  await save(store, tenant, [...others, rule], revision);
  const origin = isDefault(name) ? 'changed' : 'own';
  return { rule, origin, change: before ? 'changed' : 'created' };
}

/**
 * Takes away what the tenant stored under a name: its own rule is gone, a default is as everybody has it.
 *
 * @returns `absent` when nothing was stored under it
 * @throws {@link ChangedMeanwhileError} when somebody else changed the rules at the same moment
 */
export async function removeRule(
  store: RuleStore,
  tenant: string,
  name: string,
): Promise<'removed' | 'back_to_default' | 'absent'> {
  const { rules, revision } = await store.rules(tenant);
  const others = rules.filter((rule) => rule.name !== name);
  if (others.length === rules.length) return 'absent';
  await save(store, tenant, others, revision);
  return isDefault(name) ? 'back_to_default' : 'removed';
}

function mergeRules(stored: readonly AlertRule[]): readonly RuleInForce[] {
  const names = new Set(stored.map(({ name }) => name));
  const untouched = DEFAULT_RULES.filter(({ name }) => !names.has(name));
  return [
    ...untouched.map((rule) => ({ rule, origin: 'default' as const })),
    ...stored.map((rule) => ({ rule, origin: isDefault(rule.name) ? ('changed' as const) : ('own' as const) })),
  ].sort((a, b) => (a.rule.name < b.rule.name ? -1 : 1));
}

function isDefault(name: string): boolean {
  return DEFAULT_RULES.some((rule) => rule.name === name);
}

function isSame(a: AlertRule, b: AlertRule): boolean {
  return describeEssence(a) === describeEssence(b) && a.severity === b.severity && a.isEnabled === b.isEnabled;
}

async function save(store: RuleStore, tenant: string, rules: readonly AlertRule[], revision: number): Promise<void> {
  const result = await store.saveRules(tenant, rules, revision);
  if (result === 'behind') throw new ChangedMeanwhileError('the rules were changed meanwhile');
}
