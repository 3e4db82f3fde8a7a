/**
 * Attributes of queue messages that mean something to the ledger, all of type String. They are honoured from the API
 * function and the sweep alone.
 */
export const MESSAGE_ATTRIBUTES = {
  /** Tenant on whose credential the API function accepted the events. */
  tenant: 'tenant',
  /** First arrival in epoch milliseconds, kept when a message is sent again. */
  firstArrival: 'first_arrival',
  /** Id that the message had at its first arrival; what is kept of it is named by this id. */
  firstMessage: 'first_message',
  /** The reject that the message is redriven from, as `tenant/reject id`. */
  reject: 'reject',
  /** How often the message came back from the dead letters. */
  returns: 'returns',
  /** When it last did, in epoch milliseconds. */
  returnedAt: 'returned_at',
} as const;
