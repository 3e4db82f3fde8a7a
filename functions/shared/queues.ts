import type { SQSClient } from '@aws-sdk/client-sqs';
import { TableSenderRoles } from '../../lib/adapters/dynamodb/sender-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { SqsDeadLetterQueues } from '../../lib/adapters/sqs/dead-letter-queues.ts';
import { type QueueUrls, SQS_COUNT_LAG_MS, SqsUsageQueues } from '../../lib/adapters/sqs/usage-queues.ts';
import type { Clock } from '../../lib/app/ports.ts';
import type { SenderPolicy } from '../../lib/app/recording/resolve-sender.ts';
import type { DeadLetterQueues } from '../../lib/app/rejects/reject-ports.ts';
import { type AccessDirectory, ENVIRONMENT, type SenderDirectory } from '../../lib/contracts/environment.ts';
import { readText } from './read-environment.ts';

/** The way back into the queues, and whose messages are whose. */
export interface ReturnPaths {
  readonly deadLetterQueues: DeadLetterQueues;
  readonly senders: SenderPolicy;
}

/** URLs of the queues from the environment. */
export function readQueueUrls(env: NodeJS.ProcessEnv): QueueUrls {
  return {
    usage: readText(env, ENVIRONMENT.usageQueueUrl),
    import: readText(env, ENVIRONMENT.importQueueUrl),
    usageDeadLetters: readText(env, ENVIRONMENT.usageDeadLetterQueueUrl),
    importDeadLetters: readText(env, ENVIRONMENT.importDeadLetterQueueUrl),
  };
}

/** The real queues that usage goes through; once, at cold start. */
export function createUsageQueues(env: NodeJS.ProcessEnv, sqs: SQSClient): SqsUsageQueues {
  // The SDK's own variable for where queues are; an engine on the same machine counts exactly.
  const host = URL.parse(env['AWS_ENDPOINT_URL_SQS'] ?? '')?.hostname ?? '';
  const isLocal = host === 'localhost' || /^127(\.\d+){3}$/.test(host) || host === '[::1]';
  return new SqsUsageQueues(sqs, readQueueUrls(env), isLocal ? 0 : SQS_COUNT_LAG_MS);
}

/** Who sends for whom, from the environment. */
export function readSenders(env: NodeJS.ProcessEnv): SenderPolicy {
  return {
    directory: JSON.parse(readText(env, ENVIRONMENT.senders)) as SenderDirectory,
    apiSenderId: readText(env, ENVIRONMENT.apiSenderId),
    sweepSenderId: readText(env, ENVIRONMENT.sweepSenderId),
  };
}

/** Senders of the stack's settings, and those that tenants were given since; once, at cold start. */
export function withSenderRoles(senders: SenderPolicy, table: Table, now: Clock): SenderPolicy {
  return { roles: new TableSenderRoles(table, now), ...senders };
}

/** Who is let in without a key, from the environment. */
export function readAccess(env: NodeJS.ProcessEnv): AccessDirectory {
  return JSON.parse(readText(env, ENVIRONMENT.access)) as AccessDirectory;
}

/** The real queues of a function that sends back; once, at cold start. */
export function createReturnPaths(env: NodeJS.ProcessEnv, sqs: SQSClient): ReturnPaths {
  return { deadLetterQueues: new SqsDeadLetterQueues(sqs, readQueueUrls(env)), senders: readSenders(env) };
}
