import type { Reference } from '../reference/reference-rows.ts';
import { type Approach, decide } from './decide.ts';
import { type AdviceWarning, APPROACH_WORDS, explainDecision, listWarnings } from './explain-decision.ts';
import { askGuides, type GuideAnswer } from './guide-systems.ts';
import { type AdviceOption, listOptions } from './list-options.ts';
import type { Market } from './market.ts';
import type { SourcedProfile } from './parse-profile.ts';
import { findPhase, PHASES, type Phase } from './phases.ts';
import { type Answer, type DecidingInput, type InputValue, probeInputs, type UnknownInput } from './probe-inputs.ts';
import { PROFILE_FIELD_NAMES, PROFILE_FIELDS, type ProfileFieldName, type ValueOrigin } from './profile-fields.ts';
import { listScalingStrategies, type ScalingStrategy } from './scaling-strategies.ts';
import { compareTraining, type TrainingAdvice } from './training-choices.ts';

/** What would be advised, in the fields of answers. */
export interface AdvisedWay {
  readonly approach: Approach;
  readonly fine_tune: boolean;
}

/** An input that the answer depends on. */
export interface DecidedBy {
  readonly input: ProfileFieldName;
  readonly value: InputValue;
  readonly unit: string;
  readonly origin: DecidingInput['origin'];
  readonly other_sides: readonly {
    readonly value: InputValue;
    readonly threshold: number | null;
    readonly leads_to: AdvisedWay;
  }[];
  /** The same in a sentence. */
  readonly text: string;
}

/** An input that nobody knows and that would matter. */
export interface AskedFor {
  readonly input: ProfileFieldName;
  readonly unit: string;
  readonly together_with: readonly ProfileFieldName[];
  readonly answers: readonly { readonly value: InputValue; readonly leads_to: AdvisedWay }[];
}

/** An advice, in the fields of answers. USD are model figures, JSON numbers, never ledger money. */
export interface Recommendation {
  readonly name: string | null;
  readonly answer: AdvisedWay & {
    readonly what: string | null;
    readonly monthly_usd: number | null;
    readonly text: string;
  };
  readonly why: readonly string[];
  readonly options: readonly AdviceOption[];
  readonly decided_by: readonly DecidedBy[];
  readonly unknown: readonly AskedFor[];
  readonly warnings: readonly AdviceWarning[];
  /** Every value that was reckoned with; what is unknown is left out. */
  readonly inputs: readonly {
    readonly input: ProfileFieldName;
    readonly value: unknown;
    readonly origin: ValueOrigin;
  }[];
  readonly guides: readonly GuideAnswer[];
  readonly training: TrainingAdvice;
  readonly scaling: readonly ScalingStrategy[];
  readonly phase: Phase['phase'];
  readonly phases: readonly Phase[];
  readonly market: {
    readonly prices_at: string;
    readonly scale: string;
    readonly catalog_version: string;
    readonly reference_version: string;
  };
}

/**
 * Recommends what to do with a workload: ways in order with their bills, what decides, what nobody knows, and what the
 * guides would say. Equal profiles on equal markets give equal answers.
 */
export function recommend(
  { profile, origins }: SourcedProfile,
  market: Market,
  reference: Pick<Reference, 'training'>,
): Recommendation {
  const decision = decide(profile, market);
  const { decidedBy, unknown } = probeInputs(profile, origins, market, decision);
  const options = listOptions(profile, market, decision);
  const advised = options.find(({ approach }) => approach === decision.approach);
  return {
    name: profile.name,
    answer: {
      ...toWay(decision),
      what: advised?.what ?? null,
      monthly_usd: advised?.monthly_usd ?? null,
      text: `${APPROACH_WORDS[decision.approach]}${decision.isFineTuned ? ', fine-tuned' : ''}`,
    },
    why: explainDecision(profile, market, decision),
    options,
    decided_by: decidedBy.map(toDecidedBy),
    unknown: unknown.map(toAskedFor),
    warnings: listWarnings(profile, market, decision),
    inputs: PROFILE_FIELD_NAMES.filter((input) => origins[input] !== 'unknown' && input !== 'name').map((input) => ({
      input,
      value: profile[input],
      origin: origins[input],
    })),
    guides: askGuides(profile, decision),
    training: compareTraining(profile, decision, reference),
    scaling: listScalingStrategies(profile, decision),
    phase: findPhase(profile, decision),
    phases: PHASES,
    market: {
      prices_at: new Date(market.atMs).toISOString(),
      scale: market.scale,
      catalog_version: market.catalogVersion,
      reference_version: market.referenceVersion,
    },
  };
}

function toWay({ approach, isFineTuned }: Answer): AdvisedWay {
  return { approach, fine_tune: isFineTuned };
}

function toDecidedBy({ input, value, origin, otherSides }: DecidingInput): DecidedBy {
  const sides = otherSides.map(({ value: other, threshold, leadsTo }) => ({
    value: other,
    threshold,
    leads_to: toWay(leadsTo),
  }));
  const turns = sides.map(({ value: other, leads_to: way }) => {
    const at =
      typeof other === 'number'
        ? `${Number(value) < other ? 'from' : 'down to'} ${showNumber(other)}`
        : `with ${other}`;
    return `${at}: ${way.approach}${way.fine_tune ? ' fine-tuned' : ''}`;
  });
  const own = typeof value === 'number' ? showNumber(value) : String(value);
  return {
    input,
    value,
    unit: PROFILE_FIELDS[input].unit,
    origin,
    other_sides: sides,
    text: `${input} is ${own}${origin === 'given' ? '' : ` (${origin})`}; ${turns.join('; ')}`,
  };
}

function toAskedFor({ input, unit, togetherWith, answers }: UnknownInput): AskedFor {
  return {
    input,
    unit,
    together_with: togetherWith,
    answers: answers.map(({ value, leadsTo }) => ({ value, leads_to: toWay(leadsTo) })),
  };
}

/** Whole from 1,000 on, four digits below. */
function showNumber(value: number): string {
  return value.toLocaleString('en-US', value >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}
