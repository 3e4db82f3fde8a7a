import type { Random } from '../../lib/sample/random.ts';

/** A value of JSON whose text is given as it is, so that it may be what no JavaScript value can say, or no JSON at all. */
export class RawText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Container = Record<string, unknown> | unknown[];

const NUMBERS = ['1e400', '-1e400', '1e308', '-0', '0.1', '-1', '9007199254740992', '1e-400', '5e-324', '0', '7'];
const TEXTS = [
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ufffe"',
  '"\u2028"',
  '"constructor"',
  `"${'a'.repeat(129)}"`,
  `"${'é'.repeat(65)}"`,
  `"${'x'.repeat(20_000)}"`,
  '"\u{1f600}"',
  '"2026-02-30T00:00:00Z"',
  '"2026-01-29T18:30:00"',
  '"1e3"',
];
const OTHERS = ['null', 'true', '[]', '{}', '[[]]', '{"a":{"b":[1]}}'];
/** No JSON. */
const BROKEN = ['undefined', '', '/* c */1', '[1,]', '{"a":1,}', '00', '1.', 'NaN', "'single'", '"\\x"', '"\u0007"'];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '\u0000',
  '\ud800',
  'unknown',
  'Usage',
  'id ',
];

/**
 * Bends a JSON value in one to three places: a value of another type, kind or size, a field missing, doubled, unknown
 * or named as what every object has, something nested too deeply.
 *
 * @returns the text of it, which may or may not be JSON
 */
export function mutateJson(value: unknown, random: Random): string {
  const root = { value: structuredClone(value) };
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times--) mutateOnce(root, random);
  const text = writeJson(root.value);
  return random.below(10) === 0 ? mutateText(text, random) : text;
}

/** Bends a text: cut short, characters changed, put in twice or left out, bytes that are no UTF-8 behind it. */
export function mutateText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return (
        text.slice(0, at) + random.pick(['{', '}', '[', ']', ',', '"', '\\', '\u0000', '\ud800', ' ']) + text.slice(at)
      );
    case 3:
      return text.slice(0, at) + text.slice(at + 1 + random.below(5));
    case 4:
      return text + text;
    case 5:
      return `\ufeff${text}`;
    default:
      return flipBytes(Buffer.from(text), random).toString('utf8');
  }
}

/** Changes a few bytes of a copy. */
export function flipBytes(bytes: Uint8Array, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let times = 1 + random.below(4); times > 0 && copy.length > 0; times--) {
    copy[random.below(copy.length)] = random.below(256);
  }
  return copy;
}

function mutateOnce(root: { value: unknown }, random: Random): void {
  const containers: Container[] = [root];
  collect(root.value, containers);
  const container = random.pick(containers);
  const names = Object.keys(container);
  const name = names.length > 0 ? random.pick(names) : '0';
  const choice = random.below(10);
  if (choice === 0 && container !== root) delete (container as Record<string, unknown>)[name];
  else if (choice === 1) setOwn(container, random.pick(NAMES), random.pick([1, 'x', null, {}]));
  else if (choice === 2 && !Array.isArray(container))
    setOwn(container, name, new RawText(`1,${JSON.stringify(name)}:"twice"`));
  else if (choice === 3) setOwn(container, name, new RawText(nest(random, 1 + random.below(80))));
  else setOwn(container, name, new RawText(random.pick(random.pick([NUMBERS, NUMBERS, TEXTS, TEXTS, OTHERS, BROKEN]))));
}

/** Also a field called `__proto__` is set as a field. */
function setOwn(container: Container, name: string, value: unknown): void {
  if (Array.isArray(container) && !/^\d+$/.test(name)) container.push(value);
  else Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true });
}

function collect(value: unknown, into: Container[]): void {
  if (typeof value !== 'object' || value === null || value instanceof RawText) return;
  into.push(value as Container);
  for (const part of Object.values(value)) collect(part, into);
}

function nest(random: Random, depth: number): string {
  return random.below(2) === 0
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

function writeJson(value: unknown): string {
  if (value instanceof RawText) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${writeJson(part)}`)
    .join(',')}}`;
}
