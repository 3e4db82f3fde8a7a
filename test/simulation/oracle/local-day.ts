const formats = new Map<string, Intl.DateTimeFormat>();
const known = new Map<string, string>();

/** The local day of a moment in a zone, by the platform's own calendar. */
export function localDay(timeZone: string, timeMs: number): string {
  const key = `${timeZone} ${timeMs}`;
  const day = known.get(key) ?? formatOf(timeZone).format(timeMs);
  known.set(key, day);
  return day;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  // Sweden writes dates as 2026-03-08.
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}
