/** Tells how many calls emitters sent that the ledger never got. */
export interface SequenceGaps {
  /**
   * Counts the sequence numbers of emitters that are missing in local days: numbers that lie between two that were
   * recorded and that did not come for longer than any accepted message may wait.
   *
   * @param fromDay - first local day of the tenant, `2026-01-29`
   * @param toDay - local day behind the last one
   * @returns a whole number of calls, never negative; a lower bound where emitters are too many to be told apart
   */
  countMissing(tenant: string, fromDay: string, toDay: string): Promise<number>;
}
