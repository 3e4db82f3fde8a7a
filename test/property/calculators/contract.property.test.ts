import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CalculationError } from '../../../lib/domain/calculators/calculation-error.ts';
import { answerCalculation, CALCULATORS } from '../../../lib/domain/calculators/calculators.ts';
import { type Sent, SOUND_INPUTS } from '../../helpers/calculator-inputs.ts';

/** Inputs that one way of asking needs and another leaves out; their own test is in the unit tests. */
const NEEDED_BY_ONE_WAY = new Set(['universal_monthly_cost']);

/** Every number inside a value. */
function listNumbers(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listNumbers) : [];
}

/** Fields that a request is refused for. */
function listFaults(fn: string, inputs: Sent): readonly string[] {
  try {
    answerCalculation({ fn, inputs });
    return [];
  } catch (error) {
    if (!(error instanceof CalculationError)) throw error;
    return error.issues.map(({ field }) => field);
  }
}

it('there are sound inputs of every calculator', () => {
  expect(Object.keys(SOUND_INPUTS).sort()).toEqual([...CALCULATORS.keys()].sort());
});

describe.each([...CALCULATORS.values()].map((calculator) => [calculator.name, calculator] as const))(
  '%s',
  (fn, calculator) => {
    const sound: fc.Arbitrary<Sent> = SOUND_INPUTS[fn] ?? fc.constant({});

    it('answers the fields that it says, with finite numbers, the same each time, and changes nothing it is given', () => {
      fc.assert(
        fc.property(sound, (inputs) => {
          const before = JSON.stringify(inputs);
          const { result, ignored } = answerCalculation({ fn, inputs });
          expect(Object.keys(result)).toEqual(Object.keys(calculator.result));
          expect(listNumbers(result).every(Number.isFinite)).toBe(true);
          expect(ignored).toEqual([]);
          expect(answerCalculation({ fn, inputs }).result).toEqual(result);
          expect(JSON.stringify(inputs)).toBe(before);
        }),
      );
    });

    it('names an input that is missing, and takes the default of one that may be', () => {
      fc.assert(
        fc.property(sound, fc.constantFrom(...Object.keys(calculator.inputs)), (inputs, name) => {
          const { [name]: _left, ...without } = inputs;
          const input = calculator.inputs[name];
          if (input === undefined || !('fallback' in input)) {
            expect(listFaults(fn, without)).toEqual([`inputs.${name}`]);
          } else if (input.fallback !== null) {
            expect(answerCalculation({ fn, inputs: without })).toEqual(
              answerCalculation({ fn, inputs: { ...inputs, [name]: input.fallback } }),
            );
          } else if (!NEEDED_BY_ONE_WAY.has(fn)) {
            expect(listFaults(fn, without)).toEqual([]);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('names an input of the wrong type', () => {
      const wrong = fc.constantFrom<unknown>(Number.NaN, null, { not: 'it' }, [['not', 'it']]);
      fc.assert(
        fc.property(sound, fc.constantFrom(...Object.keys(calculator.inputs)), wrong, (inputs, name, value) => {
          fc.pre(value !== null || calculator.inputs[name]?.expected.endsWith('or null') === false);
          const faults = listFaults(fn, { ...inputs, [name]: value });
          expect(faults.length).toBeGreaterThan(0);
          expect(faults.every((field) => field.startsWith(`inputs.${name}`))).toBe(true);
        }),
        { numRuns: 60 },
      );
    });
  },
);
