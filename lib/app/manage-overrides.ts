import { createHash } from 'node:crypto';
import { InvalidOverridesError, parseOverrideFile } from '../domain/price-book-file.ts';
import type { OverrideChange, OverrideChanges } from './override-ports.ts';
import type { Clock } from './ports.ts';
import { ChangedMeanwhileError, InvalidRequestError, toRequestIssue } from './request-errors.ts';

/** Writers read the changes whenever they rate, after taking their messages, so nothing has to be waited out. */
const WRITERS_CURRENT_AFTER_MS = 0;

/** Half of what one item can hold, so that its other attributes always fit. */
const MAX_FILE_BYTES = 200_000;

const MAX_ATTEMPTS = 5;

/** What override administration needs. */
export interface OverridePorts {
  readonly overrideChanges: OverrideChanges;
  readonly now: Clock;
}

/** Where a tenant's overrides stand. */
export interface OverrideState {
  /** Null when nothing was ever stored. */
  readonly version: string | null;
  readonly storedAtMs: number | null;
  /** From this moment on every writer rates with this version; null when nothing was ever stored. */
  readonly writersCurrentAtMs: number | null;
}

/** Reads every override of a tenant, in the order in which they were stored, as the files gave them. */
export async function readOverrides(
  ports: Pick<OverridePorts, 'overrideChanges'>,
  tenant: string,
): Promise<OverrideState & { readonly overrides: readonly unknown[] }> {
  const changes = await ports.overrideChanges.list(tenant);
  return { ...stateOf(changes.at(-1)), overrides: changes.flatMap((change) => JSON.parse(change.fileText).overrides) };
}

/**
 * Stores a file of overrides behind those there are. The same file again, with nothing stored between, changes nothing.
 * Calls recorded before keep their price.
 *
 * @throws {@link InvalidRequestError} naming the field that is wrong, or when the file is over 200,000 bytes
 * @throws {@link ChangedMeanwhileError} when others kept storing at the same moment
 */
export async function storeOverrides(
  ports: OverridePorts,
  tenant: string,
  keyId: string,
  file: { readonly overrides: readonly unknown[] },
): Promise<OverrideState & { readonly outcome: 'stored' | 'unchanged' }> {
  const fileText = checkFile(file);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const last = (await ports.overrideChanges.list(tenant)).at(-1);
    if (last?.fileText === fileText) return { ...stateOf(last), outcome: 'unchanged' };
    const change: OverrideChange = {
      number: (last?.number ?? 0) + 1,
      version: createHash('sha256')
        .update(`${last?.version ?? ''}\n${fileText}`)
        .digest('hex')
        .slice(0, 16),
      fileText,
      storedAtMs: ports.now(),
      keyId,
    };
    const outcome = await ports.overrideChanges.append(tenant, change, {
      atMs: change.storedAtMs,
      keyId,
      action: 'catalog.overrides.stored',
      detail: { version: change.version, number: change.number, overrides: file.overrides.length },
    });
    if (outcome === 'stored') return { ...stateOf(change), outcome };
  }
  throw new ChangedMeanwhileError(`the overrides of ${tenant} kept changing during ${MAX_ATTEMPTS} attempts`);
}

function checkFile(file: { readonly overrides: readonly unknown[] }): string {
  try {
    parseOverrideFile(file);
  } catch (cause) {
    if (!(cause instanceof InvalidOverridesError)) throw cause;
    throw new InvalidRequestError(cause.issues.map(toRequestIssue), { cause });
  }
  const fileText = JSON.stringify({ overrides: file.overrides });
  if (Buffer.byteLength(fileText) > MAX_FILE_BYTES) {
    throw new InvalidRequestError([{ field: 'overrides', expected: `at most ${MAX_FILE_BYTES} bytes in one file` }]);
  }
  return fileText;
}

function stateOf(change: OverrideChange | undefined): OverrideState {
  return {
    version: change?.version ?? null,
    storedAtMs: change?.storedAtMs ?? null,
    writersCurrentAtMs: change ? change.storedAtMs + WRITERS_CURRENT_AFTER_MS : null,
  };
}
