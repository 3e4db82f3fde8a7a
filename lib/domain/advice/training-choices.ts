import { computeTrainingCost } from '../calculators/api-bill.ts';
import { computePaybackMonths } from '../calculators/savings.ts';
import { invariant } from '../errors.ts';
import type { FigureRow, Reference } from '../reference/reference-rows.ts';
import type { Decision } from './decide.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** A way to make a model fit a task better, in the fields of answers; USD are model figures, null = not known. */
export interface TrainingChoice {
  readonly method: 'prompting' | 'supervised' | 'lora' | 'distillation' | 'rlhf' | 'pretraining';
  readonly one_time_usd: number | null;
  readonly one_time_usd_high: number | null;
  /** What a month costs more than today; negative: it saves. */
  readonly monthly_usd_change: number | null;
  /** Months until what it saves or the errors it spares have paid for it; null = never, or not known. */
  readonly payback_months: number | null;
  readonly when: string;
  readonly source: string;
}

/** How often it pays to train anew. */
export interface Retraining {
  /** Months between two trainings at which training and wrong answers together cost least. */
  readonly interval_months: number;
  /** Of both a month, at that interval. */
  readonly monthly_usd: number;
  /** Of wrong answers in the first year if nobody ever trains anew, on average a month. */
  readonly monthly_usd_without: number;
  readonly pays: boolean;
}

/** What training would cost and bring beside inference as it is. */
export interface TrainingAdvice {
  readonly choices: readonly TrainingChoice[];
  readonly retraining: Retraining | null;
}

/** Sets the ways to train against using a model as it is. Prices and factors are rows of reference. */
export function compareTraining(
  profile: AdviceProfile,
  decision: Decision,
  reference: Pick<Reference, 'training'>,
): TrainingAdvice {
  const figure = (id: string): FigureRow => findFigure(reference, id);
  const supervisedUsd = computeTuningUsd(profile, figure('gpt-4o-mini/training').low);
  const monthlyUsd = computeMonthlyUsd(decision);
  const tunedChange = monthlyUsd === null ? null : monthlyUsd * (figure('sft/inference-factor').low - 1);
  const sparedUsd = computeSparedUsd(profile, decision, figure('sft/accuracy-gain').low);
  const lora = figure('lora/cost-factor');
  return {
    choices: [
      describe('prompting', {
        ...range(0, 0),
        monthly_usd_change: 0,
        when: 'First: prompts, examples and caches cost nothing up front and change in minutes.',
        source: 'guide S2, lines 1007-1024',
      }),
      describe('supervised', {
        ...(supervisedUsd === null
          ? range(figure('sft/job').low, figure('sft/job').high)
          : range(supervisedUsd, supervisedUsd)),
        monthly_usd_change: tunedChange,
        payback_months: findPayback(supervisedUsd, sparedUsd, tunedChange),
        when: 'A domain in which the base model is right in less than 80 %, or a format it keeps in less than 95 %.',
        source: supervisedUsd === null ? figure('sft/job').source : figure('gpt-4o-mini/training').source,
      }),
      describe('lora', {
        ...range(figure('sft/job').low / lora.high, figure('sft/job').high / lora.low),
        monthly_usd_change: 0,
        when: 'Own machines or several tasks: 98 to 99 % of full fine-tuning, adapters of 10 to 100 MB on one base.',
        source: lora.source,
      }),
      describeDistillation(profile, decision, figure('distillation/job')),
      describe('rlhf', {
        ...range(figure('rlhf/job').low, figure('rlhf/job').high),
        when: 'Preferences and safety of a model that many people talk to; rankings by people are what it costs.',
        source: figure('rlhf/job').source,
      }),
      describe('pretraining', {
        ...range(...spanOf(reference.training.filter(({ id }) => id.startsWith('pretraining/')))),
        when: 'Never for an application: vendors do it.',
        source: figure('pretraining/GPT-5').source,
      }),
    ],
    retraining: planRetraining(profile, decision, supervisedUsd),
  };
}

/**
 * Interval at which a training that costs K and answers that turn wrong at a steady rate cost least together: with R calls,
 * e USD an error and d more errors of all answers a month, a month costs `K/T + R*e*d*T/2`, which is least at
 * `T = sqrt(2K / (R*e*d))`. It pays when that is less than a year without training anew costs on average, `R*e*d*12/2`.
 */
function planRetraining(
  profile: AdviceProfile,
  { requestsPerMonth }: Decision,
  trainingUsd: number | null,
): Retraining | null {
  const { drift_ratio_per_month: driftRatio, error_cost_usd: errorUsd } = profile;
  if (trainingUsd === null || driftRatio === null || errorUsd === null || requestsPerMonth === null) return null;
  const lossUsd = requestsPerMonth * errorUsd * driftRatio;
  if (lossUsd === 0 || trainingUsd === 0) return null;
  const intervalMonths = Math.sqrt((2 * trainingUsd) / lossUsd);
  const monthlyUsd = trainingUsd / intervalMonths + (lossUsd * intervalMonths) / 2;
  const withoutUsd = (lossUsd * 12) / 2;
  return {
    interval_months: intervalMonths,
    monthly_usd: monthlyUsd,
    monthly_usd_without: withoutUsd,
    pays: monthlyUsd < withoutUsd,
  };
}

function describeDistillation(
  profile: AdviceProfile,
  { perCall, simple, requestsPerMonth }: Decision,
  job: FigureRow,
): TrainingChoice {
  const oneTimeUsd = profile.distillation_usd ?? job.low;
  const [usd, lesserUsd] = [perCall?.unitUsd ?? null, simple?.unitUsd ?? null];
  const savedUsd =
    requestsPerMonth === null || usd === null || lesserUsd === null ? null : requestsPerMonth * (usd - lesserUsd);
  return describe('distillation', {
    ...range(oneTimeUsd, oneTimeUsd),
    monthly_usd_change: savedUsd === null ? null : -savedUsd,
    payback_months: savedUsd === null ? null : computePaybackMonths(oneTimeUsd, savedUsd, 0),
    when: 'Many calls of one kind to a dear model, which a lesser one can learn from its answers at some loss.',
    source: profile.distillation_usd === null ? job.source : 'typed in',
  });
}

/** What it costs to train on the file that was stated; null = no file is. */
function computeTuningUsd(profile: AdviceProfile, usdPerMillion: number): number | null {
  const { training_tokens: tokens, training_epochs: epochs, data_preparation_usd: dataUsd } = profile;
  return tokens === null ? null : computeTrainingCost(tokens, epochs, usdPerMillion).usd + dataUsd;
}

function computeMonthlyUsd({ perCall, requestsPerMonth }: Decision): number | null {
  const usd = perCall?.unitUsd ?? null;
  return usd === null || requestsPerMonth === null ? null : usd * requestsPerMonth;
}

/** USD a month of errors that a tuned model would not make, at the lower end of what is usual. */
function computeSparedUsd(profile: AdviceProfile, { requestsPerMonth }: Decision, gainRatio: number): number | null {
  const { error_cost_usd: errorUsd, base_accuracy_ratio: accuracyRatio } = profile;
  if (errorUsd === null || requestsPerMonth === null || accuracyRatio === null) return null;
  return requestsPerMonth * errorUsd * Math.min(gainRatio, 1 - accuracyRatio);
}

function findPayback(oneTimeUsd: number | null, sparedUsd: number | null, changeUsd: number | null): number | null {
  if (oneTimeUsd === null || sparedUsd === null || changeUsd === null) return null;
  return computePaybackMonths(oneTimeUsd, sparedUsd, changeUsd);
}

function describe(
  method: TrainingChoice['method'],
  facts: Pick<TrainingChoice, 'one_time_usd' | 'one_time_usd_high' | 'when' | 'source'> & Partial<TrainingChoice>,
): TrainingChoice {
  return { method, monthly_usd_change: null, payback_months: null, ...facts };
}

function range(low: number, high: number): Pick<TrainingChoice, 'one_time_usd' | 'one_time_usd_high'> {
  return { one_time_usd: low, one_time_usd_high: high };
}

function spanOf(rows: readonly FigureRow[]): readonly [number, number] {
  return [Math.min(...rows.map(({ low }) => low)), Math.max(...rows.map(({ high }) => high))];
}

function findFigure({ training }: Pick<Reference, 'training'>, id: string): FigureRow {
  const row = training.find((it) => it.id === id);
  invariant(row !== undefined, `no row of training ${id}`);
  return row;
}
