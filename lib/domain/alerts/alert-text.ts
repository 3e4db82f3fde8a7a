import { formatUsd } from '../money.ts';

const PICO_USD_PER_CENT = 10_000_000_000n;

/**
 * An amount for people: `$1,234.50`, rounded half to even to the cent. Below a cent it is shown exactly, because
 * `$0.00` would read as nothing. Programs take the exact decimal text beside it.
 */
export function displayUsd(picoUsd: bigint): string {
  const magnitude = picoUsd < 0n ? -picoUsd : picoUsd;
  const sign = picoUsd < 0n ? '-' : '';
  if (magnitude > 0n && magnitude < PICO_USD_PER_CENT) return `${sign}$${formatUsd(magnitude)}`;
  const cents = toCents(magnitude);
  const whole = (cents / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}$${whole}.${(cents % 100n).toString().padStart(2, '0')}`;
}

/** A forecast figure for people; it is a statistical number of USD, not ledger money. */
export function displayForecastUsd(usd: number): string {
  return displayUsd(BigInt(Math.round(usd * 100)) * PICO_USD_PER_CENT);
}

/** Share of an amount in percent with one decimal, rounded down, so that 99.96 % never reads as 100 %. */
export function displayPercent(picoUsd: bigint, ofPicoUsd: bigint): string {
  if (ofPicoUsd <= 0n || picoUsd <= 0n) return '0.0';
  const tenths = (picoUsd * 1_000n) / ofPicoUsd;
  return `${tenths / 10n}.${tenths % 10n}`;
}

/** A text from outside as a message shows it: on its line, and with nothing that could steer what displays it. */
export function toOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
}

/** A word of a POSIX shell command: quoted where the shell would read it otherwise. */
export function quoteWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function toCents(picoUsd: bigint): bigint {
  const cents = picoUsd / PICO_USD_PER_CENT;
  const twiceRest = 2n * (picoUsd % PICO_USD_PER_CENT);
  const roundsUp = twiceRest > PICO_USD_PER_CENT || (twiceRest === PICO_USD_PER_CENT && cents % 2n === 1n);
  return roundsUp ? cents + 1n : cents;
}
