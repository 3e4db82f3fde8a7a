import { expect, it } from 'vitest';
import { showValue } from '../../../lib/domain/shown-value.ts';

it.each([
  [undefined, 'nothing'],
  [null, 'null'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [-1.5, '-1.5'],
  [true, 'true'],
  ['a "b"\n', '"a \\"b\\"\\n"'],
  ['x'.repeat(60), `"${'x'.repeat(60)}"`],
  ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
  [[1, [2]], 'an array'],
  [{ a: { b: 1 } }, 'an object'],
])('a message shows %j as %s', (value, shown) => {
  expect(showValue(value)).toBe(shown);
});
