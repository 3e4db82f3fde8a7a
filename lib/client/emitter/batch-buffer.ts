const HEAD = '{"events":[';
const TAIL = ']}';
const COMMA = 0x2c;
const LEAST_CAPACITY_BYTES = 16 * 1024;
/** A UTF-16 unit takes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Events of one message, written as UTF-8 the moment they come: no text is kept, joined or encoded a second time, which
 * is a third of what an event would cost otherwise.
 */
export class BatchBuffer {
  /** Events held. */
  count = 0;
  /** Bytes of the message so far, its envelope and commas included. */
  bytes = HEAD.length + TAIL.length;
  #buffer: Buffer<ArrayBuffer>;
  #end = HEAD.length;
  #endBefore = HEAD.length;

  /** @param used - memory of an earlier message that nobody reads any more */
  constructor(used?: Uint8Array<ArrayBuffer>) {
    this.#buffer = used === undefined ? Buffer.allocUnsafeSlow(LEAST_CAPACITY_BYTES) : Buffer.from(used.buffer);
    this.#buffer.write(HEAD, 'latin1');
  }

  /**
   * Appends an event.
   *
   * @param json - the event as JSON
   * @returns its bytes, with the comma before it
   */
  append(json: string): number {
    this.#reserve(json.length * MAX_BYTES_PER_UNIT + 1 + TAIL.length);
    this.#endBefore = this.#end;
    if (this.count > 0) this.#buffer[this.#end++] = COMMA;
    this.#end += this.#buffer.write(json, this.#end, 'utf8');
    this.count += 1;
    const written = this.#end - this.#endBefore;
    this.bytes += written;
    return written;
  }

  /** Takes the event appended last back. */
  removeLast(): void {
    this.bytes -= this.#end - this.#endBefore;
    this.#end = this.#endBefore;
    this.count -= 1;
  }

  /** The message. Nothing may be appended afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    const end = this.#end + this.#buffer.write(TAIL, this.#end, 'latin1');
    return this.#buffer.subarray(0, end);
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#end + bytes));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
