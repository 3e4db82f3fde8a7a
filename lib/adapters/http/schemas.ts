import { z } from 'zod';
import { INCOMPLETE_REASONS } from '../../app/spend/query-completeness.ts';
import { parseInstant } from '../../domain/instant.ts';

/** Money or another exact decimal, as plain text without an exponent. */
export const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/, { error: 'decimal text such as "500.00"' });

/** Whole picoUSD as text. */
export const picoText = z.string().regex(/^-?\d+$/);

/** A whole number: a JSON number up to 2^53-1, decimal text above. */
export const wholeNumber = z.union([z.int(), z.string().regex(/^-?\d+$/)]);

/** A count that never outgrows a JSON number. */
export const smallCount = z.int().min(0);

/** An RFC 3339 time in UTC. */
export const timeText = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);

const DAY_EXPECTED = { error: 'a day of the calendar, such as 2026-01-29' };

/** A local day, one that exists. */
export const dayText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, { ...DAY_EXPECTED, abort: true })
  .refine((text) => parseInstant(`${text}T00:00:00Z`) !== undefined, DAY_EXPECTED);

/** An opaque cursor of a list. */
export const cursorText = z.string().min(1).max(4_096);

/** What every answer about money says of its own completeness. */
export const completenessFields = {
  complete: z.boolean(),
  incomplete_reasons: z.array(z.strictObject({ reason: z.enum(INCOMPLETE_REASONS), count: wholeNumber })),
  as_of: timeText,
};

/** The body of every answer that is not a success. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), expected: z.string() })),
});
