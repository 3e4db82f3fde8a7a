import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPatches } from '../../planted/read-patches.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const bugs = readPatches();

/** Without git, as in an unpacked archive on a bare machine, nothing can be said about patches. */
const hasGit = spawnSync('git', ['--version']).status === 0;
if (!hasGit) console.warn('planted bugs are not tried on: there is no git on this machine');

describe('planted bugs', () => {
  it('are at least 24, numbered without gaps', () => {
    expect(bugs.length).toBeGreaterThanOrEqual(24);
    expect(bugs.map(({ name }) => Number(name.slice(0, 2)))).toEqual(bugs.map((_, index) => index + 1));
  });

  it('break every invariant at least once', () => {
    const broken = new Set(bugs.flatMap(({ breaks }) => breaks));
    expect([...broken].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('are in the product and not in its tests', () => {
    const files = bugs.flatMap((bug) => bug.files);
    expect(files.filter((file) => !/^(lib|functions)\/.*\.ts$/.test(file))).toEqual([]);
    for (const { name, files: changed } of bugs) expect([name, changed.length > 0]).toEqual([name, true]);
  });

  it('say what they break in one sentence', () => {
    for (const { name, bug } of bugs) expect([name, bug]).toEqual([name, expect.stringMatching(/^[A-Z][^.]*\.$/)]);
  });

  it('are all told of in docs/planted-bugs.md', () => {
    const text = readFileSync(join(ROOT, 'docs', 'planted-bugs.md'), 'utf8');
    expect(bugs.map(({ name }) => name.slice(3)).filter((name) => !text.includes(`| ${name} |`))).toEqual([]);
  });

  // A refactoring that moves the lines of a bug must move the bug too: then `npm run planted` still means something.
  it.runIf(hasGit).each(bugs.map(({ name, path }) => [name, path] as const))('still apply: %s', (_name, path) => {
    expect(() => execFileSync('git', ['apply', '--check', path], { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
  });
});
