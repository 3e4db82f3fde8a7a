import { describe, expect, it } from 'vitest';
import {
  allowNull,
  type Input,
  MAX_INPUT_LIST,
  type Reading,
  readInputs,
  takeChoice,
  takeFields,
  takeFlag,
  takeList,
  takeMap,
  takeNumber,
  takeTuple,
  withDefault,
} from '../../../../lib/domain/inputs/inputs.ts';

/** What an input makes of a value, and what it says is wrong. */
function read<Value>(input: Input<Value>, value: unknown) {
  const reading: Reading = { issues: [], ignored: [] };
  return {
    value: input.read(value, 'x', reading),
    issues: reading.issues.map(({ field, expected }) => `${field}: ${expected}`),
  };
}

describe('a number', () => {
  it.each([
    ['below its minimum', takeNumber('', { min: 1 }), 0.9, 'a number of at least 1, not 0.9'],
    ['above its maximum', takeNumber('', { max: 1 }), 1.1, 'a number of 0 to 1, not 1.1'],
    ['at the bound that it must exceed', takeNumber('', { above: 0 }), 0, 'a number above 0, not 0'],
    ['with a fraction', takeNumber('', { whole: true }), 1.5, 'a whole number of at least 0, not 1.5'],
    ['as text', takeNumber(''), '1', 'a number of at least 0, not "1"'],
    ['that is null', takeNumber(''), null, 'a number of at least 0, not null'],
    ['that is none', takeNumber(''), Number.NaN, 'a number of at least 0, not NaN'],
    ['without end', takeNumber(''), Number.POSITIVE_INFINITY, 'a number of at least 0, not Infinity'],
    ['that is missing', takeNumber(''), undefined, 'a number of at least 0, but it is missing'],
  ])('%s is refused with what it must be', (_why, input, value, expected) => {
    expect(read(input, value)).toEqual({ value: undefined, issues: [`x: ${expected}`] });
  });

  it('may be at its bounds', () => {
    expect(read(takeNumber('', { max: 1 }), 0)).toEqual({ value: 0, issues: [] });
    expect(read(takeNumber('', { max: 1 }), 1)).toEqual({ value: 1, issues: [] });
    expect(read(takeNumber('', { above: 0, max: 1 }), 1)).toEqual({ value: 1, issues: [] });
  });
});

describe('a list', () => {
  it('names every element that is wrong', () => {
    const { value, issues } = read(takeList(takeFlag('')), [true, 1, 'true']);
    expect(value).toBeUndefined();
    expect(issues).toEqual(['x[1]: true or false, not 1', 'x[2]: true or false, not "true"']);
  });

  it('is a list of 100,000 elements and not one more', () => {
    expect(MAX_INPUT_LIST).toBe(100_000);
    expect(read(takeList(takeNumber('')), new Array(100_000).fill(1)).value).toHaveLength(100_000);
    expect(read(takeList(takeNumber('')), new Array(100_001).fill(1)).issues).toHaveLength(1);
  });

  it('has as many elements as it is asked for', () => {
    expect(read(takeList(takeNumber(''), 1), []).issues).toHaveLength(1);
    expect(read(takeTuple([takeNumber('low'), takeNumber('high')]), [1]).issues).toEqual([
      'x: a list of 2: low, high, not an array',
    ]);
  });
});

describe('an object', () => {
  const fields = { needed: takeNumber(''), option: withDefault(takeNumber(''), 7), word: takeChoice('', ['a', 'b']) };

  it('takes the default of what is absent, and names what it does not know', () => {
    const reading: Reading = { issues: [], ignored: [] };
    const values = readInputs(fields, { needed: 1, word: 'b', toString: 1, other: 2 }, 'inputs', reading);
    expect(values).toEqual({ needed: 1, option: 7, word: 'b' });
    expect(reading).toEqual({ issues: [], ignored: ['inputs.toString', 'inputs.other'] });
  });

  it('does not take null for absent, nor what every object has for its own', () => {
    expect(read(takeFields(fields), { needed: 1, option: null, word: 'toString' }).issues).toEqual([
      'x.option: a number of at least 0, not null',
      'x.word: one of a, b, not "toString"',
    ]);
    expect(read(takeFields({ toString: takeNumber('') }), {}).issues).toHaveLength(1);
  });

  it('is no list and no text', () => {
    for (const value of [[], 'text', null]) expect(read(takeFields(fields), value).issues).toHaveLength(1);
    expect(read(allowNull(takeFields(fields), 'none'), null)).toEqual({ value: null, issues: [] });
  });

  it('keeps the names of a map in their order, whatever they are', () => {
    const { value } = read(takeMap(takeNumber('')), JSON.parse('{"z":1,"__proto__":2,"a":3}'));
    expect([...(value ?? [])]).toEqual([
      ['z', 1],
      ['__proto__', 2],
      ['a', 3],
    ]);
    expect(read(takeMap(takeNumber('')), { z: 1, a: -1 })).toEqual({
      value: undefined,
      issues: ['x.a: a number of at least 0, not -1'],
    });
  });
});
