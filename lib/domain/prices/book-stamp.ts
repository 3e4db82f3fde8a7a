/**
 * Which override changes a price book holds: the numbers of the last global and the last tenant change in it, 0 = none.
 * Changes are numbered without gaps and never removed, so a book whose numbers are higher holds everything that a
 * lower one does.
 */
export interface BookStamp {
  readonly global: number;
  readonly tenant: number;
}

/** The stamp of a book without overrides. */
export const NO_OVERRIDES: BookStamp = Object.freeze({ global: 0, tenant: 0 });

/** Whether a book lacks a change that another one holds. */
export function isOlderBook(book: BookStamp, other: BookStamp): boolean {
  return book.global < other.global || book.tenant < other.tenant;
}
