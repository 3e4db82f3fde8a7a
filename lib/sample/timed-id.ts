/**
 * Makes a UUID of version 7: 48 bits of time, then 74 bits taken from two 32-bit words and a 10-bit remainder.
 *
 * @param timeMs - epoch milliseconds, from 0 to 2^48 - 1
 * @param word - gives a whole number from 0 to `limit` - 1
 */
export function createTimedId(timeMs: number, word: (limit: number) => number): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const hex = (digits: number) =>
    word(16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  // The variant's two bits are 10, which leaves the digits 8 to b.
  const variant = (8 + word(4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(6)}${hex(6)}`;
}
