/** Chance that follows from its seed alone, the same on every machine. */
export class Random {
  #state: number;

  /** @param seed - a whole number; its lowest 32 bits count */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (included) to 1 (excluded), by mulberry32. */
  next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number from 0 (included) to `below` (excluded). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** True once in `times` on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of the values; there must be one. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }

  /** The values in another order. */
  shuffle<T>(values: readonly T[]): T[] {
    const drawn = values.map((value) => [this.next(), value] as const);
    return drawn.sort(([a], [b]) => a - b).map(([, value]) => value);
  }
}
