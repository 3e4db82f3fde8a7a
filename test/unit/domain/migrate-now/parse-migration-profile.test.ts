import { describe, expect, it } from 'vitest';
import { nameMigrationSubject } from '../../../../lib/domain/migrate-now/migration-profile.ts';
import {
  InvalidMigrationProfileError,
  parseMigrationProfile,
} from '../../../../lib/domain/migrate-now/parse-migration-profile.ts';

const smallest = {
  name: 'support-bot on own GPUs',
  target_model: 'llama-3.3-70b',
  hardware: '2 x H100',
  replica_monthly_usd: 4657.4,
  a: 6.9e-5,
  b: 7.1e-5,
  c: 6.8e-8,
  savings_probability: 0.85,
};

function issuesOf(json: unknown): readonly string[] {
  try {
    parseMigrationProfile(json);
  } catch (error) {
    if (error instanceof InvalidMigrationProfileError) return error.issues;
    throw error;
  }
  return [];
}

describe('parseMigrationProfile', () => {
  it('fills in defaults and remembers which', () => {
    const profile = parseMigrationProfile({ name: 'bot', target_model: 'Llama-3.1-8B', hardware: 'a row' });
    expect(profile).toMatchObject({
      typed: { replicaMonthlyUsd: null, serviceTime: null, peakFactor: null, savingsProbability: null },
      running: { utilisationRatio: 0.7, minReplicas: 2, oneTimeUsd: 0, minSavingsRatio: 0.1, minSavingsUsd: 250 },
      ...{ privacy: 'unknown', gates: {}, repeatDays: 30, migratedOn: null },
    });
    expect(profile.defaulted).toContain('rho');
  });

  it('fills in what the tenant shares, and lets own fields win', () => {
    const shared = { name: '*', rho: 0.5, gates: { privacy: 'allowed', expertise_level: 1 }, policy: { on_usd: 900 } };
    const { name, running, privacy, facts, policy } = parseMigrationProfile(
      { ...smallest, gates: { expertise_level: 3 } },
      shared,
    );
    expect({ name, privacy, level: facts.expertiseLevel, onUsd: policy.onSavingsUsd }).toEqual({
      ...{ name: smallest.name, privacy: 'allowed', level: 3, onUsd: 900 },
    });
    expect(running.utilisationRatio).toBe(0.5);
  });

  it('overrides single thresholds of the policy', () => {
    const { policy } = parseMigrationProfile({ ...smallest, policy: { on_usd: 2000, n_on: 14 } });
    expect(policy).toMatchObject({ onSavingsUsd: 2000, onDays: 14, onSavingsRatio: 0.2 });
  });

  it('lists every fault with its field', () => {
    const issues = issuesOf({
      ...smallest,
      name: ' ',
      scope: { app: 'x', colour: 'red', team: 7 },
      replica_monthly_usd: '4657',
      min_replicas: 1.5,
      rho: 70,
      savings_probability: 2,
      gates: { quality: 'yes', speed: 'pass' },
      policy: { on_pct: 0.05, toString: 1 },
      gpu: 'H100',
    });
    for (const field of ['name', 'scope.colour', 'scope.team', 'replica_monthly_usd', 'min_replicas', 'rho']) {
      expect(
        issues.some((issue) => issue.startsWith(`${field}:`)),
        field,
      ).toBe(true);
    }
    for (const field of [
      'savings_probability',
      'gates.quality',
      'gates.speed',
      'policy.off_pct',
      'policy.toString',
      'gpu',
    ]) {
      expect(
        issues.some((issue) => issue.startsWith(`${field}:`)),
        field,
      ).toBe(true);
    }
    expect(issues).toHaveLength(12);
  });

  it('refuses a target that needs no time for a call', () => {
    expect(issuesOf({ ...smallest, a: 0, b: 0, c: 0 })).toEqual(['a, b, c: at least one must be above 0']);
  });

  it('refuses what is no object', () => {
    expect(issuesOf([smallest])).toEqual(['expected a JSON object']);
  });
});

describe('nameMigrationSubject', () => {
  it('makes another hardware another subject', () => {
    const other = parseMigrationProfile({ ...smallest, hardware: '1 x B200' });
    expect(nameMigrationSubject(other)).not.toBe(nameMigrationSubject(parseMigrationProfile(smallest)));
  });
});
