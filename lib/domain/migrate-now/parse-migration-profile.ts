import { DIMENSIONS, type Dimension } from '../../contracts/dimensions.ts';
import { LedgerError } from '../errors.ts';
import { DEFAULT_MIGRATE_POLICY, type GatesOutcome, type MigratePolicy } from './migrate-state.ts';
import { type MigrationProfile, type PrivacyRule, TYPED_GATES, type TypedGate } from './migration-profile.ts';
import { DEFAULT_REPEAT_DAYS } from './migration-subject.ts';

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

/** Peak over mean that stands in where minutes were not measured. @see METHODS of the project, section 3 */
const FALLBACK_PEAK_FACTOR = 4;

const POLICY_FIELDS: Readonly<Record<string, keyof MigratePolicy>> = {
  on_pct: 'onSavingsRatio',
  on_usd: 'onSavingsUsd',
  on_prob: 'onProbability',
  n_on: 'onDays',
  off_pct: 'offSavingsRatio',
  off_usd: 'offSavingsUsd',
  off_prob: 'offProbability',
  n_off: 'offDays',
  max_payback: 'maxPaybackMonths',
  min_history: 'minHistoryDays',
  max_missing: 'maxMissingDays',
};

const PROFILE_FIELDS = new Set([
  ...['name', 'scope', 'target_model', 'hardware', 'price_source', 'replica_monthly_usd', 'ops_base_usd'],
  ...['ops_per_replica_usd', 'other_usd', 'min_replicas', 'a', 'b', 'c', 'rho', 'peak_factor', 'one_time_usd'],
  ...['savings_probability', 'gates', 'policy', 'repeat_days'],
]);

/**
 * Parses the content of a migration profile file (a JSON object, snake_case). Required: `name`, `target_model`,
 * `hardware`, `replica_monthly_usd`, `a`, `b`, `c` (service time, not all zero), `savings_probability`. Defaults:
 * `scope` all calls, the other USD fields 0, `min_replicas` 2, `rho` 0.7, `peak_factor` 4, gates unknown, policy as in
 * {@link DEFAULT_MIGRATE_POLICY} (the keys of the calculator `migrate_now`), `repeat_days` 30.
 *
 * @throws {@link InvalidMigrationProfileError} naming every field at fault, unknown fields included
 */
export function parseMigrationProfile(json: unknown): MigrationProfile {
  if (!isObject(json)) throw new InvalidMigrationProfileError(['expected a JSON object']);
  const fields = new ProfileFields(json);
  fields.refuseUnknown(json, PROFILE_FIELDS, '');
  const gates = fields.object('gates');
  fields.refuseUnknown(gates, new Set(['privacy', ...TYPED_GATES]), 'gates.');
  const profile: MigrationProfile = {
    name: fields.text('name'),
    scope: parseScope(fields),
    targetModel: fields.text('target_model'),
    hardware: fields.text('hardware'),
    priceSource: json['price_source'] === undefined ? null : fields.text('price_source'),
    fleet: {
      replicaMonthlyUsd: fields.number('replica_monthly_usd'),
      opsBaseUsd: fields.number('ops_base_usd', { fallback: 0 }),
      opsPerReplicaUsd: fields.number('ops_per_replica_usd', { fallback: 0 }),
      otherUsd: fields.number('other_usd', { fallback: 0 }),
      minReplicas: fields.number('min_replicas', { fallback: 2, min: 1, whole: true }),
    },
    serviceTime: {
      inputTokenS: fields.number('a'),
      outputTokenS: fields.number('b'),
      contextTokenS: fields.number('c'),
    },
    utilisationRatio: fields.number('rho', { fallback: 0.7, min: 0.01, max: 1 }),
    peakFactor: fields.number('peak_factor', { fallback: FALLBACK_PEAK_FACTOR, min: 1 }),
    oneTimeUsd: fields.number('one_time_usd', { fallback: 0 }),
    savingsProbability: fields.number('savings_probability', { max: 1 }),
    privacy: fields.choice<PrivacyRule>(gates, 'privacy', ['allowed', 'mandatory', 'forbidden', 'unknown']),
    gates: parseGates(fields, gates),
    policy: parsePolicy(fields),
    repeatDays: fields.number('repeat_days', { fallback: DEFAULT_REPEAT_DAYS, whole: true }),
    defaulted: fields.defaulted,
  };
  if (Object.values(profile.serviceTime).every((seconds) => seconds === 0)) {
    fields.issues.push('a, b, c: at least one must be above 0');
  }
  if (fields.issues.length > 0) throw new InvalidMigrationProfileError(fields.issues);
  return profile;
}

function parseScope(fields: ProfileFields): Partial<Record<Dimension, string>> {
  const scope: Partial<Record<Dimension, string>> = {};
  for (const [key, value] of Object.entries(fields.object('scope'))) {
    const dimension = DIMENSIONS.find((known) => known === key);
    if (dimension === undefined) fields.issues.push(`scope.${key}: not a dimension (${DIMENSIONS.join(', ')})`);
    else if (typeof value !== 'string' || value === '') fields.issues.push(`scope.${key}: expected non-empty text`);
    else scope[dimension] = value;
  }
  return scope;
}

function parseGates(fields: ProfileFields, gates: Record<string, unknown>): Record<TypedGate, GatesOutcome> {
  const outcomes: readonly GatesOutcome[] = ['pass', 'fail', 'unknown'];
  return {
    quality: fields.choice(gates, 'quality', outcomes),
    expertise: fields.choice(gates, 'expertise', outcomes),
    timeline: fields.choice(gates, 'timeline', outcomes),
    capacity: fields.choice(gates, 'capacity', outcomes),
  };
}

function parsePolicy(fields: ProfileFields): MigratePolicy {
  const policy: { -readonly [K in keyof MigratePolicy]: number } = { ...DEFAULT_MIGRATE_POLICY };
  for (const [key, value] of Object.entries(fields.object('policy'))) {
    const field = Object.hasOwn(POLICY_FIELDS, key) ? POLICY_FIELDS[key] : undefined;
    if (field === undefined) fields.issues.push(`policy.${key}: not known (${Object.keys(POLICY_FIELDS).join(', ')})`);
    else if (typeof value !== 'number' || value < 0) fields.issues.push(`policy.${key}: expected a number from 0`);
    else policy[field] = value;
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
  const key = POLICY_FIELDS[field];
  return key === undefined ? 0 : policy[key];
}

interface NumberRule {
  readonly fallback?: number;
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

/** Reads fields one by one and gathers what is wrong, so that a file is corrected in one go. */
class ProfileFields {
  readonly issues: string[] = [];
  readonly defaulted: string[] = [];
  readonly #json: Record<string, unknown>;

  constructor(json: Record<string, unknown>) {
    this.#json = json;
  }

  refuseUnknown(json: Record<string, unknown>, known: ReadonlySet<string>, prefix: string): void {
    for (const key of Object.keys(json)) if (!known.has(key)) this.issues.push(`${prefix}${key}: not a known field`);
  }

  text(field: string): string {
    const value = this.#json[field];
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.issues.push(`${field}: expected non-empty text`);
    return '';
  }

  object(field: string): Record<string, unknown> {
    const value = this.#json[field];
    if (isObject(value)) return value;
    if (value !== undefined) this.issues.push(`${field}: expected an object`);
    return {};
  }

  number(field: string, rule: NumberRule = {}): number {
    const { min = 0, max = Number.MAX_VALUE } = rule;
    const value = this.#json[field];
    if (value === undefined && rule.fallback !== undefined) {
      this.defaulted.push(field);
      return rule.fallback;
    }
    if (typeof value === 'number' && value >= min && value <= max && (!rule.whole || Number.isInteger(value))) {
      return value;
    }
    const kind = rule.whole ? 'a whole number' : 'a number';
    const bound = rule.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    this.issues.push(`${field}: expected ${kind} ${bound}, got ${JSON.stringify(value) ?? 'nothing'}`);
    return Number.NaN;
  }

  choice<T extends string>(
    gates: Record<string, unknown>,
    gate: string,
    allowed: readonly (T | 'unknown')[],
  ): T | 'unknown' {
    const value = gates[gate];
    if (value === undefined) return 'unknown';
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.issues.push(`gates.${gate}: expected one of ${allowed.join(', ')}`);
    return found ?? 'unknown';
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
