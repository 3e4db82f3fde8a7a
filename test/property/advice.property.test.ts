import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../lib/domain/advice/decide.ts';
import { completeProfile, parseProfile, type SourcedProfile } from '../../lib/domain/advice/parse-profile.ts';
import { isSameAnswer, probeInputs, toAnswer } from '../../lib/domain/advice/probe-inputs.ts';
import {
  type AdviceProfile,
  DECIDING_FIELDS,
  PROFILE_FIELDS,
  type ProfileField,
  type ProfileFieldName,
} from '../../lib/domain/advice/profile-fields.ts';
import { marketOfRelease } from '../helpers/advice-market.ts';

const market = marketOfRelease('gpt-4o-mini');

/** Any allowed value; numbers over all their orders of magnitude. */
function drawValue(field: ProfileField): fc.Arbitrary<unknown> {
  if (field.kind === 'flag') return fc.boolean();
  if (field.kind === 'choice') return fc.constantFrom(...field.words);
  if (field.kind !== 'number') return fc.constant(null);
  const { min, max, isWhole, steps } = field;
  if (isWhole && steps === 'even') return fc.integer({ min, max });
  const floor = Math.max(min, isWhole ? 1 : 0.01);
  const scaled = fc.double({ min: 0, max: 1, noNaN: true }).map((part) => floor * (max / floor) ** part);
  const even = fc.double({ min, max, noNaN: true });
  return (steps === 'even' ? even : scaled).map((value) => Math.min(max, isWhole ? Math.round(value) : value));
}

/** Values of workloads that people have, so that answers turn on more than one of them. */
const TYPICAL: { readonly [Name in ProfileFieldName]?: fc.Arbitrary<unknown> } = {
  requests_per_month: fc.double({ min: 3, max: 9.5, noNaN: true }).map((power) => Math.round(10 ** power)),
  input_tokens_per_request: fc.integer({ min: 50, max: 60_000 }),
  output_tokens_per_request: fc.integer({ min: 10, max: 4_000 }),
  privacy_required: fc.constantFrom(false, false, false, true),
  offline_required: fc.constantFrom(false, false, false, false, true),
  ops_base_usd: fc.integer({ min: 0, max: 20_000 }),
  ops_per_replica_usd: fc.integer({ min: 0, max: 2_000 }),
  other_usd: fc.integer({ min: 0, max: 2_000 }),
  min_savings_ratio: fc.double({ min: 0, max: 0.6, noNaN: true }),
  min_savings_usd: fc.integer({ min: 0, max: 5_000 }),
  min_replicas: fc.integer({ min: 1, max: 6 }),
};

const given: fc.Arbitrary<Partial<AdviceProfile>> = fc
  .tuple(
    ...DECIDING_FIELDS.map((name) =>
      fc.option(
        (TYPICAL[name] ?? drawValue(PROFILE_FIELDS[name])).map((value) => [name, value] as const),
        {
          nil: null,
          freq: name.endsWith('_per_request') || name === 'requests_per_month' ? 8 : 1,
        },
      ),
    ),
  )
  .map((entries) => {
    const values = Object.fromEntries(entries.filter((it) => it !== null)) as Partial<
      Record<ProfileFieldName, unknown>
    >;
    const isByUsers = values.users !== undefined && values.queries_per_user_per_day !== undefined;
    const isMachine = values.self_host_monthly_usd !== undefined && values.self_host_requests_per_month !== undefined;
    if (isByUsers) delete values.requests_per_month;
    else for (const name of ['users', 'queries_per_user_per_day'] as const) delete values[name];
    if (!isMachine)
      for (const name of ['self_host_monthly_usd', 'self_host_requests_per_month'] as const) delete values[name];
    return values as Partial<AdviceProfile>;
  });

const answerOf = ({ profile }: Pick<SourcedProfile, 'profile'>) => toAnswer(decide(profile, market));
/** Each run decides a few hundred times. A night takes more: `RUNS=800`. */
const RUNS = { numRuns: Number(process.env['RUNS'] ?? 25) };

describe('what an advice is decided by', () => {
  it('takes another answer when an input that is listed goes to its other side, the one that is stated', () => {
    fc.assert(
      fc.property(given, (values) => {
        const { profile, origins } = completeProfile(values);
        const decision = decide(profile, market);
        for (const { input, otherSides } of probeInputs(profile, origins, market, decision).decidedBy) {
          expect(otherSides.length, input).toBeGreaterThan(0);
          for (const { value, leadsTo } of otherSides) {
            const other = answerOf({ profile: { ...profile, [input]: value } });
            expect(other, input).toEqual(leadsTo);
            expect(isSameAnswer(other, toAnswer(decision)), input).toBe(false);
          }
        }
      }),
      RUNS,
    );
  });

  it('keeps the answer when an input that is not listed takes any other value', () => {
    const others = fc.tuple(
      ...DECIDING_FIELDS.map((name) => fc.array(drawValue(PROFILE_FIELDS[name]), { minLength: 5, maxLength: 5 })),
    );
    fc.assert(
      fc.property(given, others, (values, drawn) => {
        const { profile, origins } = completeProfile(values);
        const decision = decide(profile, market);
        const listed = probeInputs(profile, origins, market, decision).decidedBy.map(({ input }) => input);
        for (const [index, name] of DECIDING_FIELDS.entries()) {
          if (profile[name] === null || listed.includes(name)) continue;
          for (const value of drawn[index] ?? []) {
            const other = answerOf({ profile: { ...profile, [name]: value } });
            expect(other, `${name} = ${value}`).toEqual(toAnswer(decision));
          }
        }
      }),
      RUNS,
    );
  });

  it('keeps the answer between an input and the nearest of its thresholds', () => {
    fc.assert(
      fc.property(given, fc.double({ min: 0, max: 0.999, noNaN: true }), (values, part) => {
        const { profile, origins } = completeProfile(values);
        const decision = decide(profile, market);
        for (const { input, value, otherSides } of probeInputs(profile, origins, market, decision).decidedBy) {
          const field: ProfileField = PROFILE_FIELDS[input];
          if (field.kind !== 'number' || field.isWhole) continue;
          for (const { threshold } of otherSides) {
            const between = Number(value) + part * (Number(threshold) - Number(value));
            expect(answerOf({ profile: { ...profile, [input]: between } }), `${input} = ${between}`).toEqual(
              toAnswer(decision),
            );
          }
        }
      }),
      RUNS,
    );
  });

  it('asks for an unknown input only when knowing it may lead to another answer', () => {
    fc.assert(
      fc.property(given, (values) => {
        const { profile, origins } = completeProfile(values);
        const decision = decide(profile, market);
        for (const { input, togetherWith, answers } of probeInputs(profile, origins, market, decision).unknown) {
          expect(profile[input], input).toBeNull();
          if (togetherWith.length > 0) {
            expect(answers.length, input).toBeGreaterThan(1);
            continue;
          }
          expect(
            answers.some(({ leadsTo }) => !isSameAnswer(leadsTo, toAnswer(decision))),
            input,
          ).toBe(true);
          for (const { value, leadsTo } of answers) {
            expect(answerOf({ profile: { ...profile, [input]: value } }), `${input} = ${value}`).toEqual(leadsTo);
          }
        }
      }),
      RUNS,
    );
  });
});

describe('what nobody knows', () => {
  it('keeps the answer whatever it is, where it is not asked for', () => {
    const others = fc.tuple(
      ...DECIDING_FIELDS.map((name) => fc.array(drawValue(PROFILE_FIELDS[name]), { minLength: 5, maxLength: 5 })),
    );
    // Calls may be stated in one of two ways, own machines only with both of their fields.
    const isSingle = (name: string) => !/^(users|queries_|requests_|self_host_)/.test(name);
    fc.assert(
      fc.property(given, others, (values, drawn) => {
        const { profile, origins } = completeProfile(values);
        const decision = decide(profile, market);
        const asked = probeInputs(profile, origins, market, decision).unknown.map(({ input }) => input);
        for (const [index, name] of DECIDING_FIELDS.entries()) {
          if (profile[name] !== null || asked.includes(name) || !isSingle(name)) continue;
          for (const value of drawn[index] ?? []) {
            const other = answerOf({ profile: { ...profile, [name]: value } });
            expect(other, `${name} = ${value}`).toEqual(toAnswer(decision));
          }
        }
      }),
      RUNS,
    );
  });
});

describe('a profile', () => {
  it('is read back as it was sent', () => {
    fc.assert(
      fc.property(given, (values) => {
        expect(parseProfile(values)).toEqual({ given: values, issues: [] });
      }),
      RUNS,
    );
  });
});
