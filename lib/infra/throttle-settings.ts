import { checkNames } from './check-settings.ts';
import { InvalidSettingError } from './invalid-setting-error.ts';

/** How many requests the gateway lets through, for all callers of a URL together; the others are answered with 429. */
export interface ThrottleSettings {
  /**
   * For each route that takes usage in: `POST /v1/events` and `POST /v1/traces`.
   * @default 500 a second, 1000 at once
   */
  readonly intake?: RequestLimit;
  /**
   * For all other routes together.
   * @default 200 a second, 400 at once
   */
  readonly other?: RequestLimit;
}

/** A bucket that fills at a rate and holds so many requests. */
export interface RequestLimit {
  /** Requests a second that go on for ever, from 1. */
  readonly ratePerSecond: number;
  /** Requests that may come at once after a pause, a whole number from 1. */
  readonly burstRequests: number;
}

/**
 * The limits with defaults filled in.
 * @throws {@link InvalidSettingError} for a rate or a burst below one
 */
export function fillThrottle(throttle: ThrottleSettings): Required<ThrottleSettings> {
  checkNames('throttle', throttle, ['intake', 'other']);
  const { intake, other } = throttle;
  const filled = {
    intake: intake ?? { ratePerSecond: 500, burstRequests: 1000 },
    other: other ?? { ratePerSecond: 200, burstRequests: 400 },
  };
  for (const [name, limit] of Object.entries(filled)) {
    checkNames(`throttle.${name}`, limit, ['ratePerSecond', 'burstRequests']);
    const { ratePerSecond, burstRequests } = limit;
    if (!(Number.isFinite(ratePerSecond) && ratePerSecond >= 1)) {
      throw new InvalidSettingError(`throttle.${name}.ratePerSecond`, 'a number from 1', ratePerSecond);
    }
    if (!(Number.isInteger(burstRequests) && burstRequests >= 1)) {
      throw new InvalidSettingError(`throttle.${name}.burstRequests`, 'a whole number from 1', burstRequests);
    }
  }
  return filled;
}
