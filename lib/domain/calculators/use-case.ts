/** The use cases of the guide's comparison tool. */
export const USE_CASES = ['dev_testing', 'low_volume', 'high_volume', 'latency_critical', 'privacy_required'] as const;

/** One of {@link USE_CASES}. */
export type UseCase = (typeof USE_CASES)[number];

/** What was measured of one way. */
export interface MeasuredWay {
  /** Milliseconds to the first token. */
  readonly ttftMs: number;
  readonly monthlyUsd: number;
}

/** Where to run. */
export type Place = 'local' | 'cloud';

/**
 * Where a use case belongs, by the one figure that decides it; ties go to the cloud. `legacy` is what the guide's own
 * code answers: wherever there is a local model it takes it, but for low volume. `warning` says what the answer fails.
 *
 * @see guide S1, lines 1180 to 1228, and METHODS of the project, section 5.4 (`use_case_recommendation`)
 */
export function recommendPlace(
  useCase: UseCase,
  local: MeasuredWay | null,
  cloud: MeasuredWay,
): { readonly recommendation: Place; readonly legacy: Place; readonly warning: 'privacy' | null } {
  if (local === null) {
    const warning = useCase === 'privacy_required' ? 'privacy' : null;
    return { recommendation: 'cloud', legacy: 'cloud', warning };
  }
  const cheaper: Place = local.monthlyUsd < cloud.monthlyUsd ? 'local' : 'cloud';
  const faster: Place = local.ttftMs < cloud.ttftMs ? 'local' : 'cloud';
  const recommendations: Readonly<Record<UseCase, Place>> = {
    dev_testing: 'local',
    privacy_required: 'local',
    latency_critical: faster,
    high_volume: cheaper,
    low_volume: cheaper,
  };
  const legacy = useCase === 'low_volume' ? cheaper : 'local';
  return { recommendation: recommendations[useCase], legacy, warning: null };
}
