import { createHash } from 'node:crypto';
import { LedgerError } from '../../domain/errors.ts';
import { parseInstant } from '../../domain/prices/price-catalog-time.ts';
import type { Snapshot } from '../snapshot.ts';
import { checkCorrections, checkOwnModels, checkSnapshot } from './check.ts';
import { composeSnapshot, type SnapshotParts } from './compose.ts';
import { findLostHistory, type HistoryRules, keepHistory, type SnapshotContent } from './merge.ts';

/** Rows of which no snapshot can be made; each issue names its model and what is wrong. */
export class InvalidRowsError extends LedgerError {
  override readonly name = 'InvalidRowsError';
  readonly code = 'catalog/invalid-rows';
  readonly retryable = false;
  readonly issues: readonly string[];
  constructor(issues: readonly string[], options?: ErrorOptions) {
    super(`no snapshot can be made of these rows: ${issues.join('; ')}`, options);
    this.issues = issues;
  }
}

/** The release whose history is kept, and what may change it. */
export interface History extends Omit<HistoryRules, 'asOfMs'> {
  /** `undefined` = nothing was released, so there is no history to keep. */
  readonly released: Snapshot | undefined;
  /** Day from which undated changes count, `YYYY-MM-DD`. */
  readonly asOf: string;
}

/**
 * Makes the snapshot: library and own rows put together, laid over the release's history, checked and numbered.
 * @throws {@link InvalidRowsError} naming every row that is wrong, and every name whose history would be lost
 */
export function buildSnapshot(parts: SnapshotParts, history: History): Snapshot {
  const { released, asOf, correctedRows, correctedNames } = history;
  refuse([...checkOwnModels(parts.ownModels), ...checkCorrections(correctedRows, correctedNames)]);
  const missing: string[] = [];
  const built = composeSnapshot(parts, missing);
  refuse([...missing, ...checkSnapshot(built)]);
  if (released === undefined) return toSnapshot(built);
  const rules = { asOfMs: readAsOf(asOf, released), correctedRows, correctedNames };
  const merged = keepHistory(released, built, rules);
  refuse([...checkSnapshot(merged), ...findLostHistory(released, merged, rules)]);
  return { ...toSnapshot(merged), history: { release: released.version, asOf } };
}

/** The snapshot as text, one model a line, so that a change of price is a change of one line. */
export function toSnapshotText({ models, ...head }: Snapshot): string {
  const providers = Object.entries(models).map(([provider, list]) => {
    return `${JSON.stringify(provider)}:[\n${list.map((model) => JSON.stringify(model)).join(',\n')}\n]`;
  });
  return `${JSON.stringify(head).slice(0, -1)},\n"models":{${providers.join(',\n')}}}\n`;
}

/** Equal content has equal versions, whatever was released before and on whichever day it was built. */
function toSnapshot({ library, checkedOn, sources, fallbacks, models }: SnapshotContent): Snapshot {
  const content = { library, checkedOn, sources, fallbacks, models };
  const version = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
  return { version, ...content };
}

/** A day before the release's own would change prices that the release had looked up. */
function readAsOf(asOf: string, released: Snapshot): number {
  const earliest = [released.checkedOn, released.history?.asOf ?? ''].sort().at(-1) ?? '';
  const asOfMs = /^\d{4}-\d{2}-\d{2}$/.test(asOf) ? parseInstant(asOf) : undefined;
  if (asOfMs === undefined) throw new InvalidRowsError([`--as-of ${asOf}: expected a day, YYYY-MM-DD`]);
  if (asOf < earliest) throw new InvalidRowsError([`--as-of ${asOf}: the release holds prices up to ${earliest}`]);
  return asOfMs;
}

function refuse(issues: readonly string[]): void {
  if (issues.length > 0) throw new InvalidRowsError(issues);
}
