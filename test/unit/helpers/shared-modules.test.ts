import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import config from '../../../vitest.config.ts';

interface Project {
  readonly test: {
    readonly include: readonly string[];
    readonly isolate?: boolean;
    readonly exclude?: readonly string[];
  };
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Ways to change what another file of the same worker sees; spies and stubs are undone by the test runner. */
const LASTING = /\bvi\.(mock|doMock|hoisted)\(|process\.(chdir\(|env\b[^=\n]*[^=!<>]=[^=>])|globalThis\.\w+ = /;

describe('test files that share the modules of their worker', () => {
  it('change nothing that lasts: no module mocked, no environment or global set', () => {
    const projects = (config as { test: { projects: readonly Project[] } }).test.projects;
    const sharing = projects.filter(({ test }) => test.isolate === false);
    expect(sharing.length).toBeGreaterThan(0);
    const lasting = sharing.flatMap(({ test }) =>
      test.include.flatMap(listFiles).filter((path) => !test.exclude?.includes(path) && LASTING.test(read(path))),
    );
    expect(lasting).toEqual([]);
  });

  it('are told from those that do, which have modules of their own', () => {
    expect(LASTING.test(read('test/property/recording.property.test.ts'))).toBe(true);
    for (const line of [
      "process.env['A'] = 'b';",
      'process.env.A ??= 1;',
      "process.chdir('x')",
      'globalThis.fetch = f',
    ])
      expect(LASTING.test(line)).toBe(true);
    for (const line of ["Number(process.env['RUNS'] ?? 500)", "if (process.env['A'] === '1') return;"])
      expect(LASTING.test(line)).toBe(false);
  });
});

/** Test files below the folder that a pattern such as `test/unit/**` names, as paths from the root. */
function listFiles(pattern: string): readonly string[] {
  const folder = pattern.slice(0, pattern.indexOf('/**'));
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('shared-modules.test.ts'))
    .map((path) => `${folder}/${path}`);
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
