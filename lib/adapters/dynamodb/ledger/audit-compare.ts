import type { AuditDifference } from '../../../app/ports.ts';
import type { SumName, Sums } from '../../../domain/spend.ts';

/** The sums under a key, created where missing. */
export function sumsOf(all: Map<string, Sums>, key: string): Sums {
  const sums = all.get(key) ?? new Map();
  all.set(key, sums);
  return sums;
}

/** Only the keys that have sums. */
export function dropEmpty(all: ReadonlyMap<string, Sums>): Map<string, Sums> {
  return new Map([...all].filter(([, sums]) => sums.size > 0));
}

/** Notes each key whose sums are not what they should be. */
export function compare(
  kind: AuditDifference['kind'],
  what: string,
  expected: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
  found: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
  differences: AuditDifference[],
): void {
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const want = describe(expected.get(key));
    const have = describe(found.get(key));
    if (want !== have) differences.push({ kind, where: `${what} ${key}`, expected: want, found: have });
  }
}

function describe(sums: ReadonlyMap<SumName, bigint> | undefined): string {
  return [...(sums ?? [])]
    .map(([name, sum]) => `${name}=${sum}`)
    .sort()
    .join(' ');
}
