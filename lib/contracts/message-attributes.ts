/** Attributes of queue messages that mean something to the ledger. All are of type String. */
export const MESSAGE_ATTRIBUTES = {
  /** Tenant on whose credential the API function accepted the events; honoured from the API function alone. */
  tenant: 'tenant',
  /** First arrival in epoch milliseconds, kept when a message is sent again; honoured from the API function alone. */
  firstArrival: 'first_arrival',
} as const;
