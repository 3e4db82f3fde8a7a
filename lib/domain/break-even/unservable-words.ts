import type { UnservableReason } from '../workload/demand.ts';

/** Why a target does not take calls, to be read after their number; a reason without words stands for itself. */
export function nameUnservable(reason: string): string {
  return Object.hasOwn(UNSERVABLE_WORDS, reason) ? UNSERVABLE_WORDS[reason as UnservableReason] : reason;
}

const UNSERVABLE_WORDS: Readonly<Record<UnservableReason, string>> = {
  covered: 'covered by a capacity with a fixed price',
  measurement: 'made by tokenledger measure',
  kind: 'of another kind',
  modality: 'with images or sound',
  context: 'larger than its window',
};
