import type { z } from 'zod';
import type { RequestIssue } from '../../app/request-errors.ts';

/**
 * What a schema found wrong, by field: `overrides[0].rates`, or the root's name for the value as a whole.
 *
 * @param root - name of the value as a whole, for issues that are of no field
 */
export function toRequestIssues(error: z.ZodError, root: string): readonly RequestIssue[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.reduce<string>(
      (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text ? '.' : ''}${String(part)}`),
      '',
    );
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        field: path ? `${path}.${key}` : key,
        expected: 'no such field or parameter',
      }));
    }
    return [{ field: path || root, expected: expectation(issue) }];
  });
}

function expectation(issue: z.core.$ZodIssue): string {
  // The schemas' word for an object with names of any kind says nothing to a caller.
  if (issue.code === 'invalid_type')
    return `a value of type ${issue.expected === 'record' ? 'object' : issue.expected}`;
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_big')
    return `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : ''}`.trim();
  if (issue.code === 'too_small')
    return `at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : ''}`.trim();
  // The kinds of a body that comes in several.
  if (issue.code === 'invalid_union' && 'options' in issue && issue.options !== undefined)
    return `one of ${issue.options.map(String).join(', ')}`;
  return issue.message;
}
