import { z } from 'zod';
import { countUnpriced } from '../../app/spend/query-spend.ts';
import { type MeasureSums, sumOf } from '../../app/spend/query-spend-fold.ts';
import type { Measure } from '../../contracts/measures.ts';
import { INPUT_PARTS, USAGE_UNITS } from '../../contracts/usage-units.ts';
import { renderScaled, renderUsd, renderWhole } from './render.ts';
import { decimalText, picoText, wholeNumber } from './schemas.ts';

/** One measure of a spend row: its name in answers, its form, and how it is read from the sums. */
interface SpendColumn {
  readonly name: string;
  readonly schema: z.ZodType;
  render(sums: MeasureSums): number | string | null;
}

const AUDIO_SECOND_DIGITS = 6;
const QUALITY_DIGITS = 9;

/**
 * The measures of every row and total, in the order of the answer. Cost and list cost are null where every call of the
 * row is without a price: then nothing is known of them, and zero would be a lie.
 */
export const SPEND_COLUMNS: readonly SpendColumn[] = [
  { name: 'cost_usd', schema: decimalText.nullable(), render: (sums) => renderUsd(knownCost(sums)) },
  { name: 'cost_pico_usd', schema: picoText.nullable(), render: (sums) => knownCost(sums)?.toString() ?? null },
  { name: 'list_cost_usd', schema: decimalText.nullable(), render: (sums) => renderUsd(knownListCost(sums)) },
  {
    name: 'list_cost_pico_usd',
    schema: picoText.nullable(),
    render: (sums) => knownListCost(sums)?.toString() ?? null,
  },
  usd('saved_cost_usd', 'saved_cost'),
  usd('reported_cost_usd', 'reported_cost'),
  count('calls', 'calls'),
  count('errors', 'errors'),
  count('aborted', 'aborted'),
  count('cache_hits', 'cache_hits'),
  count('unpriced_calls', 'unpriced'),
  count('unpriced_unit_calls', 'unpriced_unit'),
  count('partially_priced_calls', 'partially_priced'),
  count('reported_calls', 'reported'),
  scaled('quality_sum', 'quality_sum', QUALITY_DIGITS),
  count('quality_count', 'quality_count'),
  ...USAGE_UNITS.map((unit) =>
    unit === 'audio_seconds' ? scaled(unit, unit, AUDIO_SECOND_DIGITS) : count(unit, unit),
  ),
  ...INPUT_PARTS.map((part) => count(`part_${part}`, `part_${part}`)),
];

/** Writes the measures of a row or total into an answer. */
export function renderMeasures(target: Record<string, unknown>, sums: MeasureSums): void {
  for (const column of SPEND_COLUMNS) target[column.name] = column.render(sums);
}

function knownCost(sums: MeasureSums): bigint | null {
  return isUnknown(sums) ? null : sumOf(sums, 'cost');
}

function knownListCost(sums: MeasureSums): bigint | null {
  return isUnknown(sums) ? null : sumOf(sums, 'cost') + sumOf(sums, 'discount');
}

function isUnknown(sums: MeasureSums): boolean {
  const calls = sumOf(sums, 'calls');
  return calls > 0n && countUnpriced(sums).unpriced === calls;
}

function count(name: string, measure: Measure): SpendColumn {
  return { name, schema: wholeNumber, render: (sums) => renderWhole(sumOf(sums, measure)) };
}

function usd(name: string, measure: Measure): SpendColumn {
  return { name, schema: decimalText, render: (sums) => renderUsd(sumOf(sums, measure)) };
}

function scaled(name: string, measure: Measure, digits: number): SpendColumn {
  return {
    name,
    schema: z.union([z.number(), decimalText]),
    render: (sums) => renderScaled(sumOf(sums, measure), digits),
  };
}
