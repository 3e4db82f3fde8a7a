import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalHostError } from './errors.ts';

/** Layout of the folder that this version writes and reads. */
export const DATA_FORMAT = 1;

/** A folder of this host alone, until it is released. */
export interface DataFolder {
  /** Database file of the DynamoDB engine. */
  readonly databaseFile: string;
  /** Folder of the queue engine. */
  readonly queueFolder: string;
  /** Gives the folder free for another host. */
  release(): void;
}

/**
 * Makes or opens a data folder and keeps other hosts out of it. The lock is a lock of the operating system on a file,
 * so it ends with the process however that ends.
 * @throws {@link LocalHostError} `local/newer-format`, `local/folder-in-use` or `local/folder-unreadable`
 */
export function openDataFolder(folder: string): DataFolder {
  try {
    mkdirSync(folder, { recursive: true });
    checkFormat(folder);
    const lock = takeLock(folder);
    return {
      databaseFile: join(folder, 'dynamodb.db'),
      queueFolder: join(folder, 'queue'),
      release: () => lock.close(),
    };
  } catch (cause) {
    if (cause instanceof LocalHostError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LocalHostError('local/folder-unreadable', `the data folder ${folder} cannot be used: ${why}`, { cause });
  }
}

function checkFormat(folder: string): void {
  const file = join(folder, 'format.json');
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify({ format: DATA_FORMAT })}\n`);
    return;
  }
  const format = readFormat(file);
  if (format === DATA_FORMAT) return;
  throw new LocalHostError(
    'local/newer-format',
    `the data folder ${folder} has format ${String(format)}, and this version knows format ${DATA_FORMAT}; ` +
      'use the version that wrote it, or another folder',
  );
}

function readFormat(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { format?: unknown } | null)?.format;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new Error(`${file} is damaged, and with it what tells the format of the data`, { cause });
  }
}

function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'host.lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new LocalHostError('local/folder-in-use', `another local host already runs on the data folder ${folder}`, {
      cause,
    });
  }
}
