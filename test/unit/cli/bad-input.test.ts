import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLineReader } from '../../../lib/cli/import-events.ts';
import { readLines } from '../../../lib/cli/import-lines.ts';
import { layOutTable } from '../../../lib/cli/table.ts';
import { runCli } from '../../helpers/api-server.ts';

describe('the first line of a file to import', () => {
  it.each([
    ['id,call_id,time,model,input_tokens', 'the columns id and call_id of the header are both id'],
    [
      'id,time,model,input_tokens,cached_input_tokens,cache_read_tokens',
      'the columns cached_input_tokens and cache_read_tokens of the header are both cache_read_tokens',
    ],
    ['id,time,model,input_tokens,input_tokens', 'the columns input_tokens and input_tokens of the header'],
    ['[{"id":"a"}]', 'the file begins with a JSON array; NDJSON has one event, {...}, on each line'],
    ['id;time;model', 'the header names an unknown column "id;time;model"'],
  ])('%s is refused with the reason', (line, message) => {
    expect(() => createLineReader(line)).toThrow(message);
  });
});

describe('a line without an end', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tokenledger-lines-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is kept in its first mebibyte, and the lines around it are whole', async () => {
    const path = join(folder, 'events.ndjson');
    await writeFile(path, `first\r\n${'x'.repeat(5_000_000)}\nlast`);
    const lines = [];
    for await (const { text, number } of readLines(path)) lines.push([number, text.length, text.slice(0, 5)]);
    expect(lines).toEqual([
      [1, 5, 'first'],
      [2, 1_048_576, 'xxxxx'],
      [3, 4, 'last'],
    ]);
  });
});

describe('a table', () => {
  it('shows nothing of a sender that steers a terminal or turns the line around', () => {
    const [, , row] = layOutTable([{ title: 'app' }], [['a\u009b31m\u007f\u202eb']]);
    expect(row).toBe('a?31m??b');
  });
});

describe('an environment that cannot be right', () => {
  it.each([
    ['TOKENLEDGER_URL', 'nonsense'],
    ['TOKENLEDGER_URL', 'ftp://ledger.example'],
    ['TOKENLEDGER_KEY', 'two\nlines'],
  ])('%s=%j is wrong use, not an unreachable ledger', async (name, value) => {
    const env = { TOKENLEDGER_URL: 'http://127.0.0.1:1', TOKENLEDGER_KEY: 'tlk_any', [name]: value };
    const { code, out, err } = await runCli(['status', '--json'], env);
    expect([code, out]).toEqual([2, []]);
    expect(err[0]).toContain(name);
  });
});
