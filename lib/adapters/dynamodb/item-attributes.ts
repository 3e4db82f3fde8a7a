import { invariant } from '../../domain/errors.ts';
import type { Item } from './table.ts';

/** The text held by an attribute. @throws {@link InvariantError} when the item was not written by us */
export function textAttribute(item: Item, name: string): string {
  const value = item[name];
  invariant(typeof value === 'string', `${item.pk}/${item.sk}: attribute ${name} is not text`);
  return value;
}

/** The epoch milliseconds (or other safe whole number) held by an attribute. */
export function numberAttribute(item: Item, name: string): number {
  const value = item[name];
  invariant(typeof value === 'bigint', `${item.pk}/${item.sk}: attribute ${name} is not a number`);
  return Number(value);
}
