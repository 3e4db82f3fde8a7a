import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lib/adapters/http/routes.ts';
import { COMMANDS } from '../../../lib/cli/commands.ts';

const read = (page: string): string => readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', page), 'utf8');

const apiPage = read('api.md');
const cliPage = read('cli.md');

/** Routes that a text names: `GET POST /v1/x`, or a path alone, which goes on with the methods named before it. */
function routesNamedIn(text: string): readonly string[] {
  let methods: readonly string[] = [];
  return [...text.matchAll(/`((?:[A-Z]+ )*)(\/v1\/[^`?]*)[^`]*`/g)].flatMap(([, named = '', path = '']) => {
    if (named !== '') methods = named.trim().split(' ');
    return methods.map((method) => `${method} ${path}`);
  });
}

describe('docs/api.md', () => {
  const rows = apiPage.split('\n').filter((line) => /^\| `[A-Z ]+ \/v1\//.test(line));
  const inTable = rows.flatMap((row) => routesNamedIn(row.split(' | ')[0] ?? ''));
  const existing = new Set(ROUTES.map(({ method, path }) => `${method} ${path}`));

  it('lists every route there is', () => {
    // These two need no key, which the page says of them in a sentence.
    const open = ROUTES.filter(({ access }) => access === 'public').map(({ method, path }) => `${method} ${path}`);
    for (const route of open) expect(apiPage).toContain(`\`${route}\``);
    expect([...existing].filter((route) => !inTable.includes(route) && !open.includes(route))).toEqual([]);
  });

  it('lists no route twice, and none that there is not', () => {
    expect(inTable.filter((route) => !existing.has(route))).toEqual([]);
    expect(new Set(inTable).size).toBe(inTable.length);
  });
});

describe('docs/cli.md', () => {
  const named = cliPage
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, span = '']) => span));

  it.each(COMMANDS.map(({ name, usage }) => [name, usage] as const))('lists `%s` with all its forms', (name, usage) => {
    // A form is a line of usage with a word of its own behind the name: `dead-letters redrive`, `rejects show`.
    const forms = [...usage.matchAll(/^ *tokenledger ([a-z-]+(?: [a-z][a-z-]*)?)/gm)].map(([, form = '']) => form);
    expect(forms).not.toEqual([]);
    const isNamed = (form: string): boolean => named.some((span) => span === form || span.startsWith(`${form} `));
    expect(forms.filter((form) => !isNamed(form))).toEqual([]);
    expect(isNamed(name)).toBe(true);
  });
});
