import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** Packs a plain value as zstd-compressed JSON, the form of every write-once body in the table. */
export function pack(value: unknown): Uint8Array {
  return zstdCompressSync(JSON.stringify(value), LEVEL);
}

/** Reads what {@link pack} wrote. @throws when the bytes are damaged */
export function unpack(bytes: Uint8Array): unknown {
  return JSON.parse(zstdDecompressSync(bytes).toString('utf8'));
}

/** A whole number as JSON: a number while that is exact, else its decimal text. */
export type PackedInteger = number | string;

export function packInteger(value: bigint): PackedInteger {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value.toString();
}

/** Which positions are set, as base64 of a bit string; 0 stands for "all". */
export type PackedBits = string | 0;

export function packBits(bits: readonly boolean[]): PackedBits {
  if (bits.every(Boolean)) return 0;
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [index, bit] of bits.entries()) if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return bytes.toString('base64');
}

export function unpackBits(packed: PackedBits, length: number): boolean[] {
  if (packed === 0) return new Array<boolean>(length).fill(true);
  const bytes = Buffer.from(packed, 'base64');
  return Array.from({ length }, (_, index) => (((bytes[index >> 3] ?? 0) >> (index & 7)) & 1) === 1);
}
