import { Token } from 'aws-cdk-lib';
import { TENANT_NAME } from '../contracts/tenant-name.ts';
import { InvalidSettingError } from './invalid-setting-error.ts';

const PRINCIPAL_ID = /^A(ROA|IDA)[A-Z0-9]{12,124}$/;

/**
 * Checks that an object holds nothing unknown: a property that is spelt wrong would leave a door open in silence, as the
 * app runs without its types being checked.
 * @throws {@link InvalidSettingError} naming the first unknown property
 */
export function checkNames<Settings extends object>(
  property: string,
  settings: Settings,
  names: readonly (keyof Settings & string)[],
): void {
  const known: readonly string[] = names;
  const unknown = Object.entries(settings).find(([name]) => !known.includes(name));
  if (unknown) throw new InvalidSettingError(`${property}.${unknown[0]}`, `one of ${names.join(', ')}`, unknown[1]);
}

/**
 * Checks the form of a text that may still be a token of the CDK, whose value nobody knows yet.
 * @throws {@link InvalidSettingError} for a text of another form
 */
export function checkText(property: string, text: string, form: RegExp, expected: string): void {
  if (Token.isUnresolved(text) || form.test(text)) return;
  throw new InvalidSettingError(property, expected, text);
}

/** @throws {@link InvalidSettingError} for a name that no tenant may have */
export function checkTenant(property: string, tenant: string): void {
  checkText(property, tenant, TENANT_NAME, 'the name of a tenant, 1 to 63 of a-z, 0-9, - and _');
}

/** @throws {@link InvalidSettingError} for anything but the unique id of a role or user, an ARN for instance */
export function checkPrincipalId(property: string, id: string): void {
  checkText(property, id, PRINCIPAL_ID, 'the unique id of a role, AROA..., or of a user, AIDA... (not its ARN)');
}

/**
 * Checks that what goes into the environment of a function fits there, beside everything else: 4 KB in all.
 * @throws {@link InvalidSettingError} for longer text
 */
export function checkLength(property: string, json: string, maxBytes: number, instead: string): void {
  const bytes = Buffer.byteLength(json.replaceAll(UNRESOLVED, LONGEST_USUAL_ID));
  if (bytes <= maxBytes) return;
  throw new InvalidSettingError(property, `at most ${maxBytes} bytes as JSON; ${instead}`, bytes);
}

const UNRESOLVED = /\$\{Token\[[^\]]*\]\}/g;
const LONGEST_USUAL_ID = '-'.repeat(32);
