import { NO_OVERRIDES } from '../../domain/prices/book-stamp.ts';
import type { PricingState } from '../corrections/correction-ports.ts';
import type { RepricingPorts } from '../corrections/repricing-ports.ts';
import { ChangedMeanwhileError } from '../request-errors.ts';

const MAX_ATTEMPTS = 10;

/** The state of a tenant whose log nobody has followed yet. */
const UNFOLLOWED: PricingState = {
  followedTo: 0,
  surveyedTo: 0,
  days: null,
  unpricedMonths: [],
  triedWith: null,
  pass: null,
  untold: [],
  ordered: NO_OVERRIDES,
};

/** How far a tenant's log was followed. */
export async function readPricingState(
  { pricingStates }: Pick<RepricingPorts, 'pricingStates'>,
  tenant: string,
): Promise<PricingState> {
  return (await pricingStates.find(tenant)) ?? UNFOLLOWED;
}

/**
 * Changes a tenant's state from whatever it is by now: several sweeps and requests may be at it at once.
 *
 * @param change - from the state as it is to the one wanted; the same object = nothing to save
 * @throws {@link ChangedMeanwhileError} when others kept changing it
 */
export async function changePricingState(
  { pricingStates }: Pick<RepricingPorts, 'pricingStates'>,
  tenant: string,
  change: (state: PricingState) => PricingState,
): Promise<PricingState> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const found = await pricingStates.find(tenant);
    const from = found ?? UNFOLLOWED;
    const to = change(from);
    if (to === from) return from;
    if ((await pricingStates.save(tenant, found, to)) === 'saved') return to;
  }
  throw new ChangedMeanwhileError(`the pricing state of ${tenant} kept changing during ${MAX_ATTEMPTS} attempts`);
}
