import { BREAK_EVEN_CALCULATORS } from './calculators/break-even-calculators.ts';
import { HOSTING_CALCULATORS } from './calculators/hosting-calculators.ts';
import { SAVING_CALCULATORS } from './calculators/saving-calculators.ts';
import type { Calculator } from './input-fields.ts';

/** Every function of `tokenledger calc` by the name under which it is called. */
export const CALCULATORS: ReadonlyMap<string, Calculator> = new Map(
  Object.entries({ ...BREAK_EVEN_CALCULATORS, ...HOSTING_CALCULATORS, ...SAVING_CALCULATORS }),
);
