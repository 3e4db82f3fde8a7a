/** Largest text of a dimension or label, in UTF-8 bytes, included. */
export const MAX_TEXT_BYTES = 128;

/** Largest `id`, `user` or `session`, in UTF-8 bytes, included. */
export const MAX_ID_BYTES = 256;

/** Most tags of one event, included. */
export const MAX_TAGS = 16;

/** Largest count of a unit: every whole number up to it is exact in JSON readers of every language. */
export const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** Largest event, in UTF-8 bytes of its JSON without insignificant white space, included. */
export const MAX_EVENT_BYTES = 16 * 1024;

/** Most events of one message, included. */
export const MAX_MESSAGE_EVENTS = 1000;

/** Largest message body, in UTF-8 bytes, included. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Largest content of a gzip envelope once inflated, in bytes, included. */
export const MAX_INFLATED_BYTES = 8 * 1024 * 1024;

/** Deepest nesting of arrays and objects in a message, its envelope counted, included. */
export const MAX_NESTING_DEPTH = 32;

/** How long before its message's first arrival an event's time may lie, in milliseconds, included. */
export const MAX_EVENT_AGE_MS = 35 * 86_400_000;

/** How far after its message's first arrival an event's time, or the time inside its id, may lie; milliseconds, included. */
export const MAX_EVENT_LEAD_MS = 5 * 60_000;

/** Earliest time the import queue takes, 2015-01-01T00:00:00Z in epoch milliseconds, included. */
export const HISTORY_START_MS = 1_420_070_400_000;

/** Start of the window in which an id counts as timed, 2023-01-01T00:00:00Z in epoch milliseconds, included. */
export const TIMED_ID_FROM_MS = 1_672_531_200_000;

/**
 * End of the window in which an id counts as timed, 2100-01-01T00:00:00Z in epoch milliseconds, excluded. Never to be
 * changed: an id that moved from one road of deduplication to the other would be counted twice.
 */
export const TIMED_ID_UNTIL_MS = 4_102_444_800_000;

/** Length of an id slot in milliseconds of the id's own time. Never to be changed, for the same reason. */
export const ID_SLOT_MS = 60_000;

/** Most unknown fields of one event that are told apart by name; the others are counted under one name. */
export const MAX_UNKNOWN_FIELD_NAMES = 20;
