import { ByteWriter } from './byte-writer.ts';

const HEAD = Buffer.from('{"events":[');
const TAIL = Buffer.from(']}');
const COMMA = 0x2c;
const LEAST_CAPACITY_BYTES = 32 * 1024;

/**
 * Events of one message, written the moment they come. An event is begun, written by `out`, and then kept or taken
 * back; nothing else may happen in between.
 */
export class BatchBuffer {
  /** Events kept. */
  count = 0;
  readonly out: ByteWriter;
  #lastEnd: number;

  /** @param used - memory of an earlier message that nobody reads any more */
  constructor(used?: Uint8Array<ArrayBuffer>) {
    this.out = new ByteWriter(used ? Buffer.from(used.buffer) : Buffer.allocUnsafeSlow(LEAST_CAPACITY_BYTES));
    this.out.putBytes(HEAD);
    this.#lastEnd = this.out.end;
  }

  /** Bytes of the message so far, with what has been begun. */
  get bytes(): number {
    return this.out.end + TAIL.length;
  }

  /** Bytes of the event begun. */
  get eventBytes(): number {
    return this.out.end - this.#lastEnd - (this.count > 0 ? 1 : 0);
  }

  /** Begins an event, or begins it anew. */
  begin(): void {
    this.out.end = this.#lastEnd;
    if (this.count === 0) return;
    this.out.reserve(1);
    this.out.putByte(COMMA);
  }

  /** Keeps the event begun. */
  keep(): void {
    this.count += 1;
    this.#lastEnd = this.out.end;
  }

  /** Takes the event begun back, if there is one. */
  cancel(): void {
    this.out.end = this.#lastEnd;
  }

  /** The message. Nothing may be begun afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    this.out.reserve(TAIL.length);
    this.out.putBytes(TAIL);
    return this.out.read();
  }
}
