import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findJsonFault } from '../../../lib/cli/find-json-fault.ts';
import { readBudgetFile } from '../../../lib/cli/read-budget-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-budgets-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const path = join(folder, 'budgets');
  await writeFile(path, text);
  return readBudgetFile(path);
}

async function refusalOf(text: string): Promise<string> {
  const refusal = await read(text).then(
    () => new Error('it was taken'),
    (error: Error) => error,
  );
  return refusal.message.replace(join(folder, 'budgets'), 'FILE');
}

describe('a file of budgets', () => {
  it('is a document, however it is laid out', async () => {
    expect(await read('{"budgets": [{"name": "a"}, 7]}')).toEqual({ budgets: [{ name: 'a' }, 7], lines: undefined });
    expect(await read('\ufeff{\n  "budgets": []\n}\n')).toEqual({ budgets: [], lines: undefined });
  });

  it('is one budget a line, with the line of each', async () => {
    expect(await read('{"name": "a"}\r\n\n{"name": "b"}\n')).toEqual({
      budgets: [{ name: 'a' }, { name: 'b' }],
      lines: [1, 3],
    });
    expect(await read('\n{"name": "a"}')).toEqual({ budgets: [{ name: 'a' }], lines: [2] });
  });

  it.each([
    ['nothing in it', ' \n', 'FILE is empty; a file with {"budgets": []} pauses every budget'],
    ['a list', '[]', 'FILE: expected {"budgets": [...]}, or one budget a line'],
    ['no list of budgets', '{"budgets": {}}', 'FILE: expected {"budgets": [...]}, or one budget a line'],
    [
      'one budget over many lines',
      '{"name": "a",\n"amount_usd": "1"}',
      'FILE: expected {"budgets": [...]}, or one budget a line',
    ],
    [
      'something beside the budgets',
      '{"budgets": [], "budgetz": []}',
      'FILE: expected nothing beside budgets, got "budgetz"',
    ],
    ['a comma too many', '{"budgets": [\n  {"name": "a"},\n  ]}', 'FILE is not JSON: line 3, column 3'],
    ['no end', '{"budgets": [', 'FILE is not JSON: line 1, column 14'],
    ['other text', 'name,amount_usd', 'FILE is not JSON: line 1, column 1'],
    [
      'lines that are no JSON',
      '{"name": "a"}\n{"name": b}\n{}\n{"x" 1}',
      'FILE is not JSON: line 2, column 10; line 4, column 6',
    ],
  ])('is refused with %s, saying where', async (_, text, message) => {
    expect(await refusalOf(text)).toBe(message);
  });

  it('is refused when it is not there', async () => {
    await expect(readBudgetFile(join(folder, 'none'))).rejects.toThrow(/^cannot read .*none: ENOENT/);
  });
});

describe('the place where a text stops being JSON', () => {
  it('is found exactly when the parser refuses the text', () => {
    const changed = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '{', '}', ']', '"', ':', '0', '\\', '\n', ' ', '\u0085', '\ud800'),
      )
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + (at % 2));
      });
    fc.assert(
      fc.property(changed, (text) => {
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(findJsonFault(text) === undefined).toBe(isJson);
      }),
      { numRuns: 2_000 },
    );
  });
});
