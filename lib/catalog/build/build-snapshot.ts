/**
 * Writes `lib/catalog/snapshot.generated.json` from the pinned price library, our own rows and the last release, and
 * prints what changed. Run by `npx node lib/catalog/build/build-snapshot.ts`:
 *
 * - `--as-of YYYY-MM-DD`: the day from which undated changes count (else that of the last build, or CHECKED_ON);
 * - `--check`: writes nothing, exits 1 when the committed file is not what the build makes;
 * - `--release`: then keeps the snapshot as the release whose history later builds may not change.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { waitForUpdate } from '@pydantic/genai-prices';
import { CORRECTED_NAMES, CORRECTED_ROWS } from '../corrected-rows.ts';
import { BORROWED_PRICES, FREE_MODELS, OWN_MODELS, RESALES } from '../own-rows.ts';
import type { Snapshot } from '../snapshot.ts';
import { describeDifferences } from './diff.ts';
import { buildSnapshot, InvalidRowsError, toSnapshotText } from './make.ts';

const FILE = new URL('../snapshot.generated.json', import.meta.url);
const RELEASED_FILE = new URL('../released.generated.json', import.meta.url);
const LIBRARY = 'pydantic/genai-prices 0.1.8';
const CHECKED_ON = '2026-11-21';
const MAX_GZIPPED_BYTES = 60_000;
const FLAGS = { 'as-of': { type: 'string' }, check: { type: 'boolean' }, release: { type: 'boolean' } } as const;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InvalidRowsError)) throw error;
  for (const issue of error.issues) console.error(`! ${issue}`);
  console.error(`${error.issues.length} rows are wrong; nothing was written`);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({ args: [...args], options: FLAGS });
  const previous = readSnapshot(FILE);
  const released = readSnapshot(RELEASED_FILE);
  const asOf = flags['as-of'] ?? previous?.history?.asOf;
  const snapshot = buildSnapshot(
    {
      library: LIBRARY,
      checkedOn: CHECKED_ON,
      providers: (await waitForUpdate()) ?? [],
      ownModels: OWN_MODELS,
      freeModels: FREE_MODELS,
      borrowedPrices: BORROWED_PRICES,
      resales: RESALES,
    },
    { released, asOf: asOf ?? CHECKED_ON, correctedRows: CORRECTED_ROWS, correctedNames: CORRECTED_NAMES },
  );
  for (const line of describeDifferences(previous, snapshot)) console.log(line);
  const text = toSnapshotText(snapshot);
  const gzippedBytes = gzipSync(text).length;
  console.log(`version ${snapshot.version}, ${text.length} bytes, ${gzippedBytes} gzipped; ${historyNote(snapshot)}`);
  if (gzippedBytes > MAX_GZIPPED_BYTES) {
    throw new InvalidRowsError([`the snapshot has ${gzippedBytes} bytes gzipped, at most ${MAX_GZIPPED_BYTES} may be`]);
  }
  if (flags.check === true) return previous?.version === snapshot.version ? 0 : 1;
  writeFileSync(FILE, text);
  if (flags.release === true) writeFileSync(RELEASED_FILE, text);
  return 0;
}

function historyNote({ history }: Snapshot): string {
  if (history === undefined) return 'no release yet, so that rows may still be edited';
  return `prices of release ${history.release} are kept up to ${history.asOf}`;
}

function readSnapshot(file: URL): Snapshot | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return JSON.parse(text);
}
