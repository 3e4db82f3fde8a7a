import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { TableSourceLog } from '../../lib/adapters/dynamodb/source-log.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { keepSpareNumbers } from '../../lib/app/recording/keep-spare-numbers.ts';
import type { FollowSourcesPorts } from '../../lib/app/sources/follow-sources.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from './ledger-fixtures.ts';

/** What a test says of a call: the rest is made up. */
export type SentCall = Pick<UsageEvent, 'app' | 'billing_account' | 'emitter'> & {
  /** Names the call: the same number is the same call. */
  readonly number: number;
  /** The call's own time, epoch milliseconds. @default now */
  readonly timeMs?: number;
};

/** A ledger over a table whose clock the test moves. */
export function createSourceWorld(table: Table, startMs: number, tenant: TenantConfig = TENANT) {
  let nowMs = startMs;
  const clock = (): number => nowMs;
  const surroundings = { ...steadySurroundings(startMs), now: clock };
  const ledger = new DynamoLedger(table, surroundings);
  /** Records calls in one group, now. */
  const record = async (calls: readonly SentCall[]): Promise<void> => {
    const rated = calls.map(({ number, timeMs = nowMs, app, billing_account, emitter }) => {
      const named = { ...(app ? { app } : {}), ...(billing_account ? { billing_account } : {}) };
      return ratedCall({ id: uuidV7(startMs, number), timeMs, ...named, ...(emitter ? { emitter } : {}) });
    });
    const outcomes = await ledger.append(tenant, rated, Number.MAX_SAFE_INTEGER);
    const ports = { spareNumbers: new TableSourceStates(table), now: clock };
    await keepSpareNumbers(ports, tenant, rated, outcomes);
  };
  /** What follows the log, over this table or another way to it. */
  const follower = (over: Table = table): FollowSourcesPorts => ({
    sourceLog: new TableSourceLog(over),
    sourceStates: new TableSourceStates(over),
    clock,
  });
  const wait = (milliseconds: number): void => {
    nowMs += milliseconds;
  };
  return { tenant, table, clock, record, follower, wait };
}
