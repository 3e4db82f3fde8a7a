import { invariant } from '../../../domain/errors.ts';

/** The parts of an audit, in order, and how much of the work each is taken for. */
const SHARES = { log: 0.7, row: 0.2, total: 0.04, order: 0.03, count: 0.03 } as const;

/** One part of an audit. */
export type AuditPhase = keyof typeof SHARES;

const PHASES = Object.keys(SHARES) as AuditPhase[];

/** Broken items that are carried from one part to the next; where there are more, rows are not compared. */
const MAX_NOTED = 50;

/**
 * Where an audit stands. It is the whole state between two requests, so it is bounded: what a later part must know of
 * an earlier one is only what was found broken.
 */
export interface AuditProgress {
  readonly phase: AuditPhase;
  /** What of the phase was checked last; empty before its beginning. */
  readonly after: string;
  /** Last commit when the audit began. */
  readonly head: number;
  /** First and last local day that a commit is about; empty before one was met. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** Commits whose sums are not known: missing, damaged, or not those of their entries. */
  readonly untold: readonly number[];
  /** Items of day indexes that are missing, by day and commit. */
  readonly lostIndex: readonly (readonly [string, number])[];
  /** Id pages that are missing or wrong, by slot and commit. */
  readonly lostPages: readonly (readonly [number, number])[];
  /** Contributions to orders of correction that are wrong, by order and commit, with the right sums as text. */
  readonly lostSums: readonly LostSums[];
  /** Months whose leaves cannot be read. */
  readonly lostLeaves: readonly string[];
  /** Whether more is broken than is carried on. */
  readonly isOverfull: boolean;
}

/** A step of an audit, before it is shown to anybody. */
export interface AuditStep<Found> {
  readonly entries: number;
  readonly rollups: number;
  readonly findings: readonly Found[];
  /** Absent when this was the last. */
  readonly next?: AuditProgress;
  /** How much of its phase is done, 0 to 1. */
  readonly phaseRatio: number;
}

/** Before anything was checked. */
export const beginning = (head: number): AuditProgress => ({
  phase: 'log',
  after: '',
  head,
  firstDay: '',
  lastDay: '',
  untold: [],
  lostIndex: [],
  lostPages: [],
  lostSums: [],
  lostLeaves: [],
  isOverfull: false,
});

/** The beginning of the phase behind this one's; `undefined` behind the last. */
export function nextPhase(progress: AuditProgress): AuditProgress | undefined {
  const phase = PHASES[PHASES.indexOf(progress.phase) + 1];
  return phase && { ...progress, phase, after: '' };
}

/** Notes broken things, as far as there is room for them. */
export function carry(
  progress: AuditProgress,
  broken: Partial<Pick<AuditProgress, 'untold' | 'lostIndex' | 'lostPages' | 'lostSums' | 'lostLeaves'>>,
): AuditProgress {
  const untold = [...new Set([...progress.untold, ...(broken.untold ?? [])])];
  const lostIndex = [...progress.lostIndex, ...(broken.lostIndex ?? [])];
  const lostPages = [...progress.lostPages, ...(broken.lostPages ?? [])];
  const lostSums = [...progress.lostSums, ...(broken.lostSums ?? [])];
  const lostLeaves = [...new Set([...progress.lostLeaves, ...(broken.lostLeaves ?? [])])];
  return {
    ...progress,
    untold: untold.slice(0, MAX_NOTED),
    lostIndex: lostIndex.slice(0, MAX_NOTED),
    lostPages: lostPages.slice(0, MAX_NOTED),
    lostSums: lostSums.slice(0, MAX_NOTED),
    lostLeaves: lostLeaves.slice(0, MAX_NOTED),
    isOverfull: progress.isOverfull || untold.length > MAX_NOTED || lostIndex.length > MAX_NOTED,
  };
}

/** How much of an audit is done. @param phaseRatio - how much of this phase is */
export function ratioAt(phase: AuditPhase, phaseRatio: number): number {
  const before = PHASES.slice(0, PHASES.indexOf(phase)).reduce((sum, earlier) => sum + SHARES[earlier], 0);
  return Math.min(1, before + SHARES[phase] * Math.min(1, Math.max(0, phaseRatio)));
}

/** Order, commit, entries corrected, cost and list cost in picoUSD. */
export type LostSums = readonly [number, number, string, string, string];

/** Progress as an opaque text. */
export function toCursor(progress: AuditProgress): string {
  return JSON.stringify(progress, (_name, value: unknown) => (isNothing(value) ? undefined : value));
}

/** Reads what {@link toCursor} wrote. */
export function fromCursor(cursor: string): AuditProgress {
  const progress = { ...beginning(0), ...(JSON.parse(cursor) as Partial<AuditProgress>) };
  invariant(PHASES.includes(progress.phase), `an audit has no part ${JSON.stringify(progress.phase)}`);
  return progress;
}

/** What is the same at the beginning need not travel. */
const isNothing = (value: unknown): boolean => value === false || (Array.isArray(value) && value.length === 0);
