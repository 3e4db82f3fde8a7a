import type { AuditDifference, AuditWindow, TenantConfig } from '../../../app/ports.ts';
import type { Table } from '../table.ts';
import type { CommitLog } from './commit-log.ts';
import type { Dictionaries } from './dictionaries.ts';

/** What an audit needs of its surroundings. */
export interface AuditContext {
  readonly table: Table;
  readonly log: CommitLog;
  readonly dictionaries: Dictionaries;
  readonly tenant: TenantConfig;
  /** Only commits and rows of these days; the whole ledger when absent. */
  readonly window?: AuditWindow;
  /** Whether what is found is mended before the next part begins. */
  readonly isMending: boolean;
}

/**
 * Puts right what a finding is about, as it is by then, and only if nobody else changes it meanwhile.
 * @returns whether it is right now
 */
export type Mend = () => Promise<boolean>;

/** A difference, and how what is derived can be put right; without `mend` it cannot. */
export interface Finding extends AuditDifference {
  readonly mend?: Mend;
}

/** Whether a local day is one of those that the audit is about. */
export function isInWindow({ window }: AuditContext, day: string): boolean {
  return window === undefined || (day >= window.fromDay && day < window.toDay);
}

/**
 * What a read threw, if it says that something is damaged.
 * @throws the cause itself when the table merely did not answer
 */
export function damageOf(cause: unknown): string {
  if (cause instanceof Error && 'retryable' in cause && cause.retryable === true) throw cause;
  return String(cause);
}

/** At most so many things are named where one finding is about many. */
const MAX_NAMED = 5;

/** The first few of a list in words, with how many there are. */
export function nameSome(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  const shown = names
    .slice(0, MAX_NAMED)
    .map((name) => JSON.stringify(name))
    .join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}
