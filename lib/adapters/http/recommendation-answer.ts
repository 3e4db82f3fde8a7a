import { z } from 'zod';
import { APPROACHES } from '../../domain/advice/decide.ts';
import {
  type NumberField,
  PROFILE_FIELD_NAMES,
  PROFILE_FIELDS,
  type ProfileField,
} from '../../domain/advice/profile-fields.ts';

const usd = z.number().nullable();
const value = z.union([z.number(), z.boolean(), z.string()]);
const input = z.string().describe('A field of the profile.');
const wayFields = { approach: z.enum(APPROACHES), fine_tune: z.boolean() };
const way = z.strictObject(wayFields);

const option = z.strictObject({
  approach: z.enum(APPROACHES),
  what: z.string().nullable().describe('The model and who serves it or what it runs on; null: nothing on the market.'),
  monthly_usd: usd.describe('Null: calls or their lengths are not known.'),
  figure: z.enum(['exact', 'at_least', 'range']),
  monthly_usd_high: usd,
  usd_per_call: usd,
  quality_ratio: z.number().nullable().describe('Part of the best score on the scale; null: no score.'),
  replicas: z.number().nullable(),
  pays_from_requests: z.number().nullable().describe('Calls a month from which own machines save enough for good.'),
  against: z.array(z.string()).describe('Why it is not advised.'),
  price_source: z.string().nullable(),
  price_checked_on: z.string().nullable(),
});

const trainingChoice = z.strictObject({
  method: z.string(),
  one_time_usd: usd,
  one_time_usd_high: usd,
  monthly_usd_change: usd,
  payback_months: z.number().nullable(),
  when: z.string(),
  source: z.string(),
});

const retraining = z.strictObject({
  interval_months: z.number(),
  monthly_usd: z.number(),
  monthly_usd_without: z.number(),
  pays: z.boolean(),
});

/** An advice as answers show it; the domain makes it in these fields. */
export const recommendationFields = {
  name: z.string().nullable(),
  answer: z.strictObject({ ...wayFields, what: z.string().nullable(), monthly_usd: usd, text: z.string() }),
  why: z.array(z.string()),
  options: z.array(option).describe('The advised one first, then the cheaper before the dearer.'),
  decided_by: z
    .array(
      z.strictObject({
        input,
        value,
        unit: z.string(),
        origin: z.enum(['given', 'recorded', 'assumed']),
        other_sides: z.array(z.strictObject({ value, threshold: z.number().nullable(), leads_to: way })),
        text: z.string(),
      }),
    )
    .describe('Inputs that the answer depends on, each with the nearest values that lead to another.'),
  unknown: z
    .array(
      z.strictObject({
        input,
        unit: z.string(),
        together_with: z.array(input),
        answers: z.array(z.strictObject({ value, leads_to: way })),
      }),
    )
    .describe('Inputs that nobody knows and that would matter, some only together with others.'),
  warnings: z.array(z.strictObject({ code: z.string(), text: z.string() })),
  inputs: z.array(z.strictObject({ input, value: z.unknown(), origin: z.enum(['given', 'recorded', 'assumed']) })),
  guides: z.array(
    z.strictObject({
      system: z.string(),
      source: z.string(),
      says: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
      missing: z.array(input),
      note: z.string(),
    }),
  ),
  training: z.strictObject({ choices: z.array(trainingChoice), retraining: retraining.nullable() }),
  scaling: z.array(
    z.strictObject({
      strategy: z.enum(['horizontal', 'vertical', 'model', 'hybrid']),
      applies: z.boolean().nullable(),
      when: z.string(),
      why: z.string(),
      source: z.string(),
    }),
  ),
  phase: z.enum(['start', 'evaluate', 'optimise']),
  phases: z.array(z.strictObject({ phase: z.string(), does: z.string(), ends_when: z.string(), source: z.string() })),
  market: z.strictObject({
    prices_at: z.string(),
    scale: z.string(),
    catalog_version: z.string(),
    reference_version: z.string(),
  }),
};

/** Fields of a profile as parameters of a query, where everything is text; the domain judges it. */
export const profileQuery = Object.fromEntries(
  PROFILE_FIELD_NAMES.map((name) => [name, z.string().optional().describe(describeField(PROFILE_FIELDS[name]))]),
);

/** Fields of a profile in a body; the domain judges them too, and what only several show to be wrong. */
export const profileBody = z.strictObject(
  Object.fromEntries(
    PROFILE_FIELD_NAMES.map((name) => [
      name,
      toValue(PROFILE_FIELDS[name]).nullable().optional().describe(PROFILE_FIELDS[name].unit),
    ]),
  ),
);

function toValue(field: ProfileField): z.ZodType {
  if (field.kind === 'number') return bound(field);
  if (field.kind === 'flag') return z.boolean();
  if (field.kind === 'choice') return z.enum(field.words);
  if (field.kind === 'list') return z.array(z.enum(field.words));
  if (field.kind === 'weights') return z.partialRecord(z.enum(field.words), z.number().min(0));
  return z.string().min(1);
}

function bound({ min, max, isWhole }: NumberField): z.ZodType {
  const number = z.number().min(min).max(max);
  return isWhole ? number.int() : number;
}

function describeField(field: ProfileField): string {
  if (field.kind === 'flag') return `true or false: ${field.unit}`;
  if (field.kind === 'choice') return `One of ${field.words.join(', ')}: ${field.unit}`;
  if (field.kind === 'list') return `Some of ${field.words.join(',')}: ${field.unit}`;
  return field.kind === 'weights' ? `${field.unit}: ${field.words.map((word) => `${word}:1`).join(',')}` : field.unit;
}
