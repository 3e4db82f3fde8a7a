/** A parameter taken to two values while the others stay as they are. */
export interface TornadoRange<Name extends string> {
  readonly name: Name;
  readonly low: number;
  readonly high: number;
}

/** What a range does to the outcome. */
export interface TornadoBar<Name extends string> extends TornadoRange<Name> {
  readonly atLow: number;
  readonly atHigh: number;
  /** Distance of the two outcomes, never negative. */
  readonly swing: number;
}

/**
 * Which assumption decides: each parameter goes to its low and its high value with the rest at base. The largest swing
 * comes first, equal ones in the order given.
 *
 * @see METHODS of the project, section 5.2 (13)
 */
export function computeTornado<Name extends string>(
  base: Readonly<Record<Name, number>>,
  ranges: readonly TornadoRange<Name>[],
  evaluate: (parameters: Readonly<Record<Name, number>>) => number,
): readonly TornadoBar<Name>[] {
  const bars = ranges.map((range) => {
    const atLow = evaluate({ ...base, [range.name]: range.low });
    const atHigh = evaluate({ ...base, [range.name]: range.high });
    return { ...range, atLow, atHigh, swing: Math.abs(atHigh - atLow) };
  });
  return bars.sort((a, b) => b.swing - a.swing);
}
