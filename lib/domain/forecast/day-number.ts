const MS_PER_DAY = 86_400_000;

/**
 * Days since 1970-01-01 of a calendar day written `2026-01-29`; days of different months and years can be subtracted.
 * @returns undefined when the text is not a day of the calendar
 */
export function parseDayNumber(day: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const timeMs = Date.parse(`${day}T00:00:00Z`);
  // The 30th of February would roll over to March instead of failing.
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString().slice(0, 10) !== day) return undefined;
  return timeMs / MS_PER_DAY;
}
