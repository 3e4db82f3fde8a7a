import { describe, expect, it } from 'vitest';
import { classifyId } from '../../../lib/domain/events/event-id.ts';

describe('classifyId', () => {
  it('reads the time of the UUIDv7 example of RFC 9562, in either case', () => {
    // 0x017f22e279b0 = 2022-02-22T19:22:22Z lies before the window; the same bits with 0x0199 do not.
    expect(classifyId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toEqual({ timed: false });
    const timeMs = 0x019922e279b0;
    const expected = { timed: true, timeMs, slot: Math.floor(timeMs / 60_000) };
    expect(classifyId('019922e2-79b0-7cc3-98c4-dc0c0c07398f')).toEqual(expected);
    expect(classifyId('019922E2-79B0-7CC3-98C4-DC0C0C07398F')).toEqual(expected);
  });

  it('reads the time of a ULID, in either case', () => {
    // The ULID specification's example: 01ARZ3NDEK is 1469922850259, in 2016; 01K is 1 x 32^8 + 19 x 32^7 further on.
    expect(classifyId('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toEqual({ timed: false });
    const timeMs = 32 ** 8 + 19 * 32 ** 7;
    const expected = { timed: true, timeMs, slot: Math.floor(timeMs / 60_000) };
    expect(classifyId('01K0000000TSV4RRFFQ69G5FAV')).toEqual(expected);
    expect(classifyId('01k0000000tsv4rrffq69g5fav')).toEqual(expected);
  });

  it('counts times from 2023-01-01 included to 2100-01-01 excluded as plausible', () => {
    const uuidAt = (timeMs: number) => {
      const hex = timeMs.toString(16).padStart(12, '0');
      return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-0123456789ab`;
    };
    const [from, until] = [Date.UTC(2023, 0, 1), Date.UTC(2100, 0, 1)];
    expect(classifyId(uuidAt(from - 1)).timed).toBe(false);
    expect(classifyId(uuidAt(from))).toEqual({ timed: true, timeMs: from, slot: from / 60_000 });
    expect(classifyId(uuidAt(until - 1)).timed).toBe(true);
    expect(classifyId(uuidAt(until)).timed).toBe(false);
  });

  it.each([
    ['a random UUID', '019922e2-79b0-4cc3-98c4-dc0c0c07398f'],
    ['another variant', '019922e2-79b0-7cc3-c8c4-dc0c0c07398f'],
    ['a variant below', '019922e2-79b0-7cc3-78c4-dc0c0c07398f'],
    ['no dashes', '019922e279b07cc398c4dc0c0c07398f'],
    ['a dash elsewhere', '019922e27-9b0-7cc3-98c4-dc0c0c07398f'],
    ['a letter beyond f', '019922e2-79b0-7cc3-98c4-dc0c0c07398g'],
    ['braces', '{019922e2-79b0-7cc3-98c4-dc0c0c07398f}'],
    ['a full-width digit', '０19922e2-79b0-7cc3-98c4-dc0c0c07398f'],
    ['a ULID above 128 bits', '81K0000000TSV4RRFFQ69G5FAV'],
    ['a ULID with an excluded letter', '01K0000000TSV4RRFFQ69G5FAU'],
    ['a ULID one short', '01K0000000TSV4RRFFQ69G5FA'],
    ['nothing', ''],
    ['any text', 'cc-c-0180-0000'],
  ])('takes %s for untimed', (_name, id) => {
    expect(classifyId(id)).toEqual({ timed: false });
  });
});
