import { EmitterChunks } from '../../domain/sources/emitter-chunks.ts';
import { foldCommit, settleGaps } from '../../domain/sources/source-state.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { MAX_SPARE_GROUPS, type SourceLog, type SourceStates, type StoredSources } from './source-ports.ts';

/** What following the log for its senders takes. */
export interface FollowSourcesPorts {
  readonly sourceLog: SourceLog;
  readonly sourceStates: SourceStates;
  readonly clock: Clock;
}

/** How far it came. */
export interface FollowedSources {
  readonly stored: StoredSources;
  /** Whether every commit that there was when it began is in the state. */
  readonly isCurrent: boolean;
}

/** Commits and calls between two times that the state is stored: more than most tenants have in a minute. */
const COMMITS_AT_ONCE = 1_000;
const CALLS_AT_ONCE = 100_000;

/**
 * Looks through a tenant's new commits for who sent them. May run at any time and several times at once: whoever stores
 * first wins, the others' work is void and done again later. So each commit is in the state once, in order.
 *
 * @param deadlineMs - epoch milliseconds after which no other commit is looked at
 */
export async function followSources(
  ports: FollowSourcesPorts,
  tenant: TenantConfig,
  deadlineMs: number,
): Promise<FollowedSources> {
  const { sourceLog, sourceStates, clock } = ports;
  let stored = await sourceStates.find(tenant.tenant);
  let head = await sourceLog.head(tenant.tenant, stored.state.followedTo);
  const isDue = (stored.state.settlesAtMs ?? Number.POSITIVE_INFINITY) <= clock() || stored.spare.length > 0;
  if (stored.state.followedTo >= head && !isDue) return { stored, isCurrent: true };
  const emitters = new EmitterChunks(await sourceStates.emitters(tenant.tenant));
  do {
    const isFull = stored.spare.length === MAX_SPARE_GROUPS;
    const next = await followOn(ports, tenant, stored, emitters, head, deadlineMs);
    if (!next) return { stored, isCurrent: false };
    stored = next;
    emitters.markStored();
    if (!isFull || stored.spare.length > 0) continue;
    // There may be more spare numbers. They are newer than the head that is known, and so may be what they come behind.
    const again = await sourceStates.find(tenant.tenant);
    if (again.revision !== stored.revision) return { stored, isCurrent: false };
    stored = again;
    head = await sourceLog.head(tenant.tenant, head);
  } while ((stored.state.followedTo < head || stored.spare.length > 0) && clock() < deadlineMs);
  return { stored, isCurrent: stored.state.followedTo >= head };
}

/** Takes in a group of commits, or merely the time that went by. @returns undefined when somebody else was faster */
async function followOn(
  { sourceLog, sourceStates, clock }: FollowSourcesPorts,
  tenant: TenantConfig,
  stored: StoredSources,
  emitters: EmitterChunks,
  head: number,
  deadlineMs: number,
): Promise<StoredSources | undefined> {
  const zone = findZone(tenant.timeZone);
  const from = stored.state.followedTo;
  let { state } = stored;
  let lastMs = Number.NEGATIVE_INFINITY;
  let calls = 0;
  for await (const commit of sourceLog.sightings(tenant.tenant, from, Math.min(head, from + COMMITS_AT_ONCE))) {
    state = foldCommit(zone, state, emitters, commit);
    lastMs = commit.atMs;
    calls += commit.sightings.length;
    if (calls >= CALLS_AT_ONCE || clock() >= deadlineMs) break;
  }
  // Not before the calls that were recorded ahead of them: their emitters must be known.
  const taken = state.followedTo >= head ? stored.spare.slice(0, MAX_SPARE_GROUPS) : [];
  for (const { atMs, numbers } of taken)
    for (const number of numbers) emitters.takeSpare(number.id, { ...number, atMs });
  // By the time of the log, which may be far behind when much is to be caught up with.
  emitters.forget(lastMs);
  emitters.joinGaps();
  state = settleGaps(state, emitters, clock());
  const revision = await sourceStates.save(tenant.tenant, stored, state, emitters.changed, taken);
  return revision === undefined ? undefined : { state, revision, spare: stored.spare.slice(taken.length) };
}
