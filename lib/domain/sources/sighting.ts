/** What one recorded call tells of who sent it. Absent fields were not sent. */
export interface Sighting {
  /** The call's own time, epoch milliseconds. */
  readonly timeMs: number;
  /** Its local day in the tenant's zone. */
  readonly day: string;
  readonly app?: string;
  readonly billingAccount?: string;
  readonly emitterId?: string;
  /** Number that the emitter gave it, a whole number from 0. */
  readonly sequence?: number;
  readonly emitterVersion?: string;
}

/** The calls that one commit of the log recorded. */
export interface SightedCommit {
  readonly number: number;
  /** When it was committed, epoch milliseconds: the arrival of its calls. */
  readonly atMs: number;
  /** None for a commit of corrections. */
  readonly sightings: readonly Sighting[];
}
