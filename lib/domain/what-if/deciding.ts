import type { Change, ChangeKind } from './change.ts';

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
} as const satisfies Record<ChangeKind, string>;

/** The field that the difference of a change hangs on, as a request names it. */
export function nameInput(change: Change): string {
  const field =
    change.kind === 'model' && change.model === null
      ? 'provider'
      : change.kind === 'self_host' && 'capacity' in change.cost
        ? 'capacity'
        : FIELD[change.kind];
  return `changes[${change.index}].${field}`;
}

/** The inputs that make most of a difference, the largest first, whichever way; none that make none. */
export function listDeciding(inputs: readonly DecidingInput[]): readonly DecidingInput[] {
  const size = ({ differencePicoUsd }: DecidingInput): bigint =>
    differencePicoUsd < 0n ? -differencePicoUsd : differencePicoUsd;
  return inputs
    .filter(({ differencePicoUsd }) => differencePicoUsd !== 0n)
    .sort((a, b) => {
      if (size(a) === size(b)) return 0;
      return size(a) > size(b) ? -1 : 1;
    })
    .slice(0, MAX_DECIDING);
}
