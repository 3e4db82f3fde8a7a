import { createHash } from 'node:crypto';
import { formatWithdrawal, parseChange, readCapacity } from '../../domain/prices/price-book-change.ts';
import { InvalidOverridesError, parseOverrideFile } from '../../domain/prices/price-book-file.ts';
import type { AdminRecord, Credential } from '../access/access-ports.ts';
import { EVERY_TENANT } from '../corrections/repricing-ports.ts';
import type { Clock, Tenants } from '../ports.ts';
import { ChangedMeanwhileError, InvalidRequestError, NotFoundError, toRequestIssue } from '../request-errors.ts';
import type { OverrideChange, OverrideChanges } from './override-ports.ts';
import { type ChangeStanding, findEffectSince, standChanges } from './override-states.ts';

/** Writers read the changes whenever they rate, after taking their messages, so nothing has to be waited out. */
const WRITERS_CURRENT_AFTER_MS = 0;

/** Half of what one item can hold, so that its other attributes always fit. */
const MAX_FILE_BYTES = 200_000;

/** All files of a scope together: every function that rates holds them, and books are built from all of them. */
const MAX_SCOPE_BYTES = 10_000_000;

/** Files of one page of the list; an answer holds a tenant's overrides twice, and may have 6 MB. */
const PAGE_CHARACTERS = 500_000;

const MAX_ATTEMPTS = 5;

/** What override administration needs. */
export interface OverridePorts {
  readonly overrideChanges: OverrideChanges;
  readonly now: Clock;
}

/** Whose prices a change is about: a tenant's name, or {@link EVERY_TENANT}. */
export type OverrideScope = string;

/** A file of overrides as a request brings it; what it says of prices is checked when it is stored. */
export interface OverrideFileText {
  readonly overrides?: readonly unknown[] | undefined;
  readonly aliases?: readonly unknown[] | undefined;
  readonly reported_cost?: unknown;
}

/** Where the overrides of a scope stand. */
export interface OverrideState {
  /** Number of the last change; 0 when nothing was ever stored. */
  readonly number: number;
  /** Null when nothing was ever stored. */
  readonly version: string | null;
  readonly storedAtMs: number | null;
  /** From this moment on every writer rates with this version; null when nothing was ever stored. */
  readonly writersCurrentAtMs: number | null;
}

/** The stored changes that a tenant's prices are made of. */
export interface OverrideHistory extends OverrideState {
  /** The tenant's overrides of this page that are in force, were or will be, in the order stored, as the files gave them. */
  readonly overrides: readonly unknown[];
  readonly changes: readonly ScopedStanding[];
  /** The last change of a page that is not the last page. */
  readonly next?: string;
}

/** Where a change stands, and whether it is the tenant's own. */
export type ScopedStanding = ChangeStanding & { readonly scope: 'tenant' | 'global' };

/** What came of a withdrawal; `in_effect` since when, in epoch milliseconds, where it came too late. */
export type WithdrawalOutcome =
  | (OverrideState & { readonly outcome: 'withdrawn' | 'unchanged' })
  | { readonly outcome: 'in_effect'; readonly sinceMs: number };

/**
 * Reads the changes of every tenant's overrides, then those of a tenant's own, oldest first, in pages.
 * @param after - the `next` of the page before
 */
export async function readOverrides(ports: OverridePorts, tenant: string, after?: string): Promise<OverrideHistory> {
  const { overrideChanges } = ports;
  const [global, own] = await Promise.all([overrideChanges.list(EVERY_TENANT), overrideChanges.list(tenant)]);
  const nowMs = ports.now();
  const ofTenant = standChanges(own, nowMs).map((standing) => ({ ...standing, scope: 'tenant' as const }));
  const ofAll = standChanges(global, nowMs).map((standing) => ({ ...standing, scope: 'global' as const }));
  const all: readonly ScopedStanding[] = [...ofAll, ...ofTenant];
  const rest = all.slice(after === undefined ? 0 : all.findIndex((each) => nameChange(each) === after) + 1);
  const changes = takePage(rest);
  const last = changes.at(-1);
  return {
    ...stateOf(own.at(-1)),
    overrides: changes
      .filter(({ scope, state, withdraws }) => scope === 'tenant' && state !== 'withdrawn' && withdraws === null)
      .flatMap(({ file }) => file.overrides ?? []),
    changes,
    ...(last && changes.length < rest.length ? { next: nameChange(last) } : {}),
  };
}

function nameChange({ scope, number }: ScopedStanding): string {
  return `${scope} ${number}`;
}

/** The first changes, one at least, whose files fit in one answer. */
function takePage(changes: readonly ScopedStanding[]): readonly ScopedStanding[] {
  let characters = 0;
  const end = changes.findIndex(({ file }, index) => {
    characters += JSON.stringify(file).length + CHANGE_CHARACTERS;
    return index > 0 && characters > PAGE_CHARACTERS;
  });
  return end < 0 ? changes : changes.slice(0, end);
}

/** What is said of a change besides its file, about. */
const CHANGE_CHARACTERS = 300;

/** Whether the holder of a key may change what holds for every tenant: an org-admin, or the admin of the only tenant. */
export async function mayChangeEveryTenant(tenants: Pick<Tenants, 'list'>, key: Credential): Promise<boolean> {
  if (key.role === 'org-admin') return true;
  return key.role === 'admin' && (await tenants.list()).every(({ tenant }) => tenant === key.tenant);
}

/**
 * Stores a file of overrides behind those there are. The same file again, with nothing stored between, changes nothing.
 *
 * @throws {@link InvalidRequestError} naming the field that is wrong, or when the file is over 200,000 bytes or all files
 * of the scope over 10,000,000
 * @throws {@link ChangedMeanwhileError} when others kept storing at the same moment
 */
export async function storeOverrides(
  ports: OverridePorts,
  scope: OverrideScope,
  keyId: string,
  file: OverrideFileText,
): Promise<OverrideState & { readonly outcome: 'stored' | 'unchanged' }> {
  const fileText = checkFile(file);
  const counts = { overrides: file.overrides?.length ?? 0, aliases: file.aliases?.length ?? 0 };
  const reportedCost = file.reported_cost === undefined ? {} : { reported_cost: file.reported_cost };
  return appendChange(ports, scope, (changes) => {
    const last = changes.at(-1);
    if (last?.fileText === fileText) return { answer: { ...stateOf(last), outcome: 'unchanged' } };
    checkRoom(changes, fileText);
    const detail = { ...counts, ...reportedCost };
    return { draft: { keyId, fileText, action: 'catalog.overrides.stored', detail }, outcome: 'stored' };
  });
}

/**
 * Takes back a change before any part of it takes effect; books skip it from then on. Again, it changes nothing. What
 * took effect already is ended by storing an override that ends it.
 *
 * @throws {@link NotFoundError} when the scope has no such change, or it is a withdrawal itself
 * @throws {@link ChangedMeanwhileError} when others kept storing at the same moment
 */
export async function withdrawOverrides(
  ports: OverridePorts,
  scope: OverrideScope,
  keyId: string,
  number: number,
): Promise<WithdrawalOutcome> {
  return appendChange<WithdrawalOutcome, 'withdrawn'>(ports, scope, (changes) => {
    const change = changes.find((each) => each.number === number);
    // A capacity is ended under its own name, which also says what becomes of the days it was accrued for.
    if (!change || parseChange(change.fileText).withdraws !== null || readCapacity(change.fileText)) {
      throw new NotFoundError(`There is no file of overrides with number ${number}.`);
    }
    const isWithdrawn = changes.some(({ fileText }) => parseChange(fileText).withdraws === number);
    if (isWithdrawn) return { answer: { ...stateOf(changes.at(-1)), outcome: 'unchanged' } };
    const sinceMs = findEffectSince(change, ports.now());
    if (sinceMs !== null) return { answer: { outcome: 'in_effect', sinceMs } };
    const fileText = formatWithdrawal(number, change.fileText);
    const detail = { withdraws: number };
    return { draft: { keyId, fileText, action: 'catalog.overrides.withdrawn', detail }, outcome: 'withdrawn' };
  });
}

/** The next change, as far as it is known before it has a number. */
export interface DraftChange extends Omit<AdminRecord, 'atMs'> {
  readonly fileText: string;
}

/** What is to be done about the changes there are: nothing, with an answer, or another change. */
export type Step<Answer, Outcome> =
  | { readonly answer: Answer }
  | { readonly draft: DraftChange; readonly outcome: Outcome };

/**
 * Appends what `plan` makes of the changes there are; plans again when somebody else was quicker.
 * @throws {@link ChangedMeanwhileError} when others kept storing at the same moment
 */
export async function appendChange<Answer, Outcome extends string>(
  { overrideChanges, now }: OverridePorts,
  scope: OverrideScope,
  plan: (changes: readonly OverrideChange[]) => Step<Answer, Outcome>,
): Promise<Answer | (OverrideState & { readonly outcome: Outcome })> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const changes = await overrideChanges.list(scope);
    const step = plan(changes);
    if ('answer' in step) return step.answer;
    const { fileText, ...record } = step.draft;
    const last = changes.at(-1);
    const number = (last?.number ?? 0) + 1;
    const version = createHash('sha256')
      .update(`${last?.version ?? ''}\n${fileText}`)
      .digest('hex')
      .slice(0, 16);
    const change: OverrideChange = { number, version, fileText, storedAtMs: now(), keyId: record.keyId };
    const detail = { version, number, ...record.detail };
    const outcome = await overrideChanges.append(scope, change, { ...record, atMs: change.storedAtMs, detail });
    if (outcome === 'stored') return { ...stateOf(change), outcome: step.outcome };
  }
  throw new ChangedMeanwhileError(`the overrides of ${scope} kept changing during ${MAX_ATTEMPTS} attempts`);
}

function checkFile({ overrides, aliases, reported_cost }: OverrideFileText): string {
  // JSON leaves out what is undefined, so that a file is kept as it was sent.
  const fileText = JSON.stringify({ overrides, aliases, reported_cost });
  try {
    parseOverrideFile(JSON.parse(fileText));
  } catch (cause) {
    if (!(cause instanceof InvalidOverridesError)) throw cause;
    throw new InvalidRequestError(cause.issues.map(toRequestIssue), { cause });
  }
  // Whoever sends an empty list means to take back what there is, which storing one would not do.
  if (!overrides?.length && !aliases?.length && reported_cost === undefined) {
    throw new InvalidRequestError([
      { field: 'overrides', expected: 'one at least; "withdraw" and "effective_to" end others' },
    ]);
  }
  if (Buffer.byteLength(fileText) > MAX_FILE_BYTES) {
    throw new InvalidRequestError([{ field: 'overrides', expected: `at most ${MAX_FILE_BYTES} bytes in one file` }]);
  }
  return fileText;
}

/** @throws {@link InvalidRequestError} when the changes of a scope would be over 10,000,000 bytes with another one */
export function checkRoom(changes: readonly OverrideChange[], fileText: string): void {
  const bytes = changes.reduce((sum, change) => sum + Buffer.byteLength(change.fileText), Buffer.byteLength(fileText));
  if (bytes <= MAX_SCOPE_BYTES) return;
  throw new InvalidRequestError([
    { field: 'overrides', expected: `at most ${MAX_SCOPE_BYTES} bytes in all files stored` },
  ]);
}

function stateOf(change: OverrideChange | undefined): OverrideState {
  return {
    number: change?.number ?? 0,
    version: change?.version ?? null,
    storedAtMs: change?.storedAtMs ?? null,
    writersCurrentAtMs: change ? change.storedAtMs + WRITERS_CURRENT_AFTER_MS : null,
  };
}
