import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as limits from '../../../lib/contracts/limits.ts';
import { REJECT_REASONS } from '../../../lib/contracts/reject-reasons.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Row {
  readonly what: string;
  readonly value: string;
  /** File, and the constant in it or a piece of its text. */
  readonly file: string;
  readonly text: string;
  readonly beyond: string;
  readonly testFile: string;
  readonly title: string;
}

const rows = read('docs/limits.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (What|---)/.test(line))
  .map(parseRow);

describe.each(rows)('the limit "$what"', ({ value, file, text, beyond, testFile, title }) => {
  it('is the one in the code', () => {
    const source = read(file);
    const shown = Number(/^[\d,]+/.exec(value)?.[0].replaceAll(',', ''));
    if (/^[A-Z][A-Z_]+$/.test(text)) expect(readConstant(source, text)).toBe(shown);
    else expect(source).toContain(text);
    const isInText = text.replaceAll('_', '').includes(String(shown)) || text.includes(String(shown - 1));
    expect(/^[A-Z_]+$/.test(text) || isInText, `${text} does not say ${shown}`).toBe(true);
  });

  it('is met by the test that it names', () => {
    expect(existsSync(join(ROOT, testFile)), testFile).toBe(true);
    expect(read(testFile)).toContain(title);
  });

  it('names reasons and fields that there are', () => {
    for (const [, word = ''] of beyond.matchAll(/`([a-z_]+)`/g)) {
      const isReason = Object.hasOwn(REJECT_REASONS, word);
      expect(isReason || read(testFile).includes(word), `${word} is neither a reason nor in ${testFile}`).toBe(true);
    }
  });
});

it('holds every limit of the contract', () => {
  const named = new Set(rows.map(({ text }) => text));
  expect(Object.keys(limits).filter((name) => !named.has(name))).toEqual([]);
});

function parseRow(line: string): Row {
  const [what = '', value = '', where = '', beyond = '', test = ''] = line
    .slice(2, -2)
    .split(' | ')
    .map((cell) => cell.trim());
  const [, file = '', text = ''] = /^`([^`]+)` `([^`]+)`$/.exec(where) ?? [];
  const [, testFile = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(test) ?? [];
  return { what, value, file, text, beyond, testFile, title };
}

/** The value of a constant that is a number or a product of numbers. @throws Error when it is something else */
function readConstant(source: string, name: string): number {
  const expression = new RegExp(`const ${name}(?:: number)? = ([^;]+);`).exec(source)?.[1];
  if (expression === undefined) throw new Error(`there is no constant ${name}`);
  if (expression === 'Number.MAX_SAFE_INTEGER') return Number.MAX_SAFE_INTEGER;
  return expression.split('*').reduce((product, factor) => {
    const number = Number(factor.trim().replace(/n$/, '').replaceAll('_', ''));
    if (!Number.isSafeInteger(number)) throw new Error(`${name} is ${expression}`);
    return product * number;
  }, 1);
}
