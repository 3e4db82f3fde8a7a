/** A setting of the stack cannot be right; nothing is synthesised. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
  readonly code = 'infra/invalid-setting';
  readonly retryable = false;
  /** Path of the property, such as `senders.accounts[0]`. */
  readonly property: string;

  constructor(property: string, expected: string, found: unknown) {
    super(`${property}: expected ${expected}, found ${JSON.stringify(found)}`);
    this.property = property;
  }
}
