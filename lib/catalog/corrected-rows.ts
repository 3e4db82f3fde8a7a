/**
 * A price of a release that was wrong from the start. Only what is listed here may change what past calls cost; every
 * other change of a released price counts from the day of the build.
 */
export interface CorrectedRow {
  readonly provider: string;
  readonly model: string;
  readonly unit: string;
  /** @default "default" */
  readonly serviceTier?: string;
  /** The rate that was released, decimal text; a released rate that differs is not touched. */
  readonly wrongRate: string;
  /** Why it was wrong. The build fails without it. */
  readonly why: string;
  /** Where the right price can be read. The build fails without it. */
  readonly source: string;
}

/** A name that a release gave to the wrong model, so that its past calls are to be priced by another. */
export interface CorrectedName {
  readonly provider: string;
  readonly name: string;
  readonly why: string;
  readonly source: string;
}

/** Empty until a release is found to be wrong. An entry may stay when it has done its work: it matches no more. */
export const CORRECTED_ROWS: readonly CorrectedRow[] = [];

/** As {@link CORRECTED_ROWS}, for names. */
export const CORRECTED_NAMES: readonly CorrectedName[] = [];
