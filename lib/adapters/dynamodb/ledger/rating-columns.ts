import type { AppliedPrice, PriceStatus, Rating } from '../../../domain/rating/rated-call.ts';
import type { ColumnWriter, Scalar } from './columns.ts';

/** Prices of a body, each once; ratings name them by their place. */
export class PriceList {
  readonly prices: AppliedPrice[] = [];
  readonly #places = new Map<string, number>();

  place(price: AppliedPrice): number {
    const place = this.#places.get(price.key) ?? this.prices.push(price) - 1;
    this.#places.set(price.key, place);
    return place;
  }
}

/** Stands between names of units, which hold spaces where senders like but never a control character. */
const UNIT_SEPARATOR = '\n';

/** Fields of a rating with a column of their own; any other is kept as it is in one column of JSON. */
const OWN_COLUMNS = new Set([
  'status',
  'costPicoUsd',
  'listCostPicoUsd',
  'price',
  'unpricedUnits',
  'savedPicoUsd',
] satisfies (keyof Rating)[] as string[]);

/** Lays a rating out in one row of the columns. */
export function setRating(columns: ColumnWriter, prices: PriceList, row: number, rating: Rating): void {
  columns.set('=status', row, rating.status);
  columns.set('=cost', row, rating.costPicoUsd?.toString());
  // A list cost equal to the cost, by far the usual case, is not written twice.
  if (rating.listCostPicoUsd !== rating.costPicoUsd) {
    columns.set('=list', row, rating.listCostPicoUsd?.toString() ?? 'null');
  }
  columns.set('=saved', row, rating.savedPicoUsd?.toString());
  if (rating.unpricedUnits.length > 0) columns.set('=unpriced', row, rating.unpricedUnits.join(UNIT_SEPARATOR));
  const others = Object.entries(rating).filter(([name, value]) => !OWN_COLUMNS.has(name) && value !== undefined);
  if (others.length > 0) columns.set('=more', row, JSON.stringify(Object.fromEntries(others), writeWhole));
  if (rating.price) columns.set('=price', row, prices.place(rating.price));
}

/** Reads a rating back from the values of its row. */
export function readRating(prices: readonly AppliedPrice[], own: Readonly<Record<string, Scalar>>): Rating {
  const amount = (name: string): bigint | null => {
    const text = own[name];
    return text === undefined || text === null || text === 'null' ? null : BigInt(String(text));
  };
  const price = own['=price'];
  const cost = amount('=cost');
  const saved = amount('=saved');
  return {
    status: own['=status'] as PriceStatus,
    costPicoUsd: cost,
    listCostPicoUsd: own['=list'] === undefined ? cost : amount('=list'),
    price: price === undefined ? null : (prices[Number(price)] ?? null),
    unpricedUnits: own['=unpriced'] === undefined ? [] : String(own['=unpriced']).split(UNIT_SEPARATOR),
    ...(saved === null ? {} : { savedPicoUsd: saved }),
    ...(own['=more'] === undefined ? {} : (JSON.parse(String(own['=more']), readWhole) as object)),
  };
}

/** JSON knows no whole numbers of any size: they travel as an object with one field. */
const writeWhole = (_name: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { $whole: value.toString() } : value;

const readWhole = (_name: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$whole' in value ? BigInt(String(value.$whole)) : value;
