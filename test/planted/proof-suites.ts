import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Test files that may prove a planted bug, by the name that headers use. A bug that survives the suites of its header
 * has survived, whatever other test would have seen it.
 */
const SUITES = {
  simulation: 'test/simulation/**/*.test.ts',
  recording: 'test/property/recording.property.test.ts',
  orders: 'test/unit/adapters/corrections-orders.test.ts',
  corrections: 'test/property/corrections.property.test.ts',
  repricing: 'test/property/repricing.property.test.ts',
  alerts: 'test/property/alerts.property.test.ts',
  'budget-totals': 'test/property/budget-totals.property.test.ts',
  explain: 'test/property/explain.property.test.ts',
  rating: 'test/property/rating*.property.test.ts',
  decoding: 'test/property/decode-message.property.test.ts',
  table: 'test/contract/table.contract.test.ts',
  'record-usage': 'test/unit/app/record-usage.test.ts',
  'dead-letters': 'test/unit/app/redrive-dead-letters.test.ts',
  'evaluate-budgets': 'test/unit/app/evaluate-budgets.test.ts',
  'watch-rules': 'test/unit/app/watch-rules.test.ts',
  'rule-firing': 'test/unit/domain/rules/rule-firing.test.ts',
  'watch-days': 'test/unit/app/anomalies/watch-days.test.ts',
  'spend-log': 'test/unit/app/anomalies/spend-log.test.ts',
  capacity: 'test/unit/app/capacity/*.test.ts',
  'capacity-days': 'test/property/capacity.property.test.ts',
  'break-even': 'test/unit/domain/break-even/assess-target.test.ts',
  'break-even-laws': 'test/property/break-even.property.test.ts',
  'what-if': 'test/unit/domain/what-if/play-changes.test.ts',
  'what-if-laws': 'test/property/what-if.property.test.ts',
  'migrate-now': 'test/unit/{app/assess-break-even*,domain/migrate-now/migration-subject*}.test.ts',
  invariants: 'test/unit/planted/invariants.test.ts',
} as const;

/** Name of a suite. */
export type SuiteName = keyof typeof SUITES;

/** Whether a text names a suite. */
export function isSuite(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}

/** Names of all suites. */
export const SUITE_NAMES: readonly SuiteName[] = Object.keys(SUITES).filter(isSuite);

/** Test files of a suite under a root, relative to it; none where the suite is not built yet. */
export function findSuiteFiles(root: string, suite: SuiteName): readonly string[] {
  const pattern = SUITES[suite];
  if (!pattern.includes('*')) return existsSync(join(root, pattern)) ? [pattern] : [];
  return globSync(pattern, { cwd: root }).sort();
}
