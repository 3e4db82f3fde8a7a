import { Token } from 'aws-cdk-lib';
import { ALERT_FILTER_KEYS, type AlertFilter, findFilterFault } from '../contracts/alert-filter.ts';
import { checkNames, checkText } from './check-settings.ts';
import { InvalidSettingError } from './invalid-setting-error.ts';

/** Who hears of alerts, as far as it is known when the stack is deployed. Tenants subscribe by themselves besides. */
export interface AlertSettings {
  /**
   * Whether there is a topic for chat channels, in the form that Amazon Q Developer in chat applications shows.
   * @default false
   */
  readonly chat?: boolean;
  /**
   * Subscriptions of the topic; at most 100.
   * @default none
   */
  readonly subscriptions?: readonly AlertSubscription[];
}

/** One subscriber: exactly one of the five ways, and what it hears. */
export interface AlertSubscription {
  /** An address; its owner confirms by a link in the first message. */
  readonly email?: string;
  /** A telephone number such as `+491701234567`. */
  readonly sms?: string;
  /** A URL `https://...`; the endpoint confirms by following the `SubscribeURL` of the first message. */
  readonly https?: string;
  /** ARN of a standard queue, whose policy must let the topic send. */
  readonly sqs?: string;
  /** ARN of a function of the ledger's own account; the topic is let invoke it. */
  readonly lambda?: string;
  /**
   * Values by attribute (`tenant`, `kind`, `severity`, `status`, `budget`, `rule`, `team`, `app`, `environment`, `model`);
   * an alert is heard that has one of the values of each.
   * @default every alert, and every alarm of the stack, which carries no attributes
   */
  readonly filter?: Readonly<Record<string, string | readonly string[]>>;
}

/** Ways to subscribe, by the name that the notification service has for them as well. */
export const SUBSCRIPTION_WAYS = ['email', 'sms', 'https', 'sqs', 'lambda'] as const;

/** A subscription that was checked. */
export interface CheckedSubscription {
  readonly way: (typeof SUBSCRIPTION_WAYS)[number];
  readonly endpoint: string;
  /** Empty: everything. */
  readonly filter: AlertFilter;
}

const MAX_SUBSCRIPTIONS = 100;

const FORMS: Readonly<Record<CheckedSubscription['way'], readonly [RegExp, string]>> = {
  email: [/^[^\s@]{1,64}@[^\s@]{1,255}$/, 'an address such as team@example.com'],
  sms: [/^\+[1-9]\d{6,14}$/, 'a number such as +491701234567'],
  https: [/^https:\/\/[^\s/]\S*$/, 'a URL that begins with https://'],
  sqs: [/^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}$/, 'the ARN of a standard queue'],
  lambda: [/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w:-]{1,200}$/, 'the ARN of a function'],
};

/**
 * The subscriptions with each way and filter made plain.
 * @throws {@link InvalidSettingError} naming the first property that cannot be right
 */
export function checkAlerts(alerts: AlertSettings): readonly CheckedSubscription[] {
  checkNames('alerts', alerts, ['chat', 'subscriptions']);
  const { chat = false, subscriptions = [] } = alerts;
  if (typeof chat !== 'boolean') throw new InvalidSettingError('alerts.chat', 'true or false', chat);
  if (!Array.isArray(subscriptions)) throw new InvalidSettingError('alerts.subscriptions', 'a list', subscriptions);
  if (subscriptions.length > MAX_SUBSCRIPTIONS) {
    throw new InvalidSettingError('alerts.subscriptions', `at most ${MAX_SUBSCRIPTIONS}`, subscriptions.length);
  }
  const checked = subscriptions.map((subscription, index) =>
    checkSubscription(`alerts.subscriptions[${index}]`, subscription),
  );
  for (const [index, { way, endpoint }] of checked.entries()) {
    // The service would refuse the second one halfway through the deployment.
    const isFirst = checked.findIndex((other) => other.way === way && other.endpoint === endpoint) === index;
    if (!isFirst && !Token.isUnresolved(endpoint)) {
      throw new InvalidSettingError(`alerts.subscriptions[${index}].${way}`, 'each endpoint once', endpoint);
    }
  }
  return checked;
}

function checkSubscription(property: string, subscription: AlertSubscription): CheckedSubscription {
  if (typeof subscription !== 'object' || subscription === null) {
    throw new InvalidSettingError(property, 'an object', subscription);
  }
  checkNames(property, subscription, [...SUBSCRIPTION_WAYS, 'filter']);
  const ways = SUBSCRIPTION_WAYS.filter((way) => subscription[way] !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    throw new InvalidSettingError(property, `exactly one of ${SUBSCRIPTION_WAYS.join(', ')}`, ways);
  }
  const endpoint = subscription[way] ?? '';
  const [form, expected] = FORMS[way];
  checkText(`${property}.${way}`, endpoint, form, expected);
  const entries = Object.entries(subscription.filter ?? {}).map(([name, value]) => [name, [value].flat()] as const);
  const mistyped = entries.find(([, values]) => values.some((value) => typeof value !== 'string'));
  if (mistyped)
    throw new InvalidSettingError(`${property}.filter.${mistyped[0]}`, 'a text or a list of texts', mistyped[1]);
  const filter = Object.fromEntries(entries);
  const fault = findFilterFault(filter, ['tenant', ...ALERT_FILTER_KEYS]);
  if (!fault) return { way, endpoint, filter };
  const name = fault.name === '' ? `${property}.filter` : `${property}.filter.${fault.name}`;
  throw new InvalidSettingError(name, fault.expected, subscription.filter);
}
