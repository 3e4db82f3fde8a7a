/** What an alert is about. */
export const ALERT_KINDS = [
  'budget_actual',
  'budget_forecast',
  'unpriced_model',
  'rejects',
  'source_silent',
  'anomaly',
  'operational',
  'migrate_now',
  'migrate_back_off',
  'migrate_back',
  'migrate_back_withdrawn',
  'test',
] as const;

/** One kind of {@link ALERT_KINDS}. */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** How urgent an alert is: `info` to know, `warning` to look at today, `critical` to act on. */
export type AlertSeverity = 'info' | 'warning' | 'critical';

/** An alert as subscribers get it: once as text for people, once as data for programs. */
export interface AlertMessage {
  /** The same for every delivery of the same alert; subscribers drop repeats by it. */
  readonly alertId: string;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly tenant: string;
  /** At most 99 printable ASCII characters. */
  readonly subject: string;
  readonly text: string;
  /** At most 140 ASCII characters. */
  readonly sms: string;
  /** JSON of `lib/contracts/alert.schema.json`. */
  readonly data: Readonly<Record<string, unknown>>;
  /**
   * The things it is about, one at least, as stable texts: `budget:<name>`, `source:<kind>:<name>`, `rejects:<reason>`
   * and so on. Who snoozes one hears nothing that is about it alone. The same list is in the data.
   */
  readonly about: readonly string[];
  /** For filter policies; only what is known is present. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Characters of a subject. The notification service wants fewer than 100. */
export const MAX_SUBJECT_LENGTH = 99;

const MAX_SMS_LENGTH = 140;

/** Text as a subject: printable ASCII, accents dropped, other characters as `?`, cut with `...`. */
export function toSubject(text: string): string {
  return toAscii(text, MAX_SUBJECT_LENGTH);
}

/** Text as a short message: printable ASCII of at most 140 characters. */
export function toShortMessage(text: string): string {
  return toAscii(text, MAX_SMS_LENGTH);
}

function toAscii(text: string, maxLength: number): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[^ -~]/gu, '?');
  return plain.length <= maxLength ? plain : `${plain.slice(0, maxLength - 3)}...`;
}
