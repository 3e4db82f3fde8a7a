import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';

/**
 * Lets every body of the table be inflated once, however often it is read: bodies are never changed, and the table in
 * memory gives out the same bytes each time. A third of a history's time would go into it otherwise.
 */
export function unpackOnce(): void {
  const inflate = zlib.zstdDecompressSync;
  const known = new WeakMap<object, ReturnType<typeof inflate>>();
  zlib.zstdDecompressSync = (bytes, options) => {
    if (typeof bytes === 'string') return inflate(bytes, options);
    const inflated = known.get(bytes) ?? inflate(bytes, options);
    known.set(bytes, inflated);
    return inflated;
  };
  syncBuiltinESMExports();
}
