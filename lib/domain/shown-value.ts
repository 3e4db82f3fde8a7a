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

/** Most names of a list that a message shows. */
const MAX_NAMES = 20;

/** A name from outside as part of a message: cut after 60 characters. */
export function showName(name: string): string {
  return name.length > MAX_TEXT_LENGTH ? `${name.slice(0, MAX_TEXT_LENGTH)}…` : name;
}

/** Names from outside as a message lists them: the first 20, each cut, and how many more there are. */
export function showNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map(showName).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
