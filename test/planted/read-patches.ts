import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSuite, type SuiteName } from './proof-suites.ts';

/** One planted bug: a deliberate fault, the invariant that it breaks, and the suites that must notice. */
export interface PlantedBug {
  /** Name of the file without its ending, such as `04-commit-without-its-condition`. */
  readonly name: string;
  /** Absolute path of the patch. */
  readonly path: string;
  /** What is broken, in one sentence. */
  readonly bug: string;
  /** Numbers of the invariants in docs/architecture.md that it breaks, at least one, each 1 to 10. */
  readonly breaks: readonly number[];
  /** Where the bug was first thought of: the model check of the write path, an issue, or an older mistake of ours. */
  readonly finding: string;
  /** Suites whose failure counts as proof, the likeliest first; at least one. */
  readonly proof: readonly SuiteName[];
  /** Files that the patch changes, relative to the root of the project. */
  readonly files: readonly string[];
}

/** A planted bug whose header is not as it should be; the message names the file and the line that is missing. */
export class BadHeaderError extends Error {
  override readonly name = 'BadHeaderError';
}

/** Where the patches are. */
export const PATCHES_FOLDER: string = join(import.meta.dirname, 'patches');

/**
 * Reads every planted bug, in the order of their numbers.
 * @throws {@link BadHeaderError} when a header lacks a line or names an invariant or suite that does not exist
 */
export function readPatches(folder = PATCHES_FOLDER): readonly PlantedBug[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.patch'));
  return files.sort().map((file) => readPatch(join(folder, file), file.replace(/\.patch$/, '')));
}

function readPatch(path: string, name: string): PlantedBug {
  const text = readFileSync(path, 'utf8');
  const header = text.slice(0, text.indexOf('diff --git '));
  const read = (label: string): string => {
    const line = header.split('\n').find((each) => each.startsWith(`${label}: `));
    if (line === undefined) throw new BadHeaderError(`${name}: expected a line "${label}: ..." above the diff`);
    return line.slice(label.length + 2).trim();
  };
  const breaks = read('Breaks').split(' ').map(Number);
  if (!breaks.every((number) => Number.isInteger(number) && number >= 1 && number <= 10))
    throw new BadHeaderError(`${name}: "Breaks" expects numbers of invariants, 1 to 10`);
  const proof = read('Proof').split(' ').filter(isSuite);
  if (proof.length === 0 || proof.length < read('Proof').split(' ').length)
    throw new BadHeaderError(`${name}: "Proof" expects names of suites`);
  const files = [...text.matchAll(/^diff --git a\/(\S+) /gm)].map((match) => match[1] ?? '');
  return { name, path, bug: read('Bug'), breaks, finding: read('Finding'), proof, files };
}
