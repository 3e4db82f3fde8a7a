/** How long a message of a usage or import queue that was handed out stays in flight at most, in milliseconds. */
export const QUEUE_VISIBILITY_MS = 360_000;

/** How often such a message is handed out at most before it goes to the dead letters. */
export const QUEUE_MAX_RECEIVES = 10;

/** How long any queue of the ledger keeps a message, in milliseconds. */
export const QUEUE_RETENTION_MS = 14 * 86_400_000;
