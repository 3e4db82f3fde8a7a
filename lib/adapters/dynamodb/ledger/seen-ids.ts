const WORDS_PER_ID = 3;
const EMPTY = 0;

/** What is known of an id by its hash: the commit's content hash for it, or nothing. */
export interface IdHash {
  /** First eight bytes of SHA-256 over the id, as two words. */
  readonly high: number;
  readonly low: number;
}

/**
 * Committed ids of one slot in a typed array (open addressing, 12 bytes an id). A slot is read up to its `mark`, the
 * head that was known before its pages were asked for, or the number of an own commit that followed it without a gap.
 */
export class Slot {
  mark = -1;
  size = 0;
  #words = new Uint32Array(64 * WORDS_PER_ID);

  /** Content hash recorded for an id, `undefined` when the id is not among the committed ones read so far. */
  find(id: IdHash): number | undefined {
    const capacity = this.#words.length / WORDS_PER_ID;
    for (let at = id.low % capacity; ; at = (at + 1) % capacity) {
      const [high, low, content] = this.#at(at);
      if (high === EMPTY && low === EMPTY) return undefined;
      if (high === id.high && low === id.low) return content;
    }
  }

  /** The first content committed for an id stands. */
  add(id: IdHash, contentHash: number): void {
    if (this.find(id) !== undefined) return;
    if ((this.size + 1) * 2 > this.#words.length / WORDS_PER_ID) this.#grow();
    this.#insert(id.high, id.low, contentHash);
    this.size++;
  }

  #insert(high: number, low: number, content: number): void {
    const capacity = this.#words.length / WORDS_PER_ID;
    let at = low % capacity;
    while (this.#words[at * WORDS_PER_ID] !== EMPTY || this.#words[at * WORDS_PER_ID + 1] !== EMPTY) {
      at = (at + 1) % capacity;
    }
    this.#words.set([high, low, content], at * WORDS_PER_ID);
  }

  #at(index: number): [number, number, number] {
    const base = index * WORDS_PER_ID;
    return [this.#words[base] ?? 0, this.#words[base + 1] ?? 0, this.#words[base + 2] ?? 0];
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let base = 0; base < old.length; base += WORDS_PER_ID) {
      const [high = 0, low = 0, content = 0] = old.subarray(base, base + WORDS_PER_ID);
      if (high !== EMPTY || low !== EMPTY) this.#insert(high, low, content);
    }
  }
}

/** Slots by number, bounded by the ids they hold; a whole slot with its mark goes, least recently used first. */
export class SlotCache {
  readonly #slots = new Map<number, Slot>();
  readonly #maxIds: number;

  constructor(maxIds: number) {
    this.#maxIds = maxIds;
  }

  /** The slot, created empty and unread where it is not held. */
  use(number: number): Slot {
    const slot = this.#slots.get(number) ?? new Slot();
    this.#slots.delete(number);
    this.#slots.set(number, slot);
    return slot;
  }

  /** Drops what is over the bound. Called between transactions, never while slots are in use. */
  trim(): void {
    let ids = 0;
    for (const slot of this.#slots.values()) ids += slot.size + 32;
    for (const [number, slot] of this.#slots) {
      if (ids <= this.#maxIds) return;
      ids -= slot.size + 32;
      this.#slots.delete(number);
    }
  }
}

/** Bytes of one id in a page: eight of the id's hash, four of the content's. */
export const PAGE_ENTRY_BYTES = 12;

/** Lays ids out as the body of a page. */
export function encodePage(ids: readonly (IdHash & { readonly contentHash: number })[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(ids.length * PAGE_ENTRY_BYTES));
  for (const [index, { high, low, contentHash }] of ids.entries()) {
    bytes.setUint32(index * PAGE_ENTRY_BYTES, high);
    bytes.setUint32(index * PAGE_ENTRY_BYTES + 4, low);
    bytes.setUint32(index * PAGE_ENTRY_BYTES + 8, contentHash);
  }
  return new Uint8Array(bytes.buffer);
}

/** Reads a page's ids. */
export function* decodePage(body: Uint8Array): Iterable<IdHash & { readonly contentHash: number }> {
  const bytes = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at + PAGE_ENTRY_BYTES <= body.byteLength; at += PAGE_ENTRY_BYTES) {
    yield { high: bytes.getUint32(at), low: bytes.getUint32(at + 4), contentHash: bytes.getUint32(at + 8) };
  }
}
