import { hash } from 'node:crypto';
import type { AppendOutcome, TenantConfig } from '../../../app/ports.ts';
import type { Leaf } from '../../../contracts/dimensions.ts';
import { classifyId } from '../../../domain/events/event-id.ts';
import type { Zone } from '../../../domain/local-time.ts';
import type { RatedCall } from '../../../domain/rating/rated-call.ts';
import { leafOf } from '../../../domain/spend.ts';
import { monthOf } from './commit-codec.ts';
import { leafKey } from './leaf-dictionary.ts';
import type { IdHash } from './seen-ids.ts';
import type { SegmentEntry } from './segment-codec.ts';

/** A call on its way into the ledger. */
export interface Pending {
  readonly entry: SegmentEntry;
  readonly month: string;
  readonly leaf: Leaf;
  readonly leafKey: string;
  readonly idHash: IdHash;
  /** Where an untimed id is claimed. */
  readonly claimHash: string;
  /** Minute of the id's own time; `null` for an untimed id. */
  readonly slot: number | null;
  /** Segments that claimed this untimed id before the present attempt's own. */
  earlier: readonly string[];
  /** Absent while unsettled. */
  outcome?: AppendOutcome;
}

/** Computes once what every attempt needs of a call: its local day and hour, leaf, id hashes and slot. */
export function toPending(tenant: TenantConfig, zone: Zone, call: RatedCall): Pending {
  const { event, rating, credit } = call;
  const day = zone.localDay(event.timeMs);
  const leaf = leafOf(tenant, event, rating, credit);
  const digest = idDigest(event.id);
  const id = classifyId(event.id);
  return {
    entry: { ...call, day, hour: zone.utcHour(event.timeMs) },
    month: monthOf(day),
    leaf,
    leafKey: leafKey(leaf),
    idHash: digest.idHash,
    claimHash: digest.claimHash,
    slot: id.timed ? id.slot : null,
    earlier: [],
  };
}

/** Hash of an id as pages (8 bytes) and claims (16 bytes, base64url) hold it; ids compare as bytes. */
export function idDigest(id: string): { idHash: IdHash; claimHash: string } {
  const digest = Buffer.from(hash('sha256', id, 'hex'), 'hex');
  return {
    idHash: { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) },
    claimHash: digest.subarray(0, 16).toString('base64url'),
  };
}
