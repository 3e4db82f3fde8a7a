import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Path of a file of the shared data folder beside the checkout, whether or not it is there. */
export function locateSharedData(name: string): string {
  return `${FOLDER}${name}`;
}

/**
 * A `describe` for tests that need a file of the shared data folder. Where the file is missing, which is so on every
 * machine but the project's own, the tests are skipped and both the title and a warning say why. With
 * TOKENLEDGER_REQUIRE_SHARED=1 in the environment a missing file is an error instead.
 */
export function describeWithSharedData(name: string, title: string, define: (path: string) => void): void {
  const path = locateSharedData(name);
  const isThere = existsSync(path);
  if (!isThere && process.env['TOKENLEDGER_REQUIRE_SHARED'] === '1') {
    throw new Error(`the shared data folder is required but holds no ${name}`);
  }
  if (!isThere) console.warn(`skipped: ${title}: needs ${name} of the shared data folder, which is not here`);
  describe.skipIf(!isThere)(isThere ? title : `${title} (skipped: no ${name} here)`, () => define(path));
}
