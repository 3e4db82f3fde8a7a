/**
 * Fit of the time one replica spends on one call, in seconds: per input token (prefill), per output token (decode,
 * reading weights) and per output token times token in context (decode, reading the key-value cache).
 * All non-negative; at least one above zero.
 */
export interface ServiceTimeFit {
  readonly inputTokenS: number;
  readonly outputTokenS: number;
  readonly contextTokenS: number;
}

/**
 * Seconds of one replica that a call of these lengths takes under full batching: `a*in + b*out + c*out*(in + out/2)`.
 * It is convex in the lengths, so the time of mean lengths is not the mean time of a mixed workload.
 *
 * @see METHODS of the project, section 5.2 (2): fitted to published throughput rows, mean error 2 to 5 %
 */
export function computeServiceTimeS(fit: ServiceTimeFit, inputTokens: number, outputTokens: number): number {
  const contextTokens = inputTokens + outputTokens / 2;
  return (
    fit.inputTokenS * inputTokens + fit.outputTokenS * outputTokens + fit.contextTokenS * outputTokens * contextTokens
  );
}
