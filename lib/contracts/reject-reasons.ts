/**
 * Every reason for which the ledger refuses a message or an event, with a sentence for people and the step that finds
 * it: `decode` reads the message body, `receive` knows the sender and the time of arrival, `record` writes. The list is
 * closed and codes are never renamed; senders and alerts match on them.
 */
export const REJECT_REASONS = {
  not_json: { step: 'decode', means: 'The message is not JSON text.' },
  bad_encoding: { step: 'decode', means: 'Compressed or base64 data cannot be read, or is wrapped twice.' },
  bad_envelope: { step: 'decode', means: 'The envelope is of a version or form that is not supported.' },
  no_events: { step: 'decode', means: 'The message holds no event.' },
  too_deep: { step: 'decode', means: 'Arrays and objects are nested too deeply.' },
  message_too_large: { step: 'decode', means: 'The message, or what it inflates to, is too large.' },
  too_many_events: { step: 'decode', means: 'The message holds too many events.' },
  event_too_large: { step: 'decode', means: 'The event is too large.' },
  missing_field: { step: 'decode', means: 'A required field is absent, null or empty.' },
  wrong_type: { step: 'decode', means: 'A field holds another JSON type than the contract says.' },
  too_long: { step: 'decode', means: 'A text or a name has too many UTF-8 bytes.' },
  bad_text: { step: 'decode', means: 'A text or a name is empty or holds characters that cannot be kept.' },
  too_many_tags: { step: 'decode', means: 'The event has too many tags.' },
  unknown_value: { step: 'decode', means: 'A field that takes one of a few words holds another one.' },
  out_of_range: { step: 'decode', means: 'A number that is not usage lies outside the range of its field.' },
  bad_time: { step: 'decode', means: 'A time is not an RFC 3339 date and time with an offset.' },
  bad_amount: { step: 'decode', means: 'An amount of money is not a plain, non-negative decimal text.' },
  impossible_usage: { step: 'decode', means: 'Counts are negative, fractional, too large or contradict each other.' },
  time_out_of_range: { step: 'receive', means: "The event's time is too old or lies in the future." },
  id_in_future: { step: 'receive', means: 'The time inside the id lies in the future.' },
  tenant_mismatch: { step: 'receive', means: 'The body names another tenant than its sender or its envelope.' },
  tenant_unknown: {
    step: 'receive',
    means: 'The tenant of the sender does not exist; it can be created and the event redriven.',
  },
  sender_unknown: {
    step: 'receive',
    means: 'The sender belongs to no tenant; it can be added and the event redriven.',
  },
  keeps_failing: { step: 'record', means: 'Recording failed for more than a day, however often it was tried.' },
  not_storable: { step: 'record', means: 'The store refuses the entry whatever is tried.' },
} as const satisfies Readonly<Record<string, { step: 'decode' | 'receive' | 'record'; means: string }>>;

/** One code of {@link REJECT_REASONS}. */
export type RejectReason = keyof typeof REJECT_REASONS;

/**
 * Why something was refused. `field` is the dotted contract field at fault, null when it is the event or message as a
 * whole. `message` says what was expected and never quotes text that arrived: it may be a prompt.
 */
export interface Rejection {
  readonly reason: RejectReason;
  readonly field: string | null;
  readonly message: string;
}
