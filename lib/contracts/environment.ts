/**
 * Names of the environment variables that the stack sets and the functions read; the local host passes them on as
 * the template has them. Endpoints, region and credentials are not here: those are the AWS SDK's own variables.
 */
export const ENVIRONMENT = {
  /** Name of the ledger's table. */
  tableName: 'TABLE_NAME',
  /** URL of the queue that usage events arrive on. */
  usageQueueUrl: 'USAGE_QUEUE_URL',
  /** URL of the queue that older history arrives on. */
  importQueueUrl: 'IMPORT_QUEUE_URL',
  /** ARN of the usage queue, as `eventSourceARN` of its records has it. */
  usageQueueArn: 'USAGE_QUEUE_ARN',
  /** ARN of the import queue, as `eventSourceARN` of its records has it. */
  importQueueArn: 'IMPORT_QUEUE_ARN',
  /** URL of the queue that keeps what the usage queue gave up. */
  usageDeadLetterQueueUrl: 'USAGE_DEAD_LETTER_QUEUE_URL',
  /** URL of the queue that keeps what the import queue gave up. */
  importDeadLetterQueueUrl: 'IMPORT_DEAD_LETTER_QUEUE_URL',
  /** ARN of the topic that alerts are published to. */
  alertTopicArn: 'ALERT_TOPIC_ARN',
  /** ARN of the topic that alerts are published to for chat channels; {@link NO_CHAT_TOPIC} where there is none. */
  chatTopicArn: 'CHAT_TOPIC_ARN',
  /** Base URL of the HTTP API, for the links in alerts. */
  apiUrl: 'API_URL',
  /** JSON of a {@link SenderDirectory}. */
  senders: 'SENDERS',
  /** JSON of an {@link AccessDirectory}. */
  access: 'ACCESS',
  /** Unique id of the API function's role: the one sender whose stamped tenant is honoured. */
  apiSenderId: 'API_SENDER_ID',
  /** Unique id of the sweep's role: it sends dead letters back, and the stamps it puts on them are honoured. */
  sweepSenderId: 'SWEEP_SENDER_ID',
  /** The function's own time-out in milliseconds, a decimal integer. */
  functionTimeoutMs: 'FUNCTION_TIMEOUT_MS',
  /** How long a claimed alert belongs to its claimer, in milliseconds, a decimal integer. */
  alertLeaseMs: 'ALERT_LEASE_MS',
} as const;

/** Stands for the ARN of a topic for chat channels where the stack has none. */
export const NO_CHAT_TOPIC = '-';

/** Name of one variable of {@link ENVIRONMENT}. */
export type EnvironmentName = (typeof ENVIRONMENT)[keyof typeof ENVIRONMENT];

/**
 * Who may report usage for whom. `trusted`: whoever the queue policy lets in reports for the one tenant.
 * `mapped`: the unique id of the sender's role (`AROA...`, the part of `SenderId` before a colon) decides; a sender
 * that is not in the map belongs to no tenant.
 */
export type SenderDirectory =
  | { readonly mode: 'trusted'; readonly tenant: string }
  | { readonly mode: 'mapped'; readonly tenants: Readonly<Record<string, string>> };

/** What a caller may do who is let in without a key, as `Role` of the access ports has it. */
export const ACCESS_ROLES = ['emitter', 'reader', 'admin', 'org-reader', 'org-admin'] as const;

/** One role of {@link ACCESS_ROLES}. */
export type AccessRole = (typeof ACCESS_ROLES)[number];

/** For whom the ledger takes identities that the gateway checked. Kinds of identity that are absent let nobody in. */
export interface AccessDirectory {
  /** Tenant of a token: the value of a claim, or the same for all. Its role is the value of another claim. */
  readonly jwt?: {
    readonly tenant: { readonly claim: string } | { readonly name: string };
    readonly roleClaim: string;
  };
  /** Callers by the unique id of their role or user (`AROA...`, `AIDA...`). */
  readonly iam?: Readonly<Record<string, { readonly tenant: string; readonly role: AccessRole }>>;
}

/** Which variables each function gets, and no others. */
export const FUNCTION_ENVIRONMENT = {
  'record-usage': [
    ENVIRONMENT.tableName,
    ENVIRONMENT.usageQueueArn,
    ENVIRONMENT.importQueueArn,
    ENVIRONMENT.alertTopicArn,
    ENVIRONMENT.chatTopicArn,
    ENVIRONMENT.apiUrl,
    ENVIRONMENT.senders,
    ENVIRONMENT.apiSenderId,
    ENVIRONMENT.sweepSenderId,
    ENVIRONMENT.functionTimeoutMs,
    ENVIRONMENT.alertLeaseMs,
  ],
  api: [
    ENVIRONMENT.tableName,
    ENVIRONMENT.usageQueueUrl,
    ENVIRONMENT.importQueueUrl,
    ENVIRONMENT.usageDeadLetterQueueUrl,
    ENVIRONMENT.importDeadLetterQueueUrl,
    ENVIRONMENT.senders,
    ENVIRONMENT.access,
    ENVIRONMENT.apiSenderId,
    ENVIRONMENT.sweepSenderId,
    ENVIRONMENT.alertTopicArn,
    ENVIRONMENT.chatTopicArn,
    ENVIRONMENT.functionTimeoutMs,
    ENVIRONMENT.alertLeaseMs,
  ],
  sweep: [
    ENVIRONMENT.tableName,
    ENVIRONMENT.usageQueueUrl,
    ENVIRONMENT.importQueueUrl,
    ENVIRONMENT.usageDeadLetterQueueUrl,
    ENVIRONMENT.importDeadLetterQueueUrl,
    ENVIRONMENT.senders,
    ENVIRONMENT.apiSenderId,
    ENVIRONMENT.sweepSenderId,
    ENVIRONMENT.alertTopicArn,
    ENVIRONMENT.chatTopicArn,
    ENVIRONMENT.apiUrl,
    ENVIRONMENT.functionTimeoutMs,
    ENVIRONMENT.alertLeaseMs,
  ],
  'assess-break-even': [
    ENVIRONMENT.tableName,
    ENVIRONMENT.alertTopicArn,
    ENVIRONMENT.chatTopicArn,
    ENVIRONMENT.apiUrl,
    ENVIRONMENT.functionTimeoutMs,
    ENVIRONMENT.alertLeaseMs,
  ],
  'accrue-capacity': [ENVIRONMENT.tableName, ENVIRONMENT.functionTimeoutMs],
  'project-spend': [
    ENVIRONMENT.tableName,
    ENVIRONMENT.alertTopicArn,
    ENVIRONMENT.chatTopicArn,
    ENVIRONMENT.apiUrl,
    ENVIRONMENT.functionTimeoutMs,
    ENVIRONMENT.alertLeaseMs,
  ],
} as const satisfies Record<string, readonly EnvironmentName[]>;

/** Name of a function of the stack; its handler is `functions/<name>/handler.ts`. */
export type FunctionName = keyof typeof FUNCTION_ENVIRONMENT;

/** Names of the stack's outputs: what a person or a tool needs to know of a running ledger. */
export const STACK_OUTPUTS = {
  /** Base URL of the HTTP API, without a slash at the end. */
  apiUrl: 'ApiUrl',
  /** Base URL for callers with tokens; only where the stack was told whose tokens to take. */
  jwtApiUrl: 'JwtApiUrl',
  /** Base URL for callers who sign their requests; only where the stack was told whom to take. */
  iamApiUrl: 'IamApiUrl',
  /** URL of the usage queue, for senders. */
  usageQueueUrl: 'UsageQueueUrl',
  /** URL of the import queue. */
  importQueueUrl: 'ImportQueueUrl',
  /** ARN of the alert topic, for subscribers. */
  alertTopicArn: 'AlertTopicArn',
  /** ARN of the topic for chat channels; only where the stack was told to have one. */
  chatTopicArn: 'ChatTopicArn',
  /** Name of the ledger's table. */
  tableName: 'TableName',
} as const;

/**
 * Key of a function's metadata in the template under which the local host finds the handler's source: a path from
 * the root of the project, such as `functions/api/handler.ts`.
 */
export const HANDLER_SOURCE_METADATA = 'tokenledger:handler-source';
