import type { ApiAnswer } from '../client/api-client.ts';
import { formatUsd, parseUsd } from '../domain/money.ts';
import { adviseCaching, type CachingAdvice, joinPrefixUses, type PrefixUse } from '../domain/what-if/caching-advice.ts';
import { listDeciding } from '../domain/what-if/deciding.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { joinCompleteness } from './completeness.ts';

/** Parts of an answer about changes, joined to the whole. */
export interface JoinedWhatIf {
  /** As the API gives it, without `next`, `prefixes` and `advice`. */
  readonly answer: ApiAnswer;
  /** Null where it was not asked for. */
  readonly advice: readonly CachingAdvice[] | null;
}

/** Joins parts in the order in which they were answered; every sum is exact. @param parts - at least one */
export function joinWhatIf(parts: readonly ApiAnswer[], dimensions: readonly string[]): JoinedWhatIf {
  const [first = {}] = parts;
  const steps = joinByKey(parts, 'steps', (step) => `${textAt(step, 'change')} ${textAt(step, 'kind')}`).map(joinLeft);
  const nameRow = (row: ApiAnswer): string => JSON.stringify(dimensions.map((name) => row[name] ?? null));
  const rows = joinByKey(parts, 'rows', nameRow).sort((a, b) => compareSizes(b, a));
  const deciding = listDeciding(
    steps
      .filter((step) => textAt(step, 'input') !== '')
      .map((step) => ({ input: textAt(step, 'input'), differencePicoUsd: usdAt(step, 'difference_usd') })),
  );
  const { next: _next, prefixes, advice: _advice, ...said } = first;
  return {
    answer: {
      ...said,
      rows,
      total: addUp(parts.map((part) => objectAt(part, 'total'))),
      steps,
      decided_by: deciding.map(({ input, differencePicoUsd }) => ({
        input,
        difference_usd: formatUsd(differencePicoUsd),
      })),
      audit: first['audit'] === null ? null : joinAudits(parts.map((part) => objectAt(part, 'audit'))),
      progress_ratio: 1,
      ...joinCompleteness(parts),
    },
    advice: prefixes === null ? null : adviseCaching(joinPrefixUses(parts.map(readPrefixes))),
  };
}

/** An amount at a field, picoUSD. */
export function usdAt(answer: ApiAnswer, field: string): bigint {
  return parseUsd(textAt(answer, field)) ?? 0n;
}

function joinByKey(parts: readonly ApiAnswer[], field: string, nameOf: (row: ApiAnswer) => string): ApiAnswer[] {
  const groups = Map.groupBy(
    parts.flatMap((part) => objectsAt(part, field)),
    nameOf,
  );
  return [...groups.values()].map(addUp);
}

/**
 * One object for several of one shape: amounts and counts are added, everything else is as in the first one. An amount that
 * is known of none of them is not known.
 */
function addUp(rows: readonly ApiAnswer[]): ApiAnswer {
  const [first = {}] = rows;
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => {
      if (name.endsWith('_usd')) {
        const known = rows.filter((row) => row[name] !== null);
        return [name, known.length === 0 ? null : formatUsd(known.reduce((sum, row) => sum + usdAt(row, name), 0n))];
      }
      if (name === 'tokens') return [name, String(rows.reduce((sum, row) => sum + BigInt(textAt(row, name)), 0n))];
      const isCount = typeof value === 'number' && name !== 'change';
      if (isCount) return [name, rows.reduce((sum, row) => sum + numberAt(row, name), 0)];
      return [name, name === 'left' ? rows.flatMap((row) => objectsAt(row, name)) : value];
    }),
  );
}

function joinLeft(step: ApiAnswer): ApiAnswer {
  const left = joinByKey([step], 'left', (each) => textAt(each, 'reason'));
  return { ...step, left: left.sort((a, b) => numberAt(b, 'calls') - numberAt(a, 'calls')) };
}

function joinAudits(audits: readonly ApiAnswer[]): ApiAnswer {
  const { parts: _parts, ...counts } = addUp(audits);
  return { ...counts, parts: joinByKey(audits, 'parts', (part) => textAt(part, 'part')) };
}

function compareSizes(a: ApiAnswer, b: ApiAnswer): number {
  const sizeOf = (row: ApiAnswer): bigint => {
    const difference = usdAt(row, 'difference_usd');
    return difference < 0n ? -difference : difference;
  };
  const [left, right] = [sizeOf(a), sizeOf(b)];
  if (left === right) return 0;
  return left > right ? 1 : -1;
}

function readPrefixes(part: ApiAnswer): readonly PrefixUse[] {
  return objectsAt(part, 'prefixes').map((use) => {
    const nameAt = (field: string): string | null => (use[field] === null ? null : textAt(use, field));
    const minutes = Array.isArray(use['minutes']) ? (use['minutes'] as [number, number, string, string][]) : [];
    return {
      app: nameAt('app'),
      feature: nameAt('feature'),
      provider: nameAt('provider'),
      model: textAt(use, 'model'),
      calls: numberAt(use, 'calls'),
      longCalls: numberAt(use, 'long_calls'),
      prefixTokens: BigInt(textAt(use, 'prefix_tokens')),
      cachedTokens: BigInt(textAt(use, 'cached_tokens')),
      uncacheableCalls: numberAt(use, 'uncacheable_calls'),
      minutes: new Map(
        minutes.map(([minute, calls, saving, write]) => [
          minute,
          { calls, savingPicoUsd: BigInt(saving), writePicoUsd: BigInt(write) },
        ]),
      ),
    };
  });
}
