/** A stream of pseudo-random numbers that depends on its seed alone. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** A log-normal number with the given median; `sigma` is the standard deviation of its logarithm. */
  logNormal(median: number, sigma: number): number;
}

/**
 * Makes the stream that belongs to a text: equal texts give equal streams on every machine, so that one call of the
 * sample can be made without making all earlier ones.
 */
export function createRandom(seed: string): Random {
  const next = createWordSource(seed);
  const unit = () => next() / 4_294_967_296;
  const below = (limit: number) => Math.floor(unit() * limit);
  return {
    next: unit,
    below,
    pick: <T>(list: readonly T[]): T => {
      const chosen = list[below(list.length)];
      if (chosen === undefined) throw new RangeError('cannot pick from an empty list');
      return chosen;
    },
    logNormal: (median, sigma) => {
      // Box and Muller; 1 - u is never zero, so the logarithm is finite.
      const normal = Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
      return median * Math.exp(sigma * normal);
    },
  };
}

/** 32-bit words of the small fast counting generator (sfc32), seeded by an FNV-1a hash of the text. */
function createWordSource(seed: string): () => number {
  let a = hashText(seed, 0x811c9dc5);
  let b = hashText(seed, 0x9e3779b9);
  let c = hashText(seed, 0x85ebca6b);
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  // The first words of similar seeds are still alike, so they are thrown away.
  for (let round = 0; round < 15; round++) next();
  return next;
}

function hashText(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
