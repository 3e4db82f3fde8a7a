/** What decides for or against fine-tuning. Accuracy and compliance are shares of 0 to 1, measured on the base model. */
export interface FineTuningProfile {
  readonly requestsPerMonth: number;
  readonly baseAccuracyRatio: number;
  readonly formatComplianceRatio: number;
  readonly isDomainTask: boolean;
  readonly needsConsistentFormat: boolean;
  readonly isPrivacyRequired: boolean;
}

/** The ways of the fine-tuning matrix. */
export type FineTuningApproach = 'self_hosted' | 'fine_tuning' | 'api' | 'api_optimised' | 'api_or_fine_tuning';

/** Below these the base model does not do the task, or the format, well enough. */
const MIN_ACCURACY_RATIO = 0.8;
const MIN_COMPLIANCE_RATIO = 0.95;

/**
 * The first rule that holds: privacy, a domain task done too badly, a format kept too rarely, and then the volume.
 * @see guide S2, lines 975 to 1001, and METHODS of the project, section 5.4 (`finetune_decision`)
 */
export function chooseFineTuning(profile: FineTuningProfile): FineTuningApproach {
  if (profile.isPrivacyRequired) return 'self_hosted';
  if (profile.isDomainTask && profile.baseAccuracyRatio < MIN_ACCURACY_RATIO) return 'fine_tuning';
  if (profile.needsConsistentFormat && profile.formatComplianceRatio < MIN_COMPLIANCE_RATIO) return 'fine_tuning';
  if (profile.requestsPerMonth < 10_000) return 'api';
  if (profile.requestsPerMonth <= 100_000) return 'api_optimised';
  return profile.requestsPerMonth <= 1_000_000 ? 'api_or_fine_tuning' : 'self_hosted';
}
