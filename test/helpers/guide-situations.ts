import { readdirSync, readFileSync } from 'node:fs';
import { bundledReference } from '../../lib/catalog/reference.ts';
import type { Approach } from '../../lib/domain/advice/decide.ts';
import { completeProfile, parseProfile } from '../../lib/domain/advice/parse-profile.ts';
import { type Recommendation, recommend } from '../../lib/domain/advice/recommend.ts';
import { answerCalculation } from '../../lib/domain/calculators/calculators.ts';
import { marketOfRelease } from './advice-market.ts';

/** Kinds of answers that guides and the product have in common. */
export type Way = 'pay_by_call' | 'hybrid' | 'own_machines' | 'on_device' | 'none';

/** A figure of a guide and how it is computed right. */
export interface FigureCheck {
  readonly what: string;
  readonly place: string;
  /** As the guide has it; null = it has none to compare. */
  readonly stated: number | null;
  readonly fn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly field: string;
}

/** A situation that a guide names, with its answer; what the product answers is computed, never read from here. */
export interface GuideSituation {
  readonly slug: string;
  readonly title: string;
  readonly guide: {
    readonly way: Way;
    readonly answer: string;
    readonly place: string;
    readonly monthly_usd: number | null;
    readonly monthly_usd_high: number | null;
  };
  readonly profile: Readonly<Record<string, unknown>>;
  /** Whether the product answers the same kind of way. */
  readonly agrees: boolean;
  readonly why: string;
  readonly checks: readonly FigureCheck[];
}

const FOLDER = new URL('../fixtures/guide-situations/', import.meta.url);

/** Every situation, in the order of the guides. */
export const GUIDE_SITUATIONS: readonly GuideSituation[] = readdirSync(FOLDER)
  .sort()
  .map((file) => ({
    slug: file.replace(/\.json$/, ''),
    ...(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Omit<GuideSituation, 'slug'>),
  }));

const WAYS: Readonly<Record<Approach, Way>> = {
  api_premium: 'pay_by_call',
  api_budget: 'pay_by_call',
  managed_open: 'pay_by_call',
  hybrid: 'hybrid',
  self_hosted: 'own_machines',
  on_device: 'on_device',
  none: 'none',
};

/** What the product answers to a situation, with the prices of the day of the page. */
export function answerSituation({ profile }: GuideSituation): { readonly way: Way; readonly advice: Recommendation } {
  const { given, issues } = parseProfile(profile);
  if (given === undefined) throw new Error(JSON.stringify(issues));
  const advice = recommend(completeProfile(given), marketOfRelease(given.api_model ?? null), bundledReference());
  return { way: WAYS[advice.answer.approach], advice };
}

/** The right figure of a check. */
export function computeFigure({ fn, inputs, field }: FigureCheck): number {
  const { result, ignored } = answerCalculation({ fn, inputs });
  const value = result[field];
  if (typeof value !== 'number' || ignored.length > 0) throw new Error(`${fn}: ${field}, ${ignored.join()}`);
  return value;
}
