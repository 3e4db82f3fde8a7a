/** What targets are compared by. */
export const CRITERIA = ['cost', 'latency', 'quality', 'throughput'] as const;

/** One of {@link CRITERIA}. */
export type Criterion = (typeof CRITERIA)[number];

/** How much each criterion counts; 0 = not at all. */
export type Weights = Readonly<Record<Criterion, number>>;

/** One target as far as it is known: null = unknown. */
export interface ComparedTarget {
  readonly name: string;
  /** Share of its calls that went well. */
  readonly okRatio: number | null;
  /** USD for 1,000 calls, milliseconds of a call, a score, tokens a second. */
  readonly figures: Readonly<Record<Criterion, number | null>>;
}

/** What a target has to keep to; null = nothing asked. */
export interface Limits {
  readonly minOkRatio: number;
  readonly maxLatencyMs: number | null;
  readonly minQuality: number | null;
}

/** A figure that decides: on its other side the answer is another. */
export interface Decider {
  readonly target: string;
  readonly input: Criterion | 'ok_ratio';
  readonly value: number;
  /** The answer changes when the value alone is above this; null where none above it does. */
  readonly changesAbove: number | null;
  /** Likewise below. */
  readonly changesBelow: number | null;
  /** What is recommended then; null = nothing. */
  readonly then: string | null;
}

/** What is recommended, and why. */
export interface Recommendation {
  /** Null where no target keeps to the limits. */
  readonly target: string | null;
  /** The next best; null where there is none. */
  readonly runnerUp: string | null;
  /** Criteria that every candidate is known by, which were compared. */
  readonly comparedBy: readonly Criterion[];
  /** Criteria that count but are not known of each candidate, with those of which they are not. */
  readonly leftOut: ReadonlyArray<{ readonly criterion: Criterion; readonly unknownOf: readonly string[] }>;
  readonly excluded: ReadonlyArray<{ readonly target: string; readonly reasons: readonly string[] }>;
  readonly decidedBy: readonly Decider[];
}

/** Cheaper than any price; a figure of zero would outweigh everything. */
const LEAST = 1e-9;

/**
 * Recommends a target. Of those that keep to the limits, the one with the highest sum of weights times logarithms wins:
 * at equal weights half the cost makes up for twice the time. A criterion that is unknown for any candidate is left out,
 * for a guess would decide. Equal sums: the first given.
 */
export function compareTargets(targets: readonly ComparedTarget[], weights: Weights, limits: Limits): Recommendation {
  const { ranked, comparedBy, leftOut, excluded } = rankTargets(targets, weights, limits);
  const [winner, second] = ranked;
  return {
    target: winner?.target.name ?? null,
    runnerUp: second?.target.name ?? null,
    comparedBy,
    leftOut,
    excluded,
    decidedBy: listDeciders(targets, weights, limits),
  };
}

interface Ranking extends Pick<Recommendation, 'comparedBy' | 'leftOut' | 'excluded'> {
  /** Candidates with their sums, the best first. */
  readonly ranked: ReadonlyArray<{ readonly target: ComparedTarget; readonly score: number }>;
}

function rankTargets(targets: readonly ComparedTarget[], weights: Weights, limits: Limits): Ranking {
  const judged = targets.map((target) => ({ target, reasons: listReasons(target, limits) }));
  const candidates = judged.filter(({ reasons }) => reasons.length === 0).map(({ target }) => target);
  const unknownOf = (criterion: Criterion): readonly string[] =>
    candidates.filter(({ figures }) => figures[criterion] === null).map(({ name }) => name);
  const weighed = candidates.length === 0 ? [] : CRITERIA.filter((criterion) => weights[criterion] > 0);
  const comparedBy = weighed.filter((criterion) => unknownOf(criterion).length === 0);
  return {
    comparedBy,
    leftOut: weighed.flatMap((criterion) => {
      const names = unknownOf(criterion);
      return names.length === 0 ? [] : [{ criterion, unknownOf: names }];
    }),
    excluded: judged.flatMap(({ target, reasons }) => (reasons.length === 0 ? [] : [{ target: target.name, reasons }])),
    ranked: candidates
      .map((target) => ({ target, score: scoreTarget(target, comparedBy, weights) }))
      .sort((a, b) => b.score - a.score),
  };
}

function scoreTarget({ figures }: ComparedTarget, comparedBy: readonly Criterion[], weights: Weights): number {
  let score = 0;
  for (const criterion of comparedBy) score += signOf(criterion) * weights[criterion] * logOf(figures[criterion] ?? 0);
  return score;
}

/** Less cost and time is better, more of the others. */
function signOf(criterion: Criterion): 1 | -1 {
  return criterion === 'cost' || criterion === 'latency' ? -1 : 1;
}

function logOf(value: number): number {
  return Math.log(Math.max(value, LEAST));
}

function listReasons({ okRatio, figures }: ComparedTarget, limits: Limits): readonly string[] {
  const { minOkRatio, maxLatencyMs, minQuality } = limits;
  const { latency, quality } = figures;
  const reasons: string[] = [];
  if (okRatio === null || okRatio === 0) reasons.push('no call went well');
  else if (okRatio < minOkRatio) {
    reasons.push(`${percent(okRatio)} of its calls went well, ${percent(minOkRatio)} are asked for`);
  }
  if (maxLatencyMs !== null && (latency === null || latency > maxLatencyMs)) {
    const shown = latency === null ? 'unknown' : `${Math.round(latency)} ms`;
    reasons.push(`its latency is ${shown}, at most ${maxLatencyMs} ms are asked for`);
  }
  if (minQuality !== null && (quality === null || quality < minQuality)) {
    reasons.push(`its quality is ${quality ?? 'unknown'}, at least ${minQuality} is asked for`);
  }
  return reasons;
}

/** Where the answer may turn: at a limit for any target, and where the best has lost its lead over the next. */
function listDeciders(targets: readonly ComparedTarget[], weights: Weights, limits: Limits): readonly Decider[] {
  const { ranked, comparedBy } = rankTargets(targets, weights, limits);
  const [winner, second] = ranked;
  return targets.flatMap((target) =>
    (['ok_ratio', ...CRITERIA] as const).flatMap((input): readonly Decider[] => {
      const value = input === 'ok_ratio' ? target.okRatio : target.figures[input];
      if (value === null) return [];
      const turns: (number | null)[] = [limitOf(input, limits)];
      if (target === winner?.target && second !== undefined && input !== 'ok_ratio' && comparedBy.includes(input)) {
        const lead = (winner.score - second.score) / weights[input];
        turns.push(Math.max(value, LEAST) * Math.exp(-signOf(input) * lead));
      }
      const found = turns
        .flatMap((turn) => (turn === null ? [] : findTurn({ targets, weights, limits }, target, input, value, turn)))
        .sort((a, b) => distanceOf(a) - distanceOf(b))[0];
      return found === undefined ? [] : [found];
    }),
  );
}

function limitOf(input: Decider['input'], { minOkRatio, maxLatencyMs, minQuality }: Limits): number | null {
  if (input === 'ok_ratio') return minOkRatio;
  if (input === 'latency') return maxLatencyMs;
  return input === 'quality' ? minQuality : null;
}

/** Puts the value to either side of where it may turn, and looks whether the answer does. */
function findTurn(
  { targets, weights, limits }: { targets: readonly ComparedTarget[]; weights: Weights; limits: Limits },
  target: ComparedTarget,
  input: Decider['input'],
  value: number,
  turn: number,
): readonly Decider[] {
  const answerOf = (all: readonly ComparedTarget[]): string | null =>
    rankTargets(all, weights, limits).ranked[0]?.target.name ?? null;
  const isNow = answerOf(targets);
  const sides = value === turn ? [1, -1] : [value < turn ? 1 : -1];
  return sides.flatMap((side) => {
    const beyond = turn * (1 + side * MARGIN);
    const then = answerOf(targets.map((it) => (it === target ? withValue(it, input, beyond) : it)));
    if (then === isNow) return [];
    const bounds = side > 0 ? { changesAbove: turn, changesBelow: null } : { changesAbove: null, changesBelow: turn };
    return [{ target: target.name, input, value, ...bounds, then }];
  });
}

/** Far above what computing with logarithms loses. */
const MARGIN = 1e-6;

function withValue(target: ComparedTarget, input: Decider['input'], value: number): ComparedTarget {
  if (input === 'ok_ratio') return { ...target, okRatio: value };
  return { ...target, figures: { ...target.figures, [input]: value } };
}

function distanceOf({ value, changesAbove, changesBelow }: Decider): number {
  return Math.abs((changesAbove ?? changesBelow ?? value) - value);
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 1_000) / 10} %`;
}
