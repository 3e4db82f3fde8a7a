/**
 * Names a reject: when its message first arrived, the id that the message had then, and the place in it. Every
 * redelivery repeats all three, and the name alone tells where the reject is kept.
 */
export function nameReject(receivedAtMs: number, messageId: string, index: number): string {
  return `${receivedAtMs.toString(36)}-${messageId}-${index}`;
}

const NAME = /^([0-9a-z]{1,9})-.+-\d+$/;

/** The first arrival in a reject's name, epoch milliseconds; undefined for what is no such name. */
export function readRejectTime(rejectId: string): number | undefined {
  const digits = NAME.exec(rejectId)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 36);
}
