import type { ChangeStep } from './fold.ts';

/** An input of an answer and how much of the difference it makes. */
export interface DecidingInput {
  /** `changes[2].model`: the field that says how much. */
  readonly input: string;
  readonly differencePicoUsd: bigint;
}

/** Most inputs that are named. */
const MAX_DECIDING = 3;

/** The field of each kind of change that its difference hangs on most. */
const FIELD = {
  response_cache: 'share',
  self_host: 'monthly_cost_usd',
  model: 'model',
  tier: 'service_tier',
  trim: 'reduction',
  lazy_tools: 'needed_share',
  compress: 'ratio',
  prompt_cache: 'share',
} as const satisfies Record<ChangeStep['change']['kind'], string>;

/** The inputs that make most of a difference, the largest first, whichever way; none that make none. */
export function listDeciding(steps: readonly ChangeStep[]): readonly DecidingInput[] {
  const size = ({ differencePicoUsd }: DecidingInput): bigint =>
    differencePicoUsd < 0n ? -differencePicoUsd : differencePicoUsd;
  return steps
    .map(({ change, differencePicoUsd }) => ({
      input: `changes[${change.index}].${change.kind === 'model' && change.model === null ? 'provider' : FIELD[change.kind]}`,
      differencePicoUsd,
    }))
    .filter((each) => each.differencePicoUsd !== 0n)
    .sort((a, b) => (size(a) === size(b) ? 0 : size(a) > size(b) ? -1 : 1))
    .slice(0, MAX_DECIDING);
}
