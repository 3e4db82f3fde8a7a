import {
  ALL_MILLIONTHS,
  type Change,
  type HostingCost,
  type ModelChange,
  type PromptCacheChange,
  type SelfHostChange,
  takesRest,
} from './change.ts';
import { leavesTooLittle } from './check-shares.ts';
import type { TargetFacts } from './fit-call.ts';
import type { PartShares } from './prompt.ts';

/** One thing that an answer takes for granted, as a sentence for people. */
export interface Assumption {
  /** The change that needs it, by its place in the list as given; null = the answer as a whole. */
  readonly index: number | null;
  readonly text: string;
}

/**
 * Lists what an answer rests on besides the recorded calls.
 *
 * @param changes - as they take effect
 * @param factsOf - what is known of the model of a change
 */
export function listAssumptions(
  changes: readonly Change[],
  assumedParts: PartShares,
  factsOf: (change: ModelChange) => TargetFacts | null,
): readonly Assumption[] {
  const whole: string[] = [];
  if (changes.length > 0)
    whole.push('Every call is made again as it was: as many calls, as long answers, as many tries.');
  if (changes.some((change) => 'complexity' in change && !change.takesRest && change.shareMillionths < 1_000_000n)) {
    whole.push(
      'A share of calls is a fair sample of them: of every size, hour and model alike, whatever other changes take.',
    );
  }
  if (changes.some(({ kind }) => kind === 'trim' || kind === 'compress' || kind === 'lazy_tools')) {
    whole.push(
      'A prompt cache holds the front of a prompt, parts in the order of the contract; what is left out of a part is left out of its cached and other tokens alike.',
    );
  }
  for (const [part, share] of assumedParts) {
    whole.push(`Prompts of calls that did not tell their parts are ${showPercent(share)} ${part}.`);
  }
  return [
    ...whole.map((text) => ({ index: null, text })),
    ...changes.flatMap((change) => describe(change, factsOf).map((text) => ({ index: change.index, text }))),
  ];
}

function describe(change: Change, factsOf: (change: ModelChange) => TargetFacts | null): readonly string[] {
  const shared = describeShare(change);
  switch (change.kind) {
    case 'response_cache':
      return [
        ...shared,
        'The ledger holds no prompts, so it cannot know which calls repeat another one: the share of hits is as stated, and a hit costs nothing.',
      ];
    case 'self_host':
      return [...shared, ...describeOwnTarget(change)];
    case 'model':
      return [...shared, ...describeTarget(change, factsOf(change))];
    case 'tier':
      return [...shared, `Every call may wait as long as the service tier ${change.serviceTier} takes.`];
    case 'trim':
      return ['Shorter instructions do not change the answers.'];
    case 'lazy_tools':
      return [
        'Calls that need their tools send all of them, without a further call to ask for them; the others send none.',
      ];
    case 'compress':
      return ['Writing the summaries costs nothing here: calls that write them are not in the answer.'];
    case 'prompt_cache':
      return [
        'Calls come often enough, and their prompts begin alike enough, for the stated share to be read from the cache; a prompt that is served better already stays so.',
        `${describeWrites(change)}; written tokens are paid for where the model has a price for them.`,
        `Prompts below ${change.minInputTokens} tokens are not cached.`,
      ];
  }
}

function describeShare(change: Change): readonly string[] {
  if (takesRest(change)) {
    return [
      'The rest are calls that no other change of this kind took: also those that did not fit, or told no complexity.',
    ];
  }
  if (!('complexity' in change) || change.complexity === null) return [];
  return describeComplexity(change.complexity, change.shareMillionths);
}

function describeWrites({ shareMillionths: share, readsPerWriteMillionths: reads }: PromptCacheChange): string {
  if (!leavesTooLittle(share, reads)) {
    return `A token written to the cache is read ${showMillionths(reads)} times before it is gone`;
  }
  const left = ALL_MILLIONTHS - share;
  if (left === 0n) return 'Where all of every prompt is read nothing is ever written, which no cache reaches: a bound';
  const implied = showMillionths((share * ALL_MILLIONTHS) / left);
  return `A share of ${showPercent(share)} leaves ${showPercent(left)} to be written, each token read ${implied} times`;
}

function describeComplexity(complexity: string, share: bigint): readonly string[] {
  return share === 0n
    ? [`Only calls that told a complexity of ${complexity} are taken; those that told none are left.`]
    : [`Of calls that told no complexity, ${showPercent(share)} are taken to be ${complexity}.`];
}

function describeOwnTarget({ contextTokens, targetKind, cost }: SelfHostChange): readonly string[] {
  const fit =
    contextTokens === null
      ? 'How long prompts the own machines take is not known: no call is left out for its length.'
      : `Own machines take calls of up to ${contextTokens} tokens of input and output together.`;
  const kind =
    targetKind === null ? ['What the own model is for is not known: no call is left out for what it asks.'] : [];
  return [fit, ...kind, describeCost(cost)];
}

function describeCost(cost: HostingCost): string {
  return 'capacity' in cost
    ? `Days on which the capacity ${cost.capacity} is booked already cost nothing more, and it has room for the calls that move.`
    : 'The stated cost is of enough machines for the calls that move, at their busiest too; break-even sizes them.';
}

function describeTarget({ model, provider }: ModelChange, facts: TargetFacts | null): readonly string[] {
  const name = [provider, model].filter((it) => it !== null).join(' ');
  const unknown = [
    ...(facts?.kind == null ? ['what it is for'] : []),
    ...(facts?.contextTokens == null ? ['its context window'] : []),
    ...(facts?.inputModalities == null ? ['what it reads besides text'] : []),
  ];
  return [
    'The other model counts the same tokens and answers as well: no quality is compared here.',
    'What a cache served stays so where the other model has a price for it, and is plain input where it has none.',
    ...(unknown.length > 0 ? [`Not known of ${name}: ${unknown.join(', ')}; no call is left out for that.`] : []),
  ];
}

function showPercent(millionths: bigint): string {
  return `${Number(millionths) / 10_000} %`;
}

function showMillionths(millionths: bigint): string {
  return String(Number(millionths) / 1_000_000);
}
