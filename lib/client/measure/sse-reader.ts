/**
 * Reads server-sent events from bytes as they come: in pieces of any size, with line ends of any kind, comments and other
 * fields between. Only the data of events is answered.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseReader {
  readonly #decoder = new TextDecoder();
  /** Text after the last line end that is certain. */
  #rest = '';
  /** Whether that text ends with a carriage return. */
  #isHalfEnd = false;
  #data: string[] = [];

  /** Takes in a piece. @returns the data of each event that it completes */
  push(bytes: Uint8Array): readonly string[] {
    return this.#read(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Ends the stream. @returns the data of an event that lacks its empty line, for not every server sends the last one */
  end(): readonly string[] {
    return this.#read(`${this.#decoder.decode()}\n\n\n`);
  }

  #read(text: string): readonly string[] {
    const wasHalfEnd = this.#isHalfEnd;
    if (text !== '') this.#isHalfEnd = text.endsWith('\r');
    // A line that goes on is not read over from its beginning at each piece, not even to look at its end.
    if (!wasHalfEnd && !/[\r\n]/.test(text)) {
      this.#rest += text;
      return [];
    }
    // A carriage return at the end may be half of a line end.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#readLine(line));
  }

  #readLine(line: string): readonly string[] {
    if (line !== '') {
      const data = /^data(?:: ?(.*))?$/s.exec(line);
      if (data !== null) this.#data.push(data[1] ?? '');
      return [];
    }
    if (this.#data.length === 0) return [];
    const event = this.#data.join('\n');
    this.#data = [];
    return [event];
  }
}
