import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import { COVER_DIMENSIONS, type CoverFacts } from '../prices/price-book-capacities.ts';

const PLACES = COVER_DIMENSIONS.map((name) => [name, DIMENSIONS.indexOf(name)] as const);

/** What a leaf says of its calls, as far as capacities choose calls by it. */
export function toCoverFacts(leaf: Leaf): CoverFacts {
  return Object.fromEntries(PLACES.map(([name, place]) => [name, leaf[place] ?? null]));
}
