import type { AuditPage } from '../../../app/ports.ts';
import type { AuditContext, Finding } from './audit-context.ts';
import { auditCounts } from './audit-counts.ts';
import { auditLog } from './audit-log.ts';
import { findEnd } from './audit-log-reader.ts';
import { auditOrders } from './audit-orders.ts';
import {
  type AuditPhase,
  type AuditProgress,
  type AuditStep,
  beginning,
  fromCursor,
  ratioAt,
  toCursor,
} from './audit-progress.ts';
import { auditRows } from './audit-rows.ts';
import { auditTotals } from './audit-totals.ts';

const STEPS: Readonly<
  Record<AuditPhase, (context: AuditContext, progress: AuditProgress) => Promise<AuditStep<Finding>>>
> = {
  log: auditLog,
  row: (context, progress) => auditRows(context, progress),
  total: auditTotals,
  order: auditOrders,
  count: auditCounts,
};

/** A part of an audit with what can be done about its findings. */
export interface AuditPart extends Omit<AuditPage, 'differences'> {
  readonly findings: readonly Finding[];
}

/**
 * Checks one part of the ledger against itself and tells where to go on: first the log, commit by commit, with all
 * that its commits wrote besides totals; then the totals; in the end budgets, orders of correction and counts. Where
 * only some days are asked for, it ends with their totals. See docs/audit.md.
 */
export async function auditPart(context: AuditContext, cursor?: string): Promise<AuditPart> {
  const progress = cursor === undefined ? beginning(await findEnd(context.table, context.log)) : fromCursor(cursor);
  const { next, phaseRatio, ...found } = await STEPS[progress.phase](context, progress);
  const isOver = !next || (context.window !== undefined && next.phase === 'total');
  if (isOver) return { ...found, ratio: 1 };
  const ratio = next.phase === progress.phase ? ratioAt(progress.phase, phaseRatio) : ratioAt(next.phase, 0);
  return { ...found, ratio, next: toCursor(next) };
}

/** A part of an audit that mends nothing. */
export async function auditPage(context: AuditContext, cursor?: string): Promise<AuditPage> {
  const { findings, ...part } = await auditPart(context, cursor);
  const differences = findings.map(({ kind, where, expected, found }) => ({ kind, where, expected, found }));
  return { ...part, differences };
}
