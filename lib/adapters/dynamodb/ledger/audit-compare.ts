import type { AuditDifference } from '../../../app/ports.ts';
import type { SumName, Sums } from '../../../domain/spend.ts';
import type { Finding } from './audit-context.ts';

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

/** Each key whose sums are not what they should be. */
export function compare(
  kind: AuditDifference['kind'],
  what: string,
  expected: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
  found: ReadonlyMap<string, ReadonlyMap<SumName, bigint>>,
): Finding[] {
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((key) => {
    const [want, have] = [expected.get(key), found.get(key)];
    if (areEqual(want, have)) return [];
    return [{ kind, where: `${what} ${key}`, expected: describe(want), found: describe(have) }];
  });
}

function areEqual(a: ReadonlyMap<SumName, bigint> = new Map(), b: ReadonlyMap<SumName, bigint> = new Map()): boolean {
  if (a.size !== b.size) return false;
  for (const [name, sum] of a) if (b.get(name) !== sum) return false;
  return true;
}

function describe(sums: ReadonlyMap<SumName, bigint> | undefined): string {
  return [...(sums ?? [])]
    .map(([name, sum]) => `${name}=${sum}`)
    .sort()
    .join(' ');
}
