import { randomBytes } from 'node:crypto';
import { MAX_EVENT_LEAD_MS, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { TENANT_NAME } from '../../contracts/tenant-name.ts';
import type { Clock, SenderTaken, TenantConfig, TenantRegister } from '../ports.ts';
import {
  ChangedMeanwhileError,
  ConflictError,
  InvalidRequestError,
  NotFoundError,
  type RequestIssue,
} from '../request-errors.ts';
import type { Credential } from './access-ports.ts';

/** What the administration of tenants needs. */
export interface TenantPorts {
  readonly tenants: TenantRegister;
  readonly now: Clock;
}

/** A tenant to be created; what is left out takes the default named beside it. */
export interface NewTenant {
  /** 1 to 63 of a-z, 0-9, - and _. */
  readonly tenant: string;
  /** IANA name; `UTC` by default. */
  readonly timeZone?: string;
  /** Up to three tag names; none by default. */
  readonly tagDimensions?: readonly string[];
  /** False by default. */
  readonly trackUsers?: boolean;
  /** Unique ids of the roles that report for it, up to 40; none by default. */
  readonly senders?: readonly string[];
}

/** New settings of a tenant; what is left out stays. */
export interface TenantChange {
  /** The one it has: a zone never changes. */
  readonly timeZone?: string;
  /** All the tags that are kept from now on. */
  readonly tagDimensions?: readonly string[];
  readonly trackUsers?: boolean;
  /** All the roles that report for it. */
  readonly senders?: readonly string[];
}

/** Who makes changes straight on the table: whoever holds rights to it. */
const OPERATOR = 'operator';

/** Unique ids of roles and users. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const ROLE_ID = /^A(ROA|IDA)[A-Z0-9]{12,124}$/;
const MAX_TAG_DIMENSIONS = 3;
/** All of them may be exchanged for as many others in one transaction, which holds 100 writes. */
const MAX_SENDERS = 40;
/** Every call goes through them, and they lie in one item with all other settings. */
const MAX_LEAF_CHANGES = 100;
const PSEUDONYM_KEY_BYTES = 32;

/** Settings of a tenant are remembered for that long. */
const MEMORY_MS = 30_000;
/** A writer that read them just before may write for that long, its clock being somewhat off. */
const WRITING_MS = 120_000;

/**
 * A change of what is kept as dimensions holds for calls made this long after it, or later: by then no writer can have
 * older settings and a call so late in its hands. The leaf of a call is therefore the same whoever writes it.
 */
export const LEAF_CHANGE_DELAY_MS = MEMORY_MS + WRITING_MS + MAX_EVENT_LEAD_MS;

/**
 * Creates a tenant; its zone can never change afterwards. A tenant that exists is left as it is.
 *
 * @param by - who asks, by a key; absent for whoever holds rights to the table itself
 * @throws {@link InvalidRequestError} naming the fields that no tenant may have
 * @throws {@link ConflictError} when one of the senders reports for another tenant
 */
export async function createTenant(
  ports: TenantPorts,
  request: NewTenant,
  by?: Credential,
): Promise<'created' | 'exists'> {
  const { tenant, timeZone = 'UTC', tagDimensions = [], trackUsers = false, senders = [] } = request;
  const issues = [...checkTags(tagDimensions), ...checkSenders(senders)];
  if (!TENANT_NAME.test(tenant)) issues.push({ field: 'name', expected: '1 to 63 of a-z, 0-9, - and _' });
  if (!isTimeZone(timeZone)) issues.push({ field: 'time_zone', expected: 'an IANA time zone' });
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const config: TenantConfig = {
    tenant,
    timeZone,
    tagDimensions,
    trackUsers,
    pseudonymKey: randomBytes(PSEUDONYM_KEY_BYTES).toString('base64'),
    createdAtMs: ports.now(),
    ...(senders.length === 0 ? {} : { senders }),
  };
  const detail = { time_zone: timeZone, tag_dimensions: tagDimensions, track_users: trackUsers, senders };
  const keyId = by?.keyId ?? OPERATOR;
  const record = { atMs: config.createdAtMs, keyId, action: 'tenant.created', detail };
  return refuseTaken(await ports.tenants.create(config, record));
}

/**
 * Changes settings of a tenant. Senders count as soon as they are read again, within 30 s; what is kept as dimensions
 * changes for calls made {@link LEAF_CHANGE_DELAY_MS} from now on, and recorded calls stay where they are.
 *
 * @returns the settings as they are now, changed or not
 * @throws {@link InvalidRequestError} naming the fields that cannot be changed so
 * @throws {@link NotFoundError} when there is no such tenant
 * @throws {@link ConflictError} when one of the senders reports for another tenant, or after 100 changes of dimensions
 * @throws {@link ChangedMeanwhileError} when somebody else changed them at the same moment
 */
export async function changeTenant(
  ports: TenantPorts,
  tenant: string,
  change: TenantChange,
  by: Credential,
): Promise<TenantConfig> {
  const before = await ports.tenants.read(tenant);
  if (!before) throw new NotFoundError(`There is no tenant ${JSON.stringify(tenant)}.`);
  const issues = checkChange(before, change);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const atMs = ports.now();
  const after = applyChange(before, change, atMs);
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  const detail = { before: describeSettings(before), after: describeSettings(after) };
  const record = { atMs, keyId: by.keyId, action: 'tenant.changed', detail };
  const outcome = refuseTaken(await ports.tenants.change(before, after, record));
  if (outcome === 'behind') throw new ChangedMeanwhileError('Somebody else changed this tenant at the same moment.');
  return after;
}

/** The tags that are kept of calls made from the last change on. */
export function listKeptTags({ tagDimensions, leafChanges }: TenantConfig): readonly string[] {
  return leafChanges?.at(-1)?.tags ?? tagDimensions;
}

function checkChange(before: TenantConfig, change: TenantChange): readonly RequestIssue[] {
  const { timeZone, tagDimensions = [], senders = [] } = change;
  const issues = [...checkTags(tagDimensions), ...checkSenders(senders)];
  if (timeZone !== undefined && timeZone !== before.timeZone) {
    const expected = `${before.timeZone}: days and months are recorded in the zone a tenant was made with, which never changes`;
    issues.push({ field: 'time_zone', expected });
  }
  const places = new Set([...before.tagDimensions, ...tagDimensions]);
  if (issues.length === 0 && places.size > MAX_TAG_DIMENSIONS) {
    const expected = `at most ${MAX_TAG_DIMENSIONS} names in the life of a tenant, of which ${before.tagDimensions.join(', ')} are taken for good: calls are recorded under them`;
    issues.push({ field: 'tag_dimensions', expected });
  }
  return issues;
}

function applyChange(before: TenantConfig, change: TenantChange, atMs: number): TenantConfig {
  const { tagDimensions: tags = listKeptTags(before), trackUsers = before.trackUsers } = change;
  const { senders, ...settings } = before;
  const sending = change.senders ?? senders ?? [];
  const after = { ...settings, ...(sending.length === 0 ? {} : { senders: sending }) };
  const kept = new Set(listKeptTags(before));
  if (trackUsers === before.trackUsers && kept.size === tags.length && tags.every((tag) => kept.has(tag))) return after;
  const first = { fromMs: 0, tags: before.tagDimensions, trackUsers: before.trackUsers };
  const changes = before.leafChanges ?? [first];
  if (changes.length > MAX_LEAF_CHANGES) {
    throw new ConflictError(`Tags and users of a tenant change at most ${MAX_LEAF_CHANGES} times in its life.`);
  }
  return {
    ...after,
    tagDimensions: [...new Set([...before.tagDimensions, ...tags])],
    trackUsers,
    leafChanges: [...changes, { fromMs: atMs + LEAF_CHANGE_DELAY_MS, tags, trackUsers }],
  };
}

function describeSettings(config: TenantConfig): Readonly<Record<string, unknown>> {
  const { trackUsers, senders = [] } = config;
  return { tag_dimensions: listKeptTags(config), track_users: trackUsers, senders };
}

function refuseTaken<Outcome extends string>(outcome: Outcome | SenderTaken): Outcome {
  if (typeof outcome === 'string') return outcome;
  throw new ConflictError(`The role ${outcome.takenRoleId} reports for another tenant; a role reports for one only.`);
}

function checkTags(tags: readonly string[]): RequestIssue[] {
  const isFit = tags.every(
    // No event has a tag of the last name, which means something else to the language.
    (tag) =>
      /^\P{Cc}+$/u.test(tag) && tag.isWellFormed() && Buffer.byteLength(tag) <= MAX_TEXT_BYTES && tag !== '__proto__',
  );
  if (isFit && tags.length <= MAX_TAG_DIMENSIONS && new Set(tags).size === tags.length) return [];
  return [{ field: 'tag_dimensions', expected: `at most ${MAX_TAG_DIMENSIONS} different tag names` }];
}

function checkSenders(senders: readonly string[]): RequestIssue[] {
  const isFit = senders.every((roleId) => ROLE_ID.test(roleId)) && new Set(senders).size === senders.length;
  if (isFit && senders.length <= MAX_SENDERS) return [];
  const expected = `at most ${MAX_SENDERS} different unique ids of roles, AROA... (aws iam get-role shows it as RoleId)`;
  return [{ field: 'senders', expected }];
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
