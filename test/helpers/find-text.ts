import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Attribute, Item } from '../../lib/adapters/dynamodb/table.ts';

const MAGICS: readonly (readonly [magic: Buffer, inflate: (bytes: Buffer) => Buffer])[] = [
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), (bytes) => zstdDecompressSync(bytes)],
  [Buffer.from([0x1f, 0x8b]), (bytes) => gunzipSync(bytes)],
];

/** Places in items that hold a text: in names or values, plain, base64 or compressed. `partition attribute` each. */
export function findText(items: Iterable<Item>, text: string): readonly string[] {
  const places = new Set<string>();
  for (const item of items) {
    for (const [name, value] of Object.entries(item)) {
      const texts = [name, ...textsOf(value)];
      if (texts.some((one) => holdsText(one, text))) places.add(`${item.pk} ${name}`);
    }
  }
  return [...places];
}

/** Whether a text is inside another, as it is or in one of the three alignments of base64. */
export function holdsText(whole: string, text: string): boolean {
  if (whole.includes(text)) return true;
  return [0, 1, 2].some((shift) => {
    const encoded = Buffer.from(' '.repeat(shift) + text).toString('base64');
    // The first and last digits depend on what stands around the text.
    return whole.includes(encoded.slice(4, -4));
  });
}

function textsOf(value: Attribute): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'bigint') return [];
  if (!(value instanceof Uint8Array)) return [...value];
  const bytes = Buffer.from(value);
  const inflate = MAGICS.find(([magic]) => bytes.subarray(0, magic.length).equals(magic))?.[1];
  return [(inflate ? inflate(bytes) : bytes).toString('latin1')];
}
