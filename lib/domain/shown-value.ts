const MAX_TEXT_LENGTH = 60;

/**
 * A value from outside as a message shows it: short, on one line, and whatever the value is. Texts are cut after 60
 * characters; arrays and objects are only named, because they may be of any size and depth.
 */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > MAX_TEXT_LENGTH ? `${value.slice(0, MAX_TEXT_LENGTH)}…` : value);
}
