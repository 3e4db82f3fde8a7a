import type { AuditWindow } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';

/** Before and behind every day that a call may have. */
const FIRST_DAY = '0001-01-01';
const LAST_DAY = '9999-12-31';

/**
 * The days that a request restricts itself to; `undefined` when it names none. An end that is left out is open.
 *
 * @param from - local day, included
 * @param to - local day, excluded
 * @throws {@link InvalidRequestError} when no day lies between them
 */
export function readAuditWindow(from: string | undefined, to: string | undefined): AuditWindow | undefined {
  if (from === undefined && to === undefined) return undefined;
  const window = { fromDay: from ?? FIRST_DAY, toDay: to ?? LAST_DAY };
  if (window.fromDay < window.toDay) return window;
  throw new InvalidRequestError([{ field: 'to', expected: `a day behind ${window.fromDay}` }]);
}
