import { createHash } from 'node:crypto';
import { powerOfTen, timesDecimal } from '../../domain/decimal.ts';
import {
  formatFactor,
  type PlannedChange,
  parsePlannedChange,
} from '../../domain/forecast-conditions/planned-change.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError, InvalidRequestError, NotFoundError, type RequestIssue } from '../request-errors.ts';
import type { PlannedChangeList, PlannedChangeStore, StoredPlannedChange } from './planned-change-ports.ts';

/** What planning changes takes. */
export interface PlanPorts {
  readonly plannedChanges: PlannedChangeStore;
  readonly now: Clock;
}

/** Planned changes that a tenant may have. */
export const MAX_PLANNED_CHANGES = 200;

/** Whole digits that the product of a tenant's factors above one may have: ever more would be beyond all figures. */
export const MAX_TOTAL_FACTOR_DIGITS = 100;

const MAX_ATTEMPTS = 5;

/**
 * Stores a planned change from JSON, see {@link parsePlannedChange}. The same change twice is stored once.
 *
 * @throws {@link InvalidRequestError} naming every field at fault, or that there is no room for another change of its factor
 * @throws {@link ChangedMeanwhileError} when others kept changing the list
 */
export async function addPlannedChange(
  ports: PlanPorts,
  tenant: TenantConfig,
  json: Readonly<Record<string, unknown>>,
  keyId: string,
): Promise<{ readonly stored: StoredPlannedChange; readonly isNew: boolean }> {
  const issues: RequestIssue[] = [];
  const change = parsePlannedChange(json, tenant, issues);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const stored = { id: nameChange(change), change, storedAtMs: ports.now(), keyId };
  let known: StoredPlannedChange | undefined;
  await alter(ports, tenant, ({ changes }) => {
    known = changes.find(({ id }) => id === stored.id);
    if (known) return undefined;
    if (changes.length >= MAX_PLANNED_CHANGES) {
      const expected = `at most ${MAX_PLANNED_CHANGES} planned changes; remove those that are long past`;
      throw new InvalidRequestError([{ field: '', expected }]);
    }
    if (!isWithinBound([...changes, stored])) {
      const expected = `factors of at most ${MAX_TOTAL_FACTOR_DIGITS} digits with those of all planned changes; remove those that are past`;
      throw new InvalidRequestError([{ field: 'factor', expected }]);
    }
    const sorted = [...changes, stored].sort((a, b) =>
      a.change.day < b.change.day ? -1 : a.change.day > b.change.day ? 1 : 0,
    );
    return { changes: sorted, record: recordOf('planned_change.stored', stored, ports.now(), keyId) };
  });
  return known ? { stored: known, isNew: false } : { stored, isNew: true };
}

/**
 * Removes a planned change; forecasts are as if it had never been stored.
 *
 * @throws {@link NotFoundError} when the tenant has no such change
 * @throws {@link ChangedMeanwhileError} when others kept changing the list
 */
export async function removePlannedChange(
  ports: PlanPorts,
  tenant: TenantConfig,
  id: string,
  keyId: string,
): Promise<void> {
  await alter(ports, tenant, ({ changes }) => {
    const found = changes.find((stored) => stored.id === id);
    if (!found) throw new NotFoundError('There is no planned change of this id.');
    return {
      changes: changes.filter((stored) => stored !== found),
      record: recordOf('planned_change.removed', found, ports.now(), keyId),
    };
  });
}

/** @param change - undefined = nothing to save */
async function alter(
  { plannedChanges }: PlanPorts,
  { tenant }: TenantConfig,
  change: (
    list: PlannedChangeList,
  ) => { readonly changes: readonly StoredPlannedChange[]; readonly record: AdminRecord } | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const list = await plannedChanges.list(tenant);
    const next = change(list);
    if (next === undefined) return;
    if ((await plannedChanges.save(tenant, next.changes, list.revision, next.record)) === 'saved') return;
  }
  throw new ChangedMeanwhileError(`the planned changes of ${tenant} kept changing during ${MAX_ATTEMPTS} attempts`);
}

/** Those above one alone, whatever their scopes: a bound that no choice of days and leaves gets around. */
function isWithinBound(changes: readonly StoredPlannedChange[]): boolean {
  const growing = changes.map(({ change }) => change.factor).filter(({ digits, scale }) => digits > powerOfTen(scale));
  const { digits, scale } = growing.reduce(timesDecimal, { digits: 1n, scale: 0 });
  return digits < powerOfTen(MAX_TOTAL_FACTOR_DIGITS + scale);
}

function nameChange(change: PlannedChange): string {
  const scope = Object.entries(change.scope).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([change.day, formatFactor(change), scope, change.note]);
  return `plan_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

function recordOf(action: string, { id, change }: StoredPlannedChange, atMs: number, keyId: string): AdminRecord {
  const { day: date, scope: filter, note } = change;
  return { atMs, keyId, action, detail: { id, date, factor: formatFactor(change), filter, note } };
}
