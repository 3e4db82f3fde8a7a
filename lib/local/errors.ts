/** What can keep the local host from running; each has one sentence for a person. */
export type LocalHostErrorCode =
  | 'local/engine-missing'
  | 'local/engine-failed'
  | 'local/port-taken'
  | 'local/newer-format'
  | 'local/folder-in-use'
  | 'local/folder-unreadable'
  | 'local/template-unsupported'
  | 'local/unknown-function'
  | 'local/invocation-failed';

/** The local host cannot do what was asked. The message is one sentence, fit to be printed as it is. */
export class LocalHostError extends Error {
  override readonly name = 'LocalHostError';
  /** Stable and machine-readable. */
  readonly code: LocalHostErrorCode;
  /** Whether trying again may help although nobody changes anything. */
  readonly retryable = false;

  constructor(code: LocalHostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
