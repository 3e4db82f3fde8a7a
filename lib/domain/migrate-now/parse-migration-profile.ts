import { type BreakEvenPolicy, DEFAULT_BREAK_EVEN_POLICY } from '../break-even/break-even-policy.ts';
import type { ServiceTimeFit } from '../break-even/service-time.ts';
import { listScopeNames, type ScopeFilter, TAG_PREFIX } from '../budgets/budget-scope.ts';
import { LedgerError } from '../errors.ts';
import { DEFAULT_MIGRATE_POLICY, type GatesOutcome, type MigratePolicy } from './migrate-state.ts';
import {
  type GateFacts,
  type MigrationProfile,
  type PrivacyRule,
  TYPED_GATES,
  type TypedGate,
} from './migration-profile.ts';
import { DEFAULT_REPEAT_DAYS } from './migration-subject.ts';
import { isObject, isPlainText, type NumberRule, ProfileFields } from './profile-fields.ts';

/** A migration profile broke its format; every fault is listed and names its field. */
export class InvalidMigrationProfileError extends LedgerError {
  override readonly name = 'InvalidMigrationProfileError';
  readonly code = 'migration-profile/invalid';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(`migration profile refused: ${issues.join('; ')}`, options);
    this.issues = issues;
  }
}

/** Figures of a model beyond which sums of them would no longer be told apart. */
const MAX_USD = 1e9;
const SHARE = { max: 1 };
const DOLLARS = { max: MAX_USD };
/** A change that takes no day at all, or half of one, cannot be meant; history is looked at for two years. */
const DAYS_RUNNING = { min: 1, max: 365, whole: true };
const DAYS = { max: 365, whole: true };

const POLICY_FIELDS: Readonly<Record<string, readonly [keyof MigratePolicy, NumberRule]>> = {
  on_pct: ['onSavingsRatio', SHARE],
  on_usd: ['onSavingsUsd', DOLLARS],
  on_prob: ['onProbability', SHARE],
  n_on: ['onDays', DAYS_RUNNING],
  off_pct: ['offSavingsRatio', SHARE],
  off_usd: ['offSavingsUsd', DOLLARS],
  off_prob: ['offProbability', SHARE],
  n_off: ['offDays', DAYS_RUNNING],
  max_payback: ['maxPaybackMonths', { max: 1_200 }],
  min_history: ['minHistoryDays', DAYS],
  max_missing: ['maxMissingDays', DAYS],
};

const PROFILE_FIELDS = new Set([
  ...['name', 'scope', 'target_model', 'hardware', 'precision', 'purchase', 'price_source', 'replica_monthly_usd'],
  ...['a', 'b', 'c', 'context_tokens', 'peak_factor', 'savings_probability'],
  ...['ops_base_usd', 'ops_per_replica_usd', 'other_usd', 'min_replicas', 'spare_replicas', 'rho', 'one_time_usd'],
  ...['gates', 'policy', 'repeat_days', 'migrated_on'],
]);

const GATE_FACTS = [
  'expertise_level',
  'managed',
  'planned_life_months',
  'quality_scale',
  'quality_min',
  'evaluated_on',
];
const GATE_FIELDS = new Set(['privacy', ...TYPED_GATES, ...GATE_FACTS]);

/** Name of the profile that holds what all profiles of a tenant share. */
export const SHARED_PROFILE = '*';

/** What the shared profile may hold besides its name. */
const SHARED_FIELDS = new Set([
  ...['name', 'gates', 'policy', 'repeat_days', 'ops_base_usd', 'ops_per_replica_usd', 'other_usd', 'min_replicas'],
  ...['spare_replicas', 'rho', 'one_time_usd'],
]);

/**
 * Parses the content of a migration profile file (a JSON object, snake_case). Required: `name`, `target_model` and
 * `hardware`. Whatever else is left out is measured, looked up in the reference, or takes the default of
 * {@link DEFAULT_BREAK_EVEN_POLICY} and {@link DEFAULT_MIGRATE_POLICY} (keys as in the calculator `migrate_now`);
 * `repeat_days` 30.
 *
 * @param shared - the tenant's own defaults, the profile called {@link SHARED_PROFILE}
 * @throws {@link InvalidMigrationProfileError} naming every field at fault, unknown fields included
 */
export function parseMigrationProfile(json: unknown, shared: unknown = {}): MigrationProfile {
  if (!isObject(json)) throw new InvalidMigrationProfileError(['expected a JSON object']);
  const merged = isObject(shared) ? mergeShared(json, shared) : json;
  const fields = new ProfileFields(merged);
  fields.refuseUnknown(json, PROFILE_FIELDS, '');
  const gates = fields.object('gates');
  fields.refuseUnknown(gates, GATE_FIELDS, 'gates.');
  const policy = parsePolicy(fields);
  const profile: MigrationProfile = {
    name: fields.text('name'),
    scope: parseScope(fields),
    targetModel: fields.text('target_model'),
    hardware: fields.text('hardware'),
    precision: fields.optionalText('precision'),
    purchase: fields.purchase(),
    priceSource: fields.optionalText('price_source'),
    typed: {
      replicaMonthlyUsd: fields.optionalNumber('replica_monthly_usd', DOLLARS),
      serviceTime: parseServiceTime(fields),
      contextTokens: fields.optionalNumber('context_tokens', { min: 1, max: 1e9, whole: true }),
      peakFactor: fields.optionalNumber('peak_factor', { min: 1, max: 1e6 }),
      savingsProbability: fields.optionalNumber('savings_probability', { max: 1 }),
    },
    running: parseRunning(fields, policy),
    privacy:
      fields.choice<PrivacyRule>(gates, 'privacy', ['allowed', 'mandatory', 'forbidden', 'unknown']) ?? 'unknown',
    gates: parseGates(fields, gates),
    facts: parseFacts(fields, gates),
    policy,
    repeatDays: fields.number('repeat_days', { fallback: DEFAULT_REPEAT_DAYS, max: 3_650, whole: true }),
    migratedOn: fields.optionalDay(merged['migrated_on'], 'migrated_on'),
    defaulted: fields.defaulted,
  };
  if (fields.issues.length > 0) throw new InvalidMigrationProfileError(fields.issues);
  return profile;
}

/**
 * Checks the profile that all others of a tenant share.
 * @throws {@link InvalidMigrationProfileError} naming every field at fault
 */
export function checkSharedProfile(json: Readonly<Record<string, unknown>>): void {
  const fields = new ProfileFields(json);
  fields.refuseUnknown(json, SHARED_FIELDS, '');
  if (fields.issues.length > 0) throw new InvalidMigrationProfileError(fields.issues);
  parseMigrationProfile({ ...json, target_model: 'any', hardware: 'any' });
}

/** Own fields win, field by field also inside gates and policy. */
function mergeShared(json: Record<string, unknown>, shared: Record<string, unknown>): Record<string, unknown> {
  const inside = (field: string) => {
    const [own, common] = [json[field], shared[field]];
    return isObject(common) && (own === undefined || isObject(own)) ? { [field]: { ...common, ...own } } : {};
  };
  return { ...shared, ...json, ...inside('gates'), ...inside('policy') };
}

function parseServiceTime(fields: ProfileFields): ServiceTimeFit | null {
  const [inputTokenS, outputTokenS, contextTokenS] = ['a', 'b', 'c'].map((field) =>
    fields.optionalNumber(field, { max: 3_600 }),
  );
  if (inputTokenS == null && outputTokenS == null && contextTokenS == null) return null;
  if (inputTokenS == null || outputTokenS == null || contextTokenS == null) {
    fields.issues.push('a, b, c: all three or none');
    return null;
  }
  if (inputTokenS + outputTokenS + contextTokenS === 0) fields.issues.push('a, b, c: at least one must be above 0');
  return { inputTokenS, outputTokenS, contextTokenS };
}

function parseRunning(fields: ProfileFields, policy: MigratePolicy): BreakEvenPolicy {
  const base = DEFAULT_BREAK_EVEN_POLICY;
  return {
    ...base,
    utilisationRatio: fields.number('rho', { fallback: base.utilisationRatio, min: 0.01, max: 1 }),
    minReplicas: fields.number('min_replicas', { fallback: base.minReplicas, min: 1, max: 1_000, whole: true }),
    spareReplicas: fields.number('spare_replicas', { fallback: base.spareReplicas, max: 100, whole: true }),
    opsBaseUsd: fields.number('ops_base_usd', { fallback: base.opsBaseUsd, ...DOLLARS }),
    opsPerReplicaUsd: fields.number('ops_per_replica_usd', { fallback: base.opsPerReplicaUsd, ...DOLLARS }),
    otherUsd: fields.number('other_usd', { fallback: base.otherUsd, ...DOLLARS }),
    oneTimeUsd: fields.number('one_time_usd', { fallback: base.oneTimeUsd, ...DOLLARS }),
    // A saving holds while the alert would not be taken back.
    minSavingsRatio: policy.offSavingsRatio,
    minSavingsUsd: policy.offSavingsUsd,
  };
}

function parseFacts(fields: ProfileFields, gates: Record<string, unknown>): GateFacts {
  const number = (field: string, rule: NumberRule = {}) =>
    gates[field] === undefined ? null : fields.check(`gates.${field}`, gates[field], rule);
  const [scale, minScore] = [gates['quality_scale'], number('quality_min')];
  if ((scale === undefined) !== (minScore === null) || (scale !== undefined && typeof scale !== 'string'))
    fields.issues.push('gates.quality_scale, gates.quality_min: both or neither, the name of a scale and a score');
  const managed = gates['managed'];
  if (managed !== undefined && typeof managed !== 'boolean')
    fields.issues.push('gates.managed: expected true or false');
  return {
    expertiseLevel: number('expertise_level', { max: 3 }),
    isManaged: managed === true,
    plannedLifeMonths: number('planned_life_months', { max: 1_200 }),
    quality: typeof scale === 'string' && minScore !== null ? { scale, minScore } : null,
    evaluationPassedOn: fields.optionalDay(gates['evaluated_on'], 'gates.evaluated_on'),
  };
}

/** Which tags a tenant keeps is not known here. */
function parseScope(fields: ProfileFields): ScopeFilter {
  const scope = new Map<string, string>();
  const names = listScopeNames([]);
  for (const [key, value] of Object.entries(fields.object('scope'))) {
    if (!names.includes(key) && !key.startsWith(TAG_PREFIX))
      fields.issues.push(`scope.${key}: not a dimension (${names.join(', ')}, tags.<name>)`);
    else if (!isPlainText(value)) fields.issues.push(`scope.${key}: expected text in one line`);
    else scope.set(key, value);
  }
  return Object.fromEntries(scope);
}

function parseGates(
  fields: ProfileFields,
  gates: Record<string, unknown>,
): Readonly<Partial<Record<TypedGate, GatesOutcome>>> {
  const outcomes: readonly GatesOutcome[] = ['pass', 'fail', 'unknown'];
  const answered = TYPED_GATES.map((gate) => [gate, fields.choice(gates, gate, outcomes)] as const);
  return Object.fromEntries(answered.filter(([, outcome]) => outcome !== undefined));
}

function parsePolicy(fields: ProfileFields): MigratePolicy {
  const policy: { -readonly [K in keyof MigratePolicy]: number } = { ...DEFAULT_MIGRATE_POLICY };
  for (const [key, value] of Object.entries(fields.object('policy'))) {
    const known = Object.hasOwn(POLICY_FIELDS, key) ? POLICY_FIELDS[key] : undefined;
    if (known) policy[known[0]] = fields.check(`policy.${key}`, value, known[1]);
    else fields.issues.push(`policy.${key}: not known (${Object.keys(POLICY_FIELDS).join(', ')})`);
  }
  for (const [on, off] of [
    ['on_pct', 'off_pct'],
    ['on_usd', 'off_usd'],
    ['on_prob', 'off_prob'],
  ] as const) {
    // A lower edge above the upper one would let one day both enter and leave.
    if (policyOf(policy, on) < policyOf(policy, off)) fields.issues.push(`policy.${off}: must not exceed ${on}`);
  }
  return policy;
}

function policyOf(policy: MigratePolicy, field: string): number {
  const [key] = POLICY_FIELDS[field] ?? [];
  return key === undefined ? 0 : policy[key];
}
