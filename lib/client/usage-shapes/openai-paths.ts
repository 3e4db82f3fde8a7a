import { isFields, type RawFields } from './raw-counts.ts';

/** The value at a dotted path (`prompt_tokens_details.cached_tokens`); undefined where any step is missing. */
export function valueAt(fields: RawFields, path: string): unknown {
  let value: unknown = fields;
  for (const step of path.split('.')) {
    if (!isFields(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/** The first of several paths that holds something other than null; undefined when none does. */
export function firstValueAt(fields: RawFields, paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = valueAt(fields, path) ?? undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}
