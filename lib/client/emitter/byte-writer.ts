const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const MAX_DIGITS = 10;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Memory that text is written into as UTF-8, byte by byte. For short texts this is quicker than joining strings that
 * are encoded later, and leaves nothing to the collector.
 */
export class ByteWriter {
  /** Bytes written; set it back to take some of them back. */
  end = 0;
  #bytes: Buffer<ArrayBuffer>;

  /** @param bytes - used from its beginning; replaced by a larger one when it runs full */
  constructor(bytes: Buffer<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    if (this.end + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.end + more));
    this.#bytes.copy(larger, 0, 0, this.end);
    this.#bytes = larger;
  }

  /** Writes a text of any characters, whatever room that takes. */
  putAny(text: string): void {
    this.reserve(text.length * MAX_BYTES_PER_UNIT);
    this.end += this.#bytes.write(text, this.end, 'utf8');
  }

  /** Writes bytes as they are, into room that was reserved. */
  putBytes(bytes: Uint8Array): void {
    const target = this.#bytes;
    let at = this.end;
    for (let from = 0; from < bytes.length; from++) target[at++] = bytes[from] ?? 0;
    this.end = at;
  }

  /** Writes one byte, into room that was reserved. */
  putByte(byte: number): void {
    this.#bytes[this.end++] = byte;
  }

  /**
   * Writes a text in quotes, into room that was reserved, if it stands in JSON as it is: ASCII without controls, quotes
   * and backslashes.
   *
   * @returns whether it does; where not, what was written is worth nothing
   */
  putPlainText(text: string): boolean {
    const target = this.#bytes;
    let at = this.end;
    target[at++] = QUOTE;
    for (let from = 0; from < text.length; from++) {
      const unit = text.charCodeAt(from);
      if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) return false;
      target[at++] = unit;
    }
    target[at++] = QUOTE;
    this.end = at;
    return true;
  }

  /** Writes a number as JSON does, into room that was reserved. */
  putNumber(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < 10 ** MAX_DIGITS) this.#putDigits(value);
    else this.putAny(String(value));
  }

  /** What was written, in the writer's own memory. */
  read(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.end);
  }

  #putDigits(value: number): void {
    let digits = 1;
    for (let bound = 10; bound <= value; bound *= 10) digits += 1;
    const target = this.#bytes;
    let left = value;
    for (let at = this.end + digits - 1; at >= this.end; at--) {
      const next = Math.floor(left / 10);
      target[at] = ZERO + left - 10 * next;
      left = next;
    }
    this.end += digits;
  }
}
