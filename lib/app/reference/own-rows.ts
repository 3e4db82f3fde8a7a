import { createHash } from 'node:crypto';
import { bundledReference } from '../../catalog/reference.ts';
import {
  addOwnRows,
  type OwnRow,
  type OwnRowIssue,
  type OwnRowKind,
  parseOwnRow,
} from '../../domain/reference/parse-own-row.ts';
import type { Reference } from '../../domain/reference/reference-rows.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { Clock } from '../ports.ts';
import { ChangedMeanwhileError, InvalidRequestError, NotFoundError } from '../request-errors.ts';
import type { OwnRowList, OwnRowStore, StoredOwnRow } from './own-row-ports.ts';

/** What changing rows takes. */
export interface OwnRowPorts {
  readonly ownRows: OwnRowStore;
  readonly now: Clock;
}

/** Rows of all kinds that a tenant may have of its own. */
export const MAX_OWN_ROWS = 100;

const MAX_ATTEMPTS = 5;

/** What a tenant reckons with: its own rows before those of the release. */
export async function readReference(
  { ownRows }: Pick<OwnRowPorts, 'ownRows'>,
  tenant: string,
): Promise<{ readonly reference: Reference; readonly stored: readonly StoredOwnRow[] }> {
  const { rows } = await ownRows.list(tenant);
  return {
    reference: addOwnRows(
      bundledReference(),
      rows.map(({ own }) => own),
    ),
    stored: rows,
  };
}

/**
 * Stores a row from JSON, see {@link parseOwnRow}. The same row twice is stored once.
 *
 * @throws {@link InvalidRequestError} naming every field at fault, or that there is no room
 * @throws {@link ChangedMeanwhileError} when others kept changing the rows
 */
export async function addOwnRow(
  ports: OwnRowPorts,
  tenant: string,
  kind: OwnRowKind,
  json: Readonly<Record<string, unknown>>,
  keyId: string,
): Promise<{ readonly stored: StoredOwnRow; readonly isNew: boolean }> {
  const issues: OwnRowIssue[] = [];
  const atMs = ports.now();
  const parsed = parseOwnRow(kind, 'own_new', json, new Date(atMs).toISOString().slice(0, 10), issues);
  if (parsed === undefined) {
    throw new InvalidRequestError(issues.map(({ field, expected }) => ({ field: toPath(field), expected })));
  }
  const own = nameRow(parsed);
  const stored = { own, storedAtMs: atMs, keyId };
  let known: StoredOwnRow | undefined;
  await alter(ports, tenant, ({ rows }) => {
    known = rows.find((it) => it.own.row.id === own.row.id);
    if (known) return undefined;
    if (rows.length >= MAX_OWN_ROWS) {
      throw new InvalidRequestError([{ field: '', expected: `at most ${MAX_OWN_ROWS} rows; remove some first` }]);
    }
    return { rows: [...rows, stored], record: recordOf('reference_row.stored', stored, atMs, keyId) };
  });
  return known ? { stored: known, isNew: false } : { stored, isNew: true };
}

/**
 * Removes a row that the tenant added.
 *
 * @throws {@link NotFoundError} when the tenant has no such row
 * @throws {@link ChangedMeanwhileError} when others kept changing the rows
 */
export async function removeOwnRow(ports: OwnRowPorts, tenant: string, id: string, keyId: string): Promise<void> {
  await alter(ports, tenant, ({ rows }) => {
    const found = rows.find(({ own }) => own.row.id === id);
    if (!found) throw new NotFoundError('There is no row of this id among those that were added.');
    return {
      rows: rows.filter((it) => it !== found),
      record: recordOf('reference_row.removed', found, ports.now(), keyId),
    };
  });
}

async function alter(
  { ownRows }: OwnRowPorts,
  tenant: string,
  change: (list: OwnRowList) => { readonly rows: readonly StoredOwnRow[]; readonly record: AdminRecord } | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const list = await ownRows.list(tenant);
    const next = change(list);
    if (next === undefined) return;
    if ((await ownRows.save(tenant, next.rows, list.revision, next.record)) === 'saved') return;
  }
  throw new ChangedMeanwhileError(`the rows of ${tenant} kept changing during ${MAX_ATTEMPTS} attempts`);
}

/** Named by what it says, so that the same row twice is one, whatever the day. */
function nameRow(own: OwnRow): OwnRow {
  const text = JSON.stringify([own.kind, { ...own.row, id: '', checkedOn: '' }]);
  const id = `own_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  if (own.kind === 'hardware') return { kind: own.kind, row: { ...own.row, id } };
  if (own.kind === 'throughput') return { kind: own.kind, row: { ...own.row, id } };
  return { kind: own.kind, row: { ...own.row, id } };
}

function toPath(field: string): string {
  return field === '' ? 'row' : `row.${field}`;
}

function recordOf(action: string, { own }: StoredOwnRow, atMs: number, keyId: string): AdminRecord {
  const { id, source, asOf } = own.row;
  return { atMs, keyId, action, detail: { id, kind: own.kind, source, as_of: asOf } };
}
