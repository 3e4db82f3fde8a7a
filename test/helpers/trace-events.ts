/**
 * The calls of lines of the recorded trace, as the import sends them.
 * @param header - names of the columns, see {@link readCallLines}
 */
export function toTraceEvents(header: string, lines: readonly string[]): readonly unknown[] {
  const names = header.split(',');
  return lines.map((line) => {
    const cells = new Map(line.split(',').map((cell, index) => [names[index], cell]));
    const count = (name: string): number => Number(cells.get(name));
    return {
      ...{ id: cells.get('call_id'), time: cells.get('ts'), app: cells.get('app'), model: cells.get('model') },
      usage: {
        input_tokens: count('input_tokens'),
        cache_read_tokens: count('cached_input_tokens'),
        output_tokens: count('output_tokens'),
      },
    };
  });
}
