import { describe, expect, it } from 'vitest';
import { canMeet, judgeCoverage } from '../../../../lib/domain/budgets/scope-meeting.ts';

describe('a filter against what is known of a call', () => {
  it.each([
    ['counts every call when it is empty', {}, {}, 'counts'],
    ['counts a call of its values', { team: 'cx' }, { team: 'cx', app: 'bot' }, 'counts'],
    ['is of other calls when one value differs', { team: 'cx' }, { team: 'ops' }, 'other'],
    ['is unknown when it names what is not given', { team: 'cx', model: 'm-1' }, { team: 'cx' }, 'unknown'],
    // Whatever the model is, the team is another one.
    [
      'is of other calls when one value differs and one is not given',
      { team: 'cx', model: 'm' },
      { team: 'o' },
      'other',
    ],
  ] as const)('%s', (_, filter, known, coverage) => {
    expect(judgeCoverage(filter, known)).toBe(coverage);
  });
});

describe('two filters', () => {
  it.each([
    ['meet when one of them is empty', {}, { team: 'cx' }, true],
    ['meet when they fix different dimensions', { team: 'cx' }, { app: 'bot' }, true],
    ['meet when they fix the same value', { team: 'cx' }, { team: 'cx', app: 'bot' }, true],
    ['do not meet when they fix two values of one dimension', { team: 'cx', app: 'bot' }, { team: 'ops' }, false],
  ] as const)('%s, whichever is asked first', (_, a, b, meets) => {
    expect([canMeet(a, b), canMeet(b, a)]).toEqual([meets, meets]);
  });
});
