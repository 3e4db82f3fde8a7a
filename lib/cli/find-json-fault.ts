/** Where a text stops being JSON; both count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
}

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/uy;

/** What may come next: a value, an item or its end, a key or its end, a key, a colon, or what follows a value. */
type Expected = 'value' | 'item' | 'entry' | 'key' | 'colon' | 'next';

/**
 * Finds where a text stops being JSON, for people who wrote it: the parser of the platform names the place of some
 * faults only.
 *
 * @returns undefined when all of it is JSON
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const token = readToken(text, at);
    const next: Expected | undefined = token === undefined ? undefined : follow(token, expected, open);
    if (token === undefined || next === undefined) return placeOf(text, at);
    expected = next;
    at = skipSpace(text, at + token.length);
  }
  return expected === 'next' && open.length === 0 ? undefined : placeOf(text, text.length);
}

/** Goes on by one token; `open` is changed in place. @returns undefined when the token may not stand there */
function follow(token: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const inside = open.at(-1);
  switch (expected) {
    case 'colon':
      return token === ':' ? 'value' : undefined;
    case 'next':
      if (token === ',' && inside !== undefined) return inside === '{' ? 'key' : 'value';
      return close(token, open);
    case 'entry':
      return token === '}' ? close(token, open) : readKey(token);
    case 'key':
      return readKey(token);
    case 'item':
      return token === ']' ? close(token, open) : readValue(token, open);
    case 'value':
      return readValue(token, open);
  }
}

function readKey(token: string): Expected | undefined {
  return token.startsWith('"') ? 'colon' : undefined;
}

function readValue(token: string, open: ('{' | '[')[]): Expected | undefined {
  if (token === '{' || token === '[') {
    open.push(token);
    return token === '{' ? 'entry' : 'item';
  }
  return /^[}\],:]$/.test(token) ? undefined : 'next';
}

function close(token: string, open: ('{' | '[')[]): Expected | undefined {
  if (token !== (open.at(-1) === '{' ? '}' : ']') || open.length === 0) return undefined;
  open.pop();
  return 'next';
}

function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}

function readToken(text: string, at: number): string | undefined {
  TOKEN.lastIndex = at;
  return TOKEN.exec(text)?.[0];
}

function placeOf(text: string, at: number): JsonFault {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
